/** Akinon's side of the flow, in front of the whole adapter and of one that says what a test wants. */

import { env } from 'cloudflare:workers';
import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { V1 } from '../../../src/akinon/v1/contract.ts';
import { V2 } from '../../../src/akinon/v2/contract.ts';
import { loadDemoCatalog, rows } from '../support/builders.ts';
import { aTestApp } from '../support/http.ts';
import { anOffer, aShop, onEverything, openShop, type Said } from './shop.ts';

beforeEach(openShop);

const BASKET = '/baskets/basket/';
const ORDERS = '/sandbox/orders';
const ten = (said: Said) => [onEverything(anOffer(), said)];
const uses = (said: readonly Said[]) => said.filter(({ path }) => path === '/use-offers');
const ids = (said: readonly Said[]) => uses(said).map(({ headers }) => headers['x-akinon-request-id']);

describe('in front of the whole adapter', () => {
  it.each(['v2', 'v1'])('offers, applies, orders and tells, by contract %s', async (contractVersion) => {
    await loadDemoCatalog();
    const adapter = aTestApp();
    const shop = aShop({ adapter });
    await shop.json('POST', '/sandbox/settings', { contractVersion, storeId: '12', device: 'instore' });
    await shop.json('POST', BASKET, { product: 100009, quantity: 1 });
    const { basket } = await shop.json('POST', BASKET, { product: 100010, quantity: 7 });
    expect(basket).toMatchObject({ total_product_amount: '4000.00', total_discount_amount: '35.50' });
    expect(basket.basketitem_set).toMatchObject([{ discount_amount: '4.44' }, { discount_amount: '31.06' }]);
    const { calls } = await shop.json('GET', '/sandbox/calls');
    expect(calls.map((call: { status: number }) => call.status)).toEqual([200, 200]);
    expect(JSON.stringify(calls)).not.toMatch(/authorization|correct:horse/i);

    const { order } = await shop.json('POST', ORDERS);
    expect(order.usedDiscounts).toContain('v2-loyalty-reward-2025');
    expect(order.usedDiscounts).not.toContain('v2-spring-discount-2025');
    expect((await shop.json('GET', '/sandbox/calls')).calls[0]).toMatchObject({ path: '/use-offers', status: 200 });
    const states = await rows("SELECT state FROM used_discounts WHERE state = 'due'");
    expect(states).toHaveLength(order.usedDiscounts.length);
    const after = await shop.json('GET', BASKET);
    expect(after.basket).toMatchObject({ basketitem_set: [], total_amount: '0.00' });
    expect(after.basket.pk).not.toBe(basket.pk);
    // Not a field, name or type that the contract does not have.
    expect(await rows('SELECT path, problem, found FROM contract_drift')).toEqual([]);
  });

  it('verifies a voucher code against the real campaigns', async () => {
    await loadDemoCatalog();
    const shop = aShop();
    await shop.json('POST', BASKET, { product: 100010, quantity: 2 });
    expect((await shop.request('PATCH', BASKET, { voucher_code: 'NO-SUCH-CODE' })).status).toBe(400);
    const { basket } = await shop.json('PATCH', BASKET, { voucher_code: 'WELCOME150' });
    expect(basket).toMatchObject({ voucher_code: 'WELCOME150', total_discount_amount: '185.50' });
  });

  it('leaves the adapter its own routes at the same address', async () => {
    const shop = aShop();
    expect(await shop.json('GET', '/health')).toMatchObject({ status: 'ok' });
    const refused = await shop.request('POST', '/offers', {});
    expect(refused.status).toBe(401);
  });
});

