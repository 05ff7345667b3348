/**
 * The basket as it is frozen for the delivery: everything an upstream may be told, without what may hold anything:
 * product attributes are passed on but not stored, and of a discount's arguments only the documented ones are.
 * @see Akinon Basket Offer Flows v2, "Discount Types Extra Args"
 */
import { isObject, utf8Bytes } from '../common/json.ts';
import type { AppliedDiscount, Basket, BasketItem } from '../offers/basket.ts';
import { isDecimal } from '../offers/money.ts';

/** A D1 row must stay well below 2 MB, and an order's basket is a few KB. */
export const MAX_SNAPSHOT_BYTES = 256 * 1024;

export interface Snapshot {
  readonly text: string;
  /** What was left out so that the rest fits. */
  readonly leftOut: 'nothing' | 'appliedDiscounts' | 'items' | 'items and voucherCode';
}

export function freezeBasket(basket: Basket): Snapshot {
  const whole = JSON.stringify({ ...basket, items: basket.items.map(freezeItem) });
  if (fits(whole)) return { text: whole, leftOut: 'nothing' };
  const items = basket.items.map((item) => ({ ...item, attributes: {}, appliedDiscounts: [] }));
  const withoutHistory = JSON.stringify({ ...basket, items });
  if (fits(withoutHistory)) return { text: withoutHistory, leftOut: 'appliedDiscounts' };
  const withoutItems = JSON.stringify({ ...basket, items: [] });
  if (fits(withoutItems)) return { text: withoutItems, leftOut: 'items' };
  return { text: JSON.stringify({ ...basket, items: [], voucherCode: null }), leftOut: 'items and voucherCode' };
}

function freezeItem(item: BasketItem): BasketItem {
  return { ...item, attributes: {}, appliedDiscounts: item.appliedDiscounts.map(freezeDiscount) };
}

/** Where the contract has a number, a text that is none is not kept. */
const NUMBERS = new Set(['discount', 'allowedQuantity', 'amount', 'benefitCoefficient', 'id']);
const DOCUMENTED = ['discount', 'allowedQuantity'] as const;
const DOCUMENTED_WITHIN = {
  loyaltyData: ['amount', 'benefitCoefficient', 'validFrom', 'validUntil'],
  data: ['coupon'],
} as const;

function freezeDiscount(discount: AppliedDiscount): AppliedDiscount {
  const { extraArgs } = discount;
  const kept: Record<string, unknown> = pickScalars(extraArgs, DOCUMENTED);
  for (const [name, fields] of Object.entries(DOCUMENTED_WITHIN)) {
    if (isObject(extraArgs[name])) kept[name] = pickScalars(extraArgs[name], fields);
  }
  if (Array.isArray(extraArgs.sampleProducts)) {
    kept.sampleProducts = extraArgs.sampleProducts.filter(isObject).map((product) => pickScalars(product, ['id']));
  }
  return { ...discount, extraArgs: kept };
}

function pickScalars(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const kept = names.filter((name) => Object.hasOwn(from, name) && isKept(name, from[name]));
  return Object.fromEntries(kept.map((name) => [name, from[name]]));
}

function isKept(name: string, value: unknown): boolean {
  return typeof value === 'number' || isDecimal(value) || (typeof value === 'string' && !NUMBERS.has(name));
}

function fits(text: string): boolean {
  // UTF-8 needs at most three bytes for a UTF-16 unit: most baskets need not be encoded to know.
  return text.length * 3 <= MAX_SNAPSHOT_BYTES || utf8Bytes(text) <= MAX_SNAPSHOT_BYTES;
}
