/**
 * docs/bridge.openapi.json: the two endpoints that a loyalty vendor writes. What a field means and what an example is
 * comes from src/connectors/http/README.md; which shape it has is written here, and held by a test to what the
 * connector sends and the reference upstream answers.
 * @see OpenAPI 3.1.1, "OpenAPI Object"
 */
import { readFileSync } from 'node:fs';
import { readReadme } from './read-tables.ts';

type Json = Record<string, unknown>;

const README = 'src/connectors/http/README.md';
const OFFERS = 'POST /offers';
const USAGES = 'POST /usages';

const { version: VERSION } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const readme = readReadme(readFileSync(README, 'utf8'));

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
/** What the last cell says. */
const said = (section: string, name: string, head: string) => readme.row(section, name, head).at(-1) ?? '';
const asked = (name: string) => said(OFFERS, name, 'field');
/** Of a field of an offer, with its default. */
function offered(name: string): string {
  const [, otherwise, meaning] = readme.row(OFFERS, name, 'field');
  return otherwise === 'required' ? `${meaning}` : `${meaning}. Default: ${otherwise}`;
}
const used = (name: string) => said(USAGES, name, 'field');

/** An object whose fields all have to be there, but for those that are named. */
function object(properties: Json, { optional = [], ...more }: { optional?: string[] } & Json = {}): Json {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', ...(required.length > 0 && { required }), properties, ...more };
}

const list = (items: Json, more: Json = {}) => ({ type: 'array', items, ...more });
const text = (description?: string, more: Json = {}) => ({
  type: 'string',
  ...(description && { description }),
  ...more,
});
const orNull = (schema: Json) => ({ anyOf: [schema, { type: 'null' }] });
const nullable = (type: string, description?: string) => ({
  type: [type, 'null'],
  ...(description && { description }),
});

const ID = { type: 'string', minLength: 1, maxLength: 200 };
const COUNT = { type: 'integer', minimum: 1 };

const QUESTION_SCHEMAS: Json = {
  Decimal: text('A decimal as text, with the digits it was sent with: `500.00`, `0.0`, `7`.', {
    pattern: '^-?[0-9]+(\\.[0-9]+)?$',
    maxLength: 40,
  }),
  Line: object(
    { pk: { type: 'integer' }, quantity: ref('Decimal') },
    { description: '`pk` is the `id` of an item of the basket.' },
  ),
  AppliedDiscount: object({
    type: text(),
    description: text(),
    extraArgs: {},
    discountedBasketItems: list(ref('Line')),
    conditionConsumedBasketItems: list(ref('Line')),
  }),
  BasketItem: object({
    id: { type: 'integer', description: asked('items[].id') },
    sku: text(asked('items[].sku')),
    productId: { type: 'integer', description: asked('productId') },
    name: text(asked('name')),
    attributes: { type: 'object', description: asked('attributes') },
    unitPrice: { ...ref('Decimal'), description: asked('items[].unitPrice') },
    quantity: { ...ref('Decimal'), description: asked('items[].quantity') },
    unitType: text(asked('unitType')),
    taxRate: { ...ref('Decimal'), description: asked('items[].taxRate') },
    totalAmount: { ...ref('Decimal'), description: asked('totalAmount') },
    discountAmount: { ...ref('Decimal'), description: asked('discountAmount') },
    globallyConsumedQuantity: { ...ref('Decimal'), description: asked('globallyConsumedQuantity') },
    appliedDiscounts: list(ref('AppliedDiscount'), { description: asked('items[].appliedDiscounts') }),
  }),
  Basket: object({
    id: { type: 'integer' },
    version: { type: 'integer', description: asked('version') },
    currency: {
      ...nullable(
        'string',
        `${asked('basket.currency')}. Null only in /usages, of a basket without items or of several.`,
      ),
      pattern: '^[A-Z]{3}$',
    },
    voucherCode: nullable('string', asked('voucherCode')),
    items: list(ref('BasketItem')),
  }),
  Customer: object(
    {
      phone: nullable('string'),
      emails: list(text()),
      emailAllowed: { type: 'boolean' },
      smsAllowed: { type: 'boolean' },
      callAllowed: { type: 'boolean' },
    },
    { description: asked('customer') },
  ),
  Channel: object(
    {
      device: nullable('string'),
      storeId: nullable('string'),
      storeRemoteId: nullable('string'),
      staffId: nullable('string'),
      staffRemoteId: nullable('string'),
      staffEmail: nullable('string'),
    },
    { description: asked('channel.device') },
  ),
  OffersQuestion: object({
    requestId: text(asked('requestId')),
    basket: ref('Basket'),
    customer: ref('Customer'),
    channel: ref('Channel'),
  }),
};

