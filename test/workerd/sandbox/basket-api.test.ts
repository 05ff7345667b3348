/** Each endpoint of the basket API, against the samples of its document and the sentences around them. */
import { beforeEach, describe, expect, it } from 'vitest';
import deleteResponse from '../../fixtures/akinon/basket-delete-response.json';
import externalOfferRequest from '../../fixtures/akinon/basket-external-offer-request.json';
import getResponse from '../../fixtures/akinon/basket-get-response.json';
import itemPatchRequest from '../../fixtures/akinon/basket-item-patch-request.json';
import patchRequest from '../../fixtures/akinon/basket-patch-request.json';
import postRequest from '../../fixtures/akinon/basket-post-request.json';
import putQuantityRequest from '../../fixtures/akinon/basket-put-quantity-request.json';
import putRequest from '../../fixtures/akinon/basket-put-request.json';
import removeVoucherRequest from '../../fixtures/akinon/basket-remove-voucher-request.json';
import voucherRequest from '../../fixtures/akinon/basket-voucher-request.json';
import { differences } from '../../support/structure.ts';
import { errorsOf } from '../support/http.ts';
import { anOffer, aShop, onEverything, openShop, type Said, type TestShop } from './shop.ts';

beforeEach(openShop);

const BASKET = '/baskets/basket/';
const ITEMS = '/baskets/basket_items/';
/** The response table names it, the GET sample leaves it out. */
const SEGMENT = ['$.basket.segment'];
const sitewide = anOffer({}, { id: 'sitewide', description: 'Sitewide Campaign', extraArgs: { discount: '24.00' } });
const withCode = (code: string) => (said: Said) =>
  said.body.basket.voucherCode === code ? [onEverything(sitewide, said)] : [];
const nothing = () => [];

const samples = { product: 1309, quantity: 1 };
const quantities = ({ basket }: { basket: { basketitem_set: { product: { pk: number }; quantity: number }[] } }) =>
  basket.basketitem_set.map(({ product, quantity }) => [product.pk, quantity]);

async function aFilledShop(answer: (said: Said) => unknown = nothing): Promise<TestShop> {
  const shop = aShop({ answer });
  await shop.json('POST', BASKET, samples);
  return shop;
}

describe('the shape of an answer', () => {
  const bought = (said: Said) => [onEverything(sitewide, said)];

  it.each([
    ['GET', BASKET, undefined],
    ['POST', BASKET, { ...postRequest, product: 1309 }],
    ['PATCH', BASKET, { ...patchRequest, product: 1309, quantity: 2 }],
    ['PUT', BASKET, { ...putQuantityRequest, product: 1309, quantity: 2 }],
    ['PUT', BASKET, { ...putRequest, product: 2003 }],
    ['PATCH', BASKET, removeVoucherRequest],
    ['PATCH', BASKET, externalOfferRequest],
  ])('is that of the sample: %s %s %j', async (method, path, body) => {
    const shop = await aFilledShop(bought);
    const response = await shop.request(method, path, body);
    expect(response.status).toBe(200);
    expect(differences(getResponse, await response.json(), SEGMENT)).toEqual([]);
  });

  it('is that of the sample: DELETE, segment and all', async () => {
    const shop = await aFilledShop(bought);
    const answer = await shop.json('DELETE', BASKET);
    expect(differences(deleteResponse, answer)).toEqual([]);
    const { pk: _pk, created_date: _created, modified_date: _modified, ...basket } = answer.basket;
    expect(deleteResponse.basket).toMatchObject(basket);
  });

  it('is that of the sample: PATCH of a single item', async () => {
    const shop = await aFilledShop(bought);
    const { basket } = await shop.json('GET', BASKET);
    const [item] = basket.basketitem_set;
    const answer = await shop.json('PATCH', ITEMS, { ...itemPatchRequest, id: item.id });
    expect(differences(getResponse.basket.basketitem_set[0], answer)).toEqual([]);
    expect(answer.id).toBe(item.id);
  });

  it('has the very values of the sample for the sample', async () => {
    const shop = await aFilledShop(bought);
    const { basket } = await shop.json('GET', BASKET);
    const [item] = basket.basketitem_set;
    const [expected] = getResponse.basket.basketitem_set;
    if (expected === undefined) throw new Error('no item in the sample');
    const { productimage_set: _images, ...product } = expected.product;
    const { product: _product, id: _id, ...rest } = expected;
    expect(item).toMatchObject(rest);
    expect(item.product).toMatchObject(product);
    const { basketitem_set: _items, pk: _pk, created_date: _c, modified_date: _m, ...totals } = getResponse.basket;
    expect(basket).toMatchObject(totals);
  });
});

