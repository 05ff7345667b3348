/** POST /use-offers against a bare Hono Worker that writes the same rows. */
import { aBasketOf, anAnswerFor } from './baskets.ts';
import { assertOffers, assertSameRows, type Case, type Limits, type Side } from './cases.ts';
import { type Call, Client } from './client.ts';
import type { Upstream } from './upstream.ts';

/** Ids of two of the offers. */
export const USED = ['a', 'b'];
const USAGE_BASKET = 32;
const LIMITS: Limits = { cpu: 1.6 };

export function usageCase(items: number, upstream: Upstream): Case {
  const orders = { ours: 0, plain: 0 };
  const around = JSON.stringify({
    basket: aBasketOf(items, USAGE_BASKET).basket,
    usedDiscounts: USED,
    order: { orderNumber: '#' },
  }).split('"#"');
  const next = (side: Side): Call => {
    const order = `N-${String(orders[side]++).padStart(8, '0')}`;
    return { path: '/use-offers', requestId: `bench-${order}`, body: around.join(`"${order}"`) };
  };

  return {
    label: `/use-offers, ${items} items`,
    plain: 'plain-use-offers',
    limits: LIMITS,
    async prepare(server) {
      await upstream.tell({ offers: JSON.stringify({ offers: anAnswerFor(items) }) });
      const client = new Client(server.urlOf('ours'), 1);
      const body = JSON.stringify(aBasketOf(items, USAGE_BASKET));
      assertOffers((await client.ask({ path: '/offers', requestId: 'bench', body })).body);
      client.close();
      const sql = 'SELECT basket_id, version, offers, basket_state, seen_at FROM issued_baskets WHERE basket_id = ?1';
      const [row] = await server.query('ours', sql, USAGE_BASKET);
      if (row === undefined) throw new Error('ours has not remembered the basket');
      const copy = 'INSERT OR REPLACE INTO issued_baskets VALUES (?1, ?2, ?3, ?4, ?5)';
      await server.query('plain-use-offers', copy, ...Object.values(row));
    },
    next,
    async verify(server) {
      for (const sql of [
        'SELECT count(*) AS usages, count(DISTINCT order_key) AS orders FROM usages',
        `SELECT discount_id, state, type, amount, currency, count(*) AS times FROM used_discounts
         GROUP BY discount_id, state, type, amount, currency ORDER BY discount_id, state`,
        `SELECT state, count(*) AS times, sum(due_at IS NOT NULL) AS due FROM deliveries GROUP BY state`,
        'SELECT count(*) AS conflicts FROM usage_conflicts',
      ]) {
        await assertSameRows(server, { plain: 'plain-use-offers' }, sql);
      }
      const size = 'SELECT avg(octet_length(snapshot) + octet_length(channel)) AS bytes FROM deliveries';
      const [ours, plain] = await Promise.all([server.query('ours', size), server.query('plain-use-offers', size)]);
      const ratio = Number(ours[0]?.bytes) / Number(plain[0]?.bytes);
      if (!(ratio > 0.8 && ratio < 1.25)) throw new Error(`the stored baskets differ in size: ${ratio.toFixed(2)}`);
    },
  };
}