describe('a question', () => {
  it('has every header that there is a value for, and a body that the schemas of its version take', async () => {
    const shop = aShop({ answer: ten });
    await shop.json('POST', BASKET, { product: 100010, quantity: 2, attributes: { note: 'x' } });
    const allowed = { emailAllowed: true, smsAllowed: true, callAllowed: false };
    const customer = { phone: '+905550000000', email: ['a@b.example'], ...allowed };
    await shop.json('POST', '/sandbox/settings', {
      ...{ customer, device: 'android', storeId: '1', storeRemoteId: 'S-1', staffId: '7', staffRemoteId: 'P-7' },
      staffEmail: 'staff@shop.example',
    });
    await shop.json('GET', BASKET);
    const { headers, body } = shop.said.at(-1) as Said;
    expect(headers).toMatchObject({
      ...{ 'x-akinon-api-version': 'v2', 'x-app-device': 'android', 'x-store-id': '1', 'x-store-remote-id': 'S-1' },
      ...{ 'x-store-staff-id': '7', 'x-store-staff-remote-id': 'P-7', 'x-store-staff-email': 'staff@shop.example' },
      authorization: `Basic ${btoa('akinon:correct:horse')}`,
    });
    expect(headers['x-akinon-request-id']).toMatch(/^[\w-]{36}$/);
    expect(body.user).toEqual(customer);
    expect(v.safeParse(V2.schemas.offersRequest, body).success).toBe(true);
    expect(body.basket.basketItems[0]).toMatchObject({
      ...{ unitPrice: '500.00', quantity: 2, taxRate: '20.00', totalAmount: '1000.00', currencyType: 'TRY' },
      ...{ unitType: 'QUANTITY', discountAmount: '10.00', globallyConsumedQuantity: '0.0' },
      product: { id: 100010, sku: 'SKU9', attributes: { categoryId: 'electronics', note: 'x' } },
    });
    expect(body.basket.basketItems[0].appliedDiscounts).toMatchObject([
      { discount: { type: 'BASKET', description: 'Ten off', extraArgs: { discount: '10.00' } } },
    ]);
    expect(body.basket.basketItems[0].appliedDiscounts[0].discount).not.toHaveProperty('id');
  });

  it('has numbers and lists in v1', async () => {
    const line = { pk: 0, consumedQuantity: 1, globallyConsumedQuantity: 1 };
    const inV1 = ({ body }: Said) => [
      anOffer(
        {},
        {
          discountedBasketItems: body.basket.basketItems.map(({ id }: { id: number }) => ({ pk: id, quantity: 1 })),
          conditionConsumedBasketItems: body.basket.basketItems.map(({ id }: { id: number }) => ({ ...line, pk: id })),
          extraArgs: { discount: 10.5 },
        },
      ),
    ];
    const shop = aShop({ answer: inV1 });
    await shop.json('POST', '/sandbox/settings', { contractVersion: 'v1' });
    await shop.json('POST', BASKET, { product: 100010, quantity: 2 });
    const { basket } = await shop.json('PUT', BASKET, { product: 100010, quantity: 3 });
    expect(basket.total_discount_amount).toBe('10.50');
    const { body } = shop.said.at(-1) as Said;
    expect(v.safeParse(V1.schemas.offersRequest, body).success).toBe(true);
    expect(body.basket).not.toHaveProperty('voucherCode');
    const [item] = body.basket.basketItems;
    expect(item).toMatchObject({ unitPrice: 500, totalAmount: 1500, discountAmount: 10.5, consumedQuantity: 0 });
    expect(item.product.attributes).toEqual([{ categoryId: 'electronics' }]);
    expect(item.appliedDiscounts[0].discount).toMatchObject({
      conditionConsumedBasketItems: [{ ...line, pk: item.id }],
      extraArgs: [{ discount: 10.5 }],
    });
  });

  it('is asked again when a price, or what can be had, is another', async () => {
    const shop = aShop({ answer: ten });
    await shop.json('POST', BASKET, { product: 1309, quantity: 1 });
    await shop.json('POST', BASKET, { product: 2005, quantity: 1 });
    expect(shop.said).toHaveLength(2);
    await shop.json('PATCH', '/sandbox/products/1309', { price: '60.00' });
    expect(await shop.json('GET', BASKET)).toMatchObject({ basket: { total_product_amount: '85.00' } });
    expect(shop.said[2]?.body.basket.basketItems).toMatchObject([{ unitPrice: '60.00' }, { unitPrice: '25.00' }]);
    await shop.json('PATCH', '/sandbox/products/1309', { isActive: false });
    await shop.json('GET', BASKET);
    expect(shop.said[3]?.body.basket.basketItems).toMatchObject([{ unitPrice: '25.00' }]);
    await shop.json('GET', BASKET);
    expect(shop.said).toHaveLength(4);
  });

  it('is asked once for a basket that stays, and again for another one, other settings or after a minute', async () => {
    const shop = aShop({ answer: ten });
    await shop.json('GET', BASKET);
    expect(shop.said).toHaveLength(0);
    await shop.json('POST', BASKET, { product: 1309, quantity: 1 });
    await shop.json('GET', BASKET);
    await shop.json('GET', '/sandbox/state');
    expect(shop.said).toHaveLength(1);
    await shop.json('POST', '/sandbox/settings', { useOffers: 'drop' });
    await shop.json('GET', BASKET);
    expect(shop.said).toHaveLength(1);
    await shop.json('POST', '/sandbox/settings', { device: 'ios' });
    await shop.json('GET', BASKET);
    expect(shop.said).toHaveLength(2);
    shop.clock.now += 60_000;
    await shop.json('GET', BASKET);
    expect(shop.said).toHaveLength(3);
  });

  it.each([
    ['an error', () => new Response('{}', { status: 502 })],
    ['no JSON', () => new Response('oops')],
    ['numbers in v2', () => [anOffer({}, { extraArgs: { discount: 10 } })]],
    ['no offer', () => [{ ...anOffer(), priority: undefined }]],
    ['a broken connection', () => Promise.reject(new Error('broken'))],
  ])('that is answered with %s leaves the basket without discounts, and is asked again', async (_name, answer) => {
    const shop = aShop({ answer });
    const { basket } = await shop.json('POST', BASKET, { product: 1309, quantity: 1 });
    expect(basket).toMatchObject({ total_amount: '120.00', discounts: [] });
    await shop.json('GET', BASKET);
    expect(shop.said).toHaveLength(2);
    expect((await shop.json('GET', '/sandbox/calls')).calls).toHaveLength(2);
  });
});

