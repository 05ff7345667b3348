/**
 * `type` and `extraArgs` of a proposal → what the customer gets, or why not. Only the keys of the type are read, so
 * whatever else an upstream put there is stripped.
 * @see Akinon Basket Offer Flows v2, "Discount Types Extra Args"
 */
import Big from 'big.js';
import { isObject } from '../common/json.ts';
import { isCleanId } from '../common/text.ts';
import type { DropReason } from './drop.ts';
import { type Decimal, isDecimal, isPositive } from './money.ts';
import { type Benefit, DISCOUNT_TYPES, type DiscountType } from './offer.ts';

const MAX_COUPON = 500;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function readBenefit(type: unknown, extraArgs: unknown, maxPoints: Big): Benefit | DropReason {
  if (!isDiscountType(type)) return 'unknown_type';
  if (type === 'POINT' || type === 'SHIPPING') {
    return extraArgs === undefined || extraArgs === null || isObject(extraArgs) ? { type } : 'invalid_extra_args';
  }
  if (!isObject(extraArgs)) return 'invalid_extra_args';
  switch (type) {
    case 'BASKET':
      return isAmount(extraArgs.discount) ? { type, amount: new Big(extraArgs.discount) } : 'invalid_amount';
    case 'LOYALTY_POINT':
      return readLoyaltyPoints(extraArgs.loyaltyData, maxPoints);
    case 'SAMPLE_PRODUCT':
      return readSampleProducts(extraArgs);
    case 'DEFERRED': {
      const coupon = isObject(extraArgs.data) ? extraArgs.data.coupon : undefined;
      return isCleanId(coupon, MAX_COUPON) ? { type, coupon } : 'invalid_extra_args';
    }
  }
}

function readLoyaltyPoints(data: unknown, maxPoints: Big): Benefit | DropReason {
  if (!isObject(data)) return 'invalid_extra_args';
  const { amount, benefitCoefficient, validFrom, validUntil } = data;
  if (!isAmount(amount)) return 'invalid_amount';
  if (!isAmount(benefitCoefficient) || !isDay(validFrom) || !isDay(validUntil)) return 'invalid_extra_args';
  // As text: days sort like their digits.
  if (validUntil < validFrom) return 'invalid_extra_args';
  if (new Big(amount).gt(maxPoints)) return 'points_above_limit';
  return { type: 'LOYALTY_POINT', points: amount, coefficient: benefitCoefficient, validFrom, validUntil };
}

function readSampleProducts(extraArgs: Record<string, unknown>): Benefit | DropReason {
  const { sampleProducts, allowedQuantity } = extraArgs;
  if (!Array.isArray(sampleProducts) || sampleProducts.length === 0) return 'invalid_extra_args';
  const productIds = sampleProducts.map((product: unknown) => (isObject(product) ? product.id : undefined));
  if (!productIds.every(isPositiveInteger) || !isPositiveInteger(allowedQuantity)) return 'invalid_extra_args';
  return { type: 'SAMPLE_PRODUCT', productIds, allowedQuantity };
}

function isDiscountType(type: unknown): type is DiscountType {
  return (DISCOUNT_TYPES as readonly unknown[]).includes(type);
}

/** Plain positive decimal text; a JSON number is not one, because it may have lost digits already. */
function isAmount(value: unknown): value is Decimal {
  return isDecimal(value) && isPositive(value);
}

function isPositiveInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** A day of the calendar, `YYYY-MM-DD`: the 30th of February is not one. */
function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !DAY.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}