describe('a basket', () => {
  it('is one for each session, and there before anything is in it', async () => {
    const shop = await aFilledShop();
    const other = shop.other();
    const [mine, theirs] = [await shop.json('GET', BASKET), await other.json('GET', BASKET)];
    expect(quantities(mine)).toEqual([[1309, 1]]);
    expect(quantities(theirs)).toEqual([]);
    expect(theirs.basket.pk).not.toBe(mine.basket.pk);
    expect(await shop.json('GET', BASKET)).toEqual(mine);
  });

  it('has another stamp in microseconds with every change, even within one millisecond', async () => {
    const shop = await aFilledShop();
    shop.clock.now = Date.UTC(2020, 0, 1);
    const dates: string[] = [];
    for (const quantity of [2, 3, 4]) {
      const { basket } = await shop.json('PUT', BASKET, { product: 1309, quantity });
      dates.push(basket.modified_date);
    }
    expect(new Set(dates).size).toBe(3);
    expect(dates.toSorted()).toEqual(dates);
    expect(dates[0]).toMatch(/^2026-06-15T09:30:00\.\d{6}Z$/);
    const { basket } = await shop.json('GET', BASKET);
    expect(basket.modified_date).toBe(dates[2]);
  });

  it('loses nothing of changes at the same time', async () => {
    const shop = await aFilledShop();
    await Promise.all([1, 2, 3, 4].map(() => shop.json('POST', BASKET, { product: 2003, quantity: 1 })));
    expect(quantities(await shop.json('GET', BASKET))).toEqual([
      [1309, 1],
      [2003, 4],
    ]);
  });
});

describe('POST', () => {
  it('adds to what is the same thing, and makes an item of what is not', async () => {
    const shop = await aFilledShop();
    await shop.json('POST', BASKET, { product: 1309, quantity: 2 });
    await shop.json('POST', BASKET, { product: 1309, quantity: 1, attributes: { engraving: 'A', color: 1 } });
    const answer = await shop.json('POST', BASKET, {
      ...{ product: 1309, quantity: 1, attributes: { color: 1, engraving: 'A' }, inquiry: { reason: 'x' } },
    });
    expect(quantities(answer)).toEqual([
      [1309, 3],
      [1309, 2],
    ]);
    expect(answer.basket.basketitem_set[1].attributes).toEqual({ engraving: 'A', color: 1 });
    expect(answer.basket).toMatchObject({ total_quantity: 5, total_amount: '600.00' });
  });

  it.each([
    { box: { product: 2005, attributes: { ribbon: 'red' } } },
    [{ product: 2005, attributes: { ribbon: 'red' } }],
  ])('stores sub-items, which follow the item that they belong to: %j', async (sub_items) => {
    const shop = await aFilledShop();
    await shop.json('POST', BASKET, { product: 2001, quantity: 1, sub_items });
    const answer = await shop.json('PUT', BASKET, { product: 2001, quantity: 3 });
    expect(quantities(answer)).toEqual([
      [1309, 1],
      [2001, 3],
      [2005, 3],
    ]);
    const [, , part] = answer.basket.basketitem_set;
    expect(part).toMatchObject({ parent: { pk: 2001, sku: 'GML-01' }, attributes: { ribbon: 'red' } });
    expect(quantities(await shop.json('PATCH', BASKET, { product: 2001, quantity: 0 }))).toEqual([[1309, 1]]);
  });

  it.each([
    [{ product: 49, quantity: 2 }, ['unknown_product', 'product']],
    [{ product: 2007, quantity: 1 }, ['out_of_stock', 'quantity']],
    [{ product: 2006, quantity: 2 }, ['out_of_stock', 'quantity']],
    [{ product: 1309, quantity: 0 }, ['invalid_field', 'quantity']],
    [{ product: 1309, quantity: 1, attributes: [] }, ['invalid_field', 'attributes']],
    [{ product: 1309, quantity: 1, sub_items: { a: { product: 49 } } }, ['unknown_product', 'product']],
    ['{', ['invalid_json', '']],
  ])('refuses %j with 400 and changes nothing', async (body, expected) => {
    const shop = await aFilledShop();
    const response = await shop.request('POST', BASKET, body);
    expect(response.status).toBe(400);
    expect(await errorsOf(response)).toEqual([expected]);
    expect(quantities(await shop.json('GET', BASKET))).toEqual([[1309, 1]]);
  });
});

