import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/common/json.ts';
import { D1Ledger } from '../../../src/ledger/d1-ledger.ts';
import { MAX_ISSUED_BYTES } from '../../../src/ledger/issued-entry.ts';
import type { IssuedOffer } from '../../../src/ledger/ledger.ts';
import { anOffersRequest, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp } from '../support/http.ts';

const CLOCK = { now: () => Date.now(), random: () => 0.5, sleep: async () => {} };

function anIssued(id: string, amount = '1', reference: Json = null): IssuedOffer {
  return { id, type: 'BASKET', amount, currency: 'TRY', notify: true, reference };
}

async function remember(version: number, offers: IssuedOffer[], seenAt = 1000, basketState?: Json) {
  const issued = { basketId: 1, version, offers, seenAt, ...(basketState !== undefined && { basketState }) };
  return new D1Ledger(env.DB, CLOCK).rememberOffers(issued);
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
    // An answer that is late, and older, takes what room is left, and says what found none.
    const noRoom = await remember(1, batch('late'));
    const after = Object.keys((await stored()).offers);
    expect(after.filter((id) => id.startsWith('newer'))).toHaveLength(12);
    const lateIds = batch('late').map(({ id }) => id);
    const found = lateIds.filter((id) => after.includes(id));
    expect(found.length).toBeGreaterThan(5);
    expect([...found, ...noRoom]).toEqual(lateIds);
  });

  it('keeps what a newer answer has shown when an older one comes late, and says what found no room', async () => {
    const ids = Array.from({ length: 16 }, (_, index) => `a${index}`);
    await remember(
      2,
      ids.map((id) => anIssued(id, '1', 'x'.repeat(3990))),
    );
    const added = Array.from({ length: 10 }, (_, index) => anIssued(`b${index}`, '1', 'y'.repeat(1100)));
    const noRoom = await remember(1, [...ids.map((id) => anIssued(id)), ...added]);
    expect(Object.keys((await stored()).offers)).toEqual(ids);
    expect(noRoom).toEqual(added.map(({ id }) => id));
  });

  it('never lets what is silent take the room of what asks for notification', async () => {
    const asking = Array.from({ length: 15 }, (_, index) => anIssued(`n${index}`, '1', 'x'.repeat(4000)));
    const silent = Array.from({ length: 14 }, (_, index) => ({
      ...anIssued(`s${index}`, '1', 'y'.repeat(4000)),
      notify: false,
    }));
    await remember(1, asking);
    const noRoom = await remember(2, silent);
    const { offers } = await stored();
    for (const { id } of asking) expect(offers[id]).toBeDefined();
    expect(noRoom).toEqual(silent.slice(1).map(({ id }) => id));
  });

  it('gives room in turn, not by where an id stands in the text', async () => {
    await remember(1, [anIssued('a')], 1000, { s: 'x'.repeat(32_000) });
    // Ids that look like numbers are moved to the front of an object.
    const inTurn = ['z', '10', 'b', '9', 'c', '8', 'd', '7', 'e', '6', 'f', '5'];
    const noRoom = await remember(
      2,
      inTurn.map((id) => anIssued(id, '1', 'y'.repeat(4000))),
    );
    expect(noRoom.length).toBeGreaterThan(2);
    const kept = Object.keys((await stored()).offers);
    expect(inTurn.filter((id) => kept.includes(id))).toEqual(inTurn.slice(0, inTurn.length - noRoom.length));
  });

  it('counts the state into the 64 KB, also where it was there before', async () => {
    await remember(1, [anIssued('a')], 1000, { s: 'x'.repeat(30_000) });
    const noRoom = await remember(
      2,
      Array.from({ length: 12 }, (_, index) => anIssued(`b${index}`, '1', 'y'.repeat(3900))),
    );
    const { basket_state, offers } = await stored();
    expect(JSON.stringify(offers).length + basket_state.length).toBeLessThanOrEqual(MAX_ISSUED_BYTES);
    expect(noRoom.length).toBeGreaterThan(0);
  });

  it('fills in a state from an older answer only where there is none, and never turns back the clock', async () => {
    await remember(5, [anIssued('a')], 2000);
    await remember(4, [anIssued('a')], 1000, { s: 4 });
    expect(await stored()).toMatchObject({ basket_state: '{"s":4}', seen_at: 2000 });
    await remember(3, [anIssued('a')], 1000, { s: 3 });
    expect((await stored()).basket_state).toBe('{"s":4}');
  });

  it('uses its room to the last byte', async () => {
    const filled = (bytes: number) => anIssued('f', '1', 'z'.repeat(bytes));
    const overhead = JSON.stringify({ f: [1, 'BASKET', '1', 'TRY', true, ''] }).length;
    await remember(1, [filled(MAX_ISSUED_BYTES - overhead - '"g":[0,"BASKET","1","TRY",true,null],'.length)]);
    await remember(0, [anIssued('g')]);
    expect(Object.keys((await stored()).offers)).toEqual(['f', 'g']);
    expect((await rows('SELECT octet_length(offers) AS n FROM issued_baskets'))[0].n).toBe(MAX_ISSUED_BYTES);
    await remember(0, [anIssued('h')]);
    expect(Object.keys((await stored()).offers).sort()).toEqual(['f', 'h']);
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

  it('shows nothing that asks for notification and found no room beside what is there', async () => {
    const reference = 'x'.repeat(4000);
    const newer = aScriptedConnector({
      offers: Array.from({ length: 15 }, (_, i) => ({ id: `a${i}`, type: 'POINT' as const, reference })),
    });
    await aTestApp({ deps: using(newer.connector) }).post('/offers', anOffersRequest({ version: 9 }));
    const both = [...Array.from({ length: 15 }, (_, i) => `a${i}`), ...Array.from({ length: 9 }, (_, i) => `b${i}`)];
    const older = aScriptedConnector({
      offers: both.map((id) => ({ id, type: 'POINT' as const, reference: id.startsWith('b') ? 'y'.repeat(900) : 'z' })),
    });
    const app = aTestApp({ deps: using(older.connector) });
    const offers = (await (await app.post('/offers', anOffersRequest({ version: 8 }))).json()) as {
      discount: { id: string };
    }[];
    const [row] = await rows('SELECT offers FROM issued_baskets');
    const kept = Object.keys(JSON.parse(row.offers));
    expect(offers.length).toBeLessThan(both.length);
    for (const { discount } of offers) expect(kept).toContain(discount.id);
    expect(app.logged).toContainEqual(expect.objectContaining({ event: 'offers_left_out' }));
  });

  it('gives room to what asks for notification first', async () => {
    const reference = 'x'.repeat(4000);
    const silent = Array.from({ length: 16 }, (_, i) => ({
      id: `s${i}`,
      type: 'POINT' as const,
      notifyAfterOrderCreation: false,
      reference,
    }));
    const { connector } = aScriptedConnector({ offers: [...silent, { id: 'asks', type: 'POINT', reference }] });
    await aTestApp({ deps: using(connector) }).post('/offers', anOffersRequest());
    const [row] = await rows('SELECT offers FROM issued_baskets');
    expect(Object.keys(JSON.parse(row.offers))).toContain('asks');
  });

  it('does not keep a state that is too large or too deep, and shows the offers', async () => {
    for (const basketState of ['x'.repeat(200_000), JSON.parse('['.repeat(1500) + ']'.repeat(1500))]) {
      const { connector } = aScriptedConnector({ offers: [{ id: 'a', type: 'POINT' }], basketState });
      const app = aTestApp({ deps: using(connector) });
      expect(await (await app.post('/offers', anOffersRequest())).json()).toHaveLength(1);
      expect(await rows('SELECT basket_state FROM issued_baskets')).toEqual([{ basket_state: null }]);
      expect(app.logged).toContainEqual(expect.objectContaining({ event: 'basket_state_not_kept' }));
    }
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

  it.each([
    ['9999999999999.99', 'integer'],
    ['99999999999999.99', 'text'],
    ['9999999999999999.99', 'text'],
  ])('stores minor units of %s as %s', async (discount, type) => {
    const { connector } = aScriptedConnector({ offers: [{ id: 'x', type: 'BASKET', extraArgs: { discount } }] });
    const app = aTestApp({ deps: using(connector) });
    const { basket, user } = anOffersRequest();
    basket.basketItems[0].unitPrice = discount;
    await app.post('/offers', { basket, user });
    await app.post('/use-offers', { basket, usedDiscounts: ['x'], order: { orderNumber: 'O' } });
    const [row] = await rows('SELECT typeof(amount) AS type, CAST(amount AS TEXT) AS amount FROM used_discounts');
    expect(row).toEqual({ type, amount: discount.replace('.', '') });
  });
});
