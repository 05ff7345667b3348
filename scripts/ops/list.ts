/** `usages list`: the gate, counts, and the rows of one state or of all that wait. */
import {
  COUNT_BY_STATE,
  LIST_CONFLICTS,
  LIST_DUE_LINES,
  LIST_LINES,
  LIST_OPEN,
  LIST_REFUSED,
  listLinesForPeople,
  SHOW_GATE,
} from '../../src/ledger/inspect.sql.ts';
import { CommandError, type Execute, inline, type Row } from './d1.ts';
import { amount, clean, plural, table, time, toJson } from './print.ts';

const DAY_MS = 86_400_000;
/** Refused requests that are older are no news. */
const REFUSED_DAYS = 7;

/** What each state lists: the statement, and how its rows read in the table. */
const STATES = {
  open: { list: (limit: number) => inline(LIST_OPEN, limit), toCells: orderCells },
  dead: { list: (limit: number) => inline(listLinesForPeople('dead'), limit), toCells: lineCells },
  unrecognised: { list: (limit: number) => inline(listLinesForPeople('unrecognised'), limit), toCells: lineCells },
  conflict: { list: (limit: number) => inline(LIST_CONFLICTS, limit), toCells: conflictCells },
  rejected: { list: (limit: number) => inline(listLinesForPeople('rejected'), limit), toCells: lineCells },
  refused: { list: (limit: number) => inline(LIST_REFUSED, limit), toCells: refusedCells },
  due: { list: (limit: number) => inline(LIST_DUE_LINES, limit), toCells: lineCells },
  delivered: { list: (limit: number) => inline(LIST_LINES, 'delivered', limit), toCells: lineCells },
  not_required: { list: (limit: number) => inline(LIST_LINES, 'not_required', limit), toCells: lineCells },
  discarded: { list: (limit: number) => inline(LIST_LINES, 'discarded', limit), toCells: lineCells },
} as const;
type State = keyof typeof STATES;

export const STATE_NAMES = Object.keys(STATES);
/** What a person has to decide, then what goes on by itself. */
const WAITING: readonly State[] = ['dead', 'unrecognised', 'conflict', 'open'];

export interface ListOptions {
  readonly state?: string | undefined;
  readonly limit?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function list(options: ListOptions, execute: Execute, now: number): Promise<number> {
  const states = readStates(options.state);
  const limit = readLimit(options.limit);
  const firstDay = Math.floor(now / DAY_MS) - REFUSED_DAYS + 1;
  const [[gate] = [], ...results] = await execute(
    SHOW_GATE,
    ...COUNT_BY_STATE.map((sql) => inline(sql, firstDay)),
    ...states.map((state) => STATES[state].list(limit + 1)),
  );
  const counts = results.slice(0, COUNT_BY_STATE.length).flat();
  const lists = results.slice(COUNT_BY_STATE.length);
  const shown = states.map((state, at) => ({ state, rows: lists[at]?.slice(0, limit) ?? [] }));
  const cut = states.filter((_, at) => (lists[at]?.length ?? 0) > limit);
  if (options.json) {
    const rows = shown.flatMap(({ state, rows }) => rows.map((row) => ({ list: state, ...row })));
    console.log(toJson({ gate, counts, rows, cut }));
    return 0;
  }
  console.log(`${describeGate(gate ?? {})}\n`);
  if (options.state === undefined) console.log(`${tableOfCounts(counts)}\n`);
  const cells = shown.flatMap(({ state, rows }) => rows.map(STATES[state].toCells));
  if (cells.length === 0) console.log(options.state === undefined ? 'Nothing waits.' : `Nothing is ${options.state}.`);
  else console.log(table(['STATE', 'ORDER', 'DISCOUNT', 'AMOUNT', 'SINCE (UTC)', 'WHY'], cells));
  for (const state of cut) {
    console.log(`\nThere are more of ${state}: npm run usages -- list --state ${state} --limit ${limit * 4}`);
  }
  const others = counts.filter(({ state, rows }) => (state === 'rejected' || state === 'refused') && Number(rows) > 0);
  if (options.state === undefined && others.length > 0) {
    const commands = others.map(({ state }) => `npm run usages -- list --state ${state}`);
    console.log(`\nCounted and not listed: ${commands.join('   ')}`);
  }
  return 0;
}

function readStates(state: string | undefined): readonly State[] {
  if (state === undefined) return WAITING;
  if (STATE_NAMES.includes(state)) return [state as State];
  throw new CommandError(`--state is one of ${STATE_NAMES.join(', ')}, and not "${clean(state)}".`);
}

function readLimit(limit = '50'): number {
  const number = Number(limit);
  if (Number.isInteger(number) && number >= 1 && number <= 10_000) return number;
  throw new CommandError(`--limit is a number from 1 to 10000, and not "${clean(limit)}".`);
}

export function describeGate({ state, reason, detail, paused_at: pausedAt, until }: Row): string {
  if (state === 'open') return 'Gate: open';
  const why = [reason, detail].filter((text) => text !== null && text !== undefined).join(': ');
  return `Gate: SHUT (${state}) since ${time(pausedAt)}, ${clean(why)}; tried again at ${time(until)}. docs/operations.md says what to do.`;
}

function tableOfCounts(counts: readonly Row[]): string {
  const cells = counts.map(({ state, rows, oldest }) => [
    state === 'refused' ? `refused in ${REFUSED_DAYS} days` : String(state),
    String(rows),
    time(oldest),
  ]);
  return table(['', 'HOW MANY', 'OLDEST (UTC)'], cells);
}

function lineCells(line: Row): string[] {
  const why = [line.reason, line.uncertain ? 'may have been done' : null].filter((it) => it !== null).join('; ');
  const since = line.settled_at ?? line.recorded_at;
  return [String(line.state), String(line.order_key), String(line.discount_id), amount(line), time(since), why];
}

function orderCells(order: Row): string[] {
  const next =
    order.state === 'leased'
      ? 'being delivered'
      : `next attempt ${time(order.due_at)}, ${plural(Number(order.attempts), 'attempt')} counted`;
  const last = order.last_outcome === 'none' ? null : `outcome ${order.last_outcome}`;
  const why = [next, last, order.detail].filter((it) => it !== null).join('; ');
  const lines = plural(Number(order.due_lines), 'discount');
  return [`open ${order.state}`, String(order.order_key), lines, '–', time(order.opened_at), why];
}

function conflictCells(conflict: Row): string[] {
  const why = `request ${conflict.request_id} came again with another meaning (${plural(Number(conflict.times), 'time')})`;
  const discounts = (JSON.parse(String(conflict.used_discounts)) as string[]).join(' ');
  return ['conflict', String(conflict.order_key), discounts, '–', time(conflict.first_at), why];
}

function refusedCells(refused: Row): string[] {
  const errors = JSON.parse(String(refused.errors)) as { code: string; field: string }[];
  const flaws = errors.map(({ code, field }) => `${code} ${field}`.trim()).join(', ');
  const times = plural(Number(refused.times), 'time');
  const why = `request ${refused.request_id ?? 'without an id'} (${times}): ${flaws}`;
  return ['refused', orderOf(String(refused.payload)), '–', '–', time(refused.last_at), why];
}

/** The payload is whatever came: JSON, or the beginning of it. */
function orderOf(payload: string): string {
  try {
    return String((JSON.parse(payload) as { order?: { orderNumber?: unknown } }).order?.orderNumber ?? '–');
  } catch {
    return '–';
  }
}
