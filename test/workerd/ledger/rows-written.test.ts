/** What an operation costs in D1, from D1's own meta: round trips and rows written, never times. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadDemoCatalog, theOffersSample, theUseOffersSample } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';
import { aTestApp } from '../support/http.ts';

const { connector } = aScriptedConnector({
  offers: [
    { id: 'a', type: 'POINT' },
    { id: 'b', type: 'SHIPPING' },
  ],
});

/** Cost of one request; the connector is not counted where it is scripted. */
async function costOf(path: string, body: unknown, headers = {}, scripted = true) {
  const { db, counts } = aFaultyD1(env.DB);
  const app = aTestApp({ env: { DB: db }, ...(scripted && { deps: using(connector) }) });
  const response = await app.post(path, body, headers);
  if (response.status !== 200) throw new Error(await response.text());
  return counts;
}

describe('rows written by POST /offers', () => {
  it('is one, in one round trip, when there is something to remember', async () => {
    expect(await costOf('/offers', theOffersSample())).toEqual({ roundTrips: 1, rowsWritten: 1 });
  });

  it('is none when nothing changed, and one when the version did', async () => {
    const sample = theOffersSample();
    await costOf('/offers', sample);
    expect(await costOf('/offers', sample)).toEqual({ roundTrips: 1, rowsWritten: 0 });
    sample.basket.version++;
    expect(await costOf('/offers', sample)).toEqual({ roundTrips: 1, rowsWritten: 1 });
  });

  it('is none, without a round trip, for an empty answer', async () => {
    const none = aScriptedConnector({ offers: [], basketState: { a: 1 } });
    const { db, counts } = aFaultyD1(env.DB);
    await aTestApp({ env: { DB: db }, deps: using(none.connector) }).post('/offers', theOffersSample());
    expect(counts).toEqual({ roundTrips: 0, rowsWritten: 0 });
  });

  it('takes one round trip more with the catalog, which only reads', async () => {
    await loadDemoCatalog();
    expect(await costOf('/offers', theOffersSample(), {}, false)).toEqual({ roundTrips: 2, rowsWritten: 1 });
    expect(await costOf('/offers', theOffersSample(), {}, false)).toEqual({ roundTrips: 2, rowsWritten: 0 });
  });
});

describe('rows written by POST /use-offers', () => {
  beforeEach(loadDemoCatalog);

  it('is at most seven for two discounts, in one round trip, and none for the repeat', async () => {
    await costOf('/offers', theOffersSample(), {}, false);
    const headers = { 'x-akinon-request-id': 'r' };
    const first = await costOf('/use-offers', theUseOffersSample(), headers);
    expect(first.roundTrips).toBe(1);
    expect(first.rowsWritten).toBe(7);
    expect(await costOf('/use-offers', theUseOffersSample(), headers)).toEqual({ roundTrips: 1, rowsWritten: 0 });
  });

  it('is four for another request id with the same order and discounts', async () => {
    await costOf('/use-offers', theUseOffersSample());
    expect(await costOf('/use-offers', theUseOffersSample())).toEqual({ roundTrips: 1, rowsWritten: 4 });
  });
});
