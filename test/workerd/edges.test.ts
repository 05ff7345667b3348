/** The last value that is right and the first that is not, and orders that only show when something is full. */
import Big from 'big.js';
import { describe, expect, it } from 'vitest';
import { toKeepablePayload } from '../../src/akinon/keepable-payload.ts';
import { jsonBytes } from '../../src/common/json.ts';
import { parseConfig } from '../../src/config.ts';
import { MAX_ISSUED_BYTES } from '../../src/ledger/issued-entry.ts';
import { StorageUnavailable } from '../../src/ledger/ledger.ts';
import type { Basket } from '../../src/offers/basket.ts';
import { guardOffers } from '../../src/offers/guard.ts';
import { fitIssuedOffers } from '../../src/offers/issued.ts';
import type { Offer } from '../../src/offers/offer.ts';
import { freezeBasket, MAX_SNAPSHOT_BYTES } from '../../src/usage/snapshot.ts';
import { aCatalog, addCampaign } from './connectors/catalog-campaigns.ts';
import { aContext, aQuestion, ask } from './connectors/order.ts';
import { anItem, anOffersRequest, aUsageRequest, rows } from './support/builders.ts';
import { aScriptedConnector, using } from './support/connectors.ts';
import { aTestApp, errorsOf, type TestApp } from './support/http.ts';

const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const use = (app: TestApp, body: unknown, headers = {}) => app.post('/use-offers', body, headers);
const snapshotOf = async () => JSON.parse((await rows('SELECT snapshot FROM deliveries'))[0].snapshot);

describe('the guard at its edges', () => {
  const item = { id: 1, unitPrice: '10.00', quantity: '1' };
  const basket = { id: 1, version: 1, currency: 'TRY', voucherCode: null, items: [item] } as unknown as Basket & {
    currency: string;
  };
  const limits = { maxPoints: new Big(1), priorityFirst: 'lowest', maxOffers: 50 } as const;

  it('gives to the first of two with one priority', () => {
    const proposal = (id: string) => ({ id, type: 'BASKET', priority: 1, extraArgs: { discount: '7.00' } });
    const { offers } = guardOffers([proposal('a'), proposal('b')], basket, limits);
    expect(offers.map(({ benefit }) => (benefit.type === 'BASKET' ? benefit.amount.toFixed(2) : ''))).toEqual([
      '7.00',
      '3.00',
    ]);
  });

  it('takes a reference of 32 levels and drops one of 33', () => {
    const dropsOf = (depth: number) =>
      guardOffers([{ id: 'a', type: 'POINT', reference: nested(depth) }], basket, limits).drops;
    expect([dropsOf(32).length, dropsOf(33).length]).toEqual([0, 1]);
  });
});

describe('fitIssuedOffers at its edges', () => {
  const offer = (id: string, bytes: number, priority = 1) =>
    ({
      id,
      benefit: { type: 'POINT' },
      notify: true,
      priority,
      currency: 'TRY',
      reference: 'x'.repeat(bytes),
    }) as unknown as Offer;

  it('fills the room, and leaves out what is a byte too much', () => {
    const room = MAX_ISSUED_BYTES - jsonBytes({ a: [1, 'POINT', null, null, true, ''] }) - 1;
    expect(fitIssuedOffers([offer('a', room)], 1, undefined, 'lowest').leftOut).toEqual([]);
    expect(fitIssuedOffers([offer('a', room + 1)], 1, undefined, 'lowest').leftOut).toEqual(['a']);
  });

  it('counts the state, and leaves out the last in turn', () => {
    expect(fitIssuedOffers([offer('a', 40_000)], 1, 's'.repeat(30_000), 'lowest').leftOut).toEqual(['a']);
    const two = [offer('a', 40_000, 1), offer('b', 40_000, 2)];
    expect(fitIssuedOffers(two, 1, undefined, 'lowest').leftOut).toEqual(['b']);
    expect(fitIssuedOffers(two, 1, undefined, 'highest').leftOut).toEqual(['a']);
  });
});

