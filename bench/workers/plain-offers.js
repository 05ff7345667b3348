/**
 * The floor under /offers: parses the body, reads the campaigns, upserts the basket, and answers a fixed text. The same
 * statements and the same answer as ours, without credentials, validation, evaluation, guard or log.
 */
import { FIND_CAMPAIGNS } from '../../src/connectors/catalog/campaigns.sql.ts';
import { REMEMBER_OFFERS } from '../../src/ledger/issued-baskets.sql.ts';
import { MAX_ISSUED_BYTES } from '../../src/ledger/issued-entry.ts';

/** What ours answered and remembered for the same basket: `PUT` by the bench before it asks. */
let fixed = null;
let inTurn = null;

export default {
  async fetch(request, env) {
    if (request.method === 'PUT') {
      fixed = await request.json();
      inTurn = JSON.stringify(Object.keys(JSON.parse(fixed.offersAroundVersion.join('0'))));
      return new Response(null, { status: 204 });
    }
    const { basket } = await request.json();
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const campaigns = await env.DB.prepare(FIND_CAMPAIGNS).bind(now, 'TRY', null, '[]').all();
    if (campaigns.results.length === 0) throw new Error('the catalog is empty');
    const offers = fixed.offersAroundVersion.join(String(basket.version));
    await env.DB.prepare(REMEMBER_OFFERS)
      .bind(basket.id, basket.version, offers, fixed.basketState, Date.now(), MAX_ISSUED_BYTES, inTurn)
      .run();
    return new Response(fixed.answer, { headers: { 'content-type': 'application/json' } });
  },
};