describe('PUT and PATCH', () => {
  it('set the quantity, and remove at 0', async () => {
    const shop = await aFilledShop();
    await shop.json('POST', BASKET, { product: 2003, quantity: 1 });
    expect(quantities(await shop.json('PUT', BASKET, { product: 1309, quantity: 5 }))).toContainEqual([1309, 5]);
    expect(quantities(await shop.json('PATCH', BASKET, { product: 1309, quantity: 2 }))).toContainEqual([1309, 2]);
    expect(quantities(await shop.json('PUT', BASKET, { product: 1309, quantity: 0 }))).toEqual([[2003, 1]]);
    expect(quantities(await shop.json('PATCH', BASKET, { product: 2003, quantity: 0 }))).toEqual([]);
  });

  it('part where the product is not in the basket: PUT adds it, PATCH answers 400', async () => {
    const shop = await aFilledShop();
    const response = await shop.request('PATCH', BASKET, { product: 2003, quantity: 1 });
    expect([response.status, await errorsOf(response)]).toEqual([400, [['unknown_item', 'product']]]);
    expect(quantities(await shop.json('PUT', BASKET, { ...putRequest, product: 2003 }))).toContainEqual([2003, 1]);
  });

  it('PATCH refuses a body that asks for nothing, or for half of something', async () => {
    const shop = await aFilledShop();
    for (const body of [{}, { product: 1309 }, { quantity: 1 }, { attributes: {} }]) {
      expect((await shop.request('PATCH', BASKET, body)).status).toBe(400);
    }
  });
});

describe('voucher codes', () => {
  it('verifies voucher_code at once: it stays only if something is offered for it', async () => {
    const shop = await aFilledShop(withCode('aaa-bbb-ccc'));
    const wrong = await shop.request('PATCH', BASKET, { voucher_code: 'nobody-knows' });
    expect([wrong.status, await errorsOf(wrong)]).toEqual([400, [['invalid_voucher_code', 'voucher_code']]]);
    expect((await shop.json('GET', BASKET)).basket.voucher_code).toBeNull();
    const right = await shop.json('PATCH', BASKET, voucherRequest);
    expect(right.basket).toMatchObject({ voucher_code: 'aaa-bbb-ccc', total_discount_amount: '24.00' });
    const another = await shop.request('PATCH', BASKET, { voucher_code: 'nobody-knows' });
    expect(another.status).toBe(400);
    expect((await shop.json('GET', BASKET)).basket.voucher_code).toBe('aaa-bbb-ccc');
    const removed = await shop.json('PATCH', BASKET, removeVoucherRequest);
    expect(removed.basket).toMatchObject({ voucher_code: null, total_discount_amount: '0.00' });
  });

  it('applies external_offer_code unverified, whatever else is asked for', async () => {
    const shop = await aFilledShop(withCode('aaa-bbb-ccc'));
    const asked = { ...externalOfferRequest, ...removeVoucherRequest, ...voucherRequest };
    expect((await shop.json('PATCH', BASKET, asked)).basket.voucher_code).toBe('ddd-eee-fff');
    expect((await shop.json('PATCH', BASKET, externalOfferRequest)).basket.voucher_code).toBe('ddd-eee-fff');
    expect((await shop.json('PATCH', BASKET, removeVoucherRequest)).basket.voucher_code).toBeNull();
    const both = await shop.json('PATCH', BASKET, { ...externalOfferRequest, product: 1309, quantity: 3 });
    expect([both.basket.voucher_code, ...quantities(both)]).toEqual(['ddd-eee-fff', [1309, 3]]);
  });

  it('changes nothing at all where the code or the quantity is refused', async () => {
    const shop = await aFilledShop(withCode('aaa-bbb-ccc'));
    const before = await shop.json('GET', BASKET);
    const wrong = { voucher_code: 'nobody-knows', product: 1309, quantity: 3 };
    expect((await shop.request('PATCH', BASKET, wrong)).status).toBe(400);
    expect((await shop.request('PATCH', BASKET, { ...voucherRequest, product: 49, quantity: 3 })).status).toBe(400);
    expect(await shop.json('GET', BASKET)).toEqual(before);
  });

  it('does not take a code on trust while the adapter fails', async () => {
    const shop = await aFilledShop(() => new Response(null, { status: 503 }));
    expect((await shop.request('PATCH', BASKET, voucherRequest)).status).toBe(400);
  });
});

