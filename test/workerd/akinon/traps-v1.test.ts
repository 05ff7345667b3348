/** Contract traps that concern v1, by their number in the contract notes. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/common/json.ts';
import { rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp, errorsOf } from '../support/http.ts';

/** Neither device nor order nor voucher code: v1 has none of them. */
const V1 = { 'x-akinon-api-version': 'v1', 'x-app-device': null };

function anItem(overrides: Record<string, unknown> = {}) {
  return {
    id: 1,
    unitPrice: 100.5,
    quantity: 2,
    unitType: 'QUANTITY',
    taxRate: 20,
    totalAmount: 201,
    discountAmount: 0,
    consumedQuantity: 0,
    globallyConsumedQuantity: 0,
    currencyType: 'TRY',
    appliedDiscounts: [],
    product: { id: 1001, sku: 'SKU1', name: 'Product 1', attributes: [] },
    ...overrides,
  };
}

function aRequest(item: Record<string, unknown> = {}, basket: Record<string, unknown> = {}) {
  const user = { emailAllowed: false, smsAllowed: false, callAllowed: false, phone: '', email: [] };
  return { basket: { id: 7, version: 1, basketItems: [anItem(item)], ...basket }, user };
}

const history = (discount: Record<string, unknown>) => ({
  appliedDiscounts: [{ discount: { type: 'BASKET', description: 'd', discountedBasketItems: [], ...discount } }],
});

function anApp(offers: readonly Json[] = [{ id: 'x', type: 'POINT' }]) {
  const { connector, asked } = aScriptedConnector({ offers });
  return { app: aTestApp({ deps: using(connector) }), asked };
}

async function itemOf(item: Record<string, unknown>) {
  const { app, asked } = anApp();
  const response = await app.post('/offers', aRequest(item), V1);
  if (response.status !== 200) throw new Error(await response.text());
  return asked[0]?.basket.items[0];
}

async function errorsFor(item: Record<string, unknown>) {
  return errorsOf(await anApp().app.post('/offers', aRequest(item), V1));
}

async function discountsFor(offers: readonly Json[], item: Record<string, unknown> = {}) {
  const { app } = anApp(offers);
  const response = await app.post('/offers', aRequest(item), V1);
  const answer = (await response.json()) as { discount: Record<string, unknown> }[];
  return { app, discounts: answer.map(({ discount }) => discount) };
}

const path = (field: string) => `basket.basketItems[0].${field}`;

