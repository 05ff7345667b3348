/**
 * Is an offer one that Offerbridge would show as it is? What is not exactly right is dropped there, so the rules are
 * those by which it drops, and that an amount is cut to the basket.
 */
import Big from 'big.js';
import { isObject, show } from '../exchange.ts';
import { TYPES } from '../shapes.ts';
import type { Basket } from './basket.ts';

export const ASPECTS = ['id', 'fields', 'args', 'items', 'amount', 'reference'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** A way in which an offer is not right. */
export interface Flaw {
  readonly aspect: Aspect;
  /** `offers[1].id is missing` */
  readonly what: string;
}

const TEXTS = ['label', 'description', 'successMessage', 'upsellMessage', 'currency'] as const;
const FLAGS = ['isMergeable', 'notifyAfterOrderCreation'] as const;
const MAX_REFERENCE_BYTES = 4096;
const MAX_ID = 200;
const MAX_COUPON = 500;

/** Plain, positive, as text of at most 40 characters: a JSON number may have lost digits already. */
export function isAmount(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 40 && /^\d+(\.\d+)?$/.test(value) && /[1-9]/.test(value);
}

/** Minor digits of a currency: TRY 2, JPY 0. */
export function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Of all offers of one answer, in its order. */
export function flawsOf(offers: readonly unknown[], basket: Basket): Flaw[][] {
  const taken = new Set<unknown>();
  return offers.map((offer, index) => {
    const flaws = flawsOfOffer(offer, `offers[${index}]`, basket, taken);
    if (isObject(offer)) taken.add(offer.id);
    return flaws;
  });
}

function flawsOfOffer(offer: unknown, at: string, basket: Basket, taken: ReadonlySet<unknown>): Flaw[] {
  if (!isObject(offer)) return [{ aspect: 'fields', what: `${at} is not an object but ${show(offer)}` }];
  const found: [Aspect, string | null][] = [
    ['id', flawOfId(offer.id, taken)],
    ['fields', flawOfFields(offer, basket)],
    ['args', flawOfArgs(offer)],
    ['items', flawOfItems('discountedBasketItems', offer, basket)],
    ['items', flawOfItems('conditionConsumedBasketItems', offer, basket)],
    ['amount', flawOfAmount(offer, basket)],
    ['reference', flawOfReference(offer.reference)],
  ];
  return found.flatMap(([aspect, what]) => (what === null ? [] : [{ aspect, what: `${at}.${what}` }]));
}

function flawOfId(id: unknown, taken: ReadonlySet<unknown>): string | null {
  if (!isCleanText(id, MAX_ID)) return `id is ${show(id)} in place of a text of 1 to ${MAX_ID} characters`;
  return taken.has(id) ? `id ${show(id)} is there twice` : null;
}

function isCleanText(value: unknown, max: number): value is string {
  const isText = typeof value === 'string' && value !== '' && [...value].length <= max;
  return isText && !/\p{Cc}/u.test(value) && value.isWellFormed();
}

function flawOfFields(offer: Record<string, unknown>, basket: Basket): string | null {
  if (!TYPES.some((type) => type === offer.type)) return `type is ${show(offer.type)}: none of ${TYPES.join(', ')}`;
  for (const name of TEXTS) {
    if (offer[name] !== undefined && typeof offer[name] !== 'string')
      return `${name} is not a text but ${show(offer[name])}`;
  }
  for (const name of FLAGS) {
    if (offer[name] !== undefined && typeof offer[name] !== 'boolean')
      return `${name} is not true or false but ${show(offer[name])}`;
  }
  const { priority, currency } = offer;
  if (priority !== undefined && !(typeof priority === 'number' && Number.isFinite(priority)))
    return `priority is not a number but ${show(priority)}`;
  if (typeof currency === 'string' && currency.toUpperCase() !== basket.currency)
    return `currency is ${show(currency)}, and the basket's ${basket.currency}`;
  return null;
}

function flawOfArgs({ type, extraArgs }: Record<string, unknown>): string | null {
  if (type === 'POINT' || type === 'SHIPPING') {
    const isFine = extraArgs === undefined || extraArgs === null || isObject(extraArgs);
    return isFine ? null : `extraArgs is not an object but ${show(extraArgs)}`;
  }
  if (!TYPES.some((one) => one === type)) return null;
  if (!isObject(extraArgs)) return `extraArgs is ${show(extraArgs)}, and ${type} needs it`;
  if (type === 'BASKET') return flawOfDecimal('extraArgs.discount', extraArgs.discount);
  if (type === 'LOYALTY_POINT') return flawOfPoints(extraArgs.loyaltyData);
  if (type === 'SAMPLE_PRODUCT') return flawOfSamples(extraArgs);
  const coupon = isObject(extraArgs.data) ? extraArgs.data.coupon : undefined;
  return isCleanText(coupon, MAX_COUPON) ? null : `extraArgs.data.coupon is ${show(coupon)} in place of a text`;
}

function flawOfDecimal(name: string, value: unknown): string | null {
  return isAmount(value) ? null : `${name} is ${show(value)} in place of a positive decimal as text, such as "25.50"`;
}

function flawOfPoints(data: unknown): string | null {
  if (!isObject(data)) return `extraArgs.loyaltyData is not an object but ${show(data)}`;
  for (const name of ['amount', 'benefitCoefficient']) {
    const flaw = flawOfDecimal(`extraArgs.loyaltyData.${name}`, data[name]);
    if (flaw !== null) return flaw;
  }
  const isDay = (value: unknown) => {
    if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
    const date = new Date(`${value}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  };
  const wrong = ['validFrom', 'validUntil'].find((name) => !isDay(data[name]));
  return wrong === undefined
    ? null
    : `extraArgs.loyaltyData.${wrong} is ${show(data[wrong])} in place of a day, YYYY-MM-DD`;
}

function flawOfSamples({ sampleProducts, allowedQuantity }: Record<string, unknown>): string | null {
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
  const products = Array.isArray(sampleProducts) ? sampleProducts : [];
  if (products.length === 0 || !products.every((product) => isObject(product) && isCount(product.id)))
    return `extraArgs.sampleProducts is ${show(sampleProducts)} in place of [{"id": 100200}]`;
  return isCount(allowedQuantity)
    ? null
    : `extraArgs.allowedQuantity is ${show(allowedQuantity)} in place of a whole number`;
}

function flawOfItems(name: string, offer: Record<string, unknown>, { items }: Basket): string | null {
  const list = offer[name];
  if (list === undefined) return null;
  if (!Array.isArray(list)) return `${name} is not a list but ${show(list)}`;
  const seen = new Set<unknown>();
  for (const [index, line] of list.entries()) {
    const at = `${name}[${index}]`;
    if (!isObject(line)) return `${at} is not an object but ${show(line)}`;
    const item = items.find(({ id }) => id === line.pk);
    if (item === undefined) return `${at}.pk is ${show(line.pk)}, and the basket has no such item`;
    if (seen.has(line.pk)) return `${at}.pk names item ${show(line.pk)} a second time`;
    seen.add(line.pk);
    const flaw = flawOfDecimal(`${at}.quantity`, line.quantity);
    if (flaw !== null) return flaw;
    if (new Big(line.quantity as string).gt(item.quantity))
      return `${at}.quantity is ${show(line.quantity)}, and the basket has ${show(item.quantity)} of it`;
  }
  return null;
}

/** Judged only where the amount and the items can be read. */
function flawOfAmount(offer: Record<string, unknown>, basket: Basket): string | null {
  const amount = isObject(offer.extraArgs) ? offer.extraArgs.discount : undefined;
  if (offer.type !== 'BASKET' || !isAmount(amount)) return null;
  if (flawOfItems('discountedBasketItems', offer, basket) !== null) return null;
  if (roundDown(amount, basket).lte(0))
    return `extraArgs.discount is ${show(amount)}: nothing, in the minor unit of ${basket.currency}`;
  const lines = offer.discountedBasketItems as { pk: number; quantity: string }[] | undefined;
  const worth = worthOf(basket, lines);
  if (new Big(amount).lte(worth)) return null;
  const what = lines === undefined ? 'the basket' : 'its items';
  return `extraArgs.discount is ${show(amount)}, more than ${what} cost: ${worth.toFixed()}`;
}

export function roundDown(amount: string, { currency }: Basket): Big {
  return new Big(amount).round(digitsOf(currency), Big.roundDown);
}

/** Gross worth of the named lines, or of everything. */
export function worthOf({ items }: Basket, lines?: readonly { pk: number; quantity: string }[]): Big {
  const named = lines ?? items.map(({ id, quantity }) => ({ pk: id, quantity }));
  return named.reduce(
    (sum, { pk, quantity }) => sum.plus(new Big(items.find(({ id }) => id === pk)?.unitPrice ?? 0).times(quantity)),
    new Big(0),
  );
}

function flawOfReference(reference: unknown): string | null {
  if (reference === undefined) return null;
  const bytes = Buffer.byteLength(JSON.stringify(reference));
  return bytes <= MAX_REFERENCE_BYTES
    ? null
    : `reference has ${bytes} bytes as JSON, and 4 KB (${MAX_REFERENCE_BYTES}) is the most`;
}
