/** The same basket in both contract versions: equal offers, each in its own dialect, and equal rows in the ledger. */
import Big from 'big.js';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ContractVersion } from '../../../src/akinon/contract-version.ts';
import { readOffersRequest } from '../../../src/akinon/read-offers-request.ts';
import { V1 } from '../../../src/akinon/v1/contract.ts';
import { V2 } from '../../../src/akinon/v2/contract.ts';
import type { Decimal } from '../../../src/offers/money.ts';
import type { Offer } from '../../../src/offers/offer.ts';
import v1OffersRequest from '../../fixtures/akinon/v1-offers-request.json';
import v1UseOffersRequest from '../../fixtures/akinon/v1-use-offers-request.json';
import { loadDemoCatalog, rows, theOffersSample, theUseOffersSample } from '../support/builders.ts';
import { aTestApp } from '../support/http.ts';

const AS = {
  v1: { 'x-akinon-api-version': 'v1', 'x-app-device': null },
  v2: { 'x-akinon-api-version': 'v2', 'x-app-device': 'default' },
} as const;

/** A text that is a decimal → its number: what remains different between the dialects is a mistake. */
const asNumbers = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, part) => (/^-?\d+(\.\d+)?$/.test(part) ? Number(part) : part));

/** The one condition line of v1 that stands for a line of v2. */
const asV2Lines = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, part) => {
    if (part?.consumedQuantity === undefined) return part;
    expect(part.globallyConsumedQuantity).toBe(part.consumedQuantity);
    return { pk: part.pk, quantity: part.consumedQuantity };
  });

describe("a shop's basket in v1 and in v2", () => {
  beforeEach(loadDemoCatalog);

  it('gets the same offers, v1 with numbers and v2 with text', async () => {
    const app = aTestApp();
    const inV1 = (await (await app.post('/offers', v1OffersRequest, AS.v1)).json()) as { discount: unknown }[];
    const inV2 = (await (await app.post('/offers', theOffersSample(), AS.v2)).json()) as { discount: unknown }[];
    expect(inV1).toHaveLength(7);
    expect(asNumbers(asV2Lines(inV1))).toEqual(asNumbers(inV2));
    expect(inV1[0]).toMatchObject({
      discount: {
        discountedBasketItems: [
          { pk: 59, quantity: 1 },
          { pk: 58, quantity: 7 },
        ],
        extraArgs: { discount: 25.5 },
      },
    });
    expect(inV2[0]).toMatchObject({
      discount: {
        discountedBasketItems: [
          { pk: 59, quantity: '1' },
          { pk: 58, quantity: '7' },
        ],
        extraArgs: { discount: '25.50' },
      },
    });
  });

  it('leaves the same rows: what was offered, used, and is due', async () => {
    const tables = {
      issued_baskets: 'seen_at',
      usages: 'request_id, claim_id, received_at, channel',
      used_discounts: 'recorded_at',
      deliveries: 'due_at, opened_at, channel',
    };
    const ledgerOf = async (
      version: 'v1' | 'v2',
      basketId: number,
      offers: { basket: object },
      usage: { basket: object },
    ) => {
      const app = aTestApp();
      await app.post('/offers', { ...offers, basket: { ...offers.basket, id: basketId } }, AS[version]);
      const response = await app.post(
        '/use-offers',
        { ...usage, basket: { ...usage.basket, id: basketId } },
        AS[version],
      );
      expect(response.status).toBe(200);
      const ledger: Record<string, unknown[]> = {};
      for (const [table, apart] of Object.entries(tables)) {
        const without = new Set([...apart.split(', '), 'id', 'usage_id', 'fingerprint']);
        ledger[table] = (await rows(`SELECT * FROM ${table}`)).map((row) =>
          Object.fromEntries(Object.entries(row).filter(([name]) => !without.has(name))),
        );
        await rows(`DELETE FROM ${table}`);
      }
      // Text of a number has no trailing zeros: 500.00 of v2 is 500 of v1.
      return JSON.parse(JSON.stringify(ledger), (_key, part) => {
        if (typeof part === 'string' && /^[{[]/.test(part)) return asNumbers(JSON.parse(part));
        return part;
      });
    };
    const { order: _order, ...usageInV2 } = theUseOffersSample();
    const inV1 = await ledgerOf('v1', 32, v1OffersRequest, v1UseOffersRequest);
    const inV2 = await ledgerOf('v2', 32, theOffersSample(), usageInV2);
    expect(inV1).toEqual(inV2);
    expect(inV1.deliveries).toMatchObject([{ order_key: 'b:32:1758199055052632', state: 'due' }]);
    expect(inV1.used_discounts).toMatchObject([
      { amount: 1000, state: 'due' },
      { amount: 2550, state: 'not_required' },
    ]);
    expect(inV1.deliveries[0].snapshot.items[0].appliedDiscounts[0]).toMatchObject({
      type: 'BASKET',
      conditionItems: [{ itemId: 47, quantity: 1 }],
      extraArgs: { discount: 12.32 },
    });
  });

  it('shares a request id between versions: the same order told in the other one is a replay', async () => {
    const app = aTestApp();
    const { order: _order, ...usageInV2 } = theUseOffersSample();
    const id = { 'x-akinon-request-id': 'migrating' };
    const first = await app.post('/use-offers', v1UseOffersRequest, { ...AS.v1, ...id });
    const again = await app.post('/use-offers', usageInV2, { ...AS.v2, ...id });
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 200, 'true']);
  });
});

