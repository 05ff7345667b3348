/**
 * `mappings/fixtures/<name>.json`: what a mapping must do, case by case. A request goes in, and what is sent to the
 * upstream is compared; the upstream's answer goes in, and what comes out is compared.
 *
 * ```json
 * {
 *   "offers": [{
 *     "name": "a guest",
 *     "question": { "basket": { "currency": "TRY", "items": [{ "id": 59, "unitPrice": "500.10" }] }, "customer": {} },
 *     "sends": { "method": "POST", "target": "/campaigns", "headers": { "authorization": "Bearer <CRM_TOKEN>" }, "body": {} },
 *     "answers": { "status": 200, "body": { "campaigns": [] } },
 *     "offers": []
 *   }],
 *   "usages": [{
 *     "name": "one line",
 *     "commit": { "orderNumber": "ORD-1", "discounts": [{ "id": "ten", "type": "BASKET", "amount": "10.00", "currency": "TRY" }] },
 *     "answers": { "status": 200, "body": { "redemptions": [{ "code": "ten", "ok": true }] } },
 *     "outcomes": { "ten": { "status": "accepted" } }
 *   }],
 *   "lookups": []
 * }
 * ```
 *
 * - `question` and `commit` are in the words of the bridge protocol, as templates see them, before `identity` is applied
 *   to the customer. What is left out has a default: one item at 100.00 TRY, a guest, order ORD-1, `key-of-<id>`.
 * - `sends` is compared in the parts that it names: a header that it does not name may be there, one that is null must
 *   not. A body is compared whole; `"sends": null` says that nothing is sent. A secret has the value `<ITS_NAME>`, also
 *   within Basic credentials, a token that is fetched is `<token>`, and `"<any>"` stands for whatever is there.
 * - `secrets` and `now`, beside the cases, give secrets other values than `<ITS_NAME>` and the requests another moment: samples of signatures
 *   from the upstream's documentation come out with them.
 * - `answers` has a `body` of JSON or a `text`, or is `"nothing"`: the connection is lost.
 * - An offers case ends in `offers`, compared as the guard gets them, or in `fails`; offers that the guard drops are a
 *   problem unless they stand in `drops` as `{ "id", "reason" }`.
 * - A case of `usages` ends in `outcomes` by discount id (`status`, `reason`, `reference`, `afterMs`), or in `fails`. One of
 *   `lookups`, for mappings that look an order up, may also end in `"absent": true`.
 */
import * as v from 'valibot';
import { type Decimal, isDecimal } from '../../src/offers/money.ts';
import { DISCOUNT_TYPES } from '../../src/offers/offer.ts';

const decimalOf = (fallback: string) => v.optional(decimal, fallback);
const decimal = v.pipe(
  v.string(),
  v.check((text: string) => isDecimal(text), 'must be a decimal as text, such as "25.50"'),
  v.transform((text) => text as Decimal),
);
const textOrNull = v.optional(v.nullable(v.string()), null);
const lines = v.optional(v.array(v.strictObject({ pk: v.number(), quantity: decimal })), []);
const jsonObject = v.record(v.string(), v.unknown());

const itemSchema = v.strictObject({
  id: v.number(),
  sku: v.optional(v.string(), 'SKU-1'),
  productId: v.optional(v.number(), 1),
  name: v.optional(v.string(), 'A product'),
  attributes: v.optional(jsonObject, {}),
  unitPrice: decimalOf('100.00'),
  quantity: decimalOf('1'),
  unitType: v.optional(v.string(), 'QUANTITY'),
  taxRate: decimalOf('20.00'),
  /** Absent = unit price × quantity. */
  totalAmount: v.optional(decimal),
  discountAmount: decimalOf('0.00'),
  globallyConsumedQuantity: decimalOf('0.0'),
  appliedDiscounts: v.optional(
    v.array(
      v.strictObject({
        type: v.string(),
        description: v.optional(v.string(), ''),
        extraArgs: v.optional(jsonObject, {}),
        discountedBasketItems: lines,
        conditionConsumedBasketItems: lines,
      }),
    ),
    [],
  ),
});

const basketSchema = v.strictObject({
  id: v.optional(v.number(), 1),
  version: v.optional(v.number(), 1),
  currency: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'must be three capital letters: TRY')), 'TRY'),
  voucherCode: textOrNull,
  items: v.optional(v.pipe(v.array(itemSchema), v.minLength(1, 'must have an item')), [{ id: 1 }]),
});
export type FixtureBasket = v.InferOutput<typeof basketSchema>;

const channelSchema = v.strictObject({
  device: v.optional(v.nullable(v.string()), 'default'),
  ...{ storeId: textOrNull, storeRemoteId: textOrNull },
  ...{ staffId: textOrNull, staffRemoteId: textOrNull, staffEmail: textOrNull },
});

