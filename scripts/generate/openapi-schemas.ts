/**
 * The valibot schemas that validate requests, and those of our answers, as JSON Schema for docs/openapi.json. A request is
 * shown as tolerant as it is read, with the spelling of its contract version first; fields that the version does not name
 * are left out, although some are read.
 */
import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { activeOffersSchema, customerOfferSchema, offersPageSchema } from '../../src/account/answer-schemas.ts';
import { offersAnswerSchemas } from '../../src/akinon/answer-schemas.ts';
import type { ContractVersion } from '../../src/akinon/contract-version.ts';
import { ERROR_CODES } from '../../src/akinon/errors.ts';
import { type Documented, idSchema } from '../../src/akinon/schema-parts.ts';
import { V1 } from '../../src/akinon/v1/contract.ts';
import { V2 } from '../../src/akinon/v2/contract.ts';
import { JSON_NUMBER_DIGITS, MAX_DECIMAL_LENGTH } from '../../src/offers/money.ts';

type JsonSchema = Record<string, unknown>;

/** What our own schemas carry beside valibot's structure. */
interface Marked extends Partial<Documented> {
  readonly type: string;
  readonly form?: 'decimal' | 'decimalNotNegative' | 'objects';
  readonly maxLength?: number;
  readonly entries?: Readonly<Record<string, Marked>>;
}

const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const DECIMAL = '^-?[0-9]+(\\.[0-9]+)?$';
/** A negative zero is a zero. */
const NOT_NEGATIVE = '^([0-9]+(\\.[0-9]+)?|-0+(\\.0+)?)$';
const textOf = (pattern: string) => ({ type: 'string', maxLength: MAX_DECIMAL_LENGTH, pattern });
const number = { type: 'number' };
const numberNotNegative = { type: 'number', minimum: 0 };

/** Decimals by how the contract version spells them and whether they may be negative; each takes the other spelling too. */
const DECIMALS = {
  TextDecimal: { anyOf: [textOf(DECIMAL), number], description: 'Text in the contract; a number is taken alike.' },
  NumberDecimal: { anyOf: [number, textOf(DECIMAL)], description: 'A number in the contract; text is taken alike.' },
  TextDecimalNotNegative: { anyOf: [textOf(NOT_NEGATIVE), numberNotNegative] },
  NumberDecimalNotNegative: { anyOf: [numberNotNegative, textOf(NOT_NEGATIVE)] },
};

const OBJECTS = { anyOf: [{ type: 'object' }, { type: 'array', items: { type: 'object' } }] };

function override(schema: Marked, converted: JsonSchema): JsonSchema | undefined {
  if (schema.form === 'objects') return OBJECTS;
  if (schema.form !== undefined) {
    const spelling = schema.documented?.[0] === 'number' ? 'Number' : 'Text';
    return refTo(`${spelling}Decimal${schema.form === 'decimal' ? '' : 'NotNegative'}` satisfies keyof typeof DECIMALS);
  }
  if (schema.maxLength !== undefined) return { ...converted, maxItems: schema.maxLength };
  if (schema.entries === undefined) return undefined;
  const named = Object.entries(schema.entries).filter(([, entry]) => entry.documented?.length !== 0);
  const properties = converted.properties as Record<string, JsonSchema>;
  return {
    ...converted,
    properties: Object.fromEntries(named.map(([name]) => [name, described(name, properties[name], schema.type)])),
  };
}

function described(name: string, schema: JsonSchema = {}, objectType: string): JsonSchema {
  const description = (objectType === 'strict_object' ? ANSWER_FIELDS : REQUEST_FIELDS)[name];
  return description === undefined ? schema : { description, ...schema };
}

/** Where a name alone does not say it. */
const REQUEST_FIELDS: Readonly<Record<string, string>> = {
  appliedDiscounts: 'History: what is applied already. It may name items that are gone, and never shrinks an offer.',
  attributes: 'Passed on, never stored. An object in v2, a list of objects in v1; either is taken.',
  basketItems: 'No item twice.',
  benefitCoefficient: 'Decimal text in both versions.',
  conditionConsumedBasketItems: 'Items that meet the condition of the discount.',
  consumedQuantity: 'v1 alone.',
  currencyType: 'ISO 4217, in any case.',
  discountedBasketItems: 'Items that the discount applies to.',
  discountAmount: 'May hold our own earlier offers.',
  extraArgs: 'By type. An object in v2, an object or a list of objects in v1; either is taken.',
  order: 'Without it the order is known by basket id and version.',
  phone: 'Null or absent for an anonymous basket.',
  pk: 'Id of a basket item.',
  quantity: 'May be fractional.',
  taxRate: 'Percent.',
  totalAmount: 'unitPrice × quantity.',
  unitType: '`QUANTITY`, `KILOGRAM`, …',
  usedDiscounts: 'Ids of offers, at most 100 different ones of 1 to 200 characters each.',
  version: 'Stamp of the state of the basket; below 2^53.',
};

