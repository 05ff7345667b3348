/** `baskets` and `basket_items`: one active basket of a session, written only on the version that was read. */
import type { Decimal } from '../offers/money.ts';
import type { Attributes, BasketStatus, ShopBasket, ShopItem } from './basket.ts';
import { insertOrder, type Order } from './orders.sql.ts';

const FIND = `
SELECT id, status, version, created_at AS createdAt, voucher_code AS voucherCode, answer FROM baskets
WHERE session_id = ?1 AND status = 'active'`;

/** ?1 session, ?2 microseconds. Two requests of a new session at once make one basket. */
const CREATE = `
INSERT INTO baskets (session_id, status, version, created_at) VALUES (?1, 'active', ?2, ?2)
ON CONFLICT (session_id) WHERE status = 'active' DO NOTHING`;

const ITEMS = `
SELECT id, created_at AS createdAt, modified_at AS modifiedAt, product_id AS productId, quantity, attributes, inquiry,
  parent_id AS parentId, per_parent AS perParent, price_when_added AS priceWhenAdded
FROM basket_items WHERE basket_id = ?1 ORDER BY position`;

/** ?1 id, ?2 version that was read, ?3 new version, ?4 voucher code, ?5 status, ?6 write id */
const UPDATE = `
UPDATE baskets SET version = ?3, voucher_code = ?4, status = ?5, write_id = ?6
WHERE id = ?1 AND version = ?2 AND status = 'active'`;

/** Both only where the update before them in the batch came through. ?1 basket, ?2 write id, ?3 items as JSON */
const CLEAR = `
DELETE FROM basket_items WHERE basket_id = ?1 AND EXISTS (SELECT 1 FROM baskets WHERE id = ?1 AND write_id = ?2)`;
const FILL = `
INSERT INTO basket_items (id, basket_id, position, created_at, modified_at, product_id, quantity, attributes, inquiry,
  parent_id, per_parent, price_when_added)
SELECT value ->> 'id', ?1, key, value ->> 'createdAt', value ->> 'modifiedAt', value ->> 'productId',
  value ->> 'quantity', value -> 'attributes', value -> 'inquiry', value ->> 'parentId', value ->> 'perParent',
  value ->> 'priceWhenAdded'
FROM json_each(?3) WHERE EXISTS (SELECT 1 FROM baskets WHERE id = ?1 AND write_id = ?2)`;

/** An answer to a basket that has changed since is of no use. ?1 id, ?2 version, ?3 answer */
const KEEP_ANSWER = 'UPDATE baskets SET answer = ?3 WHERE id = ?1 AND version = ?2';

const DRAW_IDS = 'UPDATE ids SET last = last + ?2 WHERE name = ?1 RETURNING last';

interface BasketRow extends Omit<ShopBasket, 'items'> {
  readonly answer: string | null;
}
type ItemRow = Omit<ShopItem, 'attributes' | 'inquiry'> & { readonly attributes: string; readonly inquiry: string };

export interface StoredBasket {
  readonly basket: ShopBasket;
  /** JSON text of the last answer of /offers. */
  readonly answer: string | null;
}

export class BasketStore {
  private readonly db: D1Database;

  constructor(db: D1Database) {
    this.db = db;
  }

  /** The session's active basket; made when there is none. */
  async open(sessionId: string, at: number): Promise<StoredBasket> {
    const { db } = this;
    let row = await db.prepare(FIND).bind(sessionId).first<BasketRow>();
    if (row === null) {
      await db.prepare(CREATE).bind(sessionId, at).run();
      row = await db.prepare(FIND).bind(sessionId).first<BasketRow>();
    }
    if (row === null) throw new Error('no active basket after making one');
    const { answer, ...basket } = row;
    const { results } = await db.prepare(ITEMS).bind(row.id).all<ItemRow>();
    return { basket: { ...basket, items: results.map(toItem) }, answer };
  }

  /** @returns false, and nothing is written, when the basket is no longer what was read */
  save(next: ShopBasket, readVersion: number): Promise<boolean> {
    return this.write(next, readVersion, 'active', () => []);
  }

  /**
   * The order and its basket's end are one transaction: a Worker that dies leaves both or neither.
   * @returns false, and nothing is written, when the basket is no longer what was read
   */
  order(basket: ShopBasket, order: Order): Promise<boolean> {
    return this.write(basket, basket.version, 'ordered', (writeId) => [insertOrder(this.db, order, writeId)]);
  }

  private async write(
    next: ShopBasket,
    readVersion: number,
    status: BasketStatus,
    more: (writeId: string) => D1PreparedStatement[],
  ): Promise<boolean> {
    const { db } = this;
    const { id, version, voucherCode, items } = next;
    const writeId = crypto.randomUUID();
    const [updated] = await db.batch([
      db.prepare(UPDATE).bind(id, readVersion, version, voucherCode, status, writeId),
      db.prepare(CLEAR).bind(id, writeId),
      db.prepare(FILL).bind(id, writeId, JSON.stringify(items)),
      ...more(writeId),
    ]);
    return updated?.meta.changes === 1;
  }

  async keepAnswer({ id, version }: ShopBasket, answer: string): Promise<void> {
    await this.db.prepare(KEEP_ANSWER).bind(id, version, answer).run();
  }

  /** @returns the first of so many ids that nobody else has */
  async drawIds(name: 'basket_item' | 'order', count: number): Promise<number> {
    const row = await this.db.prepare(DRAW_IDS).bind(name, count).first<{ last: number }>();
    if (row === null) throw new Error(`no ids of ${name}`);
    return row.last - count + 1;
  }
}

function toItem({ attributes, inquiry, ...row }: ItemRow): ShopItem {
  const read = (text: string) => JSON.parse(text) as Attributes;
  const priceWhenAdded = row.priceWhenAdded as Decimal;
  return { ...row, priceWhenAdded, attributes: read(attributes), inquiry: read(inquiry) };
}
