/**
 * What the customer's offers look like on the wire: types of the writer, and the source of docs/openapi.json. Nothing is
 * validated with them at run time.
 * @see Akinon, "Basket Offers" of the account: user-specific basket offers
 */
import * as v from 'valibot';

const time = v.pipe(v.string(), v.isoTimestamp());
const notNegative = v.pipe(v.number(), v.minValue(0));
const namedAs = <const T extends readonly string[]>(values: T) =>
  v.strictObject({ value: v.picklist(values), label: v.string() });

export const customerOfferSchema = v.strictObject({
  label: v.string(),
  amount: notNegative,
  percentage: v.nullable(v.pipe(notNegative, v.maxValue(100))),
  end_datetime: time,
  start_datetime: time,
  currency: v.strictObject({
    value: v.pipe(v.string(), v.regex(/^[a-z]{3}$/)),
    label: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/)),
  }),
  voucher_code: v.nullable(v.string()),
  status: namedAs(['active', 'expired', 'future']),
  offer_type: namedAs(['automatic', 'coupon_code']),
  condition: v.nullable(v.strictObject({ type: v.picklist(['Amount', 'Quantity']), value: notNegative })),
  benefit_type: namedAs(['fixed', 'percentage', 'shipping_free']),
});

export const activeOffersSchema = v.strictObject({
  total_discount: notNegative,
  discounts: v.array(customerOfferSchema),
  all_discounts: v.array(customerOfferSchema),
});

const link = v.nullable(v.pipe(v.string(), v.url()));

export const offersPageSchema = v.strictObject({
  count: v.pipe(v.number(), v.integer(), v.minValue(0)),
  next: link,
  previous: link,
  results: v.array(customerOfferSchema),
});

export type WireCustomerOffer = v.InferOutput<typeof customerOfferSchema>;
export type WireActiveOffers = v.InferOutput<typeof activeOffersSchema>;
export type WireOffersPage = v.InferOutput<typeof offersPageSchema>;