describe('remembering at its edges', () => {
  it.each([
    [MAX_ISSUED_BYTES / 2, true],
    [MAX_ISSUED_BYTES / 2 + 1, false],
  ])('keeps a state of %i bytes: %s', async (bytes, kept) => {
    const basketState = 's'.repeat(bytes - 2);
    const { connector } = aScriptedConnector({ offers: [{ id: 'a', type: 'POINT' }], basketState });
    await aTestApp({ deps: using(connector) }).post('/offers', anOffersRequest());
    expect((await rows('SELECT basket_state IS NOT NULL AS kept FROM issued_baskets'))[0].kept).toBe(kept ? 1 : 0);
  });

  it('shows what is silent although it found no room', async () => {
    const silent = Array.from({ length: 20 }, (_, index) => ({
      id: `s${index}`,
      type: 'POINT' as const,
      notifyAfterOrderCreation: false,
      reference: 'x'.repeat(4000),
    }));
    const { connector } = aScriptedConnector({ offers: [{ id: 'asks', type: 'POINT' }, ...silent] });
    const response = await aTestApp({ deps: using(connector) }).post('/offers', anOffersRequest());
    expect(await response.json()).toHaveLength(21);
  });

  it('logs a late write that failed', async () => {
    const { connector } = aScriptedConnector({ offers: [{ id: 'a', type: 'POINT', notifyAfterOrderCreation: false }] });
    const app = aTestApp({
      deps: (deps) => ({
        ...using(connector)(deps),
        ledger: Object.assign(Object.create(deps.ledger), { rememberOffers: () => Promise.reject(new Error('x')) }),
      }),
    });
    expect(await (await app.post('/offers', anOffersRequest())).json()).toHaveLength(1);
    expect(app.logged).toContainEqual(expect.objectContaining({ event: 'offers_not_remembered' }));
  });

  it('answers 503 when the state of a basket cannot be read, and does not blame the upstream', async () => {
    const { connector } = aScriptedConnector({ offers: [] }, { readsBasketState: true });
    const app = aTestApp({
      env: { OFFERS_ON_FAILURE: 'error' },
      deps: (deps) => ({
        ...using(connector)(deps),
        ledger: Object.assign(Object.create(deps.ledger), {
          recallBasketState: () => Promise.reject(new StorageUnavailable('x')),
        }),
      }),
    });
    expect(await errorsOf(await app.post('/offers', anOffersRequest()))).toEqual([['storage_unavailable', '']]);
  });

  it.each([
    { failed: 'nonsense' },
    { failed: 'toString', detail: 'x' },
    { failed: false, offers: [] },
    { offers: [], declined: [{ id: { toString: 1 }, reason: 'x' }] },
  ])('takes a connector that answers %j for a failed upstream', async (answer) => {
    const { connector } = aScriptedConnector(answer as never);
    const app = aTestApp({ env: { OFFERS_ON_FAILURE: 'error' }, deps: using(connector) });
    expect(await errorsOf(await app.post('/offers', anOffersRequest()))).toEqual([['upstream_error', '']]);
  });
});

describe('/use-offers at its edges', () => {
  it('brings the state of the basket with a later usage of the order', async () => {
    const { connector } = aScriptedConnector({ offers: [{ id: 'x', type: 'POINT' }], basketState: { s: 1 } });
    const app = aTestApp({ deps: using(connector) });
    const order = (usedDiscounts: string[]) => ({
      basket: { id: 7, version: 1 },
      usedDiscounts,
      order: { orderNumber: 'O' },
    });
    await use(app, order([]));
    await app.post('/offers', anOffersRequest());
    await use(app, order(['x']));
    expect(await rows('SELECT basket_state FROM deliveries')).toEqual([{ basket_state: '{"s":1}' }]);
  });

  it('says when a conflict came first and last', async () => {
    let now = 1000;
    const app = aTestApp({ now: () => now });
    const id = { 'x-akinon-request-id': 'r' };
    await use(app, aUsageRequest(), id);
    await use(app, aUsageRequest({ usedDiscounts: ['b'] }), id);
    now = 2000;
    await use(app, aUsageRequest({ usedDiscounts: ['b'] }), id);
    const seen = await rows('SELECT times, first_at, last_at FROM usage_conflicts');
    expect(seen).toEqual([{ times: 2, first_at: 1000, last_at: 2000 }]);
  });

  it('reads 2,000 items, names 20 that are wrong, and keeps the voucher code', async () => {
    const items = Array.from({ length: 2000 }, (_, index) => anItem({ id: index }));
    await use(aTestApp(), aUsageRequest({ basket: { id: 7, version: 1, basketItems: items } }));
    await use(
      aTestApp(),
      aUsageRequest({
        order: null,
        basket: { id: 7, version: 1, voucherCode: 'CODE', basketItems: Array(50).fill(5) },
      }),
    );
    const [good, wrong] = await rows('SELECT drift FROM usages ORDER BY id');
    expect([good.drift, JSON.parse(wrong.drift).length]).toEqual([null, 20]);
    const [delivery] = await rows("SELECT snapshot FROM deliveries WHERE order_key LIKE 'b:%'");
    expect(JSON.parse(delivery.snapshot).voucherCode).toBe('CODE');
  });

  it('has no basket for a version that is no integer', async () => {
    await use(aTestApp(), aUsageRequest({ basket: { id: 7, version: 1.5, basketItems: [anItem()] } }));
    expect(await snapshotOf()).toBeNull();
  });

  it('keeps 20 errors of a refused request, and no request id that cannot be used', async () => {
    const app = aTestApp();
    const usedDiscounts = Array.from({ length: 50 }, (_, index) => index);
    await use(app, { usedDiscounts, order: { orderNumber: 'O' } }, { 'x-akinon-request-id': 'a b' });
    await use(app, { usedDiscounts, order: { orderNumber: 'O' } });
    const kept = await rows('SELECT request_id, errors FROM refused_requests ORDER BY length(errors)');
    expect(kept[0].request_id).toBeNull();
    expect(JSON.parse(kept[1].errors)).toHaveLength(20);
    expect(app.logged.filter(({ requestId }) => requestId === 'a b')).toEqual([]);
  });

  it('asks for a second try after one second when nothing was stored', async () => {
    const app = aTestApp({
      deps: ({ ledger }) => ({
        ledger: Object.assign(Object.create(ledger), {
          acceptUsage: () => Promise.reject(new StorageUnavailable('x')),
        }),
      }),
    });
    const response = await use(app, aUsageRequest());
    expect([response.headers.get('retry-after'), response.headers.get('cache-control')]).toEqual(['1', 'no-store']);
  });
});

