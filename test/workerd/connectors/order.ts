/** From a question to the commit of an order, as the core does it: guarded, remembered as JSON, frozen, keyed. */
import Big from 'big.js';
import { orderKeyOfNumber, type RequestId } from '../../../src/common/ids.ts';
import type { Json } from '../../../src/common/json.ts';
import {
  type CallContext,
  type Connector,
  isFailure,
  type OffersQuestion,
  type UsageCommit,
  type UsedDiscount,
} from '../../../src/connectors/connector.ts';
import type { BasketItem, Channel, Customer } from '../../../src/offers/basket.ts';
import { type Guarded, guardOffers } from '../../../src/offers/guard.ts';
import { currencyDigits, type Decimal, formatAmount } from '../../../src/offers/money.ts';
import type { Offer } from '../../../src/offers/offer.ts';
import { deriveDiscountKey } from '../../../src/usage/keys.ts';

export const NOW = Date.UTC(2026, 5, 15, 9, 30);
export const HOUR_MS = 3_600_000;

export const GUEST: Customer = { phone: null, emails: [], emailAllowed: false, smsAllowed: false, callAllowed: false };
export const ADA: Customer = { ...GUEST, phone: '+90 (532) 000 00 17', emails: ['Ada@Example.com'] };

const CHANNEL: Channel = {
  device: 'default',
  storeId: null,
  storeRemoteId: null,
  staffId: null,
  staffRemoteId: null,
  staffEmail: null,
};

export function anItem(overrides: Partial<Record<keyof BasketItem, unknown>> = {}): BasketItem {
  const item = {
    id: 59,
    sku: 'SKU8',
    productId: 100009,
    name: 'Test Product 8',
    attributes: {},
    unitPrice: '500.00',
    quantity: '1',
    unitType: 'QUANTITY',
    taxRate: '20.00',
    totalAmount: '500.00',
    discountAmount: '0.00',
    globallyConsumedQuantity: '0.0',
    currency: 'TRY',
    appliedDiscounts: [],
    ...overrides,
  };
  return item as BasketItem;
}

/** 1,299.97 TRY in two lines: an odd sum, so that a percentage of it has to be rounded. */
export function aQuestion(
  basket: Partial<OffersQuestion['basket']> = {},
  rest: Partial<Omit<OffersQuestion, 'basket'>> = {},
): OffersQuestion {
  const items = [
    anItem({ id: 58, sku: 'SKU7', unitPrice: '266.99', quantity: '3', totalAmount: '800.97' }),
    anItem({ unitPrice: '499.00', totalAmount: '499.00' }),
  ];
  return {
    requestId: 'request-1' as RequestId,
    basket: { id: 32, version: 1758310922044282, currency: 'TRY', voucherCode: null, items, ...basket },
    customer: ADA,
    channel: CHANNEL,
    ...rest,
  };
}

export function aContext(overrides: Partial<CallContext> = {}): CallContext {
  const offline = () => Promise.reject(new TypeError('no upstream here'));
  return { signal: new AbortController().signal, now: NOW, fetch: offline as typeof fetch, ...overrides };
}

/** An answer as the core keeps it: guarded offers, and the state as D1 gives it back. */
export interface Asked extends Guarded {
  readonly question: OffersQuestion;
  readonly basketState: Json | undefined;
  readonly declined: readonly { id: string; reason: string }[];
}

export async function ask(connector: Connector, question: OffersQuestion, ctx: CallContext): Promise<Asked> {
  const answer = await connector.queryOffers(question, ctx);
  if (isFailure(answer)) throw new Error(`no offers: ${JSON.stringify(answer)}`);
  const { maxOffers } = connector.capabilities;
  const limits = { maxPoints: new Big(1_000_000), priorityFirst: 'lowest', maxOffers } as const;
  const { basketState, declined = [] } = answer;
  return {
    ...guardOffers(answer.offers, question.basket, limits),
    question,
    basketState: asStored(basketState),
    declined,
  };
}

/** What storage gives back: whatever is no JSON is gone. */
export function asStored(value: Json | undefined): Json | undefined {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** A line as ops sees it when the discount was never offered in that basket. */
export type Used = Offer | string;

export interface CommitOptions {
  orderNumber?: string;
  generation?: number;
  states?: Record<string, UsedDiscount['state']>;
  attempt?: Partial<UsageCommit['attempt']>;
  basketState?: Json | undefined;
}

export async function aCommit(
  { question, basketState }: Pick<Asked, 'question' | 'basketState'>,
  used: readonly Used[],
  options: CommitOptions = {},
): Promise<UsageCommit> {
  const { orderNumber = 'ORD-1', generation = 0, states = {} } = options;
  const orderKey = orderKeyOfNumber(orderNumber);
  const state = 'basketState' in options ? options.basketState : basketState;
  const discounts = used.map(async (line): Promise<UsedDiscount> => {
    const id = typeof line === 'string' ? line : line.id;
    const key = await deriveDiscountKey(orderKey, id, generation);
    return { id, key, ...frozen(line), state: states[id] ?? 'due' };
  });
  return {
    orderKey,
    orderNumber,
    generation,
    basket: question.basket,
    channel: question.channel,
    attempt: { number: 1, firstAt: NOW, last: 'none', ...options.attempt },
    discounts: await Promise.all(discounts),
    ...(state !== undefined && { basketState: state }),
  };
}

function frozen(line: Used): Pick<UsedDiscount, 'type' | 'amount' | 'currency' | 'reference'> {
  if (typeof line === 'string') return { type: null, amount: null, currency: null, reference: null };
  const { benefit, currency } = line;
  const reference = asStored(line.reference) ?? null;
  if (benefit.type === 'BASKET') {
    const amount = formatAmount(benefit.amount, currencyDigits(currency));
    return { type: benefit.type, amount, currency, reference };
  }
  const amount: Decimal | null = benefit.type === 'LOYALTY_POINT' ? benefit.points : null;
  return { type: benefit.type, amount, currency: null, reference };
}
