/** "Faults: idempotency" of the reliability notes, on the whole Worker with real D1. */
import { beforeEach, describe, expect, it } from 'vitest';
import { anItem, aUsageRequest, rows } from '../support/builders.ts';
import { aTestApp, errorsOf, type TestApp } from '../support/http.ts';

let app: TestApp;
beforeEach(() => {
  app = aTestApp();
});

const use = (body: unknown, requestId?: string) =>
  app.post('/use-offers', body, requestId === undefined ? {} : { 'x-akinon-request-id': requestId });

const replayed = (response: Response) => response.headers.get('idempotent-replayed');
const count = async (table: string) => (await rows<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n;

describe('POST /use-offers, the same request id', () => {
  it('answers 200 without a body each time, and marks the repeat', async () => {
    for (const expected of [null, 'true', 'true']) {
      const response = await use(aUsageRequest(), 'r');
      expect([response.status, await response.text(), replayed(response)]).toEqual([200, '', expected]);
      expect(response.headers.get('content-length')).toBe('0');
    }
    expect([await count('usages'), await count('used_discounts'), await count('deliveries')]).toEqual([1, 1, 1]);
  });

  it('answers 40 at once alike, with one usage', async () => {
    const responses = await Promise.all(Array.from({ length: 40 }, () => use(aUsageRequest(), 'r')));
    expect(responses.map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(responses.filter((response) => replayed(response) === null)).toHaveLength(1);
    expect([await count('usages'), await count('used_discounts'), await count('deliveries')]).toEqual([1, 1, 1]);
  });

  it.each([
    [
      'keys in another order',
      '{"order":{"orderNumber":"ORD-1"},"usedDiscounts":["a","b"],"basket":{"version":1,"id":7}}',
    ],
    ['white space', '  { "usedDiscounts" : [ "a" , "b" ] , "order" : { "orderNumber" : "ORD-1" } }  '],
    ['ids in another order and repeated', { usedDiscounts: ['b', 'a', 'b'], order: { orderNumber: 'ORD-1' } }],
    ['another basket', aUsageRequest({ usedDiscounts: ['a', 'b'], basket: { id: 9, version: 9 } })],
  ])('takes it for a repeat with %s', async (_name, body) => {
    await use(aUsageRequest({ usedDiscounts: ['a', 'b'] }), 'r');
    const response = await use(body, 'r');
    expect([response.status, replayed(response)]).toEqual([200, 'true']);
    expect(await count('usage_conflicts')).toBe(0);
  });

  it.each([
    ['another order', aUsageRequest({ order: { orderNumber: 'ORD-2' } })],
    ['another discount', aUsageRequest({ usedDiscounts: ['b'] })],
    ['one discount more', aUsageRequest({ usedDiscounts: ['a', 'b'] })],
    ['no discount', aUsageRequest({ usedDiscounts: [] })],
    ['the basket in place of the order', aUsageRequest({ order: null })],
  ])('answers 422 to %s, keeps it once and counts it', async (_name, other) => {
    await use(aUsageRequest(), 'r');
    const before = await rows('SELECT * FROM usages');
    for (let times = 1; times <= 3; times++) {
      const response = await use(other, 'r');
      expect([response.status, await errorsOf(response)]).toEqual([422, [['request_id_reused', '']]]);
      expect(await rows('SELECT request_id, times FROM usage_conflicts')).toEqual([{ request_id: 'r', times }]);
    }
    expect(await rows('SELECT * FROM usages')).toEqual(before);
    expect(await rows('SELECT discount_id FROM used_discounts')).toEqual([{ discount_id: 'a' }]);
    const [conflict] = await rows('SELECT used_discounts, snapshot FROM usage_conflicts');
    expect(JSON.parse(conflict.used_discounts)).toEqual(other.usedDiscounts);
    expect(JSON.parse(conflict.snapshot)).toMatchObject({ id: 7, items: [{ sku: 'SKU1' }] });
    expect((await use(aUsageRequest(), 'r')).status).toBe(200);
  });

  it('has no second effect when its row was purged in the meantime', async () => {
    await use(aUsageRequest(), 'r');
    await rows('DELETE FROM usages');
    await rows("UPDATE used_discounts SET state = 'delivered'");
    await rows("UPDATE deliveries SET state = 'done', due_at = NULL");
    const response = await use(aUsageRequest(), 'r');
    expect([response.status, replayed(response)]).toEqual([200, null]);
    expect(await rows('SELECT state FROM used_discounts')).toEqual([{ state: 'delivered' }]);
    expect(await rows('SELECT state FROM deliveries')).toEqual([{ state: 'done' }]);
  });
});

describe('POST /use-offers, another request id for the same order', () => {
  it('has no second effect for the same discounts, and can still be found by its order', async () => {
    await use(aUsageRequest(), 'r1');
    const [first] = await rows('SELECT * FROM deliveries');
    const response = await use(aUsageRequest(), 'r2');
    expect([response.status, replayed(response)]).toEqual([200, null]);
    expect(await rows('SELECT * FROM deliveries')).toEqual([first]);
    expect(await rows('SELECT request_id, first_usage_id FROM usages ORDER BY id')).toEqual([
      { request_id: 'r1', first_usage_id: null },
      { request_id: 'r2', first_usage_id: first.usage_id },
    ]);
  });

  it('records only what is new of a superset, and makes a done delivery due again', async () => {
    await use(aUsageRequest(), 'r1');
    await rows("UPDATE used_discounts SET state = 'delivered'");
    await rows("UPDATE deliveries SET state = 'done', due_at = NULL, done_at = 1");
    await use(aUsageRequest({ usedDiscounts: ['a', 'b'] }), 'r2');
    expect(await rows('SELECT discount_id, state, usage_id FROM used_discounts')).toEqual([
      { discount_id: 'a', state: 'delivered', usage_id: 1 },
      { discount_id: 'b', state: 'due', usage_id: 2 },
    ]);
    expect(await rows('SELECT state, done_at, usage_id FROM deliveries')).toEqual([
      { state: 'due', done_at: null, usage_id: 1 },
    ]);
  });

  it('keeps the first snapshot of an order, and takes the next where that was removed', async () => {
    const snapshot = async () => JSON.parse((await rows('SELECT snapshot FROM deliveries'))[0].snapshot).id;
    const done = "UPDATE deliveries SET state = 'done', due_at = NULL";
    await use(aUsageRequest({ basket: { id: 1, version: 1, basketItems: [] } }));
    await rows(done);
    await use(aUsageRequest({ usedDiscounts: ['b'], basket: { id: 2, version: 1, basketItems: [] } }));
    expect(await snapshot()).toBe(1);
    await rows(`${done}, snapshot = NULL`);
    await use(aUsageRequest({ usedDiscounts: ['c'], basket: { id: 3, version: 1, basketItems: [] } }));
    expect(await snapshot()).toBe(3);
  });

  it('leaves a lease that is held alone', async () => {
    await use(aUsageRequest(), 'r1');
    await rows("UPDATE deliveries SET state = 'leased', due_at = 99, fence = 3");
    await use(aUsageRequest({ usedDiscounts: ['b'] }), 'r2');
    expect(await rows('SELECT state, due_at, fence FROM deliveries')).toEqual([
      { state: 'leased', due_at: 99, fence: 3 },
    ]);
    expect(await count('used_discounts')).toBe(2);
  });

  it('records each discount once under three request ids at once', async () => {
    const sets = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a', 'd'],
    ];
    await Promise.all(sets.map((usedDiscounts) => use(aUsageRequest({ usedDiscounts }))));
    expect((await rows('SELECT discount_id FROM used_discounts')).map(({ discount_id }) => discount_id)).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(await count('deliveries')).toBe(1);
  });
});

describe('POST /use-offers, what makes up an order', () => {
  it.each([
    ['no order', undefined],
    ['null', null],
  ])('falls back to basket and version with %s', async (_name, order) => {
    await use(aUsageRequest({ order }));
    expect(await rows('SELECT order_key FROM deliveries')).toEqual([{ order_key: 'b:7:1758310922044282' }]);
  });

  it('does not trim an order number', async () => {
    await use(aUsageRequest({ order: { orderNumber: ' ORD 1 ' } }));
    expect(await rows('SELECT order_key FROM deliveries')).toEqual([{ order_key: 'o: ORD 1 ' }]);
  });

  it('takes an order without a usable basket, and ids without one are unrecognised or due by the connector', async () => {
    for (const basket of [undefined, null, {}, { id: 'x' }, { id: 2 ** 53, version: 1 }, 5]) {
      expect(
        (await use({ usedDiscounts: ['a'], order: { orderNumber: `O-${JSON.stringify(basket)}` }, basket })).status,
      ).toBe(200);
    }
    expect(await rows('SELECT DISTINCT basket_id FROM usages')).toEqual([{ basket_id: null }]);
  });

  it('records a usage without lines for an empty list', async () => {
    expect((await use(aUsageRequest({ usedDiscounts: [] }))).status).toBe(200);
    expect(await rows('SELECT state, due_at FROM deliveries')).toEqual([{ state: 'done', due_at: null }]);
    expect([await count('usages'), await count('used_discounts')]).toEqual([1, 0]);
    expect(app.sent).toEqual([]);
  });

  it('takes 100 different ids and refuses 101', async () => {
    const ids = (length: number) => Array.from({ length }, (_, index) => `d${index}`);
    expect((await use(aUsageRequest({ usedDiscounts: [...ids(100), ...ids(100)] }))).status).toBe(200);
    expect(await count('used_discounts')).toBe(100);
    expect(await errorsOf(await use(aUsageRequest({ usedDiscounts: ids(101) })))).toEqual([
      ['invalid_field', 'usedDiscounts'],
    ]);
    expect((await use(aUsageRequest({ usedDiscounts: ids(10_000) }))).status).toBe(400);
  });

  it('counts as drift what the contract does not allow, and keeps the rest of the basket', async () => {
    const basket = { id: 7, version: 8, voucherCode: 5, basketItems: [anItem(), anItem({ id: 2, unitPrice: 'x' }), 3] };
    expect((await use(aUsageRequest({ basket }))).status).toBe(200);
    const [usage] = await rows('SELECT drift FROM usages');
    expect(JSON.parse(usage.drift)).toEqual([
      'basket.voucherCode',
      'basket.basketItems[1].unitPrice',
      'basket.basketItems[2]',
    ]);
    const [delivery] = await rows('SELECT snapshot FROM deliveries');
    expect(JSON.parse(delivery.snapshot).items).toHaveLength(1);
    expect(app.logged).toContainEqual(expect.objectContaining({ event: 'usage_drift' }));
  });

  it('takes a number of any precision as it is: the order exists', async () => {
    await use(aUsageRequest({ basket: { id: 7, version: 8, basketItems: [anItem({ unitPrice: 0.1 + 0.2 })] } }));
    const [delivery] = await rows('SELECT snapshot FROM deliveries');
    expect(JSON.parse(delivery.snapshot).items[0].unitPrice).toBe('0.30000000000000004');
  });

  it('takes more than 1,000 items and cuts a snapshot that is too large', async () => {
    const many = Array.from({ length: 1500 }, (_, index) => anItem({ id: index + 1 }));
    expect((await use(aUsageRequest({ basket: { id: 7, version: 8, basketItems: many } }))).status).toBe(200);
    const [delivery] = await rows('SELECT snapshot FROM deliveries');
    expect(JSON.parse(delivery.snapshot)).toMatchObject({ id: 7, items: [] });
    expect(app.logged).toContainEqual(expect.objectContaining({ event: 'snapshot_cut', reason: 'items' }));
  });

  it('holds 256 KB whatever is in the basket, and does not look at a third of a million items', async () => {
    await use(aUsageRequest({ basket: { id: 7, version: 8, voucherCode: 'x'.repeat(900_000), basketItems: [] } }));
    const [delivery] = await rows('SELECT snapshot FROM deliveries');
    expect(JSON.parse(delivery.snapshot)).toMatchObject({ id: 7, voucherCode: null });
    const basketItems = Array.from({ length: 300_000 }, () => 0);
    await use(aUsageRequest({ basket: { id: 7, version: 8, basketItems }, order: { orderNumber: 'many' } }));
    const [usage] = await rows("SELECT drift FROM usages WHERE order_key = 'o:many'");
    expect(JSON.parse(usage.drift)).toEqual(['basket.basketItems']);
  });

  it('keeps a basket whose version is no safe integer when the order has a number', async () => {
    const text = JSON.stringify(aUsageRequest({ basket: { id: 7, version: 1, basketItems: [anItem()] } }));
    expect((await use(text.replace('"version":1', '"version":9007199254740993'))).status).toBe(200);
    const [delivery] = await rows('SELECT snapshot FROM deliveries');
    expect(JSON.parse(delivery.snapshot).items).toHaveLength(1);
    expect(await rows('SELECT basket_version, drift FROM usages')).toEqual([
      { basket_version: null, drift: '["basket.version"]' },
    ]);
  });

  it('counts characters, not their units', async () => {
    const emoji = '😀'.repeat(200);
    expect((await use(aUsageRequest({ usedDiscounts: [emoji], order: { orderNumber: emoji } }))).status).toBe(200);
    expect((await use(aUsageRequest({ usedDiscounts: [`${emoji}x`] }))).status).toBe(400);
  });

  it('gives up the history before the items', async () => {
    const description = 'x'.repeat(1000);
    const discount = { type: 'BASKET', description, discountedBasketItems: [], conditionConsumedBasketItems: [] };
    const many = Array.from({ length: 300 }, (_, index) => anItem({ id: index + 1, appliedDiscounts: [{ discount }] }));
    await use(aUsageRequest({ basket: { id: 7, version: 8, basketItems: many } }));
    const [delivery] = await rows('SELECT snapshot FROM deliveries');
    const items = JSON.parse(delivery.snapshot).items;
    expect([items.length, items[0].appliedDiscounts, items[0].sku]).toEqual([300, [], 'SKU1']);
  });

  it('wakes the delivery after the commit, and a send that fails costs nothing', async () => {
    for (const send of [
      async () => {
        throw new Error('queue down');
      },
      () => {
        throw new Error('queue down');
      },
    ]) {
      app = aTestApp({ env: { DELIVERIES: { send } } });
      const orderNumber = crypto.randomUUID();
      expect((await use(aUsageRequest({ order: { orderNumber } }))).status).toBe(200);
      expect(await rows('SELECT state FROM deliveries WHERE order_key = ?', `o:${orderNumber}`)).toEqual([
        { state: 'due' },
      ]);
      expect(app.logged).toContainEqual(expect.objectContaining({ event: 'wake_failed' }));
    }
  });
});
