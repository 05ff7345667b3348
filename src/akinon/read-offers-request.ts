/** POST /offers of either contract version → the domain's basket and customer. */
import * as v from 'valibot';
import { type AdapterError, accepted, type Checked, refused } from '../common/errors.ts';
import { isObject } from '../common/json.ts';
import { type AppliedDiscount, type Basket, type BasketItem, type Customer, commonCurrency } from '../offers/basket.ts';
import { type Decimal, decimalOfNumber } from '../offers/money.ts';
import type { ContractVersion } from './contract-version.ts';
import type { WireBasketItem, WireOffersRequest } from './request-schemas.ts';
import { mergeObjects, toInvalidFields, type WireDecimal } from './schema-parts.ts';

export interface OffersRequest {
  readonly basket: Basket;
  readonly customer: Customer;
}

/** Every violated field is one `invalid_field`. */
export function readOffersRequest(json: unknown, { schemas }: ContractVersion): Checked<OffersRequest> {
  if (!isObject(json)) return refused({ kind: 'invalid_field', field: '', message: 'The body must be an object.' });
  const result = v.safeParse(schemas.offersRequest, json);
  if (!result.success) return refused(...toInvalidFields(result.issues));
  const { basket, user } = result.output;
  const repeated = findRepeatedItem(basket.basketItems);
  if (repeated !== null) return refused(repeated);
  const items = basket.basketItems.map(toBasketItem);
  return accepted({ basket: toBasket(basket, items), customer: toCustomer(user) });
}

/** An item id names one item: the guard could not tell two apart. */
function findRepeatedItem(items: readonly { readonly id: number }[]): AdapterError | null {
  const seen = new Set<number>();
  for (const [index, { id }] of items.entries()) {
    if (seen.has(id)) {
      const field = `basket.basketItems[${index}].id`;
      return { kind: 'invalid_field', field, message: `${field} is the id of an earlier item.` };
    }
    seen.add(id);
  }
  return null;
}

export function toBasket(
  wire: { readonly id: number; readonly version: number; readonly voucherCode: string | null },
  items: readonly BasketItem[],
): Basket {
  const { id, version, voucherCode } = wire;
  return { id, version, currency: commonCurrency(items), voucherCode: voucherCode === '' ? null : voucherCode, items };
}

export function toBasketItem(wire: WireBasketItem): BasketItem {
  return {
    id: wire.id,
    sku: wire.product.sku,
    productId: wire.product.id,
    name: wire.product.name,
    attributes: mergeObjects(wire.product.attributes),
    unitPrice: toDecimal(wire.unitPrice),
    quantity: toDecimal(wire.quantity),
    unitType: wire.unitType,
    taxRate: toDecimal(wire.taxRate),
    totalAmount: toDecimal(wire.totalAmount),
    discountAmount: toDecimal(wire.discountAmount),
    globallyConsumedQuantity: toDecimal(wire.globallyConsumedQuantity),
    currency: wire.currencyType.toUpperCase(),
    appliedDiscounts: wire.appliedDiscounts.map(toAppliedDiscount),
  };
}

function toAppliedDiscount({ discount }: WireBasketItem['appliedDiscounts'][number]): AppliedDiscount {
  return {
    // Lower case in the document's own example (trap 3).
    type: discount.type.toUpperCase(),
    description: discount.description,
    extraArgs: toExtraArgs(mergeObjects(discount.extraArgs)),
    discountedItems: discount.discountedBasketItems.map(toItemQuantity),
    conditionItems: discount.conditionConsumedBasketItems.map(toItemQuantity),
  };
}

/** The documented amounts are text in v2 and numbers in v1: the domain has them as text, like every decimal. */
function toExtraArgs(args: Record<string, unknown>): Record<string, unknown> {
  const { discount, loyaltyData } = args;
  const merged = typeof discount === 'number' ? { ...args, discount: decimalOfNumber(discount) } : args;
  if (!isObject(loyaltyData)) return merged;
  const amounts = (['amount', 'benefitCoefficient'] as const).flatMap((name) => {
    const value = loyaltyData[name];
    return typeof value === 'number' ? [[name, decimalOfNumber(value)]] : [];
  });
  return amounts.length === 0 ? merged : { ...merged, loyaltyData: { ...loyaltyData, ...Object.fromEntries(amounts) } };
}

function toItemQuantity({ pk, quantity }: { pk: number; quantity: WireDecimal }) {
  return { itemId: pk, quantity: toDecimal(quantity) };
}

/** The schema has checked it: text keeps its digits, a number becomes its shortest text. */
function toDecimal(value: WireDecimal): Decimal {
  return (typeof value === 'string' ? value : decimalOfNumber(value)) as Decimal;
}

function toCustomer(user: WireOffersRequest['user']): Customer {
  const { phone = null, email = [], emailAllowed = false, smsAllowed = false, callAllowed = false } = user;
  const emails = typeof email === 'string' ? [email] : email;
  const known = emails.filter((address) => address !== '');
  return { phone: phone === '' ? null : phone, emails: known, emailAllowed, smsAllowed, callAllowed };
}
