/** The request log for people: pages of usages, and everything about one. Reads only. */
import type { DiscountType } from '../offers/offer.ts';
import { showOrder } from './inspect.sql.ts';
import {
  FIND_SNAPSHOT,
  FIND_TOLD,
  FIND_USAGE,
  FIRST_ID_SINCE,
  LINES_WINDOW,
  LIST_DECISIONS,
  NEWEST,
  NEXT_BELOW,
  NOTE_DENIED,
  PLAIN_WINDOW,
  RECEIVED_AT,
  SEARCH,
  SEARCH_EDGE,
  SEARCH_WINDOW,
  USAGES_OF_ORDERS,
  WALK,
} from './usage-log.sql.ts';

export const LINE_STATES = [
  ...(['due', 'delivered', 'rejected', 'dead', 'unrecognised', 'not_required', 'discarded'] as const),
] as const;
export type LineState = (typeof LINE_STATES)[number];

/** Absent = any. */
export interface UsageFilters {
  /** Order number, order key, request id, discount id or basket id, exactly. */
  readonly q?: string;
  readonly state?: LineState;
  readonly type?: DiscountType;
  readonly store?: string;
  readonly device?: string;
  /** Epoch milliseconds; `to` is the first that is too late. */
  readonly from?: number;
  readonly to?: number;
}

type WalkFilters = Omit<UsageFilters, 'q'> & { readonly discount?: string };

export interface UsedDiscount {
  readonly id: string;
  readonly state: LineState;
  readonly type: DiscountType | null;
  /** BASKET: minor units (text beyond 15 digits); LOYALTY_POINT: decimal text; else null. */
  readonly amount: number | string | null;
  readonly currency: string | null;
  /** Who holds it: the order, or the basket that was told of before. */
  readonly orderKey: string;
  /** The usage that brought it. */
  readonly usageId: number;
  /** Epoch milliseconds. */
  readonly settledAt: number | null;
  readonly upstreamRef: string | null;
  readonly reason: string | null;
}

export interface LoggedUsage {
  readonly id: number;
  readonly requestId: string;
  readonly orderKey: string;
  readonly basketId: number | null;
  readonly storeId: string | null;
  readonly device: string | null;
  readonly receivedAt: number;
  readonly discounts: readonly UsedDiscount[];
}

export interface UsagePage {
  readonly usages: readonly LoggedUsage[];
  /** Where the next page goes on below; null at the end. */
  readonly next: number | null;
  /** The page ended because so much was looked at, not because it was full: back to this time, in epoch milliseconds. */
  readonly lookedBackTo: number | null;
}

interface UsageRow {
  readonly id: number;
  readonly request_id: string;
  readonly order_key: string;
  readonly basket_id: number | null;
  readonly channel: string;
  readonly received_at: number;
  readonly lines: string;
}

/** @param before the id to go on below; null = the newest */
export async function listUsages(
  db: D1Database,
  filters: UsageFilters,
  before: number | null,
  limit: number,
): Promise<UsagePage> {
  const { q, ...others } = filters;
  const newest = (await newestId(db)) + 1;
  const top = Math.min(before ?? newest, newest);
  if (q === undefined || q === '') return walk(db, others, top, limit);
  const page = await search(db, q, others, top, limit);
  return page.usages.length > 0 || page.next !== null ? page : walk(db, { ...others, discount: q }, top, limit);
}

/** By what has an index. */
async function search(db: D1Database, q: string, filters: WalkFilters, top: number, limit: number): Promise<UsagePage> {
  const basketId = /^-?\d{1,16}$/.test(q) && Number.isSafeInteger(Number(q)) ? Number(q) : null;
  const isFiltered = Object.values(filters).some((filter) => filter !== undefined);
  const window = isFiltered ? Math.max(SEARCH_WINDOW, limit + 1) : limit + 1;
  const edge = (await db.prepare(SEARCH_EDGE).bind(top, q, basketId, window).first<{ id: number }>())?.id ?? 0;
  const asked = [top, limit + 1, JSON.stringify(filters), q, basketId, edge, window] as const;
  const { results } = await db
    .prepare(SEARCH)
    .bind(...asked)
    .all<UsageRow>();
  return toPage(results, limit, edge === 0 ? null : edge, await receivedAt(db, edge));
}

async function walk(db: D1Database, filters: WalkFilters, top: number, limit: number): Promise<UsagePage> {
  const [start, end] = await bounds(db, filters, top);
  const { store, device, discount, state, type } = filters;
  const looksAtLines = [discount, state, type].some((filter) => filter !== undefined);
  const isFiltered = looksAtLines || store !== undefined || device !== undefined;
  const low = isFiltered ? Math.max(start, end - (looksAtLines ? LINES_WINDOW : PLAIN_WINDOW)) : start;
  const { results } = await db
    .prepare(WALK)
    .bind(end, limit + 1, JSON.stringify(filters), low)
    .all<UsageRow>();
  if (low <= start || results.length > limit) return toPage(results, limit, null, null);
  const next = (await db.prepare(NEXT_BELOW).bind(low).first<{ id: number | null }>())?.id ?? null;
  return toPage(results, limit, next, next === null ? null : await receivedAt(db, low));
}

async function receivedAt(db: D1Database, id: number): Promise<number | null> {
  if (id === 0) return null;
  return (await db.prepare(RECEIVED_AT).bind(id).first<{ received_at: number }>())?.received_at ?? null;
}

