/** Group `money`: can the shop do the arithmetic an offer asks for, and does it end above zero? */
import Big from 'big.js';
import { akinon, type Check, each, expect, failed, is200, isList, NO_OFFERS, PASSED, type Verdict } from '../check.ts';
import type { Context } from '../context.ts';
import { at, show } from '../exchange.ts';
import {
  basketDiscount,
  byAnswer,
  decimalOf,
  idOf,
  linesOf,
  type SentItem,
  type ShownOffer,
  shownOffers,
} from '../offers.ts';
import { nameOf } from './offers-answers.ts';

const AMOUNTS = ['extraArgs.discount', 'extraArgs.loyaltyData.amount'] as const;
const ITEMS = akinon('basket-offers, "Response Body"');
const ARGS = akinon('"Discount Types Extra Args"');

/** Judges answer by answer: the offers of one, and the basket they were made for. */
function judgeAnswers(context: Context, fault: (offers: readonly ShownOffer[]) => string | null): Verdict {
  const answers = byAnswer(shownOffers(context.exchanges()));
  if (answers.length === 0) return NO_OFFERS;
  for (const offers of answers) {
    const reason = fault(offers);
    if (reason !== null) return failed(reason, offers[0]?.exchange ?? null);
  }
  return PASSED;
}

/** The first offer with a fault, named. */
function judgeEach(context: Context, fault: (shown: ShownOffer) => string | null): Verdict {
  return judgeAnswers(context, (offers) => {
    for (const shown of offers) {
      const reason = fault(shown);
      if (reason !== null) return `offer ${nameOf(shown.offer, shown.index)}: ${reason}`;
    }
    return null;
  });
}

function itemOf(items: readonly SentItem[], pk: unknown): SentItem | undefined {
  return items.find(({ id }) => id === pk);
}

const worth = ({ unitPrice, quantity }: SentItem) => unitPrice.times(quantity);
const sum = (amounts: readonly Big[]) => amounts.reduce((total, amount) => total.plus(amount), Big(0));

/** Price of the units a discount names; of the whole basket when it names none. */
function worthOfNamed({ offer, items }: ShownOffer): Big {
  const lines = linesOf(offer).filter(({ list }) => list === 'discountedBasketItems');
  if (lines.length === 0) return sum(items.map(worth));
  return sum(
    lines.map(({ line }) => {
      const item = itemOf(items, line.pk);
      return item === undefined ? Big(0) : item.unitPrice.times(decimalOf(line.quantity) ?? item.quantity);
    }),
  );
}

/** Decimal places of a currency's smallest coin; 2 where it is not known. */
function minorDigits(currency: string): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** Units at a price, one item each. Tenths of them, and fixed amounts, are not round or not affordable. */
const ODD_PRICES = [
  { unitPrice: '19.99', quantity: 3, totalAmount: '59.97', currencyType: 'TRY' },
  { unitPrice: '12.49', quantity: 0.333, totalAmount: '4.16', currencyType: 'TRY', unitType: 'KILOGRAM' },
  { unitPrice: '0.90', quantity: 1, totalAmount: '0.90', currencyType: 'TRY' },
  { unitPrice: '333', quantity: 3, totalAmount: '999', currencyType: 'JPY' },
] as const;

