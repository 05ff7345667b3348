import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/common/json.ts';
import { D1Ledger } from '../../../src/ledger/d1-ledger.ts';
import type { IssuedOffer } from '../../../src/ledger/ledger.ts';
import { MAX_ISSUED_BYTES } from '../../../src/offers/issued.ts';
import { anOffersRequest, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp } from '../support/http.ts';

const CLOCK = { now: () => Date.now(), random: () => 0.5, sleep: async () => {} };

function anIssued(id: string, amount = '1', reference: Json = null): IssuedOffer {
  return { id, type: 'BASKET', amount, currency: 'TRY', notify: true, reference };
}

async function remember(version: number, offers: IssuedOffer[], seenAt = 1000, basketState?: Json) {
  const issued = { basketId: 1, version, offers, seenAt, ...(basketState !== undefined && { basketState }) };
  await new D1Ledger(env.DB, CLOCK).rememberOffers(issued);
}

async function stored() {
  const [row] = await rows('SELECT * FROM issued_baskets');
  return { ...row, offers: JSON.parse(row.offers) as Record<string, unknown[]> };
}

const amounts = async () =>
  Object.fromEntries(Object.entries<unknown[]>((await stored()).offers).map(([id, entry]) => [id, entry[2]]));

describe('what a basket was offered', () => {
  it('keeps an offer that was shown earlier', async () => {
    await remember(1, [anIssued('a')]);
    await remember(2, [anIssued('b')]);
    expect(await amounts()).toEqual({ a: '1', b: '1' });
    expect((await stored()).version).toBe(2);
  });

  it('replaces an entry by a version that is not older', async () => {
    await remember(1, [anIssued('a', '1')]);
    await remember(1, [anIssued('a', '2')]);
    expect(await amounts()).toEqual({ a: '2' });
    await remember(2, [anIssued('a', '3')]);
    expect(await amounts()).toEqual({ a: '3' });
  });

  it('never lets an older answer overwrite a newer one: it only adds', async () => {
    await remember(5, [anIssued('a', '5')], 1000, { s: 5 });
    await remember(4, [anIssued('a', '4'), anIssued('b', '4')], 1001, { s: 4 });
    expect(await amounts()).toEqual({ a: '5', b: '4' });
    expect(await stored()).toMatchObject({ version: 5, basket_state: '{"s":5}' });
  });

  it('replaces a reference whole, nulls and all', async () => {
    await remember(1, [anIssued('a', '1', { x: { y: 1 }, gone: 1 })]);
    await remember(2, [anIssued('a', '1', { x: { y: null } })]);
    expect((await stored()).offers.a?.[5]).toEqual({ x: { y: null } });
  });

  it('keeps a state that the next answer does not name', async () => {
    await remember(1, [anIssued('a')], 1000, { s: 1 });
    await remember(2, [anIssued('a')]);
    expect((await stored()).basket_state).toBe('{"s":1}');
    await remember(2, [anIssued('a')], 1000, { s: 2 });
    expect((await stored()).basket_state).toBe('{"s":2}');
  });

  it('takes ids that other formats would trip over', async () => {
    const ids = ['__proto__', 'a"b', "a'b", 'a.b[0]', '$', '日本', '😀', '1'];
    await remember(
      1,
      ids.map((id) => anIssued(id)),
    );
    await remember(2, [anIssued('new')]);
    expect(Object.keys((await stored()).offers).sort()).toEqual([...ids, 'new'].sort());
  });

  it('is written again once a day, so that what is in use is not purged', async () => {
    const day = 24 * 60 * 60 * 1000;
    await remember(1, [anIssued('a')], 0);
    await remember(1, [anIssued('a')], day - 1);
    expect((await stored()).seen_at).toBe(0);
    await remember(1, [anIssued('a')], day);
    expect((await stored()).seen_at).toBe(day);
  });

  it('holds 64 KB: the oldest offers make room, never those of the answer itself', async () => {
    const large = (id: string) => anIssued(id, '1', 'x'.repeat(3000));
    const batch = (prefix: string) => Array.from({ length: 12 }, (_, index) => large(`${prefix}${index}`));
    await remember(1, batch('old'));
    await remember(2, batch('newer'));
    const { offers } = await stored();
    expect(JSON.stringify(offers).length).toBeLessThanOrEqual(MAX_ISSUED_BYTES);
    expect(Object.keys(offers).filter((id) => id.startsWith('newer'))).toHaveLength(12);
    const kept = Object.keys(offers).filter((id) => id.startsWith('old')).length;
    expect(kept).toBeGreaterThan(5);
    // An answer that is late, and older, is remembered all the same: it is about to be shown.
    await remember(1, batch('late'));
    expect(Object.keys((await stored()).offers).filter((id) => id.startsWith('late'))).toHaveLength(12);
  });

  it('comes out the same whatever the order in which answers arrive, but for what was never overwritten', async () => {
    const answer = fc.record({
      version: fc.integer({ min: 1, max: 6 }),
      ids: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 6 }), async (answers) => {
        await rows('DELETE FROM issued_baskets');
        // One content for each version, as one state of a basket has one answer.
        const contentOf = new Map(answers.map(({ version, ids }) => [version, ids]));
        for (const { version } of answers) {
          await remember(
            version,
            (contentOf.get(version) ?? []).map((id) => anIssued(id, String(version))),
          );
        }
        const newest = Math.max(...answers.map(({ version }) => version));
        const { offers, version } = await stored();
        expect(version).toBe(newest);
        for (const id of contentOf.get(newest) ?? []) expect(offers[id]?.[2]).toBe(String(newest));
        for (const { version: v } of answers) for (const id of contentOf.get(v) ?? []) expect(offers[id]).toBeDefined();
      }),
      { numRuns: 40 },
    );
  });
});