describe('a shop that moves from v1 to v2', () => {
  beforeEach(loadDemoCatalog);

  it.each([
    ['a retry in v2, which now has the order number', ['v2-loyalty-reward-2025', 'v2-spring-discount-2025']],
    ['a retry that has one discount more', ['v2-loyalty-reward-2025', 'v2-spring-discount-2025', 'demo-member-points']],
  ])('redeems nothing twice: %s', async (_name, usedDiscounts) => {
    const app = aTestApp();
    await app.post('/offers', v1OffersRequest, AS.v1);
    expect((await app.post('/use-offers', v1UseOffersRequest, AS.v1)).status).toBe(200);
    expect((await app.post('/use-offers', { ...theUseOffersSample(), usedDiscounts }, AS.v2)).status).toBe(200);
    const lines = await rows('SELECT order_key, discount_id FROM used_discounts ORDER BY discount_id');
    expect(lines.map(({ discount_id }) => discount_id)).toEqual(usedDiscounts.toSorted());
    expect(lines.filter(({ order_key }) => order_key === 'b:32:1758199055052632')).toHaveLength(2);
    expect(await rows("SELECT state FROM deliveries WHERE order_key = 'o:ORD-12345'")).toEqual([
      { state: usedDiscounts.length === 2 ? 'done' : 'due' },
    ]);
  });

  it('keeps two orders of one basket apart, and another state of the basket', async () => {
    const app = aTestApp();
    const usage = theUseOffersSample();
    for (const orderNumber of ['ONE', 'TWO'])
      await app.post('/use-offers', { ...usage, order: { orderNumber } }, AS.v2);
    await app.post(
      '/use-offers',
      { ...v1UseOffersRequest, basket: { ...v1UseOffersRequest.basket, version: 7 } },
      AS.v1,
    );
    await app.post('/use-offers', { ...usage, order: { orderNumber: 'THREE' } }, AS.v2);
    expect(await rows('SELECT order_key, count(*) AS n FROM used_discounts GROUP BY order_key ORDER BY 1')).toEqual(
      ['b:32:7', 'o:ONE', 'o:THREE', 'o:TWO'].map((order_key) => ({ order_key, n: 2 })),
    );
  });
});

/** Text of a decimal that a number carries exactly, in its shortest form. */
const aDecimal = fc
  .tuple(fc.integer({ min: 1, max: 999_999_999_999_999 }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, scale]) => new Big(digits).div(new Big(10).pow(scale)).toFixed())
  .filter((text) => text.replace('.', '').replace(/^0+|0+$/g, '').length <= 15) as fc.Arbitrary<Decimal>;
