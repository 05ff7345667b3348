/**
 * POST /use-offers of either contract version. The order exists already, so only what tells which order and which discounts is
 * essential; anything else that is wrong is accepted, named as drift, and the rest of the basket is kept.
 */
import * as v from 'valibot';
import { type AdapterError, accepted, type Checked, refused } from '../common/errors.ts';
import { type OrderKey, orderKeyOfBasket, orderKeyOfNumber } from '../common/ids.ts';
import { isObject } from '../common/json.ts';
import { isCleanId } from '../common/text.ts';
import type { Basket } from '../offers/basket.ts';
import type { ContractVersion } from './contract-version.ts';
import { toBasket, toBasketItem } from './read-offers-request.ts';
import { type BasketItemSchema, MAX_USED_DISCOUNTS, voucherSchema } from './request-schemas.ts';
import { MAX_VIOLATIONS, toField } from './schema-parts.ts';

export interface UsageRequest {
  readonly orderKey: OrderKey;
  readonly basketId: number | null;
  readonly basketVersion: number | null;
  /** Distinct, in the order they were sent. */
  readonly usedDiscounts: readonly string[];
  readonly basket: Basket | null;
  /** Paths of what the contract does not allow. */
  readonly drift: readonly string[];
}

/** A snapshot has no room for so many; looking at more would only cost time. */
const MAX_ITEMS_READ = 2000;
/** Something beside white space and what has no width. */
const VISIBLE = /[^\s\p{Cf}]/u;

export function readUsageRequest(json: unknown, { schemas }: ContractVersion): Checked<UsageRequest> {
  if (!isObject(json)) return refused(invalid('', 'The body must be an object.'));
  const errors: AdapterError[] = [];
  const usedDiscounts = readUsedDiscounts(json.usedDiscounts, errors);
  const wireBasket = isObject(json.basket) ? json.basket : {};
  const basketId = Number.isSafeInteger(wireBasket.id) ? (wireBasket.id as number) : null;
  const basketVersion = Number.isSafeInteger(wireBasket.version) ? (wireBasket.version as number) : null;
  const orderKey = readOrderKey(json.order, basketId, basketVersion, errors);
  const [first, ...rest] = errors;
  if (first !== undefined) return refused(first, ...rest.slice(0, MAX_VIOLATIONS - 1));

  const drift: string[] = [];
  const basket = readBasket(json.basket, basketId, basketVersion, schemas.usedItem, drift);
  return accepted({ orderKey: orderKey as OrderKey, basketId, basketVersion, usedDiscounts, basket, drift });
}

function readUsedDiscounts(value: unknown, errors: AdapterError[]): string[] {
  if (!Array.isArray(value)) {
    const missing = value === undefined;
    errors.push(
      invalid('usedDiscounts', `usedDiscounts ${missing ? 'is missing' : 'must be a list of discount ids'}.`),
    );
    return [];
  }
  const seen = new Set<unknown>();
  for (const id of value) {
    if (seen.add(id).size > MAX_USED_DISCOUNTS) break;
  }
  const distinct = [...seen];
  if (distinct.length > MAX_USED_DISCOUNTS) {
    const message = `usedDiscounts must have at most ${MAX_USED_DISCOUNTS} different ids.`;
    errors.push(invalid('usedDiscounts', message));
    return [];
  }
  const bad = distinct.filter((id) => !isCleanId(id));
  for (const id of bad) {
    const field = `usedDiscounts[${value.indexOf(id)}]`;
    errors.push(invalid(field, `${field} must be text of 1 to 200 characters without control characters.`));
  }
  return distinct as string[];
}

/**
 * By the order's number where there is one. A number that is there and unusable is refused: falling back to the basket
 * would redeem twice when the corrected call comes (trap 9).
 */
function readOrderKey(
  order: unknown,
  basketId: number | null,
  basketVersion: number | null,
  errors: AdapterError[],
): OrderKey | null {
  if (order !== undefined && order !== null) {
    const orderNumber = isObject(order) ? order.orderNumber : undefined;
    if (isCleanId(orderNumber) && VISIBLE.test(orderNumber)) return orderKeyOfNumber(orderNumber);
    const field = isObject(order) ? 'order.orderNumber' : 'order';
    const rule = isObject(order) ? 'text of 1 to 200 characters, not blank, without control characters' : 'an object';
    errors.push(invalid(field, `${field} must be ${rule}.`));
    return null;
  }
  if (basketId !== null && basketVersion !== null) return orderKeyOfBasket(basketId, basketVersion);
  const field = basketId === null ? 'basket.id' : 'basket.version';
  errors.push(invalid(field, `${field} must be an integer below 2^53 when no order number is sent.`));
  return null;
}

/** What can be used of the basket, for the upstream; null when there is none or it has no usable id and version. */
function readBasket(
  wire: unknown,
  id: number | null,
  version: number | null,
  itemSchema: BasketItemSchema,
  drift: string[],
): Basket | null {
  const note = (field: string) => {
    if (drift.length < MAX_VIOLATIONS) drift.push(field);
  };
  if (!isObject(wire)) {
    note('basket');
    return null;
  }
  if (id === null) note('basket.id');
  if (version === null) note('basket.version');
  const voucher = v.safeParse(voucherSchema, wire.voucherCode);
  if (!voucher.success) note('basket.voucherCode');
  const listed = Array.isArray(wire.basketItems) && wire.basketItems.length <= MAX_ITEMS_READ;
  if (!listed) note('basket.basketItems');
  // A version that is no safe integer makes no order key, and is good enough to be told on.
  const told = version ?? wire.version;
  if (id === null || typeof told !== 'number' || !Number.isInteger(told)) return null;
  const items = (listed ? (wire.basketItems as unknown[]) : []).flatMap((item, index) => {
    const result = v.safeParse(itemSchema, item);
    if (result.success) return toBasketItem(result.output);
    for (const issue of result.issues) note([`basket.basketItems[${index}]`, toField(issue)].filter(Boolean).join('.'));
    return [];
  });
  return toBasket({ id, version: told, voucherCode: voucher.success ? voucher.output : null }, items);
}

function invalid(field: string, message: string): AdapterError {
  return { kind: 'invalid_field', field, message };
}
