/** A server that does what Akinon's documents say and nothing beyond must pass at the level of the contract. */
import { describe, expect, it } from 'vitest';
import { historyOf, isFailure, type Offer, offers, plain, sentIn } from './faults.ts';
import { type Faults, type Incoming, type Outgoing, problem, startReferenceServer } from './reference-server.ts';
import { checksOf, namesOf, runOn } from './run-suite.ts';

const TYPES = ['LOYALTY_POINT', 'SAMPLE_PRODUCT', 'DEFERRED', 'POINT', 'SHIPPING', 'BASKET'];
const refused = (field: string) => problem(400, 'invalid', field, 'not as documented');

/** Strict where a document gives a type, even where another document of Akinon's contradicts it. */
function refuseUndocumented(incoming: Incoming): Outgoing | undefined {
  const sent = sentIn(incoming);
  if (sent === null) return undefined;
  const isV1 = incoming.headers['x-akinon-api-version'] === 'v1';
  if ('conformance' in sent.basket || 'conformance' in sent) return refused('conformance');
  if (isV1 && sent.user?.phone === null) return refused('user.phone');
  for (const { type, extraArgs, discountedBasketItems } of historyOf(sent)) {
    if (Array.isArray(extraArgs)) return refused('extraArgs');
    if (incoming.path !== '/offers') continue;
    const ids = sent.basket.basketItems.map(({ id }) => id);
    if (!TYPES.includes(String(type))) return refused('type');
    if (discountedBasketItems.some(({ pk }) => !ids.includes(pk))) return refused('pk');
  }
  if (sent.basket.basketItems.some(({ unitPrice }) => typeof unitPrice === (isV1 ? 'string' : 'number'))) {
    return refused('unitPrice');
  }
  return undefined;
}

const MINIMAL: Faults = {
  request({ ...incoming }) {
    return refuseUndocumented(incoming);
  },
  // Every usage is recorded again, whatever its request id.
  redemptionKey: () => crypto.randomUUID(),
  fingerprint: () => '',
  answer(outgoing, { path }) {
    if (path !== '/offers' && path !== '/use-offers') return plain(404, 'Not Found');
    if (outgoing.status === 405) return plain(405, 'Method Not Allowed');
    if (outgoing.status === 413) return 'hang up';
    if (isFailure(outgoing)) {
      const errors = [{ code: String(outgoing.status), field: '', message: 'refused' }];
      return {
        ...outgoing,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({ errors }),
      };
    }
    if (path === '/use-offers') return { ...outgoing, headers: {} };
    const offers = (JSON.parse(String(outgoing.body)) as Offer[]).map((offer) => ({
      ...offer,
      extra: 'a field of its own',
      discount: { ...offer.discount, id: crypto.randomUUID() },
    }));
    return { ...outgoing, body: JSON.stringify(offers, null, 2) };
  },
};

describe('a server that does no more than the documents say', () => {
  it('passes every check of the contract in both versions', async () => {
    const server = await startReferenceServer(MINIMAL);
    const outcome = await runOn(server.url, { level: 'contract' });
    await server.close();
    expect(namesOf(outcome, 'failed')).toEqual([]);
    expect(outcome.isSuccess).toBe(true);
  });

  it.each(TYPES)('passes them with offers of type %s alone', async (type) => {
    const server = await startReferenceServer({
      answer: (outgoing, { path }) => {
        if (path !== '/offers' || outgoing.status !== 200) return outgoing;
        const offers = (JSON.parse(String(outgoing.body)) as Offer[]).filter(({ discount }) => discount.type === type);
        return { ...outgoing, body: JSON.stringify(offers) };
      },
    });
    const outcome = await runOn(server.url, { level: 'contract' });
    await server.close();
    expect(namesOf(outcome, 'failed')).toEqual([]);
    expect(outcome.isSuccess).toBe(true);
  });
});

describe('a server whose offers are not limited', () => {
  it('is not said to redeem once, because nothing of that can be seen, and fails by it neither', async () => {
    const server = await startReferenceServer({
      ...offers((list) => list.filter(({ discount }) => !/limited|points/.test(String(discount.id)))),
      // Every repetition is another redemption.
      redemptionKey: () => crypto.randomUUID(),
    });
    const outcome = await runOn(server.url, { checks: checksOf('usage') });
    await server.close();
    expect(namesOf(outcome, 'not judged').sort()).toEqual([
      'v1 usage/redeems-once',
      'v1 usage/redeems-once-at-once',
      'v2 usage/redeems-once',
      'v2 usage/redeems-once-at-once',
      'v2 usage/redeems-once-per-order',
    ]);
    expect(outcome.isSuccess).toBe(true);
  });
});