export const moneyChecks: readonly Check[] = [
  {
    id: 'money/odd-prices',
    level: 'contract',
    title: 'accepts prices that are not round, small ones and those without decimals',
    section: akinon('basket-offers, "Request Body"'),
    why: 'Three at 19.99, a third of a kilogram at 12.49, one at 0.90 and three at 333 yen, each a basket of its own with an item id of its own. What is offered for them is judged by the checks below: binary fractions and fixed amounts show there, and not at 500.00.',
    run: (context) =>
      each(ODD_PRICES, async (price) => {
        const request = context.offersRequest();
        request.basket.basketItems = request.basket.basketItems
          .slice(0, 1)
          .map((item) => ({ ...item, id: context.itemId(), ...price, discountAmount: '0.00', appliedDiscounts: [] }));
        return expect(await context.offers(request), is200, isList);
      }),
  },
  {
    id: 'money/plain-amounts',
    level: 'contract',
    isReview: true,
    title: 'writes amounts as plain decimals, none below zero',
    section: ARGS,
    why: 'In v2 an amount is digits with at most one point: no sign, exponent, comma, grouping, blank or currency, and at most 40 digits on either side. In v1 it is a finite number that is not negative.',
    run: (context) =>
      judgeEach(context, ({ offer }) => {
        for (const path of AMOUNTS) {
          const amount = at(offer, `discount.${path}`);
          const isPlain = decimalOf(amount)?.gte(0) ?? false;
          if ((typeof amount === 'string' || typeof amount === 'number') && (!isPlain || /^-/.test(String(amount))))
            return `${path} is ${show(amount)}`;
        }
        return null;
      }),
  },
  {
    id: 'money/known-items',
    level: 'contract',
    isReview: true,
    title: 'names only items of the basket it was asked about',
    section: ITEMS,
    why: '`pk` is the id of a basket item. One that is not in the basket cannot be discounted.',
    run: (context) =>
      judgeEach(context, ({ offer, items }) => {
        const line = linesOf(offer).find(
          ({ line }) => typeof line.pk === 'number' && itemOf(items, line.pk) === undefined,
        );
        if (line === undefined) return null;
        return `${line.path}.pk is ${show(line.line.pk)}; the basket has ${items.map(({ id }) => id).join(', ') || 'no item'}`;
      }),
  },
  {
    id: 'money/line-quantities',
    level: 'contract',
    isReview: true,
    title: 'names no more of an item than the basket has',
    section: ITEMS,
    why: 'Quantities are plain decimals from zero to the quantity of the item, which may be a fraction: of 0.25 kg no whole unit can be discounted. Several lines for one item of a list count together.',
    run: (context) =>
      judgeEach(context, ({ offer, items }) => {
        const named = new Map<string, Big>();
        for (const { path, list, line } of linesOf(offer)) {
          const item = itemOf(items, line.pk);
          for (const name of ['quantity', 'consumedQuantity', 'globallyConsumedQuantity']) {
            if (line[name] === undefined || item === undefined) continue;
            const quantity = decimalOf(line[name]);
            if (quantity === null) return `${path}.${name} is ${show(line[name])}, which is no plain decimal`;
            if (quantity.lt(0)) return `${path}.${name} is ${show(line[name])}`;
            const total = quantity.plus(named.get(`${list} ${name} ${item.id}`) ?? 0);
            named.set(`${list} ${name} ${item.id}`, total);
            if (total.gt(item.quantity))
              return `${path}.${name} makes ${total} of item ${item.id}; the basket has ${item.quantity}`;
          }
        }
        return null;
      }),
  },
  {
    id: 'money/within-items',
    level: 'contract',
    isReview: true,
    title: 'discounts no more than the items it names cost',
    section: ITEMS,
    why: 'A BASKET discount is distributed over its items by quantity. It must not be above their unit prices times the named quantities.',
    run: (context) =>
      judgeEach(context, (shown) => {
        const discount = basketDiscount(shown.offer);
        const most = worthOfNamed(shown);
        return discount?.gt(most) ? `discount is ${discount}, and the items it names cost ${most}` : null;
      }),
  },
  {
    id: 'money/within-basket',
    level: 'practice',
    isReview: true,
    title: 'discounts no more than the basket costs, all together',
    section: 'good practice',
    why: 'Offers with `isMergeable` can be combined. Their BASKET discounts together must not be above the basket; the others stand alone.',
    run: (context) =>
      judgeAnswers(context, (offers) => {
        const merged = offers.filter(({ offer }) => offer.isMergeable === true);
        const total = sum(merged.map(({ offer }) => basketDiscount(offer) ?? Big(0)));
        const most = sum((offers[0]?.items ?? []).map(worth));
        return total.gt(most) ? `the mergeable offers discount ${total}, and the basket costs ${most}` : null;
      }),
  },
  {
    id: 'money/ids',
    level: 'contract',
    isReview: true,
    title: 'gives each discount an id that no other in the list has',
    section: ITEMS,
    why: 'The shop tells by the id what was used. An empty or repeated one tells nothing.',
    run: (context) =>
      judgeAnswers(context, (offers) => {
        const ids = offers.map(({ offer }) => idOf(offer)).filter((id) => id !== null);
        if (ids.some((id) => id.trim() === '')) return 'a discount.id is empty';
        const seen = new Set<string>();
        const twice = ids.find((id) => seen.size === seen.add(id).size);
        return twice === undefined ? null : `discount.id ${show(twice)} stands in the list twice`;
      }),
  },
  {
    id: 'money/positive',
    level: 'practice',
    isReview: true,
    title: 'offers something: amounts and discounted quantities are above zero',
    section: 'good practice',
    why: 'The documents do not forbid an offer of 0.00 or of no unit, but it shows the customer a saving that is none.',
    run: (context) =>
      judgeEach(context, ({ offer }) => {
        const path = AMOUNTS.find((path) => decimalOf(at(offer, `discount.${path}`))?.eq(0));
        if (path !== undefined) return `${path} is ${show(at(offer, `discount.${path}`))}`;
        const line = linesOf(offer).find(
          ({ list, line }) => list === 'discountedBasketItems' && decimalOf(line.quantity)?.eq(0),
        );
        return line === undefined ? null : `${line.path}.quantity is ${show(line.line.quantity)}`;
      }),
  },
  {
    id: 'money/minor-units',
    level: 'practice',
    isReview: true,
    title: 'discounts no fractions of the smallest coin',
    section: 'ISO 4217',
    why: 'A BASKET discount must have no more decimals than the currency of its basket has: two for TRY, none for JPY.',
    run: (context) =>
      judgeEach(context, ({ offer, items }) => {
        const [first] = items;
        const discount = basketDiscount(offer);
        if (first === undefined || discount === null || items.some(({ currency }) => currency !== first.currency))
          return null;
        const digits = minorDigits(first.currency);
        return discount.eq(discount.round(digits, Big.roundDown))
          ? null
          : `discount is ${discount}, and ${first.currency} has ${digits} decimals`;
      }),
  },
];
