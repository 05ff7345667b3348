/**
 * Contract v2 on the way in: strict where money or identity depends on it, tolerant elsewhere. Unknown fields are
 * ignored. Every exception to the documented interface is a trap of the contract, named beside it.
 * @see Akinon Basket Offer Flows v2, "Request Body Structure" of both flows
 */
import * as v from 'valibot';
import {
  currencySchema,
  decimalSchema,
  flagSchema,
  idSchema,
  listSchema,
  looseObjectSchema,
  textSchema,
} from '../schema-parts.ts';

export const MAX_ITEMS = 1000;
/** No basket of this size exists; it bounds the work that one item's history can cause. */
const MAX_HISTORY = 1000;
const MAX_EMAILS = 1000;

const object = <const E extends v.ObjectEntries>(entries: E) => v.object(entries, 'must be an object');

/** @param anyPrecision /use-offers takes a number as it is, because the order exists */
export function basketItemSchema(anyPrecision: boolean) {
  const decimal = decimalSchema({ negative: true, anyPrecision });
  const notNegative = decimalSchema({ negative: false, anyPrecision });
  const lines = v.nullish(listSchema(object({ pk: idSchema, quantity: decimal }), MAX_HISTORY), []);

  // History: its shape counts, never what it refers to (trap 8), and its extraArgs come in any shape (trap 4).
  const discount = object({
    type: textSchema,
    description: v.nullish(textSchema, ''),
    discountedBasketItems: lines,
    conditionConsumedBasketItems: lines,
    extraArgs: v.nullish(looseObjectSchema, {}),
  });

  return object({
    id: idSchema,
    unitPrice: notNegative,
    quantity: notNegative,
    unitType: v.nullish(textSchema, 'QUANTITY'),
    taxRate: v.nullish(decimal, '0'),
    totalAmount: decimal,
    discountAmount: v.nullish(decimal, '0'),
    globallyConsumedQuantity: v.nullish(decimal, '0'),
    currencyType: currencySchema,
    appliedDiscounts: v.nullish(listSchema(object({ discount }), MAX_HISTORY), []),
    product: object({
      id: idSchema,
      sku: textSchema,
      name: v.nullish(textSchema, ''),
      attributes: v.nullish(looseObjectSchema, {}),
    }),
  });
}

export type WireBasketItem = v.InferOutput<ReturnType<typeof basketItemSchema>>;

/** An anonymous user has neither phone nor e-mail (trap 7). */
const userSchema = object({
  emailAllowed: v.nullish(flagSchema, false),
  smsAllowed: v.nullish(flagSchema, false),
  callAllowed: v.nullish(flagSchema, false),
  phone: v.nullish(textSchema, null),
  email: v.nullish(v.union([textSchema, listSchema(textSchema, MAX_EMAILS)], 'must be a list of texts'), []),
});

export const offersRequestSchema = object({
  basket: object({
    id: idSchema,
    version: idSchema,
    voucherCode: v.nullish(textSchema, null),
    basketItems: listSchema(basketItemSchema(false), MAX_ITEMS),
  }),
  user: v.nullish(userSchema, {}),
});

export type WireOffersRequest = v.InferOutput<typeof offersRequestSchema>;

/** What is read of a /use-offers basket beside its essentials; items one by one, so that a bad one spoils no other. */
export const usedItemSchema = basketItemSchema(true);
export const voucherSchema = v.nullish(textSchema, null);