describe('the wire at its edges', () => {
  it('takes a version with two minors', async () => {
    const response = await aTestApp().post('/offers', anOffersRequest(), { 'x-akinon-api-version': 'v2.1.3' });
    expect(response.status).toBe(200);
  });

  it('takes credentials in the URL-safe alphabet too', async () => {
    const bytes = new TextEncoder().encode('akinon:?>?>~~~ÿ');
    const encoded = btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    expect(encoded).toMatch(/[-_]/);
    const app = aTestApp({ env: { AKINON_PASSWORD: '?>?>~~~ÿ' } });
    expect((await app.post('/offers', anOffersRequest(), { authorization: `Basic ${encoded}` })).status).toBe(200);
  });

  it('knows an escaped quote from one that ends a text', async () => {
    const start = JSON.stringify(aUsageRequest()).slice(0, -1);
    expect((await use(aTestApp(), `${start},"x":"\\"${'['.repeat(40)}"}`)).status).toBe(200);
    expect((await use(aTestApp(), `${start},"x":"\\\\","y":${'['.repeat(40)}${']'.repeat(40)}}`)).status).toBe(400);
  });
});

describe('settings at their edges', () => {
  const parse = (settings = {}) => parseConfig({ AKINON_USERNAME: 'a', AKINON_PASSWORD: 'b', ...settings });

  it('have the documented defaults', () => {
    const { complete } = parse({ AKINON_PASSWORD_PREVIOUS: '' });
    expect(complete).toMatchObject({
      CONNECTOR: 'catalog',
      UPSTREAM_TIMEOUT_MS: 1500,
      OFFERS_ON_FAILURE: 'empty',
      PRIORITY_FIRST: 'lowest',
    });
    expect(complete?.GUARD_MAX_POINTS.toString()).toBe('1000000');
    expect(complete?.AKINON_PASSWORD_PREVIOUS).toBeUndefined();
  });

  it.each([{ UPSTREAM_TIMEOUT_MS: '0' }, { UPSTREAM_TIMEOUT_MS: '100000' }, { GUARD_MAX_POINTS: '0' }])(
    'refuse %j',
    (settings) => {
      expect(parse(settings).problems).toHaveLength(1);
    },
  );
});

