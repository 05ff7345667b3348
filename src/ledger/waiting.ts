/** Pages of what waits for a person. Reads only. */
import { countLines, LIST_CONFLICTS, LIST_REFUSED, listLines } from './waiting.sql.ts';

export interface Waiting<Row> {
  readonly rows: readonly Row[];
  /** Where the next page goes on, as an address can hold it; null at the end. */
  readonly next: string | null;
}

export interface WaitingLine {
  readonly order_key: string;
  readonly discount_id: string;
  readonly state: string;
  readonly type: string | null;
  readonly amount: number | string | null;
  readonly currency: string | null;
  readonly reason: string | null;
  readonly uncertain: number;
  readonly since: number;
}

export interface WaitingConflict {
  readonly request_id: string;
  readonly fingerprint: string;
  readonly order_key: string;
  readonly used_discounts: string;
  readonly times: number;
  readonly first_at: number;
}

export interface RefusedRow {
  readonly day: number;
  readonly digest: string;
  readonly request_id: string | null;
  readonly errors: string;
  readonly payload: string;
  readonly times: number;
  readonly first_at: number;
  readonly last_at: number;
}

/** Nobody needs to know more of a list that is there to be read. */
export const MAX_COUNTED = 100;

/** Lines given up, never offered or refused: a person decides. */
export const WAITING_STATES = ['dead', 'unrecognised', 'rejected'] as const;
export type WaitingState = (typeof WAITING_STATES)[number];

/** How many there are of each, at most {@link MAX_COUNTED}. */
export async function countWaiting(db: D1Database): Promise<Record<WaitingState, number>> {
  const results = await db.batch<{ number: number }>(
    WAITING_STATES.map((state) => db.prepare(countLines(state)).bind(MAX_COUNTED)),
  );
  const [dead = 0, unrecognised = 0, rejected = 0] = results.map((result) => result.results[0]?.number ?? 0);
  return { dead, unrecognised, rejected };
}

export function listWaitingLines(
  db: D1Database,
  before: string | null,
  size: number,
  state: WaitingState,
): Promise<Waiting<WaitingLine>> {
  return list(db, listLines(state), before, size, (row) => [row.since, row.order_key, row.discount_id]);
}

export function listConflicts(db: D1Database, before: string | null, size: number): Promise<Waiting<WaitingConflict>> {
  return list(db, LIST_CONFLICTS, before, size, (row) => [row.first_at, row.request_id, row.fingerprint]);
}

export function listRefused(db: D1Database, before: string | null, size: number): Promise<Waiting<RefusedRow>> {
  return list(db, LIST_REFUSED, before, size, (row) => [row.day, row.first_at, row.digest]);
}

/** @param before `next` of the page before; what is none begins anew */
async function list<Row>(
  db: D1Database,
  sql: string,
  before: string | null,
  size: number,
  keyOf: (row: Row) => readonly (string | number)[],
): Promise<Waiting<Row>> {
  const { results } = await db
    .prepare(sql)
    .bind(size + 1, isKey(before) ? before : null)
    .all<Row>();
  const rows = results.slice(0, size);
  const last = rows.at(-1);
  return { rows, next: results.length > size && last !== undefined ? JSON.stringify(keyOf(last)) : null };
}

/** A time, or a day, and two texts or numbers. */
function isKey(text: string | null): boolean {
  try {
    const key = JSON.parse(text ?? '') as unknown;
    return (
      Array.isArray(key) &&
      key.length === 3 &&
      typeof key[0] === 'number' &&
      key.every((part) => /^(?:string|number)$/.test(typeof part))
    );
  } catch {
    return false;
  }
}
