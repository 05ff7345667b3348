import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Basket, BasketItem } from '../../../src/offers/basket.ts';
import { type GuardLimits, guardOffers } from '../../../src/offers/guard.ts';
import type { Decimal } from '../../../src/offers/money.ts';

const LIMITS: GuardLimits = { maxPoints: new Big(1_000_000), priorityFirst: 'lowest', maxOffers: 50 };

function item(id: number, unitPrice: string, quantity = '1'): BasketItem {
  return {
    id,
    sku: `SKU${id}`,
    productId: id,
    name: '',
    attributes: {},
    unitPrice: unitPrice as Decimal,
    quantity: quantity as Decimal,
    unitType: 'QUANTITY',
    taxRate: '20.00' as Decimal,
    totalAmount: '0.00' as Decimal,
    discountAmount: '0.00' as Decimal,
    globallyConsumedQuantity: '0.0' as Decimal,
    currency: 'TRY',
    appliedDiscounts: [],
  };
}

function basket(items: BasketItem[] = [item(1, '100.00')], currency = 'TRY'): Basket & { currency: string } {
  return { id: 1, version: 1, currency, voucherCode: null, items };
}

const aDiscount = (overrides: Record<string, unknown> = {}) => ({
  id: 'd',
  type: 'BASKET',
  extraArgs: { discount: '25.50' },
  ...overrides,
});

const points = (overrides: Record<string, unknown> = {}) => ({
  id: 'p',
  type: 'LOYALTY_POINT',
  extraArgs: {
    loyaltyData: {
      amount: '50.00',
      benefitCoefficient: '1.5',
      validFrom: '2025-01-01',
      validUntil: '2025-12-31',
      ...overrides,
    },
  },
});

const guard = (proposals: unknown[], of = basket(), limits: Partial<GuardLimits> = {}) =>
  guardOffers(proposals, of, { ...LIMITS, ...limits });

const reasons = (proposal: unknown, of = basket(), limits: Partial<GuardLimits> = {}) =>
  guard([proposal], of, limits).drops.map((drop) => drop.reason);

function amounts(proposals: unknown[], of = basket(), limits: Partial<GuardLimits> = {}) {
  return guard(proposals, of, limits).offers.map(({ id, benefit }) => [
    id,
    benefit.type === 'BASKET' ? benefit.amount.toFixed() : null,
  ]);
}

describe('guardOffers: what a proposal may leave out', () => {
  it('fills in the defaults of the protocol', () => {
    const of = basket([item(1, '10.00', '2'), item(2, '5.00', '0.5'), item(3, '5.00', '0')]);
    const { offers, drops } = guard([{ id: 'x', type: 'POINT' }, aDiscount({ description: 'text' })], of);
    expect(drops).toEqual([]);
    expect(offers[0]).toEqual({
      id: 'x',
      benefit: { type: 'POINT' },
      description: '',
      label: '',
      priority: 1,
      isMergeable: true,
      successMessage: '',
      upsellMessage: '',
      notify: true,
      currency: 'TRY',
      // Every item in full, but no line of nothing.
      discountedItems: [
        { itemId: 1, quantity: '2' },
        { itemId: 2, quantity: '0.5' },
      ],
      conditionItems: [],
    });
    expect(offers[1]).toMatchObject({ priority: 2, label: 'text', description: 'text' });
  });

  it('takes an empty list as it is, not as the default', () => {
    expect(guard([{ id: 'x', type: 'SHIPPING', discountedBasketItems: [] }]).offers[0]?.discountedItems).toEqual([]);
    expect(reasons(aDiscount({ discountedBasketItems: [] }))).toEqual(['nothing_left']);
  });
});

