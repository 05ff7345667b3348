/** Contract traps that concern POST /offers of v2, by their number in the contract notes. */
import { describe, expect, it } from 'vitest';
import { anItem, anOffersRequest, theOffersSample } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp, errorsOf } from '../support/http.ts';

function anApp() {
  const { connector, asked } = aScriptedConnector({ offers: [{ id: 'x', type: 'POINT' }] });
  return { app: aTestApp({ deps: using(connector) }), asked };
}

/** What the connector is told about the only item of a basket. */
async function itemOf(overrides: Record<string, unknown>) {
  const { app, asked } = anApp();
  const response = await app.post('/offers', anOffersRequest({ basketItems: [anItem(overrides)] }));
  if (response.status !== 200) throw new Error(await response.text());
  return asked[0]?.basket.items[0];
}

async function errorsFor(item: Record<string, unknown>) {
  return errorsOf(await anApp().app.post('/offers', anOffersRequest({ basketItems: [anItem(item)] })));
}

const path = (field: string) => `basket.basketItems[0].${field}`;

describe('POST /offers: traps of contract v2', () => {
  it('1: takes decimals as text or number alike and keeps the digits of text', async () => {
    expect(await itemOf({ unitPrice: '500.00', quantity: '2' })).toMatchObject({ unitPrice: '500.00', quantity: '2' });
    expect(await itemOf({ unitPrice: 500, quantity: 2 })).toMatchObject({ unitPrice: '500', quantity: '2' });
    expect(await itemOf({ unitPrice: 0.0000001 })).toMatchObject({ unitPrice: '0.0000001' });
  });

  it.each([
    ['1e3'],
    ['5,00'],
    [' 5'],
    ['٥'],
    ['NaN'],
    [''],
    ['+5'],
    ['.5'],
    ['5.'],
    ['0x10'],
    ['1'.repeat(41)],
    [true],
    [{}],
    [[]],
    [null],
  ])('1: refuses %j as a unit price', async (unitPrice) => {
    expect(await errorsFor({ unitPrice })).toEqual([['invalid_field', path('unitPrice')]]);
  });

  it('1: refuses a negative unit price and a negative quantity, but not a negative zero or total', async () => {
    expect(await errorsFor({ unitPrice: '-0.01', quantity: -1 })).toEqual([
      ['invalid_field', path('unitPrice')],
      ['invalid_field', path('quantity')],
    ]);
    expect(await itemOf({ unitPrice: '-0.00', totalAmount: '-5.00' })).toMatchObject({ totalAmount: '-5.00' });
  });

  it('2: sends line quantities as text', async () => {
    const { app } = anApp();
    const response = await app.post('/offers', anOffersRequest({ basketItems: [anItem({ quantity: 3 })] }));
    const [offer] = (await response.json()) as { discount: { discountedBasketItems: unknown } }[];
    expect(offer?.discount.discountedBasketItems).toEqual([{ pk: 1, quantity: '3' }]);
  });

  it('3: takes the discount type of history in any case and passes it on in upper case', async () => {
    const discount = { type: 'basket', description: 'd', discountedBasketItems: [], conditionConsumedBasketItems: [] };
    expect((await itemOf({ appliedDiscounts: [{ discount }] }))?.appliedDiscounts[0]?.type).toBe('BASKET');
  });

  it.each([
    ['absent', undefined, {}],
    ['null', null, {}],
    ['empty', {}, {}],
    ['an object', { discount: '1.00' }, { discount: '1.00' }],
    ['a list of objects', [{ a: 1 }, { b: 2 }], { a: 1, b: 2 }],
  ])('4: takes extraArgs that are %s', async (_name, extraArgs, expected) => {
    const discount = { type: 'POINT', discountedBasketItems: [], conditionConsumedBasketItems: [], extraArgs };
    expect((await itemOf({ appliedDiscounts: [{ discount }] }))?.appliedDiscounts[0]?.extraArgs).toEqual(expected);
  });

  it('4: merges extraArgs without touching a prototype', async () => {
    const { app, asked } = anApp();
    const discount = {
      type: 'POINT',
      discountedBasketItems: [],
      extraArgs: [JSON.parse('{"__proto__":{"polluted":1}}')],
    };
    await app.post('/offers', anOffersRequest({ basketItems: [anItem({ appliedDiscounts: [{ discount }] })] }));
    const extraArgs = asked[0]?.basket.items[0]?.appliedDiscounts[0]?.extraArgs;
    expect(Object.getPrototypeOf(extraArgs)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('6: takes product attributes as an object or a list of objects', async () => {
    const product = { id: 1, sku: 's', name: 'n' };
    expect((await itemOf({ product: { ...product, attributes: { a: 1 } } }))?.attributes).toEqual({ a: 1 });
    expect((await itemOf({ product: { ...product, attributes: [{ a: 1 }, { b: 2 }] } }))?.attributes).toEqual({
      a: 1,
      b: 2,
    });
  });

  it.each([
    ['no phone, no e-mail', { phone: null, email: [] }],
    ['everything absent', {}],
    ['null for a list', { email: null }],
    ['an empty text for a list', { email: '' }],
    ['an empty phone and an empty address', { phone: '', email: [''] }],
  ])('7: serves an anonymous basket: %s', async (_name, user) => {
    const { app, asked } = anApp();
    const { basket } = anOffersRequest({ voucherCode: undefined });
    expect((await app.post('/offers', { basket, user })).status).toBe(200);
    expect(asked[0]?.customer).toMatchObject({ phone: null, emails: [] });
    expect(asked[0]?.basket.voucherCode).toBeNull();
  });

  it('7: serves a basket without any user', async () => {
    const { basket } = anOffersRequest();
    expect((await anApp().app.post('/offers', { basket })).status).toBe(200);
  });

  it('8: checks the shape of history, never what it refers to, and passes an unknown type on', async () => {
    const line = { pk: 47, quantity: '9' };
    const discount = {
      type: 'cashback',
      description: '',
      discountedBasketItems: [line],
      conditionConsumedBasketItems: [line],
    };
    expect((await itemOf({ appliedDiscounts: [{ discount }] }))?.appliedDiscounts[0]).toMatchObject({
      type: 'CASHBACK',
      discountedItems: [{ itemId: 47, quantity: '9' }],
    });
    const wrong = { ...discount, discountedBasketItems: [{ pk: 'x', quantity: '1' }] };
    expect(await errorsFor({ appliedDiscounts: [{ discount: wrong }] })).toEqual([
      ['invalid_field', path('appliedDiscounts[0].discount.discountedBasketItems[0].pk')],
    ]);
  });

  it('7: takes an empty voucher code for none, and one address for a list of it', async () => {
    const { app, asked } = anApp();
    await app.post('/offers', anOffersRequest({ voucherCode: '' }, { email: 'a@b.test' }));
    expect(asked[0]?.basket.voucherCode).toBeNull();
    expect(asked[0]?.customer.emails).toEqual(['a@b.test']);
  });

  it('10: takes a version of 16 digits and refuses one that is no safe integer', async () => {
    expect((await anApp().app.post('/offers', anOffersRequest({ version: 9007199254740991 }))).status).toBe(200);
    const unsafe = JSON.stringify(anOffersRequest({ version: 1 })).replace('"version":1', '"version":9007199254740993');
    expect(await errorsOf(await anApp().app.post('/offers', unsafe))).toEqual([['invalid_field', 'basket.version']]);
  });

  it.each(['v2', '2', 'V2', 'v2.0', '2.13'])('13: accepts the version %s', async (version) => {
    const response = await anApp().app.post('/offers', anOffersRequest(), { 'x-akinon-api-version': version });
    expect(response.status).toBe(200);
  });

  it.each(['v0', 'v12', 'v3', '22', 'v2beta', '2.', 'latest'])('13: refuses the version %s', async (version) => {
    const response = await anApp().app.post('/offers', anOffersRequest(), { 'x-akinon-api-version': version });
    expect([response.status, await errorsOf(response)]).toEqual([
      400,
      [['unsupported_api_version', 'x-akinon-api-version']],
    ]);
  });

  it('14: needs the device in v2', async () => {
    const response = await anApp().app.post('/offers', anOffersRequest(), { 'x-app-device': null });
    expect(await errorsOf(response)).toEqual([['missing_header', 'x-app-device']]);
  });

  it('14: takes a device of 200 characters and refuses one that cannot be used', async () => {
    const send = (device: string) => anApp().app.post('/offers', anOffersRequest(), { 'x-app-device': device });
    expect((await send('x'.repeat(200))).status).toBe(200);
    for (const device of ['x'.repeat(201), 'a\u0001b']) {
      expect(await errorsOf(await send(device))).toEqual([['invalid_header', 'x-app-device']]);
    }
  });

  it('15: refuses the trailing commas of the documents', async () => {
    const text = JSON.stringify(anOffersRequest()).replace(/}$/, ',}');
    expect(await errorsOf(await anApp().app.post('/offers', text))).toEqual([['invalid_json', '']]);
  });

  it('16: takes a fractional quantity', async () => {
    expect(await itemOf({ quantity: 0.333, unitType: 'KILOGRAM' })).toMatchObject({ quantity: '0.333' });
  });

  it('17: ignores unknown fields and passes none on', async () => {
    const { app, asked } = anApp();
    const item = anItem({ consumedQuantity: 1, product: { ...anItem().product, secret: 1 } });
    const { basket, user } = anOffersRequest({ basketItems: [item], extra: { deep: [1] } });
    expect((await app.post('/offers', { basket, user: { ...user, tier: 'gold' }, more: 1 })).status).toBe(200);
    expect(JSON.stringify(asked[0])).not.toMatch(/secret|consumedQuantity|tier|"more"|deep/);
  });

  it('17a: refuses a number with more than 15 significant digits, and takes 15', async () => {
    expect(await itemOf({ unitPrice: 123456789012.345 })).toMatchObject({ unitPrice: '123456789012.345' });
    expect(await errorsFor({ unitPrice: 1234567890123.456 })).toEqual([['invalid_field', path('unitPrice')]]);
    expect(await errorsFor({ unitPrice: 0.1 + 0.2 })).toEqual([['invalid_field', path('unitPrice')]]);
  });

  it('upper-cases a currency in any case and refuses what is not three letters', async () => {
    expect(await itemOf({ currencyType: 'try' })).toMatchObject({ currency: 'TRY' });
    expect(await errorsFor({ currencyType: 'TL' })).toEqual([['invalid_field', path('currencyType')]]);
  });

  it.each([
    ['an empty basket', []],
    ['a basket of several currencies', [anItem({ id: 1 }), anItem({ id: 2, currencyType: 'EUR' })]],
  ])('answers [] for %s and asks nobody', async (_name, basketItems) => {
    const { app, asked } = anApp();
    const response = await app.post('/offers', anOffersRequest({ basketItems }));
    expect([response.status, await response.text(), asked.length]).toEqual([200, '[]', 0]);
  });

  it('names every violated field, at most 20, and each with a message that says what to do', async () => {
    const response = await anApp().app.post('/offers', {
      basket: { id: '1', version: null, voucherCode: 5, basketItems: [{}] },
      user: { email: 5 },
    });
    const { errors } = (await response.json()) as { errors: { field: string; message: string }[] };
    expect(errors).toContainEqual({
      code: 'invalid_field',
      field: 'basket.id',
      message: 'basket.id must be an integer.',
    });
    expect(errors.map(({ field }) => field)).toEqual([
      'basket.id',
      'basket.version',
      'basket.voucherCode',
      ...['id', 'unitPrice', 'quantity', 'totalAmount', 'currencyType', 'product'].map(path),
      'user.email',
    ]);
    const many = anOffersRequest({ basketItems: Array.from({ length: 500 }, () => ({})) });
    expect(await errorsOf(await anApp().app.post('/offers', many))).toHaveLength(20);
  });

  it('refuses two items of one id: an offer could not tell them apart', async () => {
    const request = anOffersRequest({ basketItems: [anItem(), anItem()] });
    expect(await errorsOf(await anApp().app.post('/offers', request))).toEqual([
      ['invalid_field', 'basket.basketItems[1].id'],
    ]);
  });

  it('takes 1,000 items and refuses 1,001', async () => {
    const items = (count: number) => Array.from({ length: count }, (_, index) => anItem({ id: index + 1 }));
    expect((await anApp().app.post('/offers', anOffersRequest({ basketItems: items(1000) }))).status).toBe(200);
    expect(await errorsOf(await anApp().app.post('/offers', anOffersRequest({ basketItems: items(1001) })))).toEqual([
      ['invalid_field', 'basket.basketItems'],
    ]);
  });

  it('parses the optional store and staff headers; an unusable one counts as null', async () => {
    const { app, asked } = anApp();
    await app.post('/offers', theOffersSample(), {
      'x-app-device': 'instore',
      'x-store-id': '12',
      'x-store-remote-id': 'S-12',
      'x-store-staff-id': '',
      'x-store-staff-remote-id': 'y'.repeat(201),
      'x-store-staff-email': 'staff@shop.test',
    });
    expect(asked[0]?.channel).toEqual({
      device: 'instore',
      storeId: '12',
      storeRemoteId: 'S-12',
      staffId: null,
      staffRemoteId: null,
      staffEmail: 'staff@shop.test',
    });
  });
});
