/** `orders`: what was placed, and what the adapter is told about it, kept so that it can be told again. */

/** Only where the basket was ended by the statement before, in the same batch: ?12 is its write id. */
const PLACE = `
INSERT INTO orders (number, basket_id, session_id, placed_at, basket, used_discounts, request, request_id, settings,
  applied, gifts)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
WHERE EXISTS (SELECT 1 FROM baskets WHERE id = ?2 AND write_id = ?12)`;

const FIND = `
SELECT number, placed_at AS placedAt, basket, used_discounts AS usedDiscounts, request, request_id AS requestId,
  settings, applied, gifts, times_told AS timesTold
FROM orders`;

const TOLD = 'UPDATE orders SET times_told = times_told + 1 WHERE number = ?1';

export interface Gift {
  /** Discount id of the offer that gives it. */
  readonly offer: string;
  readonly product: number;
}

export interface Order {
  readonly number: string;
  readonly basketId: number;
  readonly sessionId: string;
  /** Microseconds. */
  readonly placedAt: number;
  /** JSON text of the basket API's last answer. */
  readonly basket: string;
  readonly usedDiscounts: readonly string[];
  /** JSON text of the /use-offers body; null when no discount asks for the call. */
  readonly request: string | null;
  readonly requestId: string | null;
  /** JSON text: the call is repeated as it was made. */
  readonly settings: string;
  /** JSON text: the offers that were applied, {@link writeApplied}. */
  readonly applied: string;
  readonly gifts: readonly Gift[];
}

export interface OrderRow extends Omit<Order, 'basketId' | 'sessionId' | 'usedDiscounts' | 'gifts'> {
  /** JSON text. */
  readonly usedDiscounts: string;
  /** JSON text. */
  readonly gifts: string;
  readonly timesTold: number;
}

/** @param writeId of the write that ends the basket */
export function insertOrder(db: D1Database, order: Order, writeId: string): D1PreparedStatement {
  const { number, basketId, sessionId, placedAt, basket, usedDiscounts, request, requestId } = order;
  const who = [number, basketId, sessionId, placedAt, basket, JSON.stringify(usedDiscounts)];
  const told = [request, requestId, order.settings, order.applied, JSON.stringify(order.gifts)];
  return db.prepare(PLACE).bind(...who, ...told, writeId);
}

/** Of the session: what another one ordered is not there. */
export function findOrder(db: D1Database, number: string, sessionId: string): Promise<OrderRow | null> {
  return db.prepare(`${FIND} WHERE number = ?1 AND session_id = ?2`).bind(number, sessionId).first<OrderRow>();
}

/** The newest first. */
export async function listOrders(db: D1Database, sessionId: string, limit: number): Promise<OrderRow[]> {
  const statement = db.prepare(`${FIND} WHERE session_id = ?1 ORDER BY placed_at DESC LIMIT ?2`);
  return (await statement.bind(sessionId, limit).all<OrderRow>()).results;
}

export async function countTold(db: D1Database, number: string): Promise<void> {
  await db.prepare(TOLD).bind(number).run();
}
