/** Conflicts as a person settles them: the two meanings of one request id, and the decision between them. */
import {
  decided,
  FIND_CONFLICT,
  FIND_STANDING,
  INSERT_DISCOUNTS,
  INSERT_USAGE,
  note,
  OPEN_DELIVERY,
  PLAN_CONFLICTS,
  REMOVE,
} from './conflicts.sql.ts';
import { SELECT_NOW } from './inspect.sql.ts';
import type { NewUsage } from './ledger.ts';

/** Accepted as a usage of its own, or discarded. */
export const CONFLICT_DECISIONS = ['replay', 'discard'] as const;
export type ConflictDecision = (typeof CONFLICT_DECISIONS)[number];

/** Conflicts of one decision: each is five statements, and an invocation may make some fifty. */
export const MAX_CONFLICTS = 8;

/** What a conflict is told from others by. */
export type ConflictId = readonly [requestId: string, fingerprint: string, orderKey: string];

/** What both sides of a conflict have. */
export interface Meaning {
  readonly order_key: string;
  readonly basket_id: number | null;
  readonly basket_version: number | null;
  /** JSON list of ids. */
  readonly used_discounts: string;
  /** JSON object. */
  readonly channel: string;
  /** JSON of the basket, null where it is gone or was none. */
  readonly snapshot?: string | null;
}

export interface Conflict extends Meaning {
  readonly request_id: string;
  readonly fingerprint: string;
  readonly times: number;
  readonly first_at: number;
  readonly last_at: number;
}

export interface Standing extends Meaning {
  readonly id: number;
  readonly received_at: number;
}

export interface ShownConflict {
  readonly conflict: Conflict;
  /** The usage that holds the request id; null once it is purged. */
  readonly standing: Standing | null;
}

/** Null when there is none, or it was settled. */
export async function showConflict(
  db: D1Database,
  requestId: string,
  fingerprint: string,
): Promise<ShownConflict | null> {
  const [conflict, standing] = await db.batch([
    db.prepare(FIND_CONFLICT).bind(requestId, fingerprint),
    db.prepare(FIND_STANDING).bind(requestId),
  ]);
  const found = conflict?.results[0] as Conflict | undefined;
  if (found === undefined) return null;
  return { conflict: found, standing: (standing?.results[0] as Standing | undefined) ?? null };
}

/** Those that are still there, and the database's clock. */
export async function planConflicts(
  db: D1Database,
  ids: readonly ConflictId[],
): Promise<{ conflicts: readonly Conflict[]; at: number }> {
  const [clock, planned] = await db.batch([
    db.prepare(SELECT_NOW),
    db.prepare(PLAN_CONFLICTS).bind(JSON.stringify(ids)),
  ]);
  const at = (clock?.results[0] as { now: number } | undefined)?.now ?? 0;
  return { conflicts: (planned?.results ?? []) as Conflict[], at };
}

export interface ConflictOrder {
  readonly decision: ConflictDecision;
  readonly conflicts: readonly ConflictId[];
  /** Of the plan: names the decision, so that it is taken once. */
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
  readonly now: number;
  readonly whenNeverOffered: NewUsage['whenNeverOffered'];
}

/** @returns how many were decided, also where an earlier call did it and its answer was lost */
export async function decideConflicts(db: D1Database, order: ConflictOrder): Promise<number> {
  const { decision, conflicts, at, actor, reason } = order;
  const orders = JSON.stringify(conflicts.map(([, , orderKey]) => orderKey));
  const results = await db.batch([
    ...conflicts.flatMap((conflict) => [
      db.prepare(note(decision)).bind(...conflict, at, actor, reason),
      ...(decision === 'replay' ? accept(db, conflict, order) : []),
      db.prepare(REMOVE).bind(...conflict, at),
    ]),
    db.prepare(decided(decision)).bind(orders, at, actor),
  ]);
  return results.at(-1)?.results.length ?? 0;
}

function accept(db: D1Database, conflict: ConflictId, order: ConflictOrder): D1PreparedStatement[] {
  const { at, actor, now, whenNeverOffered } = order;
  const [requestId, fingerprint] = conflict;
  const newRequestId = `${requestId}#${fingerprint.slice(0, 16)}`;
  // The same when it runs again: that is how it knows its own usage.
  const claim = `ops:${at}:${actor}`;
  return [
    db.prepare(INSERT_USAGE).bind(...conflict, at, newRequestId, claim, now),
    db.prepare(INSERT_DISCOUNTS).bind(newRequestId, claim, whenNeverOffered, requestId, fingerprint),
    db.prepare(OPEN_DELIVERY).bind(newRequestId, claim, requestId, fingerprint),
  ];
}
