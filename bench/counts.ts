/** How often an operation goes to D1 and how many rows it writes, from D1's own `meta`: what the bill is made of. */
import { aBasketOf } from './baskets.ts';
import { Client } from './client.ts';
import type { Server } from './server.ts';

export interface Counts {
  readonly operation: string;
  readonly roundTrips: number;
  readonly statements: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Queue messages sent. */
  readonly messages: number;
}

const BASKET = 7;
const USED = ['v2-loyalty-reward-2025', 'demo-welcome-points'];

export async function countOperations(server: Server): Promise<Counts[]> {
  const client = new Client(server.urlOf('counting'), 1);
  const rows: Counts[] = [];
  const count = async (operation: string, path: string, requestId: string, body: object) => {
    const reply = await client.ask({ path, requestId, body: JSON.stringify(body) });
    const counts = JSON.parse(String(reply.headers['x-bench-counts'])) as Omit<Counts, 'operation'>;
    rows.push({ operation, ...counts });
  };

  const request = aBasketOf(10, BASKET);
  const changed = { ...request, basket: { ...request.basket, version: request.basket.version + 1 } };
  await count('/offers, new basket', '/offers', 'offers-1', request);
  await count('/offers, unchanged', '/offers', 'offers-2', request);
  await count('/offers, changed', '/offers', 'offers-3', changed);
  const usage = { basket: changed.basket, usedDiscounts: USED, order: { orderNumber: 'ORD-1' } };
  await count('/use-offers, new, two discounts', '/use-offers', 'usage-1', usage);
  await count('/use-offers, repeated', '/use-offers', 'usage-1', usage);
  client.close();
  server.assertQuiet();
  return rows;
}
