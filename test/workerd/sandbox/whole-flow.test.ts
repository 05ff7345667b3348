/**
 * Any basket of the shop and any proposals of an upstream, all the way: request, guard, answer, discounts, and what the
 * basket API says in the end, which must add up as text.
 */
import Big from 'big.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readOffersRequest } from '../../../src/akinon/read-offers-request.ts';
import { V1 } from '../../../src/akinon/v1/contract.ts';
import { V2 } from '../../../src/akinon/v2/contract.ts';
import { dropInexact } from '../../../src/offers/exact.ts';
import { guardOffers } from '../../../src/offers/guard.ts';
import type { Decimal } from '../../../src/offers/money.ts';
import type { Catalogue, Product, ShopBasket, ShopItem } from '../../../src/sandbox/basket.ts';
import { priceBasket } from '../../../src/sandbox/price-basket.ts';
import { view } from '../../../src/sandbox/read-basket.ts';
import { readOffers } from '../../../src/sandbox/read-offers.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/sandbox/settings.ts';
import { writeBasket } from '../../../src/sandbox/write-basket.ts';
import { writeOffersRequest } from '../../../src/sandbox/write-flow.ts';

const cents = (minor: number) => new Big(minor).div(100).toFixed(2);

const aLine = fc.record({
  price: fc.integer({ min: 0, max: 300_000 }),
  quantity: fc.integer({ min: 1, max: 9 }),
  isActive: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
});

const aProposal = fc.record({
  discount: fc.integer({ min: 1, max: 500_000 }).map(cents),
  type: fc.constantFrom('BASKET', 'BASKET', 'BASKET', 'POINT'),
  /** Which of the items it names: bits; 0 leaves the list out. */
  named: fc.nat(31),
  priority: fc.integer({ min: 1, max: 4 }),
  isMergeable: fc.boolean(),
});

function toShop(lines: { price: number; quantity: number; isActive: boolean }[]): [ShopBasket, Catalogue] {
  const products = lines.map(({ price, isActive }, index): Product => {
    const text = cents(price) as Decimal;
    return {
      ...{ id: index + 1, name: `P ${index}`, sku: `S${index}`, baseCode: 'S', attributes: {}, attributeSet: 1 },
      ...{ price: text, retailPrice: text, currency: 'TRY', taxRate: '20' as Decimal, stock: 99, isActive },
      ...{ unitType: 'QUANTITY', createdAt: 1 },
    };
  });
  const items = products.map(({ id, price }, index): ShopItem => {
    const quantity = lines[index]?.quantity ?? 1;
    return {
      ...{ id: id + 100, productId: id, quantity, priceWhenAdded: price, createdAt: 1, modifiedAt: 1 },
      ...{ attributes: {}, inquiry: {}, parentId: null, perParent: 1 },
    };
  });
  const about = { id: 1, status: 'active', version: 1_758_310_922_044_282, createdAt: 1, voucherCode: null } as const;
  return [{ ...about, items }, new Map(products.map((product) => [product.id, product]))];
}

const sum = (texts: string[]) => texts.reduce((total, text) => total.plus(text), new Big(0)).toFixed(2);

it('adds up, as text, in both contract versions, and goes back to the adapter as it left', () => {
  const lines = fc.array(aLine, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      lines,
      fc.array(aProposal, { maxLength: 6 }),
      fc.constantFrom('v1', 'v2'),
      (made, proposed, contractVersion) => {
        const contract = contractVersion === 'v1' ? V1 : V2;
        const settings: Settings = { ...DEFAULT_SETTINGS, contractVersion };
        const [basket, catalogue] = toShop(made);
        const asked = view(basket, priceBasket(basket, catalogue), [], settings);
        const request = readOffersRequest(wire(writeOffersRequest(asked, settings)), contract);
        if (!request.ok) throw new Error(JSON.stringify(request));
        const { basket: received } = request.value;
        if (received.currency === null) {
          expect(asked.priced.items).toEqual([]);
          return;
        }

        const proposals = proposed.map(({ discount, named, ...rest }, index) => ({
          ...{ id: `o${index}`, ...rest, extraArgs: { discount } },
          ...(named > 0 && {
            discountedBasketItems: received.items
              .filter((_item, position) => (named >> position) & 1)
              .map(({ id, quantity }) => ({ pk: id, quantity })),
          }),
        }));
        const guarded = guardOffers(
          proposals,
          { ...received, currency: received.currency },
          { maxPoints: new Big(1000), priorityFirst: 'lowest', maxOffers: 50 },
        );
        const answer = contract.writeOffers(dropInexact(guarded, contract.exactDigits).offers);
        const offers = readOffers(JSON.parse(answer), contract.name);
        if (offers === null) throw new Error('the shop cannot read the answer');

        const priced = view(basket, asked.priced, offers, settings);
        const shown = writeBasket(priced).basket;
        const items = shown.basketitem_set;
        for (const item of items) {
          expect(sum(item.offer_badges.map(({ discount }) => discount))).toBe(item.discount_amount);
          expect(new Big(item.discount_amount).lte(item.total_amount)).toBe(true);
          expect(new Big(item.unit_price).times(item.quantity).toFixed(2)).toBe(item.total_amount);
        }
        expect(sum(items.map((item) => item.total_amount))).toBe(shown.total_product_amount);
        expect(sum(items.map((item) => item.discount_amount))).toBe(shown.total_discount_amount);
        expect(sum(shown.discounts.map(({ discount }) => discount))).toBe(shown.total_discount_amount);
        expect(sum([shown.total_amount, shown.total_discount_amount])).toBe(shown.total_product_amount);

        // Sent back as history, it is read for what it was.
        const again = readOffersRequest(wire(writeOffersRequest(priced, settings)), contract);
        if (!again.ok) throw new Error(JSON.stringify(again));
        const back = again.value.basket.items.map(({ discountAmount }) => new Big(discountAmount).toFixed(2));
        expect(back).toEqual(items.map((item) => item.discount_amount));
      },
    ),
    { numRuns: 300 },
  );
});

/** As it travels. */
const wire = (body: unknown): unknown => JSON.parse(JSON.stringify(body));