describe('an order', () => {
  async function order(useOffers: string, answer: (said: Said) => unknown = ten) {
    const shop = aShop({ answer: (said) => (said.path === '/offers' ? answer(said) : new Response(null)) });
    await shop.json('POST', '/sandbox/settings', { useOffers, delayMs: 1234 });
    await shop.json('POST', BASKET, { product: 1309, quantity: 1 });
    const placed = await shop.json('POST', ORDERS);
    return { shop, order: placed.order };
  }

  it('is there with the end of its basket, or not at all', async () => {
    const { shop } = await order('drop');
    await shop.json('POST', BASKET, { product: 1309, quantity: 1 });
    // What a Worker that dies between two writes would leave: the second of them fails.
    await env.SHOP.exec("CREATE TRIGGER no_orders BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'no'); END");
    await shop.request('POST', ORDERS);
    await env.SHOP.exec('DROP TRIGGER no_orders');
    expect((await shop.json('GET', BASKET)).basket.total_quantity).toBe(1);
    expect((await shop.request('POST', ORDERS)).status).toBe(201);
  });

  it('is nobody else’s to read or to tell of', async () => {
    const { shop, order: placed } = await order('drop');
    const other = shop.other();
    expect((await other.request('POST', `${ORDERS}/${placed.number}/use-offers`)).status).toBe(404);
    expect((await other.request('GET', `/sandbox/order/${placed.number}`)).status).toBe(404);
    expect(uses(shop.said)).toEqual([]);
    expect((await shop.request('POST', `${ORDERS}/${placed.number}/use-offers`)).status).toBe(200);
  });

  it('tells once which discounts were used, with the final basket and its number', async () => {
    const silent = anOffer({ notifyAfterOrderCreation: false }, { id: 'q' });
    const quiet = (said: Said) => [...ten(said), onEverything(silent, said)];
    const { shop, order: placed } = await order('normal', quiet);
    expect(placed).toMatchObject({ number: expect.stringMatching(/^SBX-20260615-\d+$/), usedDiscounts: ['ten'] });
    expect(placed.basket).toMatchObject({ total_amount: '100.00', total_discount_amount: '20.00' });
    const [told] = uses(shop.said);
    expect(uses(shop.said)).toHaveLength(1);
    expect(told?.body).toMatchObject({ usedDiscounts: ['ten'], order: { orderNumber: placed.number } });
    expect(told?.body.basket.basketItems[0]).toMatchObject({ discountAmount: '20.00' });
    expect(v.safeParse(V2.schemas.usageRequest, told?.body).success).toBe(true);
    const { orders } = await shop.json('GET', ORDERS);
    expect(orders).toMatchObject([{ number: placed.number, timesTold: 1, basket: { total_amount: '100.00' } }]);
    expect((await shop.other().json('GET', ORDERS)).orders).toEqual([]);
  });

  it('tells nobody when no discount asks for it', async () => {
    const { shop, order: placed } = await order('normal', () => []);
    expect([placed.usedDiscounts, uses(shop.said)]).toEqual([[], []]);
    expect((await shop.request('POST', `${ORDERS}/${placed.number}/use-offers`)).status).toBe(404);
  });

  it('repeats the call under its request id', async () => {
    const { shop } = await order('repeat');
    const [first, second] = uses(shop.said);
    expect(second).toEqual(first);
  });

  it('doubles it under two', async () => {
    const { shop } = await order('double');
    const [first, second] = uses(shop.said);
    expect(second?.body).toEqual(first?.body);
    expect(new Set(ids(shop.said)).size).toBe(2);
  });

  it('delays it until after the answer', async () => {
    const { shop } = await order('delay');
    await shop.settled();
    expect([shop.slept, uses(shop.said).length]).toEqual([[1234], 1]);
  });

  it('drops it, until somebody asks for it', async () => {
    const { shop, order: placed } = await order('drop');
    expect(uses(shop.said)).toEqual([]);
    expect(await shop.json('POST', `${ORDERS}/${placed.number}/use-offers`)).toEqual({ status: 200 });
    expect(await shop.json('POST', `${ORDERS}/${placed.number}/use-offers`)).toEqual({ status: 200 });
    expect(new Set(ids(shop.said)).size).toBe(1);
  });

  it('is placed once, and not of nothing', async () => {
    const shop = aShop({ answer: ten });
    await shop.json('POST', BASKET, { product: 1309, quantity: 1 });
    const statuses = await Promise.all([1, 2].map(async () => (await shop.request('POST', ORDERS)).status));
    expect(statuses.toSorted()).toEqual([201, expect.toBeOneOf([400, 409])]);
    expect((await shop.request('POST', ORDERS)).status).toBe(400);
  });
});