/** An offer of one type: what its `extraArgs` are is said by the second table. */
function offerOf(type: string, extraArgs: Json | null): Json {
  const description = `\`extraArgs\`: ${said(OFFERS, type, 'type')}`;
  const own = extraArgs === null ? { type: { const: type } } : { type: { const: type }, extraArgs };
  return { allOf: [ref('OfferFields'), object(own)], description };
}

const POSITIVE = { ...ref('PositiveDecimal') };

const OFFER_SCHEMAS: Json = {
  PositiveDecimal: text('A decimal as text, above zero: `25.50`. Never a JSON number.', {
    pattern: '^[0-9]*[1-9][0-9]*(\\.[0-9]+)?$|^[0-9]+\\.[0-9]*[1-9][0-9]*$',
    maxLength: 40,
  }),
  OfferFields: object(
    {
      id: { ...ID, description: offered('id') },
      type: { enum: ['BASKET', 'LOYALTY_POINT', 'SAMPLE_PRODUCT', 'DEFERRED', 'POINT', 'SHIPPING'] },
      label: text(offered('label')),
      description: text(offered('description')),
      successMessage: text(offered('successMessage')),
      upsellMessage: text(offered('upsellMessage')),
      priority: { type: 'number', description: offered('priority') },
      isMergeable: { type: 'boolean', default: true, description: offered('isMergeable') },
      notifyAfterOrderCreation: { type: 'boolean', default: true, description: offered('notifyAfterOrderCreation') },
      currency: text(offered('currency')),
      discountedBasketItems: list(ref('OfferedLine'), { description: offered('discountedBasketItems') }),
      conditionConsumedBasketItems: list(ref('OfferedLine'), { description: offered('conditionConsumedBasketItems') }),
      reference: { description: offered('reference') },
    },
    {
      optional: [
        ...['label', 'description', 'successMessage', 'upsellMessage', 'priority', 'isMergeable', 'currency'],
        ...['notifyAfterOrderCreation', 'discountedBasketItems', 'conditionConsumedBasketItems', 'reference'],
      ],
    },
  ),
  OfferedLine: object({ pk: { type: 'integer' }, quantity: POSITIVE }),
  BasketOffer: offerOf('BASKET', object({ discount: POSITIVE })),
  LoyaltyPointOffer: offerOf(
    'LOYALTY_POINT',
    object({
      loyaltyData: object({
        amount: POSITIVE,
        benefitCoefficient: POSITIVE,
        validFrom: text(undefined, { format: 'date' }),
        validUntil: text(undefined, { format: 'date' }),
      }),
    }),
  ),
  SampleProductOffer: offerOf(
    'SAMPLE_PRODUCT',
    object({ sampleProducts: list(object({ id: COUNT }), { minItems: 1 }), allowedQuantity: COUNT }),
  ),
  DeferredOffer: offerOf('DEFERRED', object({ data: object({ coupon: { ...ID, maxLength: 500 } }) })),
  PointOffer: offerOf('POINT', null),
  ShippingOffer: offerOf('SHIPPING', null),
  Offer: {
    oneOf: ['Basket', 'LoyaltyPoint', 'SampleProduct', 'Deferred', 'Point', 'Shipping'].map((it) => ref(`${it}Offer`)),
  },
  Offers: object({ offers: list(ref('Offer')) }, { description: 'Best first; `[]` for none.' }),
};

const RESULT = (status: string, more: Json = {}) =>
  object({ id: ID, status: { const: status }, ...more }, { optional: Object.keys(more), description: result(status) });
const result = (status: string) => said(USAGES, status, 'status of a line');

