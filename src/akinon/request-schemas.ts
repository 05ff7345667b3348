/**
 * Both contract versions on the way in: strict where money or identity depends on it, tolerant elsewhere. Unknown fields
 * are ignored. What the versions do differently is a {@link Dialect}; every other exception to the documented interfaces
 * is a trap of the contract, named beside it. The same schemas are the request bodies of docs/openapi.json, and what the
 * drift report compares with.
 * @see Akinon Basket Offer Flows v1 and v2, "Request Body"
 */
import * as v from 'valibot';
import {
  currencySchema,
  type DecimalSchema,
  decimalSchema,
  documented,
  extraArgsSchema,
  flagSchema,
  idSchema,
  type JsonType,
  listSchema,
  looseObjectSchema,
  object,
  textSchema,
  type WireDecimal,
} from './schema-parts.ts';

export const MAX_ITEMS = 1000;
/** No basket of this size exists; it bounds the work that one item's history can cause. */
const MAX_HISTORY = 1000;
const MAX_EMAILS = 1000;
/** Different ids of one /use-offers. */
export const MAX_USED_DISCOUNTS = 100;

type LineSchema = v.GenericSchema<unknown, { pk: number; quantity: WireDecimal }>;

/** How a contract version spells what both say. */
export interface Dialect {
  /** Of amounts, rates and the quantities of lines; either is taken. */
  readonly decimal: 'string' | 'number';
  readonly attributes: JsonType;
  readonly extraArgs: readonly JsonType[];
  readonly conditionLine: (decimal: DecimalSchema) => LineSchema;
  /** What an item has in this version alone, and the domain has no use for. */
  readonly itemFields: (decimal: DecimalSchema) => v.ObjectEntries;
  /** JSON types of what only v2 names; none = not in this version, and read where it comes all the same. */
  readonly voucherCode: readonly JsonType[];
  readonly order: readonly JsonType[];
}

/** @param anyPrecision /use-offers takes a number as it is, because the order exists */
function basketItemSchema(dialect: Dialect, anyPrecision: boolean) {
  const decimal = decimalSchema({ negative: true, anyPrecision, as: dialect.decimal });
  const notNegative = { negative: false, anyPrecision } as const;
  const lines = (line: LineSchema) => v.nullish(listSchema(line, MAX_HISTORY), []);

  // History: its shape counts, never what it refers to (trap 8), and its extraArgs come in any shape (trap 4).
  const discount = object({
    type: textSchema,
    description: v.nullish(textSchema, ''),
    discountedBasketItems: lines(object({ pk: idSchema, quantity: decimal })),
    conditionConsumedBasketItems: lines(dialect.conditionLine(decimal)),
    extraArgs: documented(v.nullish(extraArgsSchema(anyPrecision, dialect.decimal), {}), ...dialect.extraArgs),
  });

  return object({
    id: idSchema,
    unitPrice: decimalSchema({ ...notNegative, as: dialect.decimal }),
    // A number in both versions.
    quantity: decimalSchema({ ...notNegative, as: 'number' }),
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
      attributes: documented(v.nullish(looseObjectSchema, {}), dialect.attributes),
    }),
    ...dialect.itemFields(decimal),
  });
}

export type BasketItemSchema = ReturnType<typeof basketItemSchema>;
export type WireBasketItem = v.InferOutput<BasketItemSchema>;

/** An anonymous user has neither phone nor e-mail (trap 7). */
const userSchema = object({
  emailAllowed: v.nullish(flagSchema, false),
  smsAllowed: v.nullish(flagSchema, false),
  callAllowed: v.nullish(flagSchema, false),
  phone: documented(v.nullish(textSchema, null), 'string', 'null'),
  email: documented(
    v.nullish(v.union([textSchema, listSchema(textSchema, MAX_EMAILS)], 'must be a list of texts'), []),
    'array',
  ),
});

export const voucherSchema = v.nullish(textSchema, null);

export function createRequestSchemas(dialect: Dialect) {
  const voucherCode = documented(voucherSchema, ...dialect.voucherCode);
  const usedItem = basketItemSchema(dialect, true);
  return {
    offersRequest: object({
      basket: object({
        id: idSchema,
        version: idSchema,
        voucherCode,
        basketItems: listSchema(basketItemSchema(dialect, false), MAX_ITEMS),
      }),
      user: v.nullish(userSchema, {}),
    }),
    /** Of a /use-offers basket. Read one by one, so that a bad one spoils no other. */
    usedItem,
    /**
     * What /use-offers should look like. It is not parsed as a whole: the order exists, so only the essentials can refuse
     * it (read-usage-request.ts).
     */
    usageRequest: object({
      basket: v.optional(object({ id: idSchema, version: idSchema, voucherCode, basketItems: v.array(usedItem) })),
      usedDiscounts: v.array(textSchema),
      order: documented(v.nullish(object({ orderNumber: textSchema })), ...dialect.order),
    }),
  };
}

export type RequestSchemas = ReturnType<typeof createRequestSchemas>;
export type WireOffersRequest = v.InferOutput<RequestSchemas['offersRequest']>;
