/** The overview: what needs a person, what the days came to, and how the upstream does. Reads only. */

import { CHUNK } from './daily-totals.sql.ts';
import { type DayTotals, listDays } from './daily-totals.ts';
import { SHOW_GATE } from './inspect.sql.ts';
import { ATTEMPTS_SINCE, COUNT_BEHIND, COUNT_REFUSED, COUNT_WAITING } from './overview.sql.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
const REFUSED_DAYS = 7;

export interface Waiting {
  readonly state: 'dead' | 'unrecognised' | 'rejected' | 'conflict' | 'refused' | 'open';
  /** At most MAX_COUNT. */
  readonly rows: number;
  /** Epoch milliseconds. */
  readonly oldest: number | null;
}

export interface Gate {
  readonly state: 'open' | 'probing' | 'paused';
  readonly reason: string | null;
  readonly detail: string | null;
  readonly paused_at: number | null;
  readonly until: number | null;
}

export interface AttemptCount {
  readonly outcome: string;
  readonly number: number;
  readonly usual_ms: number;
  readonly longest_ms: number;
}

export interface Overview {
  readonly gate: Gate;
  readonly waiting: readonly Waiting[];
  /** Of the last hour. */
  readonly attempts: readonly AttemptCount[];
  /** By day, `YYYY-MM-DD`. */
  readonly days: ReadonlyMap<string, DayTotals>;
  /** Usages that the days do not hold yet, where that is more than a sweep's. */
  readonly behind: number;
}

/** Nothing is delivered while it is shut, whatever an order's own time says. */
export async function isGateShut(db: D1Database): Promise<boolean> {
  const gate = await db.prepare(SHOW_GATE).first<Gate>();
  return gate !== null && gate.state !== 'open';
}

/** @param days of the shop, oldest first */
export async function readOverview(db: D1Database, now: number, days: readonly string[]): Promise<Overview> {
  const firstRefused = Math.floor(now / DAY_MS) - REFUSED_DAYS;
  const [[gate, attempts, behind, ...waiting], totals] = await Promise.all([
    db.batch([
      db.prepare(SHOW_GATE),
      db.prepare(ATTEMPTS_SINCE).bind(now - HOUR_MS),
      db.prepare(COUNT_BEHIND),
      ...COUNT_WAITING.map((sql) => db.prepare(sql)),
      db.prepare(COUNT_REFUSED).bind(firstRefused),
    ]),
    listDays(db, days[0] ?? '', days.length),
  ]);
  const ids = (behind?.results[0] as { ids: number } | undefined)?.ids ?? 0;
  return {
    gate: (gate?.results[0] ?? { state: 'open' }) as Gate,
    waiting: waiting.map(({ results }) => results[0] as Waiting),
    attempts: (attempts?.results ?? []) as AttemptCount[],
    days: totals,
    behind: ids > CHUNK ? ids : 0,
  };
}
