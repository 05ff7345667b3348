/**
 * Retention: what is old enough is removed, a chunk a call, one batch. Kept whatever its age: an order that is open, has
 * a dead or unrecognised line, or is named by a conflict; the usage of a conflict; conflicts themselves, because a person
 * decides about those. Effects outlive requests: a request id whose row is gone is no second redemption.
 */
import {
  LOOK,
  REMOVE_ATTEMPTS,
  REMOVE_BASKETS,
  REMOVE_DISCOUNTS,
  REMOVE_ORDERS,
  REMOVE_REFUSED,
  REMOVE_SNAPSHOTS,
  REMOVE_USAGES,
} from './retention.sql.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A basket is needed until its order is delivered, and then for as long as somebody may ask what was sent. */
const SNAPSHOT_DAYS = 30;

/** D1 statements of one call, for the budget of an invocation. */
export const RETENTION_STATEMENTS = 8;

export interface Retention {
  readonly db: D1Database;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Of the request log, of refused requests and of attempts. */
  readonly requestDays: number;
  readonly issuedDays: number;
  /** Of orders and their used discounts, since the order was done. */
  readonly effectDays: number;
}

/** How many of each are gone. */
export interface Removed {
  readonly requests: number;
  readonly baskets: number;
  readonly attempts: number;
  readonly discounts: number;
  readonly orders: number;
  /** Orders that lost what only a delivery needs, and stay. */
  readonly snapshots: number;
  readonly refused: number;
}

/** Safe to call again when its answer is lost. Throws what D1 throws. */
export async function removeExpired({ db, now, requestDays, issuedDays, effectDays }: Retention): Promise<Removed> {
  const before = (days: number) => now - days * DAY_MS;
  const [requests, effects, snapshots] = [before(requestDays), before(effectDays), before(SNAPSHOT_DAYS)];
  const prepare = (sql: string, ...values: number[]) => db.prepare(sql).bind(...values);
  const results = await db.batch([
    prepare(LOOK, requests, before(issuedDays), snapshots, effects),
    prepare(REMOVE_USAGES),
    prepare(REMOVE_BASKETS),
    prepare(REMOVE_ATTEMPTS, requests, effects),
    prepare(REMOVE_DISCOUNTS, effects),
    prepare(REMOVE_ORDERS, effects),
    prepare(REMOVE_SNAPSHOTS, snapshots),
    prepare(REMOVE_REFUSED, Math.floor(requests / DAY_MS)),
  ]);
  const removed = (at: number) => results[at]?.meta.changes ?? 0;
  return {
    requests: removed(1),
    baskets: removed(2),
    attempts: removed(3),
    discounts: removed(4),
    orders: removed(5),
    snapshots: removed(6),
    refused: removed(7),
  };
}