const ANSWER_FIELDS: Readonly<Record<string, string>> = {
  all_discounts: 'At most 200, soonest end first.',
  benefitCoefficient: 'Text in both versions.',
  condition: 'At least so much money (`Amount`) or so many units (`Quantity`) in the basket; null = none.',
  conditionConsumedBasketItems: 'Items that meet the condition of the discount.',
  currency: 'That of the token, where the offer is for any.',
  discounts: 'The fixed ones among them.',
  discountedBasketItems: 'Items that the discount applies to, never more than is in the basket.',
  expected: 'JSON types that the contract names; empty for a field that it does not name.',
  field: 'Dotted path, name of a header in lower case, or empty.',
  found: 'JSON type of what arrived.',
  isMergeable: 'May it be combined with other offers?',
  message: 'What is wrong, and what to do.',
  notifyAfterOrderCreation: 'Tell /use-offers when it was used.',
  next: 'Address of the next page; null on the last.',
  percentage: 'Of a percentage discount, else null.',
  path: '`basket.basketItems[].giftWrap`, the name of a header, or `(body)`.',
  previous: 'Address of the page before; null on the first.',
  priority: 'Order in which Akinon applies offers.',
  total_discount: 'Exact sum of `discounts`.',
  voucher_code: 'Null where the offer needs none.',
};

const time = v.pipe(v.string(), v.isoTimestamp());
const jsonType = v.picklist(['string', 'number', 'boolean', 'object', 'array', 'null']);
const drift = v.optional(
  v.pipe(
    v.nullable(
      v.array(
        v.strictObject({
          version: v.pipe(v.string(), v.regex(/^(v?[0-9]{1,3}|other)$/)),
          route: v.picklist(['/offers', '/use-offers']),
          path: v.string(),
          problem: v.picklist(['unknown_field', 'other_type', 'unknown_version']),
          found: jsonType,
          expected: v.string(),
          count: v.pipe(v.number(), v.integer(), v.minValue(1)),
          firstSeenAt: time,
          lastSeenAt: time,
        }),
      ),
    ),
    v.description('With `verbose`: what requests held beyond the contract. null = the storage that keeps it failed.'),
  ),
);

const code = v.picklist(ERROR_CODES.map((row) => row.code));
const error = v.strictObject({
  code,
  field: v.string(),
  message: v.pipe(v.string(), v.minLength(1)),
});
const errors = v.pipe(v.array(error), v.minLength(1), v.maxLength(20));

function ofVersion(prefix: string, { name, schemas }: ContractVersion): Record<string, v.GenericSchema> {
  const item = schemas.offersRequest.entries.basket.entries.basketItems.item;
  const [basketDiscount] = offersAnswerSchemas[name].item.entries.discount.options;
  return {
    [`${prefix}OffersRequest`]: schemas.offersRequest,
    [`${prefix}UsageRequest`]: schemas.usageRequest,
    [`${prefix}BasketItem`]: item,
    [`${prefix}UsedBasketItem`]: schemas.usedItem,
    [`${prefix}AppliedDiscount`]: item.entries.appliedDiscounts.wrapped.item,
    [`${prefix}Offers`]: offersAnswerSchemas[name],
    [`${prefix}Offer`]: offersAnswerSchemas[name].item,
    [`${prefix}DiscountedLine`]: basketDiscount.entries.discountedBasketItems.item,
    [`${prefix}ConditionLine`]: basketDiscount.entries.conditionConsumedBasketItems.item,
  };
}

const DEFINITIONS: Record<string, v.GenericSchema> = {
  Id: idSchema,
  ...ofVersion('V2', V2),
  ...ofVersion('V1', V1),
  CustomerOffer: customerOfferSchema,
  ActiveCustomerOffers: activeOffersSchema,
  CustomerOffersPage: offersPageSchema,
  Errors: v.strictObject({ errors }),
  ReadyErrors: v.strictObject({ errors, drift }),
  Ready: v.strictObject({ status: v.literal('ok'), drift }),
  Health: v.strictObject({ status: v.literal('ok'), version: v.string() }),
  ErrorCodes: v.array(v.strictObject({ code, status: v.pipe(v.number(), v.integer()), message: v.string() })),
  OpenApi: v.looseObject({ openapi: v.string() }),
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  V2OffersRequest: `Contract v2. A number has at most ${JSON_NUMBER_DIGITS} significant digits; text carries any.`,
  V1OffersRequest: `Contract v1. A number has at most ${JSON_NUMBER_DIGITS} significant digits.`,
  V2UsageRequest: 'Contract v2, as Akinon documents it; see the operation for what is essential.',
  V2UsedBasketItem: 'As `V2BasketItem`, with any number of digits: the order exists.',
  V1UsedBasketItem: 'As `V1BasketItem`, with any number of digits: the order exists.',
  V1UsageRequest: 'Contract v1, as Akinon documents it; see the operation for what is essential.',
  CustomerOffer:
    "Money is a number here, 0 where there is none. `status` is the offer's own: the list says whether it is within its dates.",
  CustomerOffersPage: '`count` is of all pages.',
  V2Offers: 'Decimals are text.',
  V1Offers: 'Decimals are numbers, exact: an offer that would need more digits is not shown.',
};

export function createSchemas(): Record<string, JsonSchema> {
  const schemas = toJsonSchemaDefs(DEFINITIONS, {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['check', 'partial_check'],
    overrideRef: ({ referenceId }) => refTo(referenceId).$ref,
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      override(valibotSchema as unknown as Marked, jsonSchema as JsonSchema),
  });
  const named = Object.entries(schemas).map(([name, schema]) => [name, { ...schema, ...describe(name) }]);
  return { ...DECIMALS, ...Object.fromEntries(named) };
}

function describe(name: string): { description?: string } {
  const description = DESCRIPTIONS[name];
  return description === undefined ? {} : { description };
}