/** @param low where the walk stopped looking; null = it came to its end */
function toPage(rows: readonly UsageRow[], limit: number, low: number | null, lookedBackTo: number | null): UsagePage {
  const usages = rows.slice(0, limit).map(toUsage);
  if (rows.length > limit) return { usages, next: usages.at(-1)?.id ?? null, lookedBackTo: null };
  return { usages, next: low, lookedBackTo: low === null ? null : lookedBackTo };
}

/** The ids that dates leave, from the first to the one behind the last. Clocks differ, so a little more than that. */
async function bounds(db: D1Database, { from, to }: WalkFilters, top: number): Promise<[number, number]> {
  const idAt = async (time: number) =>
    (await db.prepare(FIRST_ID_SINCE).bind(time).first<{ id: number | null }>())?.id ?? 0;
  const start = from === undefined ? 0 : await idAt(from - CLOCK_SKEW_MS);
  const end = to === undefined ? top : Math.min(top, await idAt(to + CLOCK_SKEW_MS));
  return [start, end];
}

/** Between the clock that stamped a usage and the order of commits. */
const CLOCK_SKEW_MS = 60_000;

async function newestId(db: D1Database): Promise<number> {
  return (await db.prepare(NEWEST).first<{ id: number }>())?.id ?? 0;
}

/** A discount that both the order and its basket hold is the order's. */
function onceEach(lines: readonly UsedDiscount[], orderKey: string): UsedDiscount[] {
  const own = new Set(lines.filter((line) => line.orderKey === orderKey).map(({ id }) => id));
  return lines.filter((line) => line.orderKey === orderKey || !own.has(line.id));
}

function toUsage(row: UsageRow): LoggedUsage {
  const { storeId = null, device = null } = JSON.parse(row.channel) as {
    storeId?: string | null;
    device?: string | null;
  };
  return {
    id: row.id,
    requestId: row.request_id,
    orderKey: row.order_key,
    basketId: row.basket_id,
    storeId,
    device,
    receivedAt: row.received_at,
    discounts: onceEach(JSON.parse(row.lines) as UsedDiscount[], row.order_key),
  };
}

/** Rows of each part: of an order that was told of or tried more often the newest are shown. */
export const MAX_PART = 200;
const SHOW_ORDER = showOrder(MAX_PART);

/** Rows as inspect.sql.ts has them. */
export type OrderHistory = { readonly [K in keyof typeof SHOW_ORDER]: readonly Record<string, unknown>[] };

export interface ShownUsage {
  readonly orderKey: string;
  readonly history: OrderHistory;
  /** JSON of the basket that it is delivered with; null where that is gone or was none. */
  readonly snapshot: string | null;
  /** The usage that holds the discounts, where the basket was told of before the order had a number. */
  readonly toldBy: number | null;
}

/** Everything about the order of a usage; null when there is no such usage. */
export async function showUsage(db: D1Database, id: number): Promise<ShownUsage | null> {
  const found = await db.prepare(FIND_USAGE).bind(id).first<{ order_key: string; basket_key: string | null }>();
  return found === null ? null : showOrderOf(db, found.order_key, found.basket_key);
}

/** Everything about an order, also when its usages are gone; null when there is no such order. */
export async function showOrderByKey(db: D1Database, orderKey: string): Promise<ShownUsage | null> {
  const shown = await showOrderOf(db, orderKey, null);
  return shown.history.delivery.length === 0 ? null : shown;
}

async function showOrderOf(db: D1Database, orderKey: string, basketKey: string | null): Promise<ShownUsage> {
  const names = Object.keys(SHOW_ORDER) as (keyof OrderHistory)[];
  const [told, kept, ...results] = await db.batch<Record<string, unknown>>([
    db.prepare(FIND_TOLD).bind(orderKey, basketKey),
    db.prepare(FIND_SNAPSHOT).bind(orderKey),
    ...names.map((name) => db.prepare(SHOW_ORDER[name]).bind(orderKey)),
  ]);
  const history = Object.fromEntries(names.map((name, at) => [name, results[at]?.results ?? []]));
  const toldBy = (told?.results[0]?.usage_id as number | undefined) ?? null;
  const snapshot = (kept?.results[0]?.snapshot as string | null | undefined) ?? null;
  return { orderKey, history: history as unknown as OrderHistory, snapshot, toldBy };
}

/** A usage of each order that there is, for a link to it; null where it is older than requests are kept. */
export async function usageIdsOf(db: D1Database, orderKeys: readonly string[]): Promise<Map<string, number | null>> {
  const { results } = await db
    .prepare(USAGES_OF_ORDERS)
    .bind(JSON.stringify([...new Set(orderKeys)]))
    .all<{ order_key: string; usage_id: number | null }>();
  return new Map(results.map((row) => [row.order_key, row.usage_id]));
}

export interface Decided {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly order_key: string | null;
  readonly discount_id: string | null;
  readonly reason: string;
}

/** Newest first. */
export async function listDecisions(
  db: D1Database,
  before: number | null,
  limit: number,
): Promise<{ decisions: readonly Decided[]; next: number | null }> {
  const top = before ?? Number.MAX_SAFE_INTEGER;
  const { results } = await db
    .prepare(LIST_DECISIONS)
    .bind(top, limit + 1)
    .all<Decided>();
  const decisions = results.slice(0, limit);
  return { decisions, next: results.length > limit ? (decisions.at(-1)?.id ?? null) : null };
}

/** Said in the log of decisions; nothing is changed by it. */
export async function noteDenied(db: D1Database, now: number, actor: string, what: string): Promise<void> {
  await db.prepare(NOTE_DENIED).bind(now, actor, what).run();
}
