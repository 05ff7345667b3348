/** Orders that are all due, without sending each of them through /use-offers. */
import { aBasketOf, anAnswerFor } from './baskets.ts';
import { Client } from './client.ts';
import type { Row, Server } from './server.ts';
import type { Upstream } from './upstream.ts';
import { USED } from './usage-cases.ts';

const ITEMS = 3;
const BASKET = 9;
const TEMPLATE = 'DRAIN';

/** The number of the order, from 1, at that place. */
export function numberOf(order: number): string {
  return `${TEMPLATE}-${order}`;
}

/** One order goes the usual way through ours; the draining Worker's database gets copies of its rows. */
export async function seedBacklog(server: Server, upstream: Upstream, orders: number): Promise<void> {
  await upstream.tell({ offers: JSON.stringify({ offers: anAnswerFor(ITEMS) }) });
  const request = aBasketOf(ITEMS, BASKET);
  const usage = { basket: request.basket, usedDiscounts: USED, order: { orderNumber: TEMPLATE } };
  const client = new Client(server.urlOf('ours'), 1);
  await client.ask({ path: '/offers', requestId: 'drain-offers', body: JSON.stringify(request) });
  await client.ask({ path: '/use-offers', requestId: 'drain-usage', body: JSON.stringify(usage) });
  client.close();
  for (const table of ['deliveries', 'used_discounts']) {
    const rows = await server.query('ours', `SELECT * FROM ${table} WHERE order_key = ?1`, `o:${TEMPLATE}`);
    for (const row of rows) await copyForEach(server, table, row, orders);
  }
}

async function copyForEach(server: Server, table: string, row: Row, orders: number): Promise<void> {
  const columns = Object.keys(row);
  const values = columns.map((column, at) => {
    if (column === 'order_key') return `'o:${TEMPLATE}-' || i`;
    return column === 'due_at' ? 'i' : `?${at + 2}`;
  });
  await server.query(
    'draining',
    `INSERT INTO ${table} (${columns.join(', ')})
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT ${values.join(', ')} FROM n`,
    orders,
    ...Object.values(row),
  );
}
