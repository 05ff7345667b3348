/** The outbox in D1: each method is one batch, and so one transaction. What it decides is in the `*.sql.ts` files. */
import type { OrderKey } from '../common/ids.ts';
import { describeError } from '../common/log.ts';
import {
  ANSWERED,
  FAILED,
  OPEN_IDLE,
  PAUSE_FOR_SETTINGS,
  PAUSED,
  REFUSED,
  SELECT_GATE,
  SPEND_CLAIM,
  TAKE_PROBE,
} from './gate.sql.ts';
import { StorageUnavailable } from './ledger.ts';
import { CLAIM, GIVE_UP_LINES, GIVE_UP_ORDERS, INSERT_ATTEMPTS, SETTLE_LINES, SETTLE_ORDERS } from './outbox.sql.ts';
import type { Claim, Claimed, ClaimedOrder, GivenUp, OrderLine, Outbox, Settlement } from './outbox.ts';
import { type RetryClock, retryTransient } from './retry-transient.ts';

interface OrderRow {
  order_key: ClaimedOrder['orderKey'];
  fence: number;
  attempts: number;
  crashes: number;
  generation: number;
  last_outcome: ClaimedOrder['lastOutcome'];
  first_attempt_at: number;
  upstream_ref: string | null;
  channel: string;
  basket_state: string | null;
  snapshot: string | null;
  unknown_call: string | null;
  call_lines: string;
  lines: string;
}

interface GateRow {
  pace_at: number;
  shut: 0 | 1;
  /** An order is due. */
  waiting: 0 | 1;
}

/** A value over 2 MB fails in production; a character may take three bytes, and the text of one call is below 1 MB. */
const MAX_REPORT_CHARS = 600_000;

export class D1Outbox implements Outbox {
  private readonly db: D1Database;
  private readonly clock: RetryClock;

  constructor(db: D1Database, clock: RetryClock) {
    this.db = db;
    this.clock = clock;
  }

  /** Not repeated when its answer is lost: what it may have claimed is found again when the lease ends. */
  async claim({ now, limit, leaseMs, pace, first }: Claim): Promise<Claimed> {
    const probe = crypto.randomUUID();
    const leaseEnd = now + leaseMs;
    const intervalMs = pace?.intervalMs ?? 0;
    const prepare = this.prepare;
    const results = await orUnavailable(() =>
      this.db.batch([
        ...(first ? [prepare(TAKE_PROBE, now, probe, leaseEnd)] : []),
        prepare(CLAIM, now, probe, leaseEnd, limit, intervalMs, pace?.burst ?? 0),
        ...(first || pace !== null ? [prepare(SPEND_CLAIM, now, probe, leaseEnd, null, intervalMs)] : []),
        ...(first || pace !== null ? [prepare(SELECT_GATE, now)] : []),
      ]),
    );
    const rows = (results[first ? 1 : 0]?.results ?? []) as unknown as OrderRow[];
    const orders = rows.map(toOrder);
    if (!first && pace === null) return { orders, more: orders.length === limit, probing: false, paceAt: 0 };
    const gate = results.at(-1)?.results[0] as unknown as GateRow;
    const claimed = orders.length > 0;
    const probing = gate.shut === 1 && claimed;
    // What is due and cannot be claimed now, nobody waits for.
    const more = gate.shut === 1 ? probing : gate.waiting === 1 && (claimed || gate.pace_at > now);
    return { orders, more, probing, paceAt: gate.pace_at };
  }

  async settle(
    settlements: readonly Settlement[],
    now: number,
    spend: (statements: number) => void,
  ): Promise<{ orderKey: OrderKey; dueAt: number }[]> {
    const orders = JSON.stringify(settlements.map(toOrderReport));
    if (settlements.length > 1 && orders.length > MAX_REPORT_CHARS) {
      const open = [];
      for (const settlement of settlements) open.push(...(await this.settle([settlement], now, spend)));
      return open;
    }
    const lines = JSON.stringify(settlements.flatMap(toLineReports));
    const attempts = settlements.map(({ orderKey: order, fence, attempt }) => ({ order, fence, ...attempt }));
    const run = () => {
      const statements = [
        ...this.verdicts(settlements, now),
        this.prepare(SETTLE_LINES, lines, now),
        this.prepare(SETTLE_ORDERS, orders, now),
        this.prepare(INSERT_ATTEMPTS, JSON.stringify(attempts)),
      ];
      spend(statements.length);
      return this.db.batch(statements);
    };
    const results = await retryTransient(run, this.clock);
    const rows = (results.at(-2)?.results ?? []) as { order_key: OrderKey; due_at: number | null }[];
    return rows.flatMap(({ order_key: orderKey, due_at: dueAt }) => (dueAt === null ? [] : [{ orderKey, dueAt }]));
  }