describe('a single item', () => {
  it('gets other attributes, for all of it or for one piece, and joins what it has become the same as', async () => {
    const shop = aShop({ answer: nothing });
    const { basket } = await shop.json('POST', BASKET, {
      product: 2001,
      quantity: 3,
      sub_items: { a: { product: 2005 } },
    });
    const { id } = basket.basketitem_set[0];
    const piece = await shop.json('PATCH', ITEMS, { id, is_all: false, attributes: { size: 'L' } });
    expect(piece).toMatchObject({ quantity: 1, attributes: { size: 'L' } });
    expect(piece.id).not.toBe(id);
    expect(quantities(await shop.json('GET', BASKET))).toEqual([
      [2001, 2],
      [2005, 2],
      [2001, 1],
      [2005, 1],
    ]);
    const joined = await shop.json('PATCH', `${ITEMS}${id}/`, { is_all: false, attributes: { size: 'L' } });
    expect(joined).toMatchObject({ id: piece.id, quantity: 2 });
    const all = await shop.json('PATCH', `${ITEMS}${id}`, { is_all: true, attributes: { size: 'L' } });
    expect(all).toMatchObject({ id: piece.id, quantity: 3 });
    expect(quantities(await shop.json('GET', BASKET))).toEqual([
      [2001, 3],
      [2005, 3],
    ]);
  });

  it.each([
    ['of another basket', ITEMS, (id: number) => ({ id })],
    ['that never was', `${ITEMS}1720/`, () => itemPatchRequest],
    ['that is none', `${ITEMS}x/`, () => ({ is_all: true })],
    ['that nobody named', ITEMS, () => ({ is_all: true })],
  ])('is a 400 %s', async (_name, path, body) => {
    const shop = await aFilledShop();
    const { basket } = await shop.json('GET', BASKET);
    const other = shop.other();
    const response = await other.request('PATCH', path, body(basket.basketitem_set[0].id));
    expect([response.status, await errorsOf(response)]).toEqual([400, [['unknown_item', 'id']]]);
  });
});

describe('what the shop cannot give', () => {
  it('is listed apart, counted nowhere, and the adapter does not hear of it', async () => {
    const shop = await aFilledShop((said) => [onEverything(sitewide, said)]);
    await shop.json('POST', BASKET, { product: 2002, quantity: 2 });
    await shop.json('PATCH', '/sandbox/products/2002', { stock: 1 });
    shop.clock.now += 60_000;
    const { basket } = await shop.json('GET', BASKET);
    expect(basket).toMatchObject({ total_quantity: 1, total_product_amount: '120.00', total_amount: '96.00' });
    expect(basket.unavailable_basket_products).toMatchObject([
      { product: { pk: 2002 }, quantity: 2, offer_badges: [] },
    ]);
    const [{ offer_badges: _badges, ...unavailable }] = basket.unavailable_basket_products;
    const [{ offer_badges: _sample, ...item }] = getResponse.basket.basketitem_set as unknown as [
      { offer_badges: unknown },
    ];
    expect(differences(item, unavailable)).toEqual([]);
    expect(shop.said.at(-1)?.body.basket.basketItems).toHaveLength(1);
    expect((await shop.request('POST', '/sandbox/orders')).status).toBe(400);
  });

  it('tells of a price that rose while the product was in the basket, and of what an offer still wants', async () => {
    const offer = anOffer({ upsellMessage: 'Two more and shipping is free.' });
    const shop = await aFilledShop((said) => [onEverything(offer, said)]);
    await shop.json('PATCH', '/sandbox/products/1309', { price: '130.00' });
    const { basket } = await shop.json('PUT', BASKET, { product: 1309, quantity: 2 });
    expect(basket.upsell_details).toMatchObject([
      { message: 'Two more and shipping is free.', parameters: { offer: 'ten', label: 'Ten' } },
      { message: expect.stringContaining('130.00'), parameters: { product: 1309, old_price: '120' } },
    ]);
    expect(basket.total_product_amount).toBe('260.00');
  });
});

it('answers 405 with the methods there are', async () => {
  const shop = aShop({ answer: nothing });
  const response = await shop.request('OPTIONS', BASKET);
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, PATCH, PUT, DELETE']);
  expect((await shop.request('DELETE', ITEMS)).headers.get('allow')).toBe('PATCH');
});
