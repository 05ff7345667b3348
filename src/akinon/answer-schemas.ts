/**
 * What we answer to /offers, exactly: types for the writer, and the response bodies of docs/openapi.json, which the tests
 * hold every answer against. Nothing of it runs in the Worker.
 * @see Akinon Basket Offer Flows v2, "Response Body Structure", "Discount Types Extra Args"; v1, "Response Body"
 */
import * as v from 'valibot';

const plainDecimal = v.pipe(v.string(), v.regex(/^[0-9]+(\.[0-9]+)?$/));
const day = v.pipe(v.string(), v.isoDate());
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const pk = v.pipe(v.number(), v.integer());
const text = v.pipe(v.string(), v.maxLength(500));

/** What the versions write differently. */
interface AnswerDialect {
  readonly decimal: v.GenericSchema<string | number>;
  readonly conditionLine: v.GenericSchema<WireConditionLine>;
}

function createOffersAnswerSchema({ decimal, conditionLine }: AnswerDialect) {
  const discountedLine = v.strictObject({ pk, quantity: decimal });
  const discount = <const T extends string, E extends v.GenericSchema>(type: T, extraArgs: E) =>
    v.strictObject({
      id: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
      type: v.literal(type),
      description: text,
      discountedBasketItems: v.array(discountedLine),
      conditionConsumedBasketItems: v.array(conditionLine),
      extraArgs,
    });
  const loyaltyData = v.strictObject({
    amount: decimal,
    benefitCoefficient: plainDecimal,
    validFrom: day,
    validUntil: day,
  });
  const samples = { sampleProducts: v.array(v.strictObject({ id: count })), allowedQuantity: count };
  return v.array(
    v.strictObject({
      notifyAfterOrderCreation: v.boolean(),
      discount: v.variant('type', [
        discount('BASKET', v.strictObject({ discount: decimal })),
        discount('LOYALTY_POINT', v.strictObject({ loyaltyData })),
        discount('SAMPLE_PRODUCT', v.strictObject(samples)),
        discount('DEFERRED', v.strictObject({ data: v.strictObject({ coupon: text }) })),
        discount('POINT', v.strictObject({})),
        discount('SHIPPING', v.strictObject({})),
      ]),
      priority: v.number(),
      label: text,
      isMergeable: v.boolean(),
      successMessage: text,
      upsellMessage: text,
    }),
  );
}

const number = v.pipe(v.number(), v.minValue(0));

export const offersAnswerSchemas = {
  v1: createOffersAnswerSchema({
    decimal: number,
    conditionLine: v.strictObject({ pk, consumedQuantity: number, globallyConsumedQuantity: number }),
  }),
  v2: createOffersAnswerSchema({
    decimal: plainDecimal,
    conditionLine: v.strictObject({ pk, quantity: plainDecimal }),
  }),
};

export type WireConditionLine =
  | { readonly pk: number; readonly quantity: string }
  | { readonly pk: number; readonly consumedQuantity: number; readonly globallyConsumedQuantity: number };

/** Of either version. */
export type WireOffer = v.InferOutput<ReturnType<typeof createOffersAnswerSchema>>[number];
type Within<T, K extends PropertyKey> = T extends unknown ? Pick<T, K & keyof T> : never;
export type WireBenefit = Within<WireOffer['discount'], 'type' | 'extraArgs'>;
