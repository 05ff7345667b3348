/** Offers as they came back, read without trust: a check looks at what is there and leaves the rest to its neighbours. */
import Big from 'big.js';
import { at, type Exchange, isObject, jsonOf } from './exchange.ts';

export type Offer = Record<string, unknown>;

export interface SentItem {
  readonly id: number;
  readonly unitPrice: Big;
  readonly quantity: Big;
  readonly currency: string;
}

/** An offer, the answer it stands in and the items of the basket it was made for. */
export interface ShownOffer {
  readonly offer: Offer;
  readonly index: number;
  readonly exchange: Exchange;
  readonly items: readonly SentItem[];
}

/** What a hostile request is answered proves nothing about offers. */
const JUDGED_GROUPS = /^(plain|offers|money|usage|headers)\//;

/** More of one answer are not looked at. */
const MAX_OFFERS = 500;

/** Entries of a 200 from /offers that are objects. */
export function offersIn(exchange: Exchange): Offer[] {
  const json = exchange.error === null && exchange.answer?.status === 200 ? jsonOf(exchange.answer) : null;
  return Array.isArray(json) ? json.slice(0, MAX_OFFERS).filter(isObject) : [];
}

/** Every offer of the run, of whatever basket. */
export function shownOffers(exchanges: readonly Exchange[]): ShownOffer[] {
  return exchanges
    .filter(({ ask, origin }) => ask.path === '/offers' && JUDGED_GROUPS.test(origin.check))
    .flatMap((exchange) => {
      const offers = offersIn(exchange);
      const items = offers.length === 0 ? [] : sentItems(exchange);
      return offers.map((offer, index) => ({ offer, index, exchange, items }));
    });
}

/** Offers of one answer belong together. */
export function byAnswer(shown: readonly ShownOffer[]): ShownOffer[][] {
  return [...Map.groupBy(shown, ({ exchange }) => exchange).values()];
}

function sentItems({ ask }: Exchange): SentItem[] {
  const items = at(JSON.parse(ask.body?.bytes.toString() ?? 'null'), 'basket.basketItems');
  if (!Array.isArray(items)) return [];
  return items.filter(isObject).map((item) => ({
    id: Number(item.id),
    unitPrice: Big(String(item.unitPrice)),
    quantity: Big(String(item.quantity)),
    currency: String(item.currencyType),
  }));
}

export function idOf(offer: Offer): string | null {
  const id = at(offer, 'discount.id');
  return typeof id === 'string' ? id : null;
}

export function discountOf(offer: Offer): Record<string, unknown> {
  return isObject(offer.discount) ? offer.discount : {};
}

export const LISTS = ['discountedBasketItems', 'conditionConsumedBasketItems'] as const;

export interface ShownLine {
  /** `discount.discountedBasketItems[0]` */
  readonly path: string;
  readonly list: (typeof LISTS)[number];
  readonly line: Record<string, unknown>;
}

export function linesOf(offer: Offer): ShownLine[] {
  return LISTS.flatMap((list) => {
    const lines = discountOf(offer)[list];
    if (!Array.isArray(lines)) return [];
    return lines
      .map((line, index) => ({ path: `discount.${list}[${index}]`, list, line }))
      .filter((found): found is ShownLine => isObject(found.line));
  });
}

/** Longer ones no shop computes with. */
const PLAIN = /^-?\d{1,40}(\.\d{1,40})?$/;

/** A plain decimal, as text or as number, or null. */
export function decimalOf(value: unknown): Big | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Big(value) : null;
  return typeof value === 'string' && PLAIN.test(value) ? Big(value) : null;
}

/** The money of a BASKET discount, or null. */
export function basketDiscount(offer: Offer): Big | null {
  return at(offer, 'discount.type') === 'BASKET' ? decimalOf(at(offer, 'discount.extraArgs.discount')) : null;
}

/**
 * What makes an offer the same as another. Not its id and not a coupon's code, which a server may issue anew each time,
 * and not its texts.
 */
export function fingerprintOf(offers: readonly Offer[]): string {
  const essentials = offers.map((offer) => {
    const { type, discountedBasketItems, conditionConsumedBasketItems, extraArgs } = discountOf(offer);
    const { data: _, ...args } = isObject(extraArgs) ? extraArgs : {};
    return JSON.stringify([type, discountedBasketItems, conditionConsumedBasketItems, args, offer.priority]);
  });
  return essentials.sort().join('\n');
}
