/** Decisions of people, planned and carried out: what each statement decides is in decisions.sql.ts. */
import { DELIVER, DISCARD, PLAN_DELIVER, PLAN_DISCARD, PLAN_REPLAY, REPLAY } from './decisions.sql.ts';
import { SELECT_NOW } from './inspect.sql.ts';

export const DECISIONS = ['replay', 'discard', 'deliver'] as const;
export type Decision = (typeof DECISIONS)[number];

/** Lines of one decision. */
export const MAX_LINES = 200;

/** An order, a discount of it, and the state in which it was seen. */
export type Line = readonly [orderKey: string, discountId: string, state: string];

export interface PlannedLine {
  readonly orderKey: string;
  readonly discountId: string;
  readonly state: string;
  readonly type: string | null;
  readonly amount: number | string | null;
  readonly currency: string | null;
  /** The decision, where it can be taken; why not, or null for nothing to do. */
  readonly verdict: Decision | 'wait' | 'leased' | null;
}

const STATEMENTS = {
  replay: { plan: PLAN_REPLAY, run: REPLAY },
  discard: { plan: PLAN_DISCARD, run: DISCARD },
  deliver: { plan: PLAN_DELIVER, run: DELIVER },
} as const;

/** What would become of each line, and the database's clock: what is decided holds for what was as of then. */
export async function planDecision(
  db: D1Database,
  decision: Decision,
  lines: readonly Line[],
): Promise<{ lines: PlannedLine[]; at: number }> {
  const [clock, planned] = await db.batch([
    db.prepare(SELECT_NOW),
    // As it is now: a plan says what has changed since the line was seen.
    db.prepare(STATEMENTS[decision].plan).bind(JSON.stringify(lines.map(([order, discount]) => [order, discount]))),
  ]);
  const rows = (planned?.results ?? []) as (Omit<PlannedLine, 'orderKey' | 'discountId'> & {
    order_key: string;
    discount_id: string;
  })[];
  return {
    at: (clock as D1Result<{ now: number }>).results[0]?.now ?? 0,
    lines: rows.map(({ order_key: orderKey, discount_id: discountId, ...line }) => ({ orderKey, discountId, ...line })),
  };
}

export interface DecisionOrder {
  readonly decision: Decision;
  readonly lines: readonly Line[];
  /** Of the plan: a line that was settled since is left alone, and a second call with the same time changes nothing. */
  readonly at: number;
  readonly actor: string;
  /** 1 to 500 characters. */
  readonly reason: string;
}

/** @returns how many lines were decided, also where an earlier call did it and its answer was lost */
export async function decide(db: D1Database, { decision, lines, at, actor, reason }: DecisionOrder): Promise<number> {
  const json = JSON.stringify(lines);
  const statements = STATEMENTS[decision].run.map((sql) => {
    const highest = Math.max(...[...sql.matchAll(/\?(\d)/g)].map(([, number]) => Number(number)));
    return db.prepare(sql).bind(...[json, at, actor, reason].slice(0, highest));
  });
  const results = await db.batch(statements);
  return new Set((results.at(-1)?.results ?? []).map((row) => JSON.stringify(row))).size;
}
