/** A basket of one's own, for `--basket`: a body of /offers as the v2 document types it. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { OffersRequest } from './basket.ts';
import { mismatch } from './shapes.ts';

const Decimal = v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/));
const Line = v.looseObject({ pk: v.number(), quantity: Decimal });

const DiscountSchema = v.looseObject({
  type: v.string(),
  description: v.string(),
  discountedBasketItems: v.array(Line),
  conditionConsumedBasketItems: v.array(Line),
});

const ItemSchema = v.looseObject({
  id: v.number(),
  unitPrice: Decimal,
  quantity: v.pipe(v.number(), v.gtValue(0)),
  unitType: v.string(),
  taxRate: Decimal,
  totalAmount: Decimal,
  discountAmount: Decimal,
  globallyConsumedQuantity: Decimal,
  currencyType: v.string(),
  appliedDiscounts: v.array(v.looseObject({ discount: DiscountSchema })),
  product: v.looseObject({
    id: v.number(),
    sku: v.string(),
    name: v.string(),
    attributes: v.record(v.string(), v.unknown()),
  }),
});

const OffersRequestSchema = v.looseObject({
  basket: v.looseObject({ basketItems: v.pipe(v.array(ItemSchema), v.minLength(1)) }),
  user: v.looseObject({
    emailAllowed: v.boolean(),
    smsAllowed: v.boolean(),
    callAllowed: v.boolean(),
    phone: v.nullable(v.string()),
    email: v.array(v.string()),
  }),
});

/** @throws Error that says what is wrong with the file */
export function readBasketFile(file: string): OffersRequest {
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const wrong = mismatch(OffersRequestSchema, json);
  if (wrong !== null) throw new Error(`it must be a body of /offers in v2; ${wrong}`);
  return json as OffersRequest;
}
