/** "Faults: storage": D1 loses answers, is overloaded, hangs or is gone, while requests come in. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { retryTransient } from '../../../src/ledger/retry-transient.ts';
import { anOffersRequest, aUsageRequest, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aFaultyD1, type Fault } from '../support/faulty-d1.ts';
import { aTestApp, errorsOf } from '../support/http.ts';

const use = async (...faults: Fault[]) => {
  const { db, counts } = aFaultyD1(env.DB, faults);
  const response = await aTestApp({ env: { DB: db } }).post('/use-offers', aUsageRequest(), {
    'x-akinon-request-id': 'r',
  });
  return { response, counts };
};

const stored = async () => [
  (await rows('SELECT * FROM usages')).length,
  (await rows('SELECT * FROM used_discounts')).length,
  (await rows('SELECT * FROM deliveries')).length,
];

describe('POST /use-offers while D1 fails', () => {
  it.each<[string, Fault[]]>([
    ['fails before the commit', ['throw-before']],
    ['commits and loses the answer', ['throw-after']],
    ['does both in turn', ['throw-after', 'throw-before', 'throw-after']],
  ])('answers 200 and records one usage when D1 %s', async (_name, faults) => {
    const { response, counts } = await use(...faults);
    expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([200, null]);
    expect(counts.roundTrips).toBe(faults.length + 1);
    expect(await stored()).toEqual([1, 1, 1]);
  });

  it('answers 503 with Retry-After when D1 fails ten times, within about 1.5 s', async () => {
    const startedAt = Date.now();
    const { response, counts } = await use(...Array<Fault>(10).fill('throw-before'));
    expect([response.status, await errorsOf(response)]).toEqual([503, [['storage_unavailable', '']]]);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(Date.now() - startedAt).toBeLessThan(3000);
    expect(counts.roundTrips).toBeLessThan(10);
    expect(await stored()).toEqual([0, 0, 0]);
  });

  it.each([
    'D1_ERROR: Network connection lost.',
    'D1_ERROR: D1 DB storage caused object to be reset.',
    'D1_ERROR: D1 DB reset because its code was updated.',
    'D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.',
  ])('tries again after "%s"', async (message) => {
    let failed = 0;
    const run = async () => {
      if (failed++ === 0) throw new Error(message);
      return 'done';
    };
    expect(await retryTransient(run, { now: () => 0, random: () => 0, sleep: async () => {} })).toBe('done');
  });

  it('does not press an overloaded D1', async () => {
    const { response, counts } = await use('overloaded');
    expect([response.status, counts.roundTrips]).toEqual([503, 1]);
  });

  it('answers 503 when D1 hangs', async () => {
    expect((await use('hang')).response.status).toBe(503);
  });

  it('recognises the request that committed before its 503', async () => {
    expect((await use('throw-after', 'overloaded')).response.status).toBe(503);
    const { response } = await use();
    expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(await stored()).toEqual([1, 1, 1]);
  });

  it('answers 503, not 400, to what must be kept and cannot be', async () => {
    const { db } = aFaultyD1(env.DB, ['overloaded']);
    expect((await aTestApp({ env: { DB: db } }).post('/use-offers', {})).status).toBe(503);
  });

  it('answers 503 on an empty database', async () => {
    await env.DB.prepare('DROP TABLE usages').run();
    const response = await aTestApp().post('/use-offers', aUsageRequest());
    expect(await errorsOf(response)).toEqual([['storage_unavailable', '']]);
  });
});

describe('POST /offers while D1 fails', () => {
  const both = aScriptedConnector({
    offers: [
      { id: 'asks', type: 'POINT', notifyAfterOrderCreation: true },
      { id: 'silent', type: 'POINT', notifyAfterOrderCreation: false },
    ],
  });

  async function offersWith(fault: Fault, onFailure: string) {
    const { db } = aFaultyD1(env.DB, [fault]);
    const app = aTestApp({ env: { DB: db, OFFERS_ON_FAILURE: onFailure }, deps: using(both.connector) });
    return app.post('/offers', anOffersRequest());
  }

  it('leaves out the offers that ask for notification, and the others still go', async () => {
    const offers = (await (await offersWith('overloaded', 'empty')).json()) as { discount: { id: string } }[];
    expect(offers.map(({ discount }) => discount.id)).toEqual(['silent']);
  });

  it('answers 503 with OFFERS_ON_FAILURE=error', async () => {
    expect(await errorsOf(await offersWith('overloaded', 'error'))).toEqual([['storage_unavailable', '']]);
  });

  it('shows them when D1 only lost its answer', async () => {
    const offers = (await (await offersWith('throw-after', 'empty')).json()) as unknown[];
    expect(offers).toHaveLength(2);
  });
});
