import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import type { OffersAnswer, OffersFailure } from '../../../src/connectors/connector.ts';
import { KeptAnswers } from '../../../src/offers/kept-answers.ts';
import type { Offer } from '../../../src/offers/offer.ts';
import { anItem, anOffersRequest, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';
import { aTestApp, errorsOf } from '../support/http.ts';

type Answer = OffersAnswer | OffersFailure;
const POINT = { id: 'p', type: 'POINT' } as const;
const SILENT = { ...POINT, id: 's', notifyAfterOrderCreation: false } as const;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** An app with a clock, whose connector gives `say(…)`, at first an offer that asks for notification. */
function anAppThat(settings: Record<string, string>, capabilities: Parameters<typeof aScriptedConnector>[1] = {}) {
  const d1 = aFaultyD1(env.DB);
  const clock = { now: Date.UTC(2026, 10, 20) };
  let answer: Answer | (() => Promise<Answer>) = { offers: [POINT] };
  const { connector, asked } = aScriptedConnector(
    () => (typeof answer === 'function' ? answer() : answer),
    capabilities,
  );
  const app = aTestApp({
    env: { DB: d1.db, UPSTREAM_TIMEOUT_MS: '9000', ...settings },
    now: () => clock.now,
    deps: using(connector),
  });
  return {
    app,
    asked,
    clock,
    d1,
    say: (next: typeof answer) => {
      answer = next;
    },
    ask: async (body = anOffersRequest(), headers: Record<string, string> = {}) => {
      const response = await app.post('/offers', body, headers);
      const text = await response.text();
      const ids = response.status === 200 ? (JSON.parse(text) as WireOffer[]).map((it) => it.discount.id) : null;
      return { response, text, ids };
    },
  };
}

interface WireOffer {
  discount: { id: string; extraArgs: { discount?: string } };
}

describe('POST /offers with OFFERS_CACHE_SECONDS', () => {
  const CACHE = { OFFERS_CACHE_SECONDS: '60' };

  it('is off by default', async () => {
    const { ask, asked, app } = anAppThat({});
    const keep = vi.spyOn(app.deps.offersMemory.answers, 'keep');
    await ask();
    await ask();
    expect([asked.length, keep.mock.calls.length]).toEqual([2, 0]);
  });

  it.each([
    ['that asks for notification', [POINT]],
    ['that does not', [SILENT]],
    ['that is honestly empty', []],
  ])('gives an answer %s again for so long, without a question or a word to D1', async (_name, offers) => {
    const { ask, asked, clock, d1, say, app } = anAppThat(CACHE);
    say({ offers });
    const first = await ask();
    const trips = d1.counts.roundTrips;
    clock.now += 60 * SECOND;
    const again = await ask();
    expect([again.text, asked.length, d1.counts.roundTrips]).toEqual([first.text, 1, trips]);
    expect(app.logged.at(-1)).toMatchObject({ outcome: 'offers', cache: 'hit' });
    expect(again.response.headers.get('server-timing')).toBe('total;dur=0, cache;desc=hit');
    clock.now += 1;
    await ask();
    expect(asked).toHaveLength(2);
  });

  it('may be longer than a stale answer would last', async () => {
    const { ask, asked, clock } = anAppThat({ OFFERS_CACHE_SECONDS: '3600' });
    await ask();
    clock.now += 59 * MINUTE;
    await ask(anOffersRequest({ id: 8 }));
    await ask();
    expect(asked).toHaveLength(2);
  });

  const item = (overrides: Record<string, unknown>) => anOffersRequest({ basketItems: [anItem(overrides)] });
  const product = { id: 1001, sku: 'SKU1', name: 'Product 1', attributes: {} };
  const applied = (overrides: Record<string, unknown>) =>
    item({
      appliedDiscounts: [
        {
          discount: {
            type: 'BASKET',
            description: 'x',
            extraArgs: { discount: '1.00' },
            discountedBasketItems: [{ pk: 1, quantity: '1' }],
            conditionConsumedBasketItems: [],
            ...overrides,
          },
        },
      ],
    });
  const changes: [string, unknown, Record<string, string>?][] = [
    ['the basket', anOffersRequest({ id: 8 })],
    ['the voucher', anOffersRequest({ voucherCode: 'CODE' })],
    ['an item', item({ id: 2, product })],
    ['one item more', anOffersRequest({ basketItems: [anItem(), anItem({ id: 2 })] })],
    ['a product', item({ product: { ...product, id: 5 } })],
    ['a sku', item({ product: { ...product, sku: 'OTHER' } })],
    ['a name', item({ product: { ...product, name: 'Other' } })],
    ['an attribute', item({ product: { ...product, attributes: { colour: 'red' } } })],
    ['a price', item({ unitPrice: '100.01' })],
    ['a quantity', item({ quantity: 2 })],
    ['a unit', item({ unitType: 'KILOGRAM' })],
    ['a tax rate', item({ taxRate: '10.00' })],
    ['a total', item({ totalAmount: '99.00' })],
    ['a discount amount', item({ discountAmount: '1.00' })],
    ['what is consumed', item({ globallyConsumedQuantity: '1.0' })],
    ['the currency', item({ currencyType: 'EUR' })],
    ['an applied discount', applied({})],
    ['the amount of an applied discount', applied({ extraArgs: { discount: '2.00' } })],
    ['what an applied discount names', applied({ discountedBasketItems: [] })],
    ['the phone', anOffersRequest({}, { phone: '+905551112233' })],
    ['the e-mail', anOffersRequest({}, { email: ['a@example.com'] })],
    ['leave for e-mail', anOffersRequest({}, { emailAllowed: true })],
    ['leave for SMS', anOffersRequest({}, { smsAllowed: true })],
    ['leave for calls', anOffersRequest({}, { callAllowed: true })],
    ['the device', anOffersRequest(), { 'x-app-device': 'android' }],
    ['the store', anOffersRequest(), { 'x-store-id': '5' }],
    ["the store's remote id", anOffersRequest(), { 'x-store-remote-id': '5' }],
    ['the staff', anOffersRequest(), { 'x-store-staff-id': '5' }],
    ["the staff's remote id", anOffersRequest(), { 'x-store-staff-remote-id': '5' }],
    ["the staff's e-mail", anOffersRequest(), { 'x-store-staff-email': 'a@example.com' }],
  ];

  it('asks again for whatever can change the answer', async () => {
    const { ask, asked } = anAppThat(CACHE);
    await ask();
    for (const [name, body, headers] of changes) {
      const before = asked.length;
      await ask(body, headers);
      expect([name, asked.length]).toEqual([name, before + 1]);
    }
  });

  it('asks nobody for another request id or version, and remembers a later version before it shows it', async () => {
    const { ask, asked, d1, app } = anAppThat(CACHE);
    await ask(anOffersRequest({ version: 5 }));
    const trips = d1.counts.roundTrips;
    await ask(anOffersRequest({ version: 5 }), { 'x-akinon-request-id': 'another' });
    await ask(anOffersRequest({ version: 4 }));
    expect(d1.counts.roundTrips).toBe(trips);

    expect((await ask(anOffersRequest({ version: 6 }))).ids).toEqual(['p']);
    expect([asked.length, d1.counts.roundTrips]).toEqual([1, trips + 1]);
    expect(await rows('SELECT version FROM issued_baskets')).toEqual([{ version: 6 }]);
    await ask(anOffersRequest({ version: 6 }));
    expect(d1.counts.roundTrips).toBe(trips + 1);

    d1.fail('overloaded');
    expect((await ask(anOffersRequest({ version: 7 }))).text).toBe('[]');
    expect(app.logged.at(-1)).toMatchObject({ outcome: 'not_remembered', cache: 'hit' });
  });

  it('leaves the amount that is shown in the ledger when a basket comes back to what it was', async () => {
    const { ask, asked, say } = anAppThat(CACHE);
    const discount = (amount: string) => ({ ...POINT, type: 'BASKET' as const, extraArgs: { discount: amount } });
    const ofQuantity = (quantity: number, version: number) =>
      anOffersRequest({ version, basketItems: [anItem({ quantity })] });
    say({ offers: [discount('10.00')] });
    await ask(ofQuantity(1, 1));
    say({ offers: [discount('20.00')] });
    await ask(ofQuantity(2, 2));
    expect((await ask(ofQuantity(1, 3))).text).toContain('"discount":"10.00"');
    expect(asked).toHaveLength(2);
    const [{ offers }] = await rows('SELECT offers FROM issued_baskets');
    expect(JSON.parse(offers).p[2]).toBe('1000');
  });

  it('does so too when one version of it has another answer on another device', async () => {
    const { ask, asked, say, d1 } = anAppThat(CACHE);
    const discount = (amount: string) => ({ ...POINT, type: 'BASKET' as const, extraArgs: { discount: amount } });
    const remembered = async () => JSON.parse((await rows('SELECT offers FROM issued_baskets'))[0].offers).p[2];
    say({ offers: [discount('10.00')] });
    await ask();
    say({ offers: [discount('20.00')] });
    await ask(anOffersRequest(), { 'x-app-device': 'android' });
    expect((await ask()).text).toContain('"discount":"10.00"');
    expect([asked.length, await remembered()]).toEqual([2, '1000']);
    expect((await ask(anOffersRequest(), { 'x-app-device': 'android' })).text).toContain('"discount":"20.00"');
    expect([asked.length, await remembered()]).toEqual([2, '2000']);
    const trips = d1.counts.roundTrips;
    await ask(anOffersRequest(), { 'x-app-device': 'android' });
    expect(d1.counts.roundTrips).toBe(trips);
  });

  it.each([
    ['a failure', { failed: 'error', detail: 'x' } as const],
    ['wrong settings', { failed: 'misconfigured', setting: 'UPSTREAM_URL', detail: 'x' } as const],
  ])('does not keep %s', async (_name, failure) => {
    const { ask, asked, say } = anAppThat(CACHE);
    say(failure);
    await ask();
    say({ offers: [POINT] });
    expect([(await ask()).ids, asked.length]).toEqual([['p'], 2]);
  });

  it.each([
    ['asks for notification', POINT],
    ['does not', SILENT],
  ])('does not keep what %s and could not be remembered', async (_name, offer) => {
    const { ask, asked, say, d1 } = anAppThat(CACHE);
    say({ offers: [offer, SILENT] });
    d1.fail('overloaded');
    await ask();
    await ask();
    expect(asked).toHaveLength(2);
    await ask();
    expect(asked).toHaveLength(2);
  });

  it('does not give an answer again while it is being remembered', async () => {
    let commit = () => {};
    const committed = new Promise<void>((resolve) => (commit = resolve));
    const { connector, asked } = aScriptedConnector({ offers: [SILENT] });
    let remembering = 0;
    const app = aTestApp({
      env: CACHE,
      deps: (deps) => ({
        ...using(connector)(deps),
        ledger: Object.assign(Object.create(deps.ledger), {
          rememberOffers: async () => {
            remembering++;
            await committed;
            return [];
          },
        }),
      }),
    });
    const all = [app.post('/offers', anOffersRequest())];
    while (remembering < 1) await scheduler.wait(1);
    all.push(app.post('/offers', anOffersRequest()));
    while (remembering < 2) await scheduler.wait(1);
    commit();
    await Promise.all(all);
    await app.post('/offers', anOffersRequest());
    expect([asked.length, remembering]).toEqual([2, 2]);
  });

  it.each([
    ['reads its state of the basket', { readsBasketState: true }, {}],
    ['remembers a state with the offers', {}, { basketState: { session: 1 } }],
  ])('gives no answer for a later version where the connector %s', async (_name, capabilities, state) => {
    const { ask, asked, say } = anAppThat(CACHE, capabilities);
    say({ offers: [POINT], ...state });
    await ask(anOffersRequest({ version: 1 }));
    await ask(anOffersRequest({ version: 1 }));
    expect(asked).toHaveLength(1);
    await ask(anOffersRequest({ version: 2 }));
    expect(asked).toHaveLength(2);
  });
});

describe('POST /offers with OFFERS_ON_FAILURE=stale', () => {
  const STALE = { OFFERS_ON_FAILURE: 'stale' };
  const failures: [string, Answer | (() => Promise<Answer>), string][] = [
    ['cannot be reached', { failed: 'unavailable', detail: 'x' }, 'unavailable'],
    ['answers nonsense', { failed: 'error', detail: 'x' }, 'error'],
    ['never answers', () => new Promise<Answer>(() => {}), 'timeout'],
  ];

  it.each(failures)('shows the last offers of the same question when the upstream %s', async (_name, failure, why) => {
    const { ask, say, app, d1 } = anAppThat({ ...STALE, UPSTREAM_TIMEOUT_MS: '50' });
    const fresh = await ask();
    const trips = d1.counts.roundTrips;
    say(failure);
    const stale = await ask();
    expect([stale.text, d1.counts.roundTrips]).toEqual([fresh.text, trips]);
    expect(app.logged.at(-1)).toMatchObject({ outcome: why, cache: 'stale', offers: 1 });
    expect(stale.response.headers.get('server-timing')).toMatch(/^upstream;dur=\d+, total;dur=\d+, cache;desc=stale$/);
    expect((await ask(anOffersRequest({}, { phone: '+905551112233' }))).text).toBe('[]');
  });

  it('asks as long as nothing fails, and shows what it heard last', async () => {
    const { ask, asked, say } = anAppThat(STALE);
    await ask();
    say({ offers: [{ ...POINT, id: 'newer' }] });
    await ask();
    expect(asked).toHaveLength(2);
    say({ failed: 'error', detail: 'x' });
    expect((await ask()).ids).toEqual(['newer']);
  });

  it('shows them for ten minutes and not longer, however often they are shown', async () => {
    const { ask, say, clock } = anAppThat(STALE);
    await ask(anOffersRequest({ version: 1 }));
    say({ failed: 'error', detail: 'x' });
    clock.now += 5 * MINUTE;
    expect((await ask(anOffersRequest({ version: 2 }))).ids).toEqual(['p']);
    clock.now += 5 * MINUTE - SECOND;
    expect((await ask(anOffersRequest({ version: 3 }))).ids).toEqual(['p']);
    clock.now += 2 * SECOND;
    expect((await ask(anOffersRequest({ version: 3 }))).ids).toEqual([]);
  });

  it('shows them while the breaker is open, at once', async () => {
    const { ask, asked, say, app } = anAppThat(STALE);
    await ask();
    say({ failed: 'error', detail: 'x' });
    for (let i = 0; i < 5; i++) await ask();
    expect((await ask()).ids).toEqual(['p']);
    expect(asked).toHaveLength(6);
    expect(app.logged.at(-1)).toMatchObject({ outcome: 'unavailable', breaker: 'open', cache: 'stale' });
  });

  it('shows them when what was remembered of the basket cannot be read', async () => {
    const { ask, d1, app } = anAppThat(STALE, { readsBasketState: true });
    await ask();
    d1.fail('overloaded');
    expect((await ask()).ids).toEqual(['p']);
    expect(app.logged.at(-1)).toMatchObject({ outcome: 'storage', cache: 'stale' });
  });

  it('says misconfigured all the same', async () => {
    const { app, say, ask } = anAppThat(STALE);
    await ask();
    say({ failed: 'misconfigured', setting: 'UPSTREAM_URL', detail: 'x' });
    expect(await errorsOf(await app.post('/offers', anOffersRequest()))).toEqual([['misconfigured', '']]);
  });

  it.each(['empty', 'error'])('keeps nothing with %s', async (onFailure) => {
    const { ask, say } = anAppThat({ OFFERS_ON_FAILURE: onFailure });
    await ask();
    say({ failed: 'error', detail: 'x' });
    expect((await ask()).text).not.toContain('"p"');
  });
});

describe('KeptAnswers', () => {
  const offers = (text: string) => [{ id: 'x', description: text }] as unknown as readonly Offer[];
  const answer = (text: string, at = 0) => ({ offers: offers(text), basketId: 7, version: 1, anyVersion: true, at });
  const NEVER = Number.NEGATIVE_INFINITY;
  const known = (kept: KeptAnswers, ...keys: string[]) => keys.filter((key) => kept.find(key, 1, NEVER) !== undefined);

  it('drops the oldest when there are too many', () => {
    const kept = new KeptAnswers({ answers: 2, size: 1_000_000 });
    for (const key of ['a', 'b', 'a', 'c']) kept.keep(key, answer(key), NEVER);
    expect(known(kept, 'a', 'b', 'c')).toEqual(['a', 'c']);
  });

  it('drops the oldest when they are too large, and counts what is replaced no more', () => {
    const kept = new KeptAnswers({ answers: 100, size: 1000 });
    for (let i = 0; i < 50; i++) kept.keep('a', answer('x'.repeat(400)), NEVER);
    kept.keep('b', answer('x'.repeat(400)), NEVER);
    expect(known(kept, 'a', 'b')).toEqual(['a', 'b']);
    kept.keep('c', answer('x'.repeat(400)), NEVER);
    expect(known(kept, 'a', 'b', 'c')).toEqual(['b', 'c']);
    kept.keep('huge', answer('x'.repeat(2000)), NEVER);
    expect(known(kept, 'huge')).toEqual([]);
    kept.keep('d', answer('x'), NEVER);
    expect(known(kept, 'd')).toEqual(['d']);
  });

  it('drops what has had its time', () => {
    const kept = new KeptAnswers();
    kept.keep('old', answer('x', 1), 0);
    kept.keep('new', answer('x', 100), 50);
    expect(known(kept, 'old', 'new')).toEqual(['new']);
  });

  it('does not let an answer to an earlier version replace a later one', () => {
    const kept = new KeptAnswers();
    kept.keep('a', { ...answer('later'), version: 2 }, NEVER);
    kept.keep('a', { ...answer('earlier'), version: 1 }, NEVER);
    expect(kept.find('a', 2, NEVER)?.offers).toEqual(offers('later'));
  });
});