describe('guardOffers: what drops a proposal, and only that one', () => {
  const cases: [string, unknown, string][] = [
    ['no object', 'SHIPPING', 'not_an_object'],
    ['null', null, 'not_an_object'],
    ['a list', [], 'not_an_object'],
    ['no id', { type: 'POINT' }, 'invalid_id'],
    ['an empty id', { id: '', type: 'POINT' }, 'invalid_id'],
    ['an id of 201 characters', { id: 'x'.repeat(201), type: 'POINT' }, 'invalid_id'],
    ['an id that /use-offers would refuse', { id: 'a\nb', type: 'POINT' }, 'invalid_id'],
    ['an unknown type', { id: 'x', type: 'CASHBACK' }, 'unknown_type'],
    ['a type that only an object prototype knows', { id: 'x', type: 'constructor' }, 'unknown_type'],
    ['no extraArgs where the type needs them', { id: 'x', type: 'BASKET' }, 'invalid_extra_args'],
    ['an amount of 1e3', aDiscount({ extraArgs: { discount: '1e3' } }), 'invalid_amount'],
    ['an amount with a comma', aDiscount({ extraArgs: { discount: '5,00' } }), 'invalid_amount'],
    ['an amount with a space', aDiscount({ extraArgs: { discount: ' 5' } }), 'invalid_amount'],
    ['an amount in Arabic digits', aDiscount({ extraArgs: { discount: '٥' } }), 'invalid_amount'],
    ['NaN', aDiscount({ extraArgs: { discount: 'NaN' } }), 'invalid_amount'],
    ['a JSON number as amount', aDiscount({ extraArgs: { discount: 25.5 } }), 'invalid_amount'],
    ['a negative amount', aDiscount({ extraArgs: { discount: '-5.00' } }), 'invalid_amount'],
    ['a zero amount', aDiscount({ extraArgs: { discount: '0.00' } }), 'invalid_amount'],
    ['an amount of 41 characters', aDiscount({ extraArgs: { discount: `0.${'1'.repeat(39)}` } }), 'invalid_amount'],
    ['an amount below the minor unit', aDiscount({ extraArgs: { discount: '0.009' } }), 'nothing_left'],
    ['points as a number', points({ amount: 50 }), 'invalid_amount'],
    ['no coefficient', points({ benefitCoefficient: undefined }), 'invalid_extra_args'],
    ['the 30th of February', points({ validFrom: '2025-02-30' }), 'invalid_extra_args'],
    [
      'days that end before they begin',
      points({ validFrom: '2026-01-02', validUntil: '2026-01-01' }),
      'invalid_extra_args',
    ],
    ['a day with a time', points({ validUntil: '2025-12-31T00:00:00Z' }), 'invalid_extra_args'],
    [
      'no sample product',
      { id: 'x', type: 'SAMPLE_PRODUCT', extraArgs: { sampleProducts: [], allowedQuantity: 1 } },
      'invalid_extra_args',
    ],
    [
      'a sample product of text',
      { id: 'x', type: 'SAMPLE_PRODUCT', extraArgs: { sampleProducts: [{ id: '1' }], allowedQuantity: 1 } },
      'invalid_extra_args',
    ],
    [
      'half a sample',
      { id: 'x', type: 'SAMPLE_PRODUCT', extraArgs: { sampleProducts: [{ id: 1 }], allowedQuantity: 0.5 } },
      'invalid_extra_args',
    ],
    ['an empty coupon', { id: 'x', type: 'DEFERRED', extraArgs: { data: { coupon: '' } } }, 'invalid_extra_args'],
    ['another currency', aDiscount({ currency: 'EUR' }), 'other_currency'],
    [
      'a pk that is not in the basket',
      aDiscount({ discountedBasketItems: [{ pk: 2, quantity: '1' }] }),
      'unknown_item',
    ],
    ['a pk as text', aDiscount({ discountedBasketItems: [{ pk: '1', quantity: '1' }] }), 'unknown_item'],
    [
      'a pk twice',
      aDiscount({
        discountedBasketItems: [
          { pk: 1, quantity: '1' },
          { pk: 1, quantity: '1' },
        ],
      }),
      'duplicate_item',
    ],
    [
      'a quantity above the item',
      aDiscount({ discountedBasketItems: [{ pk: 1, quantity: '1.01' }] }),
      'quantity_above_item',
    ],
    [
      'a condition quantity above the item',
      aDiscount({ conditionConsumedBasketItems: [{ pk: 1, quantity: '2' }] }),
      'quantity_above_item',
    ],
    ['a quantity of zero', aDiscount({ discountedBasketItems: [{ pk: 1, quantity: '0' }] }), 'invalid_quantity'],
    ['a negative quantity', aDiscount({ discountedBasketItems: [{ pk: 1, quantity: '-1' }] }), 'invalid_quantity'],
    ['a quantity as a number', aDiscount({ discountedBasketItems: [{ pk: 1, quantity: 1 }] }), 'invalid_quantity'],
    ['a list that is an object', aDiscount({ discountedBasketItems: {} }), 'invalid_field'],
    ['a line that is null', aDiscount({ discountedBasketItems: [null] }), 'invalid_field'],
    ['a label that is a number', aDiscount({ label: 5 }), 'invalid_field'],
    ['a priority that is text', aDiscount({ priority: '1' }), 'invalid_field'],
    ['a flag that is text', aDiscount({ isMergeable: 'false' }), 'invalid_field'],
    [
      'a quantity above the item by next to nothing',
      aDiscount({ discountedBasketItems: [{ pk: 1, quantity: `1.${'0'.repeat(37)}1` }] }),
      'quantity_above_item',
    ],
    ['a priority of NaN', aDiscount({ priority: Number.NaN }), 'invalid_field'],
    ['an endless priority', aDiscount({ priority: Number.POSITIVE_INFINITY }), 'invalid_field'],
    ['a coefficient of zero', points({ benefitCoefficient: '0' }), 'invalid_extra_args'],
    ['a negative coefficient', points({ benefitCoefficient: '-1' }), 'invalid_extra_args'],
    [
      'a coupon with a line break',
      { id: 'x', type: 'DEFERRED', extraArgs: { data: { coupon: 'a\nb' } } },
      'invalid_extra_args',
    ],
    [
      'a coupon of 501 characters',
      { id: 'x', type: 'DEFERRED', extraArgs: { data: { coupon: 'x'.repeat(501) } } },
      'invalid_extra_args',
    ],
    ['a reference a byte over 4 KB', aDiscount({ reference: 'x'.repeat(4095) }), 'invalid_reference'],
    [
      'a reference deeper than storage reads',
      aDiscount({ reference: JSON.parse('['.repeat(1500) + ']'.repeat(1500)) }),
      'invalid_reference',
    ],
    ['a reference that is no JSON', aDiscount({ reference: { n: 1n } }), 'invalid_reference'],
    ['a reference over 4 KB', aDiscount({ reference: 'é'.repeat(2048) }), 'invalid_reference'],
  ];

  it.each(cases)('drops %s', (_name, proposal, reason) => {
    const { offers, drops } = guard([proposal, { id: 'neighbour', type: 'SHIPPING' }]);
    expect(drops.map((drop) => drop.reason)).toEqual([reason]);
    expect(offers.map(({ id }) => id)).toEqual(['neighbour']);
  });

  it('keeps the first of two with one id', () => {
    const { offers, drops } = guard([aDiscount({ label: 'first' }), aDiscount({ label: 'second' })]);
    expect(offers.map(({ label }) => label)).toEqual(['first']);
    expect(drops).toEqual([{ id: 'd', reason: 'duplicate_id' }]);
  });

  it('lets points up to the limit through and drops what is above it', () => {
    expect(reasons(points({ amount: '1000000' }))).toEqual([]);
    expect(reasons(points({ amount: '1000000.01' }))).toEqual(['points_above_limit']);
    expect(reasons(points({ amount: '11' }), basket(), { maxPoints: new Big(10) })).toEqual(['points_above_limit']);
  });

  it('accepts the currency in any case and a reference of exactly 4 KB', () => {
    expect(reasons(aDiscount({ currency: 'try', reference: 'x'.repeat(4094) }))).toEqual([]);
  });

  it('keeps the first offers in turn where the connector can commit only so many', () => {
    const proposals = [3, 1, 2].map((priority) => ({ id: `o${priority}`, type: 'POINT', priority }));
    const { offers, drops } = guard(proposals, basket(), { maxOffers: 2 });
    expect(offers.map(({ id }) => id)).toEqual(['o1', 'o2']);
    expect(drops).toEqual([{ id: 'o3', reason: 'too_many_offers' }]);
  });
});