const aLine = fc.record({ itemId: fc.nat(), quantity: aDecimal });
const anItem = fc.record({
  id: fc.nat(),
  sku: fc.string({ minLength: 1 }),
  productId: fc.nat(),
  name: fc.string(),
  attributes: fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 3 },
  ),
  unitPrice: aDecimal,
  quantity: aDecimal,
  unitType: fc.constantFrom('QUANTITY', 'KILOGRAM'),
  taxRate: aDecimal,
  totalAmount: aDecimal,
  discountAmount: aDecimal,
  globallyConsumedQuantity: aDecimal,
  currency: fc.constant('TRY'),
  appliedDiscounts: fc.array(
    fc.record({
      type: fc.constantFrom('BASKET', 'LOYALTY_POINT', 'CASHBACK'),
      description: fc.string(),
      extraArgs: fc.oneof(
        fc.record({ discount: aDecimal }),
        fc.record({ loyaltyData: fc.record({ amount: aDecimal, validFrom: fc.constant('2025-01-01') }) }),
        fc.constant({}),
      ),
      discountedItems: fc.array(aLine, { maxLength: 2 }),
      conditionItems: fc.array(aLine, { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
});
type Item = typeof anItem extends fc.Arbitrary<infer T> ? T : never;
const aBasket = fc.record({
  id: fc.nat(),
  version: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  items: fc.uniqueArray(anItem, { maxLength: 4, selector: ({ id }) => id }),
});

/** What Akinon would send, as its two documents draw it. */
function toWire({ id, version, items }: { id: number; version: number; items: Item[] }, as: ContractVersion) {
  const v1 = as.name === 'v1';
  const decimal = (text: string) => (v1 ? Number(text) : text);
  const list = (object: object) => (v1 ? Object.entries(object).map(([key, value]) => ({ [key]: value })) : object);
  const extraArgs = (args: Item['appliedDiscounts'][number]['extraArgs']) => {
    if ('discount' in args) return list({ discount: decimal(args.discount) });
    if ('loyaltyData' in args)
      return list({ loyaltyData: { ...args.loyaltyData, amount: decimal(args.loyaltyData.amount) } });
    return list(args);
  };
  return {
    basket: {
      id,
      version,
      basketItems: items.map((item) => ({
        id: item.id,
        unitPrice: decimal(item.unitPrice),
        quantity: Number(item.quantity),
        unitType: item.unitType,
        taxRate: decimal(item.taxRate),
        totalAmount: decimal(item.totalAmount),
        discountAmount: decimal(item.discountAmount),
        ...(v1 && { consumedQuantity: 0 }),
        globallyConsumedQuantity: decimal(item.globallyConsumedQuantity),
        currencyType: item.currency,
        appliedDiscounts: item.appliedDiscounts.map((discount) => ({
          discount: {
            type: discount.type,
            description: discount.description,
            discountedBasketItems: discount.discountedItems.map((line) => ({
              pk: line.itemId,
              quantity: decimal(line.quantity),
            })),
            conditionConsumedBasketItems: discount.conditionItems.map((line) =>
              v1
                ? { pk: line.itemId, consumedQuantity: decimal(line.quantity), globallyConsumedQuantity: 0 }
                : { pk: line.itemId, quantity: line.quantity },
            ),
            extraArgs: extraArgs(discount.extraArgs),
          },
        })),
        product: { id: item.productId, sku: item.sku, name: item.name, attributes: list(item.attributes) },
      })),
    },
    user: { phone: null, email: [] },
  };
}

describe('a translation loses nothing', () => {
  it('reads the same basket from either version, every field of it', () => {
    fc.assert(
      fc.property(aBasket, (basket) => {
        for (const version of [V1, V2]) {
          const wire = JSON.parse(JSON.stringify(toWire(basket, version)));
          const read = readOffersRequest(wire, version);
          if (!read.ok) throw new Error(JSON.stringify(read.errors));
          const { currency, voucherCode, ...rest } = read.value.basket;
          expect([currency, voucherCode]).toEqual([basket.items.length === 0 ? null : 'TRY', null]);
          expect(rest).toEqual(basket);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('writes the same offers in either version, to the last digit', () => {
    const texts = fc.record({
      description: fc.string(),
      label: fc.string(),
      successMessage: fc.string(),
      upsellMessage: fc.string(),
    });
    const aBenefit: fc.Arbitrary<Offer['benefit']> = fc.oneof(
      fc
        .integer({ min: 1, max: 99_999_999_999_999 })
        .map((minor) => ({ type: 'BASKET' as const, amount: new Big(minor).div(100) })),
      aDecimal.map((points) => ({
        type: 'LOYALTY_POINT' as const,
        points,
        coefficient: '1.50' as Decimal,
        validFrom: '2025-01-01',
        validUntil: '2025-12-31',
      })),
      fc.constantFrom(
        { type: 'POINT' as const },
        { type: 'SHIPPING' as const },
        { type: 'DEFERRED' as const, coupon: 'C' },
      ),
    );
    const anOffer: fc.Arbitrary<Offer> = fc
      .tuple(
        texts,
        aBenefit,
        fc.array(aLine, { maxLength: 3 }),
        fc.array(aLine, { maxLength: 3 }),
        fc.boolean(),
        fc.integer(),
      )
      .map(([text, benefit, discountedItems, conditionItems, flag, priority]) => ({
        ...{ id: 'x', currency: 'TRY', priority, isMergeable: flag, notify: !flag },
        ...{ ...text, benefit, discountedItems, conditionItems },
      }));
    fc.assert(
      fc.property(fc.array(anOffer, { maxLength: 3 }), (offers) => {
        const exactly = (value: unknown) =>
          JSON.parse(JSON.stringify(value), (key, part) =>
            ['quantity', 'discount', 'amount'].includes(key) && typeof part !== 'object'
              ? new Big(part).toFixed()
              : part,
          );
        const [inV1, inV2] = [V1, V2].map((version) => JSON.parse(version.writeOffers(offers)));
        expect(exactly(asV2Lines(inV1))).toEqual(exactly(inV2));
        for (const { discount } of inV2) {
          for (const { quantity } of discount.discountedBasketItems) expect(quantity).toBeTypeOf('string');
        }
        for (const { discount } of inV1) {
          for (const { quantity } of discount.discountedBasketItems) expect(quantity).toBeTypeOf('number');
        }
      }),
      { numRuns: 300 },
    );
  });
});
