import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { V1 } from '../../../src/akinon/v1/contract.ts';
import { V2 } from '../../../src/akinon/v2/contract.ts';
import type { Basket, BasketItem } from '../../../src/offers/basket.ts';
import { dropInexact } from '../../../src/offers/exact.ts';
import { guardOffers } from '../../../src/offers/guard.ts';
import { currencyDigits, type Decimal, toMinorUnits } from '../../../src/offers/money.ts';
import { type Application, applyOffers, type Line } from '../../../src/sandbox/apply-offers.ts';
import { sumOf } from '../../../src/sandbox/distribute.ts';
import { grossOf } from '../../../src/sandbox/price-basket.ts';
import { readOffers } from '../../../src/sandbox/read-offers.ts';
import type { ShopOffer } from '../../../src/sandbox/shop-offer.ts';

const decimal = (text: string) => text as Decimal;
const RULES = { priorityFirst: 'lowest', digits: 2 } as const;

const theLine = (itemId: number, price: string, pieces = '1'): Line => ({
  itemId,
  unitPrice: decimal(price),
  gross: grossOf(decimal(price), decimal(pieces), 2),
});

function theOffer(id: string, amount: string | null, overrides: Partial<ShopOffer> = {}): ShopOffer {
  return {
    id,
    type: amount === null ? 'SHIPPING' : 'BASKET',
    amount: amount === null ? null : decimal(amount),
    description: id,
    label: id,
    priority: 1,
    isMergeable: true,
    notify: true,
    successMessage: '',
    upsellMessage: '',
    discountedItems: [{ itemId: 1, quantity: decimal('1') }],
    conditionItems: [],
    extraArgs: {},
    ...overrides,
  };
}

const idsOf = (application: Application) => application.applied.map(({ offer }) => offer.id);

describe('applyOffers', () => {
  it('applies by priority, from the end that is set', () => {
    const offers = [
      theOffer('a', '1.00', { priority: 2 }),
      theOffer('b', '1.00'),
      theOffer('c', null, { priority: 3 }),
    ];
    expect(idsOf(applyOffers([theLine(1, '9.00')], offers, RULES))).toEqual(['b', 'a', 'c']);
    expect(idsOf(applyOffers([theLine(1, '9.00')], offers, { ...RULES, priorityFirst: 'highest' }))).toEqual([
      'c',
      'a',
      'b',
    ]);
  });

  it('applies an offer that does not merge alone: the first keeps its place', () => {
    const alone = theOffer('alone', '1.00', { isMergeable: false, priority: 1 });
    const other = theOffer('other', '1.00', { priority: 2 });
    const first = applyOffers([theLine(1, '9.00')], [alone, other], RULES);
    expect(idsOf(first)).toEqual(['alone']);
    expect(first.leftOut).toEqual([{ offer: other, reason: 'not_mergeable' }]);
    const second = applyOffers([theLine(1, '9.00')], [{ ...alone, priority: 3 }, other], RULES);
    expect(idsOf(second)).toEqual(['other']);
    expect(second.leftOut[0]).toMatchObject({ offer: { id: 'alone' }, reason: 'not_mergeable' });
  });

  it('never makes a line cheaper than nothing, and says which offer was cut and which had nothing left', () => {
    const offers = ['6.00', '6.00', '6.00'].map((amount, index) => theOffer(`o${index}`, amount, { priority: index }));
    const application = applyOffers([theLine(1, '9.00'), theLine(2, '99.00')], offers, RULES);
    expect(application.applied.map(({ given, isCut }) => [given, isCut])).toEqual([
      [600n, false],
      [300n, true],
    ]);
    expect(application.leftOut).toMatchObject([{ offer: { id: 'o2' }, reason: 'nothing_left' }]);
    expect(Object.fromEntries(application.discountByItem)).toEqual({ 1: 900n, 2: 0n });
    expect(application.totalDiscount).toBe(900n);
  });

  it('takes of an item no more than the quantity named is worth', () => {
    const offer = theOffer('one-of-three', '60.00', {
      discountedItems: [
        { itemId: 1, quantity: decimal('1') },
        { itemId: 2, quantity: decimal('1') },
      ],
    });
    const { applied } = applyOffers([theLine(1, '20.00', '3'), theLine(2, '100.00')], [offer], RULES);
    expect(Object.fromEntries(applied[0]?.shares ?? [])).toEqual({ 1: 2000n, 2: 4000n });
  });

  it('has nothing to give to items that are gone', () => {
    const gone = theOffer('gone', '1.00', { discountedItems: [{ itemId: 8, quantity: decimal('1') }] });
    expect(applyOffers([theLine(1, '9.00')], [gone], RULES).leftOut).toHaveLength(1);
  });

  it('counts globally what offers that do not merge consume, and nothing of the others', () => {
    const conditionItems = [{ itemId: 1, quantity: decimal('0.2') }];
    const merging = theOffer('m', '1.00', { conditionItems });
    expect(applyOffers([theLine(1, '9.00')], [merging], RULES).globallyConsumed).toEqual(new Map());
    const alone = { ...merging, isMergeable: false };
    expect(
      applyOffers([theLine(1, '9.00')], [alone], RULES)
        .globallyConsumed.get(1)
        ?.toFixed(),
    ).toBe('0.2');
  });
});