const USAGE_SCHEMAS: Json = {
  UsedDiscount: object({
    id: { ...ID, description: used('discounts[].id') },
    key: text(used('discounts[].key'), { minLength: 1 }),
    type: nullable('string', used('discounts[].type')),
    amount: { ...orNull(ref('Decimal')), description: used('amount') },
    currency: nullable('string', used('currency')),
    reference: { description: used('discounts[].reference') },
  }),
  Usage: object({
    orderNumber: nullable('string', used('orderNumber')),
    basket: { ...orNull(ref('Basket')), description: used('basket') },
    discounts: list(ref('UsedDiscount'), { minItems: 1 }),
    channel: { ...ref('Channel'), description: used('channel') },
  }),
  Results: object({
    results: list({
      oneOf: [
        RESULT('accepted', { reference: { description: 'Text, or JSON as its text.' } }),
        RESULT('rejected', { reason: text() }),
        RESULT('later', { reason: text() }),
      ],
    }),
  }),
};

/** @param first as the table of statuses has it */
const answered = (first: string, more: Json = {}) => ({
  description: said(USAGES, first, 'status of the answer'),
  ...more,
});

const REFUSED = answered('400, 413, 422');
const CREDENTIALS = answered('401, 403');
const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds or a date, at most an hour.', schema: { type: 'string' } },
};
const LATER = answered('408, 409, 425, 429, 5xx but the four below', { headers: RETRY_AFTER });
const NO_OFFERS = { description: 'No offers from you this time: by default the customer goes on without any.' };

const json = (schema: Json, example: unknown) => ({ 'application/json': { schema, example } });

const PATHS: Json = {
  '/offers': {
    post: {
      operationId: 'offerBasket',
      summary: 'What may a basket be offered?',
      description:
        'Asked while a customer waits, whenever a basket changes. Change nothing: what is offered need not be used.',
      requestBody: { required: true, content: json(ref('OffersQuestion'), readme.example(OFFERS, 0)) },
      responses: {
        200: { description: 'The offers, best first.', content: json(ref('Offers'), readme.example(OFFERS, 1)) },
        400: NO_OFFERS,
        401: NO_OFFERS,
        403: NO_OFFERS,
        '5XX': NO_OFFERS,
      },
    },
  },
  '/usages': {
    post: {
      operationId: 'redeemDiscounts',
      summary: 'What an order has used: redeem each key once',
      description:
        'Asked after the order, until you have decided. The same call may arrive again, even at once with itself.',
      parameters: [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: true,
          description: 'SHA-256, in hex, of the JSON array of the keys in sorted order.',
          schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        },
      ],
      requestBody: { required: true, content: json(ref('Usage'), readme.example(USAGES, 0)) },
      responses: {
        200: answered('2xx with `results`', { content: json(ref('Results'), readme.example(USAGES, 1)) }),
        204: answered('2xx, no body or only white space'),
        400: REFUSED,
        401: CREDENTIALS,
        403: CREDENTIALS,
        413: REFUSED,
        422: REFUSED,
        429: LATER,
        503: LATER,
      },
    },
  },
};

export function renderBridgeOpenApi(): string {
  const document = {
    openapi: '3.1.1',
    info: {
      title: 'Offerbridge: the bridge protocol',
      version: VERSION,
      summary: 'What a loyalty, CRM or promotion system answers to be connected',
      description: `You implement this; Offerbridge calls it. The whole protocol, with what each status means, is ${README}. Fields that are not named here are ignored, and may be sent: ignore those that you do not know. Decimals are text, in both directions. An answer is JSON in UTF-8, at most 1 MB; redirects are never followed.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'https://loyalty.example.com/api/v1', description: '`UPSTREAM_URL`' }],
    security: [{}, { bearer: [] }, { basic: [] }, { header: [] }],
    paths: PATHS,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: '`UPSTREAM_AUTH=bearer`, `UPSTREAM_TOKEN`' },
        basic: {
          ...{ type: 'http', scheme: 'basic' },
          description: '`UPSTREAM_AUTH=basic`, `UPSTREAM_USERNAME` and `UPSTREAM_PASSWORD`',
        },
        header: {
          ...{ type: 'apiKey', in: 'header', name: 'X-Api-Key' },
          description: '`UPSTREAM_AUTH=header`, with any name as `UPSTREAM_HEADER`, and `UPSTREAM_TOKEN`',
        },
      },
      schemas: { ...QUESTION_SCHEMAS, ...OFFER_SCHEMAS, ...USAGE_SCHEMAS },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