const customerSchema = v.strictObject({
  phone: textOrNull,
  emails: v.optional(v.array(v.string()), []),
  emailAllowed: v.optional(v.boolean(), false),
  smsAllowed: v.optional(v.boolean(), false),
  callAllowed: v.optional(v.boolean(), false),
});

const questionSchema = v.strictObject({
  requestId: v.optional(v.string(), 'request-1'),
  basket: v.optional(basketSchema, {}),
  customer: v.optional(customerSchema, {}),
  channel: v.optional(channelSchema, {}),
});
export type FixtureQuestion = v.InferOutput<typeof questionSchema>;

const commitSchema = v.strictObject({
  orderNumber: v.optional(v.nullable(v.string()), 'ORD-1'),
  generation: v.optional(v.number(), 0),
  basket: v.optional(v.nullable(basketSchema), null),
  channel: v.optional(channelSchema, {}),
  discounts: v.pipe(
    v.array(
      v.strictObject({
        id: v.string(),
        /** Absent = `key-of-<id>`. */
        key: v.optional(v.string()),
        type: v.optional(v.nullable(v.picklist(DISCOUNT_TYPES)), null),
        amount: v.optional(v.nullable(decimal), null),
        currency: textOrNull,
        reference: v.optional(v.unknown(), null),
        state: v.optional(v.picklist(['due', 'delivered', 'rejected']), 'due'),
      }),
    ),
    v.minLength(1, 'must have a used discount'),
  ),
});
export type FixtureCommit = v.InferOutput<typeof commitSchema>;

const sendsSchema = v.strictObject({
  method: v.optional(v.string()),
  target: v.optional(v.string()),
  headers: v.optional(v.record(v.string(), v.nullable(v.string())), {}),
  body: v.optional(v.unknown()),
});
export type FixtureSends = v.InferOutput<typeof sendsSchema>;

const answersSchema = v.union(
  [
    v.literal('nothing'),
    v.pipe(
      v.strictObject({
        status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 200),
        headers: v.optional(v.record(v.string(), v.string()), {}),
        body: v.optional(v.unknown()),
        text: v.optional(v.string()),
      }),
      v.check((answer) => answer.body === undefined || answer.text === undefined, 'has a body or a text, not both'),
    ),
  ],
  'must be "nothing", or an object of status (200 to 599), headers, and body or text',
);
export type FixtureAnswers = v.InferOutput<typeof answersSchema>;

const exchange = {
  name: v.pipe(v.string(), v.nonEmpty('must not be empty')),
  sends: v.optional(v.nullable(sendsSchema)),
  answers: v.optional(answersSchema),
};

const offersCaseSchema = v.pipe(
  v.strictObject({
    ...exchange,
    question: v.optional(questionSchema, {}),
    offers: v.optional(v.array(v.unknown())),
    fails: v.optional(v.picklist(['error', 'unavailable', 'unaskable'])),
    drops: v.optional(v.array(v.strictObject({ id: v.nullable(v.string()), reason: v.string() })), []),
  }),
  v.check((one) => (one.offers === undefined) !== (one.fails === undefined), 'ends in offers or in fails: one of them'),
);

const usage = {
  ...exchange,
  commit: commitSchema,
  outcomes: v.optional(
    v.record(
      v.string(),
      v.strictObject({
        status: v.picklist(['accepted', 'rejected', 'later', 'unknown']),
        reason: v.optional(v.string()),
        reference: v.optional(v.string()),
        afterMs: v.optional(v.number()),
      }),
    ),
  ),
  fails: v.optional(v.picklist(['later', 'refused', 'unknown', 'paused'])),
};

const usagesCaseSchema = v.pipe(
  v.strictObject(usage),
  v.check(
    (one) => (one.outcomes === undefined) !== (one.fails === undefined),
    'ends in outcomes or in fails: one of them',
  ),
);

const lookupsCaseSchema = v.pipe(
  v.strictObject({ ...usage, absent: v.optional(v.literal(true)) }),
  v.check(
    (one) => [one.outcomes, one.fails, one.absent].filter((end) => end !== undefined).length === 1,
    'ends in outcomes, in fails or in absent: one of them',
  ),
);

export const fixturesSchema = v.strictObject({
  secrets: v.optional(v.record(v.string(), v.string()), {}),
  now: v.optional(
    v.pipe(v.string(), v.isoTimestamp('must be a moment, such as "2026-01-01T00:00:00Z"'), v.transform(Date.parse)),
    '2026-01-01T00:00:00Z',
  ),
  offers: v.optional(v.array(offersCaseSchema), []),
  usages: v.optional(v.array(usagesCaseSchema), []),
  lookups: v.optional(v.array(lookupsCaseSchema), []),
});
export type Fixtures = v.InferOutput<typeof fixturesSchema>;
export type OffersCase = Fixtures['offers'][number];
export type UsagesCase = Fixtures['usages'][number];
export type LookupsCase = Fixtures['lookups'][number];