/** Any basket, of one currency, with fractional quantities and prices of more places than the currency has. */
const aBasket: fc.Arbitrary<Basket & { currency: string }> = fc
  .record({
    currency: fc.constantFrom('TRY', 'JPY', 'KWD'),
    items: fc.array(
      fc.record({
        units: fc.integer({ min: 0, max: 5_000_000 }),
        places: fc.integer({ min: 0, max: 4 }),
        thousandths: fc.oneof(
          fc.integer({ min: 1, max: 9 }).map((n) => n * 1000),
          fc.integer({ min: 1, max: 9000 }),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ currency, items }) => ({
    ...{ id: 1, version: 1, voucherCode: null, currency },
    items: items.map(({ units, places, thousandths }, index): BasketItem => {
      const unitPrice = decimal(new Big(units).div(10 ** places).toFixed(places));
      const quantity = decimal(new Big(thousandths).div(1000).toFixed());
      return {
        ...{ id: index + 1, sku: 's', productId: 1, name: 'n', attributes: {}, unitPrice, quantity, currency },
        ...{ unitType: 'KILOGRAM', taxRate: decimal('20'), totalAmount: decimal('0'), discountAmount: decimal('0') },
        ...{ globallyConsumedQuantity: decimal('0'), appliedDiscounts: [] },
      };
    }),
  }));

/** Proposals of an upstream: of any amount, on any of the items, in full or in part. */
const proposalsFor = ({ items }: Basket) =>
  fc.array(
    fc
      .record({
        minor: fc.integer({ min: 1, max: 20_000_000 }),
        named: fc.option(fc.subarray([...items], { minLength: 1 })),
        part: fc.constantFrom('1', '0.5', '0.333'),
        priority: fc.integer({ min: 0, max: 5 }),
        isMergeable: fc.boolean(),
        isMoney: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
      })
      .map(({ minor, named, part, isMoney, ...rest }) => ({
        ...rest,
        ...(isMoney
          ? { type: 'BASKET', extraArgs: { discount: new Big(minor).div(100).toFixed(2) } }
          : { type: 'SHIPPING' }),
        ...(named !== null && {
          discountedBasketItems: named.map(({ id, quantity }) => ({
            pk: id,
            quantity: new Big(quantity).times(part).toFixed(),
          })),
        }),
      })),
    { maxLength: 6 },
  );

const aCase = aBasket.chain((basket) =>
  fc.record({
    basket: fc.constant(basket),
    proposals: proposalsFor(basket).map((all) => all.map((one, index) => ({ id: `o${index}`, ...one }))),
    priorityFirst: fc.constantFrom('lowest' as const, 'highest' as const),
    version: fc.constantFrom(V2, V1),
  }),
);

describe('offers that the guard let through', () => {
  it('are distributed to the minor unit; no line goes below zero, and the totals agree', () => {
    let whole = 0;
    fc.assert(
      fc.property(aCase, ({ basket, proposals, priorityFirst, version }) => {
        const limits = { maxPoints: new Big(1000), priorityFirst, maxOffers: 50 };
        const guarded = dropInexact(guardOffers(proposals, basket, limits), version.exactDigits);
        const offers = readOffers(JSON.parse(version.writeOffers(guarded.offers)), version.name);
        if (offers === null) throw new Error('the shop cannot read the answer');
        const digits = currencyDigits(basket.currency);
        const lines = basket.items.map(
          ({ id, unitPrice, quantity }): Line => ({
            ...{ itemId: id, unitPrice, gross: grossOf(unitPrice, quantity, digits) },
          }),
        );
        const application = applyOffers(lines, offers, { priorityFirst, digits });

        for (const { offer, given, shares, isCut } of application.applied) {
          const asked = offer.amount === null ? 0n : BigInt(toMinorUnits(new Big(offer.amount), digits));
          expect(sumOf(shares.values())).toBe(given);
          if (!isCut) expect(given).toBe(asked);
          else expect(given).toBeLessThan(asked);
          // Cut only where the items that it names have nothing more to give.
          if (isCut) expect(isUsedUp(application, lines, offer, digits)).toBe(true);
          if (offer.amount !== null && !isCut) whole++;
        }
        for (const { itemId, gross } of lines) {
          const discount = application.discountByItem.get(itemId) ?? 0n;
          expect(discount).toBeGreaterThanOrEqual(0n);
          expect(discount).toBeLessThanOrEqual(gross);
          const badges = sumOf(application.applied.map(({ shares }) => shares.get(itemId) ?? 0n));
          expect(badges).toBe(discount);
        }
        expect(sumOf(application.applied.map(({ given }) => given))).toBe(application.totalDiscount);
        expect(application.applied.length + application.leftOut.length).toBe(offers.length);
      }),
      { numRuns: 400 },
    );
    expect(whole).toBeGreaterThan(100);
  });
});

/** Of the items that the offer names: has each given all it had, or all that the quantity named is worth? */
function isUsedUp(application: Application, lines: readonly Line[], offer: ShopOffer, digits: number): boolean {
  const upTo = application.applied.slice(0, application.applied.findIndex((one) => one.offer === offer) + 1);
  return offer.discountedItems.every(({ itemId, quantity }) => {
    const line = lines.find((one) => one.itemId === itemId);
    if (line === undefined) return true;
    const taken = sumOf(upTo.map(({ shares }) => shares.get(itemId) ?? 0n));
    const own = upTo.at(-1)?.shares.get(itemId) ?? 0n;
    return taken === line.gross || own >= grossOf(line.unitPrice, quantity, digits);
  });
}
