/** `usages replay` and `usages discard`: shows what would change, then has SQL decide it line by line. */
import { userInfo } from 'node:os';
import { DISCARD, PLAN_DISCARD, PLAN_REPLAY, REPLAY } from '../../src/ledger/decisions.sql.ts';
import { SELECT_NOW, SHOW_GATE } from '../../src/ledger/inspect.sql.ts';
import { CommandError, chunk, type Execute, inline, type Row } from './d1.ts';
import { describeGate } from './list.ts';
import { findOrders, pickOrders, readingsOf } from './orders.ts';
import { amount, clean, plural, table, time } from './print.ts';

const MAX_REASON = 500;

const ACTIONS = {
  replay: { plan: PLAN_REPLAY, statements: REPLAY, done: 'replayed' },
  discard: { plan: PLAN_DISCARD, statements: DISCARD, done: 'discarded' },
} as const;
export type Action = keyof typeof ACTIONS;

export interface DecideOptions {
  readonly reason?: string | undefined;
  readonly discount?: readonly string[] | undefined;
  readonly yes?: boolean | undefined;
}

export async function decide(action: Action, keys: readonly string[], options: DecideOptions, execute: Execute) {
  const { plan, statements, done } = ACTIONS[action];
  const reason = readReason(options.reason, '--reason TEXT is needed: it is kept with the decision.');
  const found: Row[] = [];
  const planned: Row[] = [];
  let now = 0;
  let gate: Row = {};
  // Each key is asked about with each discount, and all of them stand in one statement.
  for (const some of chunk(keys, Math.floor(8000 / (options.discount?.length || 1)))) {
    const asked = some.flatMap(readingsOf).flatMap((key) => (options.discount ?? [null]).map((id) => [key, id]));
    const results = await execute(SELECT_NOW, findOrders(some), inline(plan, JSON.stringify(asked)));
    now = Number(results[0]?.[0]?.now);
    found.push(...(results[1] ?? []));
    planned.push(...(results[2] ?? []));
  }
  const { orderKeys, notes } = pickOrders(keys, found, ' Nothing was changed.');
  for (const note of notes) console.error(note);
  const lines = planned.filter(({ order_key }) => orderKeys.includes(String(order_key)));
  const wanted = lines.filter(({ verdict }) => verdict === action);
  const refusals = describeRefusals(action, orderKeys, lines);
  if (wanted.length > 0) {
    const orders = plural(new Set(wanted.map(({ order_key }) => order_key)).size, 'order');
    console.log(`${plural(wanted.length, 'line')} of ${orders} would be ${done}:\n${tableOf(wanted)}\n`);
  }
  for (const { text } of refusals) console.log(text);
  if (wanted.length === 0) {
    console.log('Nothing was changed.');
    return 1;
  }
  if (wanted.length > 1 && !options.yes) {
    console.log('Nothing was changed. If that is what you want, run it again with --yes.');
    return 1;
  }

  const decided: Row[] = [];
  for (const some of chunk(wanted.map(({ order_key, discount_id }) => [order_key, discount_id]))) {
    const values = [JSON.stringify(some), now, actor(), reason] as const;
    const results = await execute(SHOW_GATE, ...statements.map((sql) => inline(sql, ...values)));
    gate = results[0]?.[0] ?? gate;
    decided.push(...(results.at(-1) ?? []));
  }
  const changed = wanted.length - decided.length;
  if (changed > 0) console.log(`${plural(changed, 'line')} changed meanwhile and stayed as they are.`);
  console.log(`${plural(decided.length, 'line')} ${decided.length === 1 ? 'is' : 'are'} ${done}.`);
  if (action === 'replay' && decided.length > 0) {
    const go = decided.length === 1 ? 'it goes' : 'they go';
    console.log(
      gate.state === 'open'
        ? `Within a minute ${go} to the upstream.`
        : `The gate is shut: ${go} to the upstream once it is open.\n${describeGate(gate)}`,
    );
  }
  return decided.length === wanted.length && !refusals.some(({ fails }) => fails) ? 0 : 1;
}

function tableOf(lines: readonly Row[]): string {
  const cells = lines.map((line) => [
    String(line.order_key),
    String(line.discount_id),
    String(line.state),
    amount(line),
    time(line.since),
    [line.reason, line.uncertain ? 'may have been done' : null].filter((it) => it !== null).join('; '),
  ]);
  return table(['ORDER', 'DISCOUNT', 'STATE', 'AMOUNT', 'SINCE (UTC)', 'WHY'], cells);
}

/** What is not done of what was asked, order by order, and whether the command has failed by it. */
function describeRefusals(action: Action, orderKeys: readonly string[], lines: readonly Row[]) {
  return orderKeys.flatMap((orderKey) => {
    const mine = lines.filter(({ order_key }) => order_key === orderKey);
    const having = (verdict: string | null) => mine.filter((line) => line.verdict === verdict);
    const order = clean(orderKey);
    if (mine.length === 0) return [{ text: `${order} has no such discount.`, fails: true }];
    if (having('leased').length > 0) {
      return [{ text: `${order} is being delivered at this moment; try again in a minute.`, fails: true }];
    }
    const waiting = having('wait');
    if (waiting.length > 0 && action === 'replay') {
      const states = [...new Set(waiting.map(({ state }) => state))].join(' and ');
      const wait = waiting.length === 1 ? 'waits' : 'wait';
      const text = `${plural(waiting.length, `${states} line`)} of ${order} ${wait} until the others are settled; replay again then.`;
      return [{ text, fails: false }];
    }
    if (waiting.length > 0) {
      const text = `${plural(waiting.length, 'line')} of ${order} may have been done, and what is not known cannot be discarded: replay, or let the delivery find out.`;
      return [{ text, fails: true }];
    }
    if (having(null).length < mine.length) return [];
    const states = [...new Set(mine.map(({ state }) => state))].join(', ');
    return [{ text: `${order} has nothing to ${action}: ${states}.`, fails: false }];
  });
}

/** 1 to 500 characters without control characters. */
export function readReason(reason: string | undefined, missing: string): string {
  const text = clean((reason ?? '').replace(/\s+/g, ' ')).trim();
  if (text === '') throw new CommandError(missing);
  if (text.length > MAX_REASON) throw new CommandError(`The reason has more than ${MAX_REASON} characters.`);
  return text;
}

/** Who decides, as far as a command line knows. */
export function actor(): string {
  try {
    return `cli:${clean(userInfo().username)}`;
  } catch {
    return 'cli:unknown';
  }
}