describe('the catalog at its edges', () => {
  const declinedWith = async (voucherCode: string | null = null) =>
    (await ask(aCatalog(), aQuestion({ voucherCode }), aContext())).declined;

  it('says that a typed code is used up', async () => {
    await addCampaign('v', { voucher_code: 'CODE', usage_limit: 1, times_used: 1 });
    expect(await declinedWith('CODE')).toEqual([{ id: 'v', reason: 'usage_limit_reached' }]);
  });

  it('gives nothing rather than too much when the most it may come to cannot be read', async () => {
    await addCampaign('m', { benefit_type: 'percentage', amount: null, percentage: '10', max_discount: '1.2.3' });
    expect(await declinedWith()).toEqual([{ id: 'm', reason: 'invalid_campaign' }]);
  });

  it('takes points from their column only', async () => {
    const loyaltyData = { amount: '999', benefitCoefficient: '1', validFrom: '2026-01-01', validUntil: '2026-02-01' };
    const points = {
      discount_type: 'LOYALTY_POINT',
      benefit_type: null,
      amount: '10',
      extra_args: JSON.stringify({ loyaltyData }),
    };
    await addCampaign('p', points);
    const { offers } = await ask(aCatalog(), aQuestion(), aContext());
    expect(offers[0]?.benefit).toMatchObject({ points: '10' });
  });
});

describe('what is kept, at its edges', () => {
  const item = { id: 1, unitPrice: '10.00', quantity: '1' };
  const basketWith = (more: object) =>
    ({
      id: 1,
      version: 1,
      currency: 'TRY',
      voucherCode: null,
      items: [{ ...item, attributes: { e: 'ada@x' }, appliedDiscounts: [], ...more }],
    }) as unknown as Basket;
  const history = (more: object) => [
    { type: 'B', description: '', extraArgs: {}, discountedItems: [], conditionItems: [], ...more },
  ];

  it('is 256 KB of a basket to the byte, in UTF-8', () => {
    expect(MAX_SNAPSHOT_BYTES).toBe(262_144);
    const room = MAX_SNAPSHOT_BYTES - freezeBasket(basketWith({ name: '' })).text.length;
    const leftOut = (name: string) => freezeBasket(basketWith({ name })).leftOut;
    expect([leftOut('x'.repeat(room)), leftOut('x'.repeat(room + 1))]).toEqual(['nothing', 'items']);
    expect([leftOut('ş'.repeat(90_000)), leftOut('ş'.repeat(140_000))]).toEqual(['nothing', 'items']);
  });

  it('has no product attributes, also where the history is left out', () => {
    const { text, leftOut } = freezeBasket(
      basketWith({ appliedDiscounts: history({ description: 'x'.repeat(300_000) }) }),
    );
    expect(leftOut).toBe('appliedDiscounts');
    expect(text).not.toContain('ada@x');
  });

  it('has of a discount only what the contract gives it', () => {
    const extraArgs = {
      discount: { phone: '5' },
      allowedQuantity: ['ada@x'],
      data: { coupon: { a: 1 } },
      loyaltyData: { amount: 'ada@x', benefitCoefficient: '1.5' },
    };
    const { text } = freezeBasket(basketWith({ appliedDiscounts: history({ extraArgs }) }));
    expect(JSON.parse(text).items[0].appliedDiscounts[0].extraArgs).toEqual({
      data: {},
      loyaltyData: { benefitCoefficient: '1.5' },
    });
  });

  it('has the order number of a refused body first, and whole', () => {
    const usedDiscounts = Array.from({ length: 1000 }, (_, index) => `${index}${'x'.repeat(190)}`);
    const payload = toKeepablePayload({ usedDiscounts, order: { orderNumber: 'ORD-77' } });
    expect(payload).toMatch(/^{"order":{"orderNumber":"ORD-77"},"usedDiscounts":\["0xxx/);
    expect(payload.length).toBe(65_536);
    const emoji = '😀'.repeat(200);
    expect(toKeepablePayload({ order: { orderNumber: `${emoji}!` } })).toBe(`{"order":{"orderNumber":"${emoji}"}}`);
    expect(toKeepablePayload({ order: { orderNumber: '\ud800' } })).toBe('{"order":{"orderNumber":"\ufffd"}}');
  });

  it.each([
    [{ order: 905551112233 }, '{"order":"[number]"}'],
    [905551112233, '"[number]"'],
    [{ usedDiscounts: [{ name: 'Ada' }, 'ada@example.com'] }, '{"usedDiscounts":["[object]","[text]"]}'],
    [{ basket: { id: 'ada@x', voucherCode: true } }, '{"basket":{"id":"[text]","voucherCode":true}}'],
    [{ usedDiscounts: Array(1002).fill(1) }, `{"usedDiscounts":[${'1,'.repeat(1000)}"[2 more]"]}`],
  ])('has of %j only what it should be', (body, kept) => {
    expect(toKeepablePayload(body)).toBe(kept);
  });
});
