/** What is asked about: the question of the protocol, and a basket of one's own in place of the made-up one. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { mismatch } from '../shapes.ts';

const Decimal = v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/, 'a decimal as text'));

const ItemSchema = v.looseObject({ id: v.pipe(v.number(), v.integer()), unitPrice: Decimal, quantity: Decimal });

const QuestionSchema = v.looseObject({
  basket: v.looseObject({
    currency: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'three upper-case letters')),
    items: v.pipe(v.array(ItemSchema), v.minLength(1)),
  }),
  customer: v.optional(v.looseObject({ phone: v.nullable(v.string()), emails: v.array(v.string()) })),
});

export interface Question {
  readonly requestId: string;
  readonly basket: Basket;
  readonly customer: Readonly<Record<string, unknown>>;
  readonly channel: Readonly<Record<string, unknown>>;
}

export type Basket = v.InferOutput<typeof QuestionSchema>['basket'] & { readonly id: number; readonly version: number };

export type Sample = Omit<Question, 'requestId'>;

const CHANNEL = {
  device: 'default',
  storeId: null,
  storeRemoteId: null,
  staffId: null,
  staffRemoteId: null,
  staffEmail: null,
};

export const GUEST = { phone: null, emails: [], emailAllowed: true, smsAllowed: true, callAllowed: false };

const CUSTOMER = { ...GUEST, phone: '+905550000000', emails: ['conformance@example.com'] };

const EMPTY_BASKET = { id: 0, version: 1, currency: 'TRY', voucherCode: null };

/** Two items, one of them by weight, so that a quantity is a fraction. */
export const SAMPLE: Sample = {
  basket: {
    ...EMPTY_BASKET,
    items: [
      anItem(58, { unitPrice: '500.00', quantity: '2', totalAmount: '1000.00' }),
      anItem(59, { unitPrice: '80.00', quantity: '0.25', totalAmount: '20.00', unitType: 'KILOGRAM' }),
    ],
  },
  customer: CUSTOMER,
  channel: CHANNEL,
};

function anItem(id: number, own: { unitPrice: string; quantity: string; totalAmount: string; unitType?: string }) {
  return {
    id,
    sku: `SKU${id}`,
    productId: 100_000 + id,
    name: `Test Product ${id}`,
    attributes: {},
    unitPrice: own.unitPrice,
    quantity: own.quantity,
    unitType: own.unitType ?? 'QUANTITY',
    taxRate: '20.00',
    totalAmount: own.totalAmount,
    discountAmount: '0.00',
    globallyConsumedQuantity: '0.0',
    appliedDiscounts: [],
  };
}

/** @throws Error that says what is wrong with the file */
export function readSample(file: string): Sample {
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const wrong = mismatch(QuestionSchema, json);
  if (wrong !== null) throw new Error(`it must be a body of POST /offers; ${wrong}`);
  const { basket, customer, channel } = json as Partial<Sample> & { basket: Basket };
  return {
    basket: { ...EMPTY_BASKET, ...basket },
    customer: { ...CUSTOMER, ...customer },
    channel: { ...CHANNEL, ...channel },
  };
}