  /** What the attempts say about the upstream as a whole, the good news first: one statement for each kind. */
  private verdicts(settlements: readonly Settlement[], now: number): D1PreparedStatement[] {
    const of = (kind: Settlement['verdict']['kind']) => settlements.filter(({ verdict }) => verdict.kind === kind);
    const held = (some: readonly Settlement[]) => JSON.stringify(some.map(({ orderKey, fence }) => [orderKey, fence]));
    const latest = (some: readonly Settlement[]) => Math.max(...some.map(({ attempt }) => attempt.startedAt));
    const [answered, refused, failed] = [of('answered'), of('refused'), of('failed')];
    const statements: D1PreparedStatement[] = [];
    const said = (some: readonly Settlement[]) => some[0]?.attempt.detail ?? null;
    const keys = JSON.stringify(answered.map(({ orderKey }) => orderKey));
    if (answered.length > 0) statements.push(this.prepare(ANSWERED, now, latest(answered), keys));
    if (refused.length > 0) statements.push(this.prepare(REFUSED, now, held(refused), latest(refused), said(refused)));
    if (failed.length > 0) statements.push(this.prepare(FAILED, now, held(failed), said(failed)));
    const [paused] = of('paused');
    if (paused?.verdict.kind === 'paused') {
      const { reason, detail, until } = paused.verdict;
      statements.push(this.prepare(PAUSED, now, held(of('paused')), reason, detail, until ?? null));
    }
    return statements;
  }

  async pauseForSettings(detail: string, now: number): Promise<void> {
    await retryTransient(() => this.prepare(PAUSE_FOR_SETTINGS, now, detail).run(), this.clock);
  }

  async openIdleGate(now: number): Promise<void> {
    await retryTransient(() => this.prepare(OPEN_IDLE, now).run(), this.clock);
  }

  async giveUp(now: number): Promise<readonly GivenUp[]> {
    const results = await retryTransient(
      () => this.db.batch([this.prepare(GIVE_UP_LINES, now), this.prepare(GIVE_UP_ORDERS, now)]),
      this.clock,
    );
    const rows = (results[0]?.results ?? []) as { order_key: GivenUp['orderKey']; reason: GivenUp['reason'] }[];
    return [...new Map(rows.map(({ order_key: orderKey, reason }) => [orderKey, { orderKey, reason }])).values()];
  }

  private readonly prepare = (sql: string, ...values: (string | number | null)[]): D1PreparedStatement =>
    this.db.prepare(sql).bind(...values);
}

async function orUnavailable<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new StorageUnavailable(`no answer to a claim: ${describeError(error)}`, { cause: error });
  }
}

function toOrder(row: OrderRow): ClaimedOrder {
  return {
    orderKey: row.order_key,
    fence: row.fence,
    attempts: row.attempts,
    crashes: row.crashes,
    generation: row.generation,
    lastOutcome: row.last_outcome,
    firstAttemptAt: row.first_attempt_at,
    upstreamRef: row.upstream_ref,
    channel: row.channel,
    basketState: row.basket_state,
    snapshot: row.snapshot,
    unknownCall: row.unknown_call,
    callLines: JSON.parse(row.call_lines) as string[],
    lines: JSON.parse(row.lines) as OrderLine[],
  };
}

/** As `SETTLE_ORDERS` reads it. */
function toOrderReport({ orderKey, fence, dueAt, dueAtAsked, lastOutcome, call, upstreamRef }: Settlement) {
  return { order: orderKey, fence, dueAt, asked: dueAtAsked, last: lastOutcome, call, ref: upstreamRef };
}

/** As `SETTLE_LINES` reads them. */
function toLineReports({ orderKey: order, fence, verdict, lines }: Settlement) {
  const whole = verdict.kind === 'refused';
  return lines.map(({ id, state, reason, upstreamRef: ref, uncertain }) => {
    return { order, fence, id, state, reason, ref, uncertain: uncertain ? 1 : 0, whole };
  });
}