describe('settings', () => {
  it('choose the adapter that is spoken to, which then has the address as well', async () => {
    const shop = aShop({ answer: (said) => (said.path === '/ops' ? ['its console'] : ten(said)) });
    await shop.json('POST', BASKET, { product: 1309, quantity: 1 });
    await shop.json('POST', '/sandbox/settings', { adapter: 'reference' });
    await shop.json('GET', BASKET);
    // What is not the shop's comes as the adapter answers it.
    expect(await shop.json('GET', '/ops')).toEqual(['its console']);
    await shop.json('POST', ORDERS);
    const spoken = shop.said.map(({ to, path }) => [to, path]);
    expect(spoken).toEqual([
      ['configured', '/offers'],
      ['reference', '/offers'],
      ['reference', '/ops'],
      ['reference', '/use-offers'],
    ]);
  });

  it('change one by one and stay', async () => {
    const shop = aShop({ answer: ten });
    await shop.json('POST', '/sandbox/settings', { device: 'ios' });
    const { settings } = await shop.json('POST', '/sandbox/settings', { storeId: '3' });
    expect(settings).toMatchObject({ device: 'ios', storeId: '3', contractVersion: 'v2' });
    expect((await shop.json('GET', '/sandbox/state')).settings).toEqual(settings);
    for (const wrong of [{ useOffers: 'lose' }, { contractVersion: 'v3' }, { storeId: 'a\nb' }, { more: 1 }]) {
      expect((await shop.request('POST', '/sandbox/settings', wrong)).status).toBe(400);
    }
  });
});