describe('POST /offers, remembering', () => {
  it('leaves out, last in turn first, what asks for notification and does not fit', async () => {
    const reference = 'x'.repeat(4000);
    const proposals = Array.from({ length: 20 }, (_, index) => ({
      id: `o${index}`,
      type: 'POINT' as const,
      reference,
    }));
    const { connector } = aScriptedConnector({
      offers: [...proposals, { id: 'silent', type: 'POINT', notifyAfterOrderCreation: false, reference }],
    });
    const app = aTestApp({ deps: using(connector) });
    const offers = (await (await app.post('/offers', anOffersRequest())).json()) as { discount: { id: string } }[];
    const shown = offers.map(({ discount }) => discount.id);
    expect(shown).toEqual([...Array.from({ length: 16 }, (_, index) => `o${index}`), 'silent']);
    const [row] = await rows('SELECT offers FROM issued_baskets');
    expect(Object.keys(JSON.parse(row.offers))).toEqual(shown.slice(0, 16));
    expect(app.logged).toContainEqual(expect.objectContaining({ event: 'offers_left_out' }));
  });

  it('gives what was remembered to the usage: type, amount, currency and reference', async () => {
    const { connector } = aScriptedConnector({
      offers: [
        { id: 'money', type: 'BASKET', extraArgs: { discount: '12.345' }, reference: { memberId: 'm-17' } },
        { id: 'silent', type: 'SHIPPING', notifyAfterOrderCreation: false },
        {
          id: 'points',
          type: 'LOYALTY_POINT',
          extraArgs: {
            loyaltyData: {
              amount: '50.50',
              benefitCoefficient: '1',
              validFrom: '2025-01-01',
              validUntil: '2025-01-02',
            },
          },
        },
      ],
      basketState: { session: 's-1' },
    });
    const app = aTestApp({ deps: using(connector) });
    await app.post('/offers', anOffersRequest());
    await app.post('/use-offers', {
      basket: { id: 7, version: 3 },
      usedDiscounts: ['money', 'points', 'silent', 'never'],
      order: { orderNumber: 'O' },
    });
    expect(await rows('SELECT discount_id, state, type, amount, currency, reference FROM used_discounts')).toEqual([
      {
        discount_id: 'money',
        state: 'due',
        type: 'BASKET',
        amount: 1234,
        currency: 'TRY',
        reference: '{"memberId":"m-17"}',
      },
      { discount_id: 'never', state: 'unrecognised', type: null, amount: null, currency: null, reference: null },
      { discount_id: 'points', state: 'due', type: 'LOYALTY_POINT', amount: '50.50', currency: null, reference: null },
      { discount_id: 'silent', state: 'not_required', type: 'SHIPPING', amount: null, currency: null, reference: null },
    ]);
    expect(await rows('SELECT basket_state FROM deliveries')).toEqual([{ basket_state: '{"session":"s-1"}' }]);
  });

  it('keeps amounts exact that no integer column could hold', async () => {
    const { connector } = aScriptedConnector({
      offers: [{ id: 'x', type: 'BASKET', extraArgs: { discount: '90071992547409931234.55' } }],
    });
    const app = aTestApp({ deps: using(connector) });
    const { basket, user } = anOffersRequest();
    basket.basketItems[0].unitPrice = '90071992547409931234.55';
    await app.post('/offers', { basket, user });
    await app.post('/use-offers', { basket, usedDiscounts: ['x'], order: { orderNumber: 'O' } });
    expect(await rows('SELECT amount FROM used_discounts')).toEqual([{ amount: '9007199254740993123455' }]);
  });
});