describe('guardOffers: money', () => {
  it('caps a discount at the gross value of the quantities it names', () => {
    const of = basket([item(1, '10.00', '3'), item(2, '500.00')]);
    const named = aDiscount({ extraArgs: { discount: '25.00' }, discountedBasketItems: [{ pk: 1, quantity: '2' }] });
    expect(amounts([named], of)).toEqual([['d', '20']]);
  });

  it('keeps BASKET offers together within the gross basket, in the order Akinon applies them', () => {
    const of = basket([item(1, '100.00')]);
    const two = [
      aDiscount({ id: 'second', priority: 2, extraArgs: { discount: '60.00' } }),
      aDiscount({ id: 'first', priority: 1, extraArgs: { discount: '70.00' } }),
      aDiscount({ id: 'third', priority: 3, extraArgs: { discount: '1.00' } }),
    ];
    expect(amounts(two, of)).toEqual([
      ['second', '30'],
      ['first', '70'],
    ]);
    expect(amounts(two, of, { priorityFirst: 'highest' })).toEqual([
      ['second', '60'],
      ['first', '39'],
      ['third', '1'],
    ]);
    expect(guard(two, of).trimmed).toEqual(['second']);
    expect(guard(two, of).drops).toEqual([{ id: 'third', reason: 'nothing_left' }]);
  });

  it('does not cap points by the basket', () => {
    const benefit = guard([points({ amount: '999999' })], basket([item(1, '1.00')])).offers[0]?.benefit;
    expect(benefit).toMatchObject({ points: '999999' });
  });

  it.each([
    ['TRY', '10.999', '10.99'],
    ['JPY', '10.999', '10'],
    ['KWD', '10.9999', '10.999'],
  ])('rounds %s down to its minor unit', (currency, discount, expected) => {
    expect(amounts([aDiscount({ extraArgs: { discount } })], basket([item(1, '100')], currency))).toEqual([
      ['d', expected],
    ]);
  });

  it('is exact where binary fractions are not: 0.1 + 0.2 and kilograms', () => {
    const of = basket([item(1, '0.10'), item(2, '0.20')]);
    expect(amounts([aDiscount({ extraArgs: { discount: '0.31' } })], of)).toEqual([['d', '0.3']]);
    const kilos = basket([item(1, '19.99', '0.333')]);
    expect(amounts([aDiscount({ extraArgs: { discount: '50' } })], kilos)).toEqual([['d', '6.65']]);
  });

  it('takes an amount of exactly 40 characters', () => {
    const discount = `0.${'1'.repeat(38)}`;
    expect(discount).toHaveLength(40);
    expect(amounts([aDiscount({ extraArgs: { discount } })])).toEqual([['d', '0.11']]);
  });

  it('adds the basket up once, however many proposals reach beyond it', () => {
    const of = basket(Array.from({ length: 1000 }, (_, index) => item(index + 1, '19.99')));
    const proposals = Array.from({ length: 16_000 }, (_, index) =>
      aDiscount({ id: `d${index}`, extraArgs: { discount: '9999999' } }),
    );
    const times = vi.spyOn(Big.prototype, 'times');
    expect(amounts(proposals, of)).toEqual([['d0', '19990']]);
    expect(times.mock.calls.length).toBeLessThanOrEqual(1000);
    times.mockRestore();
  });

  it('keeps amounts that no binary number could hold', () => {
    const of = basket([item(1, '90071992547409931234.55')]);
    expect(amounts([aDiscount({ extraArgs: { discount: '90071992547409931234.54' } })], of)).toEqual([
      ['d', '90071992547409931234.54'],
    ]);
  });

  it('never gives more than the basket, nor more than was proposed, nor more than the named items hold', () => {
    const cents = fc.integer({ min: 0, max: 100_000 }).map((value) => (value / 100).toFixed(2));
    const anItem = fc.tuple(cents, fc.constantFrom('1', '2', '0.5', '3.25', '0'));
    const anOffer = fc.record({
      discount: cents,
      priority: fc.integer({ min: 1, max: 5 }),
      items: fc.option(fc.subarray([1, 2, 3])),
    });
    fc.assert(
      fc.property(fc.tuple(anItem, anItem, anItem), fc.array(anOffer, { maxLength: 8 }), (items, offers) => {
        const of = basket(items.map(([price, quantity], index) => item(index + 1, price, quantity)));
        const gross = (ids: readonly number[]) =>
          of.items
            .filter(({ id }) => ids.includes(id))
            .reduce((sum, i) => sum.plus(new Big(i.unitPrice).times(i.quantity)), new Big(0));
        const named = (ids: number[] | null) =>
          (ids ?? [1, 2, 3]).filter((id) => new Big(of.items[id - 1]?.quantity ?? 0).gt(0));
        const proposals = offers.map(({ discount, priority, items: ids }, index) => ({
          id: String(index),
          type: 'BASKET',
          priority,
          extraArgs: { discount },
          ...(ids !== null && {
            discountedBasketItems: named(ids).map((pk) => ({ pk, quantity: of.items[pk - 1]?.quantity })),
          }),
        }));
        let total = new Big(0);
        for (const offer of guard(proposals, of).offers) {
          if (offer.benefit.type !== 'BASKET') throw new Error('another type');
          const { amount } = offer.benefit;
          const proposed = offers[Number(offer.id)];
          expect(amount.gt(0) && amount.lte(proposed?.discount ?? 0)).toBe(true);
          expect(amount.lte(gross(named(proposed?.items ?? null)))).toBe(true);
          expect(amount.round(2).eq(amount)).toBe(true);
          total = total.plus(amount);
        }
        expect(total.lte(gross([1, 2, 3]))).toBe(true);
      }),
    );
  });
});

describe('guardOffers: text', () => {
  it('takes control characters out and cuts at 500 characters without splitting one', () => {
    const { offers } = guard([
      {
        id: 'x',
        type: 'POINT',
        label: 'a\u0000b\nc\u0085d',
        description: `${'x'.repeat(499)}😀`,
        successMessage: '\ud800!',
      },
    ]);
    expect(offers[0]?.label).toBe('abcd');
    expect(offers[0]?.description).toBe('x'.repeat(499));
    expect(offers[0]?.successMessage).toBe('\ufffd!');
  });

  it('lets HTML be text and cuts a megabyte of it', () => {
    const { offers } = guard([{ id: 'x', type: 'POINT', label: '<b>1</b>', upsellMessage: 'y'.repeat(1_000_000) }]);
    expect(offers[0]?.label).toBe('<b>1</b>');
    expect(offers[0]?.upsellMessage).toHaveLength(500);
  });
});
