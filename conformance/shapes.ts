/**
 * Shapes of an offer in both versions. Unknown fields are allowed everywhere: the documents do not forbid them.
 *
 * v2 has decimals as text, v1 as numbers. The response table of v2 calls `quantity` a Number; its interface and its example
 * say text, as for every other decimal of v2, and they are what is judged.
 */
import * as v from 'valibot';
import { isObject, type Version } from './exchange.ts';

export const TYPES = ['LOYALTY_POINT', 'SAMPLE_PRODUCT', 'DEFERRED', 'POINT', 'SHIPPING', 'BASKET'] as const;

/** 1e400 is a number to valibot. */
const Finite = v.pipe(v.number(), v.finite());

/** valibot takes a list for an object. */
const AnObject = v.custom<Record<string, unknown>>(isObject);

export const OfferSchema = v.looseObject({
  notifyAfterOrderCreation: v.boolean(),
  discount: AnObject,
  priority: Finite,
  label: v.string(),
  isMergeable: v.boolean(),
  successMessage: v.string(),
  upsellMessage: v.string(),
});

export const DiscountSchema = v.looseObject({
  id: v.string(),
  type: v.string(),
  description: v.string(),
  discountedBasketItems: v.array(AnObject),
  conditionConsumedBasketItems: v.array(AnObject),
  extraArgs: v.optional(AnObject),
});

export const LINE_SCHEMAS = {
  v2: {
    discountedBasketItems: v.looseObject({ pk: Finite, quantity: v.string() }),
    conditionConsumedBasketItems: v.looseObject({ pk: Finite, quantity: v.string() }),
  },
  v1: {
    discountedBasketItems: v.looseObject({ pk: Finite, quantity: Finite }),
    conditionConsumedBasketItems: v.looseObject({
      pk: Finite,
      consumedQuantity: Finite,
      globallyConsumedQuantity: Finite,
    }),
  },
} as const;

const NoArgs = v.optional(AnObject);

const argsWith = (amount: v.GenericSchema<string> | v.GenericSchema<number>) => ({
  BASKET: v.looseObject({ discount: amount }),
  LOYALTY_POINT: v.looseObject({
    loyaltyData: v.looseObject({
      amount,
      benefitCoefficient: v.string(),
      validFrom: v.string(),
      validUntil: v.string(),
    }),
  }),
  SAMPLE_PRODUCT: v.looseObject({
    sampleProducts: v.array(v.looseObject({ id: Finite })),
    allowedQuantity: Finite,
  }),
  DEFERRED: v.looseObject({ data: v.looseObject({ coupon: v.string() }) }),
  POINT: NoArgs,
  SHIPPING: NoArgs,
});

export const EXTRA_ARGS_SCHEMAS: Record<Version, Record<(typeof TYPES)[number], v.GenericSchema>> = {
  v2: argsWith(v.string()),
  v1: argsWith(Finite),
};

/** What is wrong with a value, or null: `label is missing`, `priority: expected number but received "1"`. */
export function mismatch(schema: v.GenericSchema, value: unknown, path = ''): string | null {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return null;
  const [issue] = result.issues;
  const where = [path, v.getDotPath(issue)].filter(Boolean).join('.');
  if (issue.received === 'undefined') return `${where === '' ? 'it' : where} is missing`;
  const expected = issue.type === 'custom' ? 'Object' : issue.expected;
  return `${where === '' ? 'it' : where}: expected ${expected} but received ${issue.received}`;
}
