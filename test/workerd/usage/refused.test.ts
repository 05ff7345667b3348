import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_REFUSED_PER_DAY } from '../../../src/ledger/refused-requests.sql.ts';
import { anItem, aUsageRequest, rows } from '../support/builders.ts';
import { aTestApp, errorsOf, type TestApp } from '../support/http.ts';

let app: TestApp;
beforeEach(() => {
  app = aTestApp();
});

const kept = () => rows('SELECT * FROM refused_requests ORDER BY first_at');

describe('POST /use-offers, what is refused and kept for ops', () => {
  it.each([
    ['no usedDiscounts', { usedDiscounts: undefined }, 'usedDiscounts'],
    ['usedDiscounts of text', { usedDiscounts: 'a' }, 'usedDiscounts'],
    ['usedDiscounts null', { usedDiscounts: null }, 'usedDiscounts'],
    ['a number among the ids', { usedDiscounts: ['a', 5] }, 'usedDiscounts[1]'],
    ['an empty id', { usedDiscounts: [''] }, 'usedDiscounts[0]'],
    ['an id of 201 characters', { usedDiscounts: ['x'.repeat(201)] }, 'usedDiscounts[0]'],
    ['an id with a control character', { usedDiscounts: ['a\u0000'] }, 'usedDiscounts[0]'],
    ['an id with a lone surrogate', { usedDiscounts: ['\ud800'] }, 'usedDiscounts[0]'],
    ['an order without a number', { order: {} }, 'order.orderNumber'],
    ['an order number that is a number', { order: { orderNumber: 5 } }, 'order.orderNumber'],
    ['an order number null', { order: { orderNumber: null } }, 'order.orderNumber'],
    ['an empty order number', { order: { orderNumber: '' } }, 'order.orderNumber'],
    ['a blank order number', { order: { orderNumber: ' \u2003' } }, 'order.orderNumber'],
    ['an order number without width', { order: { orderNumber: '\u200b' } }, 'order.orderNumber'],
    ['an order number of 201 characters', { order: { orderNumber: 'x'.repeat(201) } }, 'order.orderNumber'],
    ['an order number with a line break', { order: { orderNumber: 'a\nb' } }, 'order.orderNumber'],
    ['an order of text', { order: 'ORD-1' }, 'order'],
    ['an order that is a list', { order: [] }, 'order'],
    ['neither order nor basket', { order: null, basket: null }, 'basket.id'],
    ['no order and an unsafe basket id', { order: null, basket: { id: 2 ** 53, version: 1 } }, 'basket.id'],
    ['no order and a version of text', { order: null, basket: { id: 1, version: '1' } }, 'basket.version'],
  ])('refuses %s and keeps it', async (_name, overrides, field) => {
    const response = await app.post('/use-offers', aUsageRequest(overrides), { 'x-akinon-request-id': 'r-9' });
    expect([response.status, await errorsOf(response)]).toEqual([400, [['invalid_field', field]]]);
    expect(await kept()).toMatchObject([
      { request_id: 'r-9', times: 1, errors: JSON.stringify([{ code: 'invalid_field', field }]) },
    ]);
    expect(await rows('SELECT * FROM usages')).toEqual([]);
  });

  it('redeems once when the corrected call comes', async () => {
    await app.post('/use-offers', aUsageRequest({ order: { orderNumber: 12345 } }));
    await app.post('/use-offers', aUsageRequest({ order: { orderNumber: '12345' } }));
    expect(await rows('SELECT order_key FROM used_discounts')).toEqual([{ order_key: 'o:12345' }]);
  });

  it('keeps what is refused for a header', async () => {
    for (const headers of [
      { 'x-akinon-request-id': null },
      { 'x-akinon-api-version': 'v9' },
      { 'x-app-device': null },
    ]) {
      expect((await app.post('/use-offers', aUsageRequest(), headers)).status).toBe(400);
    }
    expect((await kept()).map((row) => JSON.parse(row.errors)[0].field).sort()).toEqual([
      'x-akinon-api-version',
      'x-akinon-request-id',
      'x-app-device',
    ]);
    expect(JSON.parse((await kept())[0].payload)).toMatchObject({
      order: { orderNumber: 'ORD-1' },
      usedDiscounts: ['a'],
    });
  });

  it('keeps one row for the same body, and counts it', async () => {
    for (let i = 0; i < 3; i++) await app.post('/use-offers', aUsageRequest({ order: {} }));
    expect(await kept()).toMatchObject([{ times: 3 }]);
  });

  it('keeps nothing of what is no JSON, too large or not authenticated', async () => {
    await app.post('/use-offers', '{');
    await app.post('/use-offers', ' '.repeat(1024 * 1024 + 1));
    await app.post('/use-offers', {}, { authorization: null });
    await app.post('/use-offers', {}, { 'content-type': 'text/plain' });
    expect(await kept()).toEqual([]);
  });

  it('keeps at most 64 KB of each, the order and its discounts first', async () => {
    const basketItems = Array.from({ length: 900 }, (_, index) => anItem({ id: index + 1 }));
    await app.post('/use-offers', aUsageRequest({ basket: { id: 1, version: 1, basketItems }, order: {} }));
    const usedDiscounts = Array.from({ length: 5000 }, (_, index) => `${index}${'é'.repeat(90)}`);
    await app.post('/use-offers', aUsageRequest({ usedDiscounts }));
    const [large, cut] = await kept();
    expect(JSON.parse(large.payload)).toEqual({
      basket: { id: 1, version: 1, basketItems: '[too large]' },
      usedDiscounts: ['a'],
      order: {},
    });
    expect(new TextEncoder().encode(cut.payload).length).toBeLessThanOrEqual(64 * 1024);
  });

  it.each([
    ...['user', 'customer', 'Email', 'e-mail', 'userEmail', 'phoneNumber', 'msisdn', 'gsm', 'staff_email', 'note'],
    'jane@person.test',
  ])('keeps nothing that names nobody but a person, under the key %s or anywhere', async (key) => {
    const personal = { [key]: 'jane@person.test', inside: [{ [key]: ['+905551112233'] }] };
    const product = { id: 1, sku: 'S', name: 'FOR JANE', Attributes: personal, attributes: personal };
    const basket = {
      id: 1,
      version: 2,
      ...personal,
      basketItems: [{ ...anItem({ product }), ...personal }, 'jane@person.test'],
    };
    await app.post('/use-offers', { ...personal, basket, usedDiscounts: [{ ...personal }], order: personal });
    const [row] = await kept();
    expect(row.payload).not.toMatch(/person\.test|5551112233|JANE/);
    expect(JSON.parse(row.payload)).toMatchObject({
      basket: { id: 1, version: 2, basketItems: [{ product: { sku: 'S' } }, '[text]'] },
    });
  });

  it('keeps a thousand a day and then only counts what it has; the next day starts anew', async () => {
    let now = Date.UTC(2026, 10, 22, 12);
    app = aTestApp({ now: () => now });
    const day = Math.floor(now / 86_400_000);
    await rows(
      `INSERT INTO refused_requests (day, digest, errors, payload, first_at, last_at)
       SELECT ?1, 'd' || value, '[]', '{}', 0, 0 FROM json_each(?2)`,
      day,
      JSON.stringify(Array.from({ length: MAX_REFUSED_PER_DAY - 1 }, (_, index) => index)),
    );
    const count = async () => (await rows<{ n: number }>('SELECT count(*) AS n FROM refused_requests'))[0]?.n;
    expect((await app.post('/use-offers', { usedDiscounts: [1] })).status).toBe(400);
    expect((await app.post('/use-offers', { usedDiscounts: [2] })).status).toBe(400);
    expect((await app.post('/use-offers', { usedDiscounts: [1] })).status).toBe(400);
    expect(await count()).toBe(1000);
    expect(await rows('SELECT times FROM refused_requests WHERE payload = \'{"usedDiscounts":[1]}\'')).toEqual([
      { times: 2 },
    ]);
    expect(app.logged).toContainEqual(
      expect.objectContaining({ event: 'usage_refused', outcome: 'daily_limit_reached' }),
    );
    now += 86_400_000;
    await app.post('/use-offers', { usedDiscounts: [2] });
    expect(await count()).toBe(1001);
  });
});
