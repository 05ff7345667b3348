/**
 * The floor under /offers: hands the text to the upstream and the upstream's text back, and makes the same upsert at the
 * same moment as ours. It parses nothing: which basket and version it is stands in the request id, and the upstream's
 * answer is already what Akinon wants.
 */
import { REMEMBER_OFFERS } from '../../src/ledger/issued-baskets.sql.ts';
import { MAX_ISSUED_BYTES } from '../../src/ledger/issued-entry.ts';

/** What ours remembered of the same basket: `PUT` by the bench before it asks. */
let fixed = null;

export default {
  async fetch(request, env, ctx) {
    if (request.method === 'PUT') {
      fixed = await request.json();
      return new Response(null, { status: 204 });
    }
    const [, id, version] = request.headers.get('x-akinon-request-id').split('-');
    const asked = await fetch(`${env.UPSTREAM_URL}/finished`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: await request.text(),
    });
    const answer = await asked.text();
    const upsert = env.DB.prepare(REMEMBER_OFFERS)
      .bind(
        Number(id),
        Number(version),
        fixed.offersAroundVersion.join(version),
        fixed.basketState,
        Date.now(),
        MAX_ISSUED_BYTES,
        fixed.inTurn,
      )
      .run();
    if (fixed.waits) await upsert;
    else ctx.waitUntil(upsert);
    return new Response(answer, { headers: { 'content-type': 'application/json' } });
  },
};
