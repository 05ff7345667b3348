/** What each day came to, counted by the sweep a chunk at a time, so that no page ever adds up the ledger. */
import * as v from 'valibot';
import { DISCOUNT_TYPES } from '../offers/offer.ts';
import {
  ADVANCE,
  COUNT_RECEIVED,
  type DELAYS,
  JUDGE_DELIVERIES,
  LIST_DAYS,
  QUARTER_MS,
  READ_DAYS,
  READ_PROGRESS,
  WRITE_DAYS,
} from './daily-totals.sql.ts';

const KNOWN_TYPES = new Set<string>(DISCOUNT_TYPES);
const HOUR_MS = 60 * 60 * 1000;

/** D1 statements of one call at most, for the budget of an invocation. */
export const TOTALS_STATEMENTS = 6;

type Outcome = 'due' | 'delivered' | 'rejected' | 'dead';
type Delay = keyof typeof DELAYS | 'later';
type Counts<Key extends string> = { [K in Key]?: number };

/** Absent = none. */
export interface DayTotals {
  /** Accepted requests. */
  usages: number;
  /** By type, '' where it was never offered. */
  discounts: Counts<string>;
  /** BASKET discounts by currency: minor units as text, of any length. */
  amounts: Record<string, string>;
  /** Of discounts that were to be delivered, an hour after their order. */
  outcomes: Counts<Outcome>;
  /** From the order to its delivery, of those that were delivered by then. */
  delays: Counts<Delay>;
}

const EMPTY: DayTotals = { usages: 0, discounts: {}, amounts: {}, outcomes: {}, delays: {} };

interface Received {
  readonly quarter: number;
  readonly type: string | null;
  readonly currency: string | null;
  readonly number: number;
  readonly minor: string | null;
  readonly large: string | null;
  readonly last_id: number | null;
}

interface Judged {
  readonly quarter: number;
  readonly state: Outcome | null;
  readonly delay: Delay | null;
  readonly number: number;
  readonly last_id: number | null;
}

/**
 * Counts what came since the last call. Safe to call again when its answer is lost, and at once.
 * @param dayOf the shop's day of a moment, `YYYY-MM-DD`
 */
export async function countDays(db: D1Database, now: number, dayOf: (ms: number) => string): Promise<void> {
  const [progress, received, judged] = await db.batch([
    db.prepare(READ_PROGRESS),
    db.prepare(COUNT_RECEIVED),
    db.prepare(JUDGE_DELIVERIES).bind(now - HOUR_MS),
  ]);
  const read = progress?.results[0] as { counted_id: number; judged_id: number } | undefined;
  const receivedRows = (received?.results ?? []) as Received[];
  const judgedRows = (judged?.results ?? []) as Judged[];
  if (read === undefined || receivedRows.length + judgedRows.length === 0) return;

  const days = new Map<string, DayTotals>();
  const dayOfRow = ({ quarter }: { quarter: number }) => dayOf(quarter * QUARTER_MS);
  const asked = JSON.stringify([...new Set([...receivedRows, ...judgedRows].map(dayOfRow))]);
  const { results } = await db.prepare(READ_DAYS).bind(asked).all<{ day: string; totals: string }>();
  for (const { day, totals } of results) days.set(day, parse(totals));
  const totalsOf = (row: { quarter: number }) => {
    const day = dayOfRow(row);
    const totals = days.get(day) ?? structuredClone(EMPTY);
    days.set(day, totals);
    return totals;
  };
  for (const row of receivedRows) addReceived(totalsOf(row), row);
  for (const row of judgedRows) addJudged(totalsOf(row), row);

  const last = (rows: readonly { last_id: number | null }[], before: number) =>
    Math.max(before, ...rows.map(({ last_id: id }) => id ?? 0));
  const [counted, judgedTo] = [last(receivedRows, read.counted_id), last(judgedRows, read.judged_id)];
  const asRead = [read.counted_id, read.judged_id];
  const texts = Object.fromEntries([...days].map(([day, totals]) => [day, JSON.stringify(totals)]));
  await db.batch([
    db.prepare(WRITE_DAYS).bind(JSON.stringify(texts), ...asRead),
    db.prepare(ADVANCE).bind(JSON.stringify([counted, judgedTo]), ...asRead),
  ]);
}

function addReceived(totals: DayTotals, { type, currency, number, minor, large }: Received): void {
  if (type === null) {
    totals.usages += number;
    return;
  }
  add(totals.discounts, KNOWN_TYPES.has(type) ? type : '', number);
  if (type !== 'BASKET' || currency === null || !/^[A-Z]{3}$/.test(currency)) return;
  const amounts = [totals.amounts[currency], minor, ...(JSON.parse(large ?? '[]') as unknown[])];
  totals.amounts[currency] = String(amounts.reduce<bigint>((sum, amount) => sum + toMinor(amount), 0n));
}

function addJudged(totals: DayTotals, { state, delay, number }: Judged): void {
  if (state !== null) add(totals.outcomes, state, number);
  if (delay !== null) add(totals.delays, delay, number);
}

function add<Key extends string>(counts: Counts<Key>, key: Key, number: number): void {
  counts[key] = (counts[key] ?? 0) + number;
}

/** One that is none counts nothing: it must not stop the others. */
const toMinor = (amount: unknown) => (/^\d+$/.test(String(amount)) ? BigInt(String(amount)) : 0n);

const count = v.fallback(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0);
const counts = v.fallback(v.record(v.string(), count), {});
const TotalsSchema = v.object({
  usages: count,
  discounts: counts,
  amounts: v.fallback(v.record(v.string(), v.fallback(v.pipe(v.string(), v.regex(/^\d+$/)), '0')), {}),
  outcomes: counts,
  delays: counts,
});

/** A day that cannot be read is begun anew: it must not stop the others. */
function parse(text: string): DayTotals {
  try {
    return v.parse(TotalsSchema, JSON.parse(text));
  } catch {
    return structuredClone(EMPTY);
  }
}

/** By day, from `first` on; a day without usages is not there. */
export async function listDays(db: D1Database, first: string, limit: number): Promise<Map<string, DayTotals>> {
  const { results } = await db.prepare(LIST_DAYS).bind(first, limit).all<{ day: string; totals: string }>();
  return new Map(results.map(({ day, totals }) => [day, parse(totals)]));
}