describe('contract v1', () => {
  it('1: takes decimals as numbers or text alike', async () => {
    expect(await itemOf({})).toMatchObject({ unitPrice: '100.5', quantity: '2', taxRate: '20', totalAmount: '201' });
    expect(await itemOf({ unitPrice: '100.50' })).toMatchObject({ unitPrice: '100.50' });
    expect(await itemOf({ quantity: 0.25, unitType: 'KILOGRAM' })).toMatchObject({ quantity: '0.25' });
  });

  it.each([['5,00'], ['1e3'], [true], [null], [-0.01]])('1: refuses %j as a unit price', async (unitPrice) => {
    expect(await errorsFor({ unitPrice })).toEqual([['invalid_field', path('unitPrice')]]);
  });

  it('1, 2: answers numbers wherever v2 has text, and text for the coefficient', async () => {
    const loyaltyData = {
      amount: '50.00',
      benefitCoefficient: '1.50',
      validFrom: '2025-01-01',
      validUntil: '2035-12-31',
    };
    const { discounts } = await discountsFor([
      {
        id: 'b',
        type: 'BASKET',
        extraArgs: { discount: '25.50' },
        discountedBasketItems: [{ pk: 1, quantity: '1.5' }],
      },
      { id: 'l', type: 'LOYALTY_POINT', extraArgs: { loyaltyData } },
      { id: 's', type: 'SAMPLE_PRODUCT', extraArgs: { sampleProducts: [{ id: 5 }], allowedQuantity: 2 } },
      { id: 'd', type: 'DEFERRED', extraArgs: { data: { coupon: 'SAVE' } } },
      { id: 'p', type: 'POINT' },
      { id: 'f', type: 'SHIPPING' },
    ]);
    expect(discounts.map(({ extraArgs }) => extraArgs)).toEqual([
      { discount: 25.5 },
      { loyaltyData: { ...loyaltyData, amount: 50 } },
      { sampleProducts: [{ id: 5 }], allowedQuantity: 2 },
      { data: { coupon: 'SAVE' } },
      {},
      {},
    ]);
    expect(discounts[0]?.discountedBasketItems).toEqual([{ pk: 1, quantity: 1.5 }]);
  });

  it.each([
    ['absent', undefined, {}],
    ['empty', {}, {}],
    ['an empty list', [], {}],
    ['an object', { discount: 12.32 }, { discount: '12.32' }],
    ['a list of objects', [{ discount: 12.5 }, { x: 1 }], { discount: '12.5', x: 1 }],
    [
      'loyalty data in a list',
      [{ loyaltyData: { amount: 5, benefitCoefficient: '1.5' } }],
      { loyaltyData: { amount: '5', benefitCoefficient: '1.5' } },
    ],
    [
      'sample products',
      [{ sampleProducts: [{ id: 1 }] }, { allowedQuantity: 2 }],
      { sampleProducts: [{ id: 1 }], allowedQuantity: 2 },
    ],
  ])('4: takes extraArgs that are %s, and tells amounts on as text', async (_name, extraArgs, expected) => {
    expect((await itemOf(history({ extraArgs })))?.appliedDiscounts[0]?.extraArgs).toEqual(expected);
  });

  it('5: reads consumedQuantity of a condition line, and writes both fields alike', async () => {
    const conditionConsumedBasketItems = [{ pk: 47, consumedQuantity: 0.2, globallyConsumedQuantity: 3 }];
    expect((await itemOf(history({ conditionConsumedBasketItems })))?.appliedDiscounts[0]?.conditionItems).toEqual([
      { itemId: 47, quantity: '0.2' },
    ]);
    const { discounts } = await discountsFor([
      { id: 'c', type: 'POINT', conditionConsumedBasketItems: [{ pk: 1, quantity: '0.50' }] },
    ]);
    expect(discounts[0]?.conditionConsumedBasketItems).toEqual([
      { pk: 1, consumedQuantity: 0.5, globallyConsumedQuantity: 0.5 },
    ]);
  });

  it('5: takes quantity for consumedQuantity, and misses them when there is neither', async () => {
    const of = (line: object) => history({ conditionConsumedBasketItems: [line] });
    expect((await itemOf(of({ pk: 4, quantity: 1 })))?.appliedDiscounts[0]?.conditionItems).toEqual([
      { itemId: 4, quantity: '1' },
    ]);
    const both = await itemOf(of({ pk: 4, quantity: 1, consumedQuantity: 2 }));
    expect(both?.appliedDiscounts[0]?.conditionItems).toEqual([{ itemId: 4, quantity: '2' }]);
    expect(await errorsFor(of({ pk: 4 }))).toEqual([
      ['invalid_field', path('appliedDiscounts[0].discount.conditionConsumedBasketItems[0].consumedQuantity')],
    ]);
  });

  it('6: takes attributes as a list of objects or an object', async () => {
    const product = { id: 1, sku: 's', name: 'n' };
    const merged = { categoryId: 'c', variantId: 'v' };
    expect((await itemOf({ product: { ...product, attributes: [merged] } }))?.attributes).toEqual(merged);
    expect((await itemOf({ product: { ...product, attributes: merged } }))?.attributes).toEqual(merged);
  });

  it('9: keys an order by its basket, and by its number where one is sent all the same', async () => {
    const { app } = anApp();
    const usage = { basket: aRequest().basket, usedDiscounts: ['a'] };
    expect((await app.post('/use-offers', usage, V1)).status).toBe(200);
    expect((await app.post('/use-offers', { ...usage, order: { orderNumber: 'O-1' } }, V1)).status).toBe(200);
    const refused = await app.post('/use-offers', { ...usage, order: { orderNumber: 5 } }, V1);
    expect(await errorsOf(refused)).toEqual([['invalid_field', 'order.orderNumber']]);
    expect((await rows('SELECT order_key FROM usages ORDER BY id')).map(({ order_key }) => order_key)).toEqual([
      'b:7:1',
      'o:O-1',
    ]);
  });

  it.each(['v1', '1', 'V1', 'v1.0', '1.12'])('13: answers the version %s as v1', async (version) => {
    const { app } = anApp([{ id: 'b', type: 'BASKET', extraArgs: { discount: '5.00' } }]);
    const response = await app.post('/offers', aRequest(), { ...V1, 'x-akinon-api-version': version });
    expect(await response.json()).toMatchObject([{ discount: { extraArgs: { discount: 5 } } }]);
  });

  it.each([
    [null, null],
    ['', null],
    ['android', 'android'],
    ['x'.repeat(201), null],
  ])('14: needs no device: %j is %j', async (device, expected) => {
    const { app, asked } = anApp();
    expect((await app.post('/offers', aRequest(), { ...V1, 'x-app-device': device })).status).toBe(200);
    expect(asked[0]?.channel.device).toBe(expected);
  });

  it('17: ignores what v1 does not name, and reads a voucher code where one comes', async () => {
    const { app, asked } = anApp();
    const request = aRequest({ extra: 1 }, { voucherCode: 'SPRING', more: {} });
    expect((await app.post('/offers', { ...request, next: [] }, V1)).status).toBe(200);
    expect(asked[0]?.basket.voucherCode).toBe('SPRING');
    expect(JSON.stringify(asked[0])).not.toMatch(/extra"|more|next|consumedQuantity/);
  });

  it('17a: refuses a number that has lost digits on /offers, in history too, and takes 15 digits', async () => {
    expect(await errorsFor({ unitPrice: 0.1 + 0.2 })).toEqual([['invalid_field', path('unitPrice')]]);
    expect(await errorsFor({ consumedQuantity: 0.1 + 0.2 })).toEqual([['invalid_field', path('consumedQuantity')]]);
    const inHistory = path('appliedDiscounts[0].discount.extraArgs');
    expect(await errorsFor(history({ extraArgs: [{ discount: 0.1 + 0.2 }] }))).toEqual([['invalid_field', inHistory]]);
    const loyaltyData = { amount: 1234567890123.456 };
    expect(await errorsFor(history({ extraArgs: { loyaltyData } }))).toEqual([['invalid_field', inHistory]]);
    expect(await itemOf({ unitPrice: 123456789012.345 })).toMatchObject({ unitPrice: '123456789012.345' });
  });

  it.each([
    [{ sampleProducts: [{ id: 2 ** 53 }] }],
    [[{ loyaltyData: [{ amount: 0.1 + 0.2 }] }]],
    [{ discount: [0.1 + 0.2] }],
    [{ unknown: { deep: [1e21 + 2 ** 20] } }],
    [{ unknown: Number('12345678901234567890') }],
  ])('17a: refuses such a number anywhere in extraArgs: %j', async (extraArgs) => {
    expect(await errorsFor(history({ extraArgs }))).toEqual([
      ['invalid_field', path('appliedDiscounts[0].discount.extraArgs')],
    ]);
  });

  it('17a: takes an id of 16 digits in extraArgs', async () => {
    expect((await itemOf(history({ extraArgs: { sampleProducts: [{ id: 9007199254740991 }] } })))?.id).toBe(1);
  });

  it('17a: takes such a number on /use-offers as it is', async () => {
    const item = anItem({ unitPrice: 0.1 + 0.2, ...history({ extraArgs: [{ discount: 0.1 + 0.2 }] }) });
    const usage = { basket: { id: 7, version: 1, basketItems: [item] }, usedDiscounts: ['a'] };
    expect((await anApp().app.post('/use-offers', usage, V1)).status).toBe(200);
    const [{ snapshot }] = await rows('SELECT snapshot FROM deliveries');
    expect(JSON.parse(snapshot).items[0]).toMatchObject({
      unitPrice: '0.30000000000000004',
      appliedDiscounts: [{ extraArgs: { discount: '0.30000000000000004' } }],
    });
  });

  it('17a: offers nothing that a number would change, neither amount nor quantity, and remembers no such offer', async () => {
    const tooLong = '1234567890123.45';
    const validity = { benefitCoefficient: '1', validFrom: '2025-01-01', validUntil: '2035-12-31' };
    const offers = [
      { id: 'amount', type: 'BASKET', extraArgs: { discount: '99999999999999.99' } },
      {
        id: 'points',
        type: 'LOYALTY_POINT',
        extraArgs: { loyaltyData: { amount: `0.${tooLong.replace('.', '')}1`, ...validity } },
      },
      { id: 'quantity', type: 'POINT', discountedBasketItems: [{ pk: 1, quantity: '1.0000000000000001' }] },
      { id: 'condition', type: 'POINT', conditionConsumedBasketItems: [{ pk: 1, quantity: '0.1234567890123456' }] },
      { id: 'exact', type: 'BASKET', extraArgs: { discount: '0.01' } },
    ];
    const item = { unitPrice: 999999999999999, quantity: 2, totalAmount: 1 };
    const { app, discounts } = await discountsFor(offers, item);
    expect(discounts.map(({ id }) => id)).toEqual(['exact']);
    const [{ offers: issued }] = await rows('SELECT offers FROM issued_baskets');
    expect(Object.keys(JSON.parse(issued))).toEqual(['exact']);
    expect(app.logged).toContainEqual(
      expect.objectContaining({ event: 'offers_guarded', counts: { too_many_digits: 4 } }),
    );
    // The same basket in v2 gets them all: text carries any digits.
    const inV2 = await anApp(offers).app.post('/offers', aRequest(item));
    expect(await inV2.json()).toHaveLength(5);
  });

  it('17a: offers what has 15 digits', async () => {
    const offer = { id: 'b', type: 'BASKET', extraArgs: { discount: '1234567890123.45' } };
    const { discounts } = await discountsFor([offer], { unitPrice: 999999999999999, totalAmount: 1 });
    expect(discounts).toMatchObject([{ extraArgs: { discount: 1234567890123.45 } }]);
  });

  it('shows a shop of v2 what was kept back from one of v1, also from memory', async () => {
    const { connector } = aScriptedConnector({
      offers: [{ id: 'long', type: 'POINT', discountedBasketItems: [{ pk: 1, quantity: '1.0000000000000001' }] }],
    });
    const app = aTestApp({ deps: using(connector), env: { OFFERS_CACHE_SECONDS: '60' } });
    const send = async (version: string) =>
      (await app.post('/offers', aRequest(), { 'x-akinon-api-version': version, 'x-app-device': 'web' })).json();
    expect(await send('v1')).toEqual([]);
    expect(await send('v2')).toHaveLength(1);
    expect(await send('v1')).toEqual([]);
  });
});
