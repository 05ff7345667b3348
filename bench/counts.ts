/** How often an operation goes to D1 and how many rows it writes, from D1's own `meta`: what the bill is made of. */
import { aBasketOf, anAnswerFor } from './baskets.ts';
import { Client, type Reply } from './client.ts';
import type { Server } from './server.ts';
import type { Upstream } from './upstream.ts';
import { USED } from './usage-cases.ts';

/** `messages` are those sent to the queue. */
const COSTS = ['roundTrips', 'statements', 'rowsRead', 'rowsWritten', 'messages'] as const;

export type Costs = { readonly [cost in (typeof COSTS)[number]]: number };

export type Counts = Costs & { readonly operation: string };

const BASKET = 7;
/** That live together: what is removed of them is told for one. */
const ORDERS = 10;

export async function countOperations(server: Server, upstream: Upstream): Promise<Counts[]> {
  const request = aBasketOf(10, BASKET);
  const changed = { ...request, basket: { ...request.basket, version: request.basket.version + 1 } };
  const usage = { basket: changed.basket, usedDiscounts: USED, order: { orderNumber: 'ORD-1' } };
  await upstream.tell({ offers: JSON.stringify({ offers: anAnswerFor(10) }) });

  const catalog = new Client(server.urlOf('counting-catalog'), 1);
  const client = new Client(server.urlOf('counting'), 1);
  const rows = [
    await count(catalog, '/offers, new basket, catalog', '/offers', 'offers-1', request),
    await count(client, '/offers, new basket', '/offers', 'offers-1', request),
    await count(client, '/offers, unchanged', '/offers', 'offers-2', request),
    await count(client, '/offers, changed', '/offers', 'offers-3', changed),
  ];
  const life = [
    await count(client, '/use-offers, new, two discounts', '/use-offers', 'usage-1', usage),
    await count(client, 'its delivery', '/bench/queue', 'queue', []),
  ];
  const repeated = await count(client, '/use-offers, repeated', '/use-offers', 'usage-1', usage);
  await live(client, usage);
  for (const days of [31, 1000]) {
    const path = `/bench/expire?days=${days}`;
    const removed = await count(client, 'removed', path, 'expire', {});
    life.push(sum(`its share of what is removed ${days} days later`, [removed], 1 / ORDERS));
  }
  catalog.close();
  client.close();
  server.assertQuiet();
  return [...rows, repeated, ...life, sum('the whole life of an order: the last four', life)];
}

async function count(
  client: Client,
  operation: string,
  path: string,
  requestId: string,
  body: object,
): Promise<Counts> {
  const reply = await client.ask({ path, requestId, body: JSON.stringify(body) });
  return { operation, ...readCounts(reply) };
}

/** What the counting Worker says of the call. */
export function readCounts({ headers }: Pick<Reply, 'headers'>): Costs {
  return JSON.parse(String(headers['x-bench-counts'])) as Costs;
}

/** Other orders go the same way, so that what retention writes once a chunk is shared. */
async function live(client: Client, usage: object): Promise<void> {
  const accept = (at: number) => {
    const body = JSON.stringify({ ...usage, order: { orderNumber: `ORD-${at}` } });
    return client.ask({ path: '/use-offers', requestId: `usage-${at}`, body });
  };
  for (let at = 2; at <= ORDERS; at++) {
    await accept(at);
    await client.ask({ path: '/bench/queue', requestId: 'queue', body: '[]' });
  }
  // The newest usage always stays: this one, so that the others go.
  await accept(ORDERS + 1);
}

/** @param share of an operation that is done for several orders at once */
function sum(operation: string, rows: readonly Counts[], share = 1): Counts {
  const total = (cost: keyof Costs) => share * rows.reduce((all, row) => all + row[cost], 0);
  return { operation, ...(Object.fromEntries(COSTS.map((cost) => [cost, total(cost)])) as Costs) };
}
