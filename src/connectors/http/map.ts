/** The bridge protocol ↔ the domain: pure translation, field by field as README.md lists them. Decimals keep their text. */
import * as v from 'valibot';
import type { Json } from '../../common/json.ts';
import type { AppliedDiscount, Basket, BasketItem, Channel, ItemQuantity } from '../../offers/basket.ts';
import type {
  OffersAnswer,
  OffersFailure,
  OffersQuestion,
  UsageCommit,
  UsageFailure,
  UsedDiscount,
} from '../connector.ts';
import { OffersSchema, SentCallSchema } from './schemas.ts';
import { type Answer, type NoAnswer, parseBody } from './upstream/call.ts';
import type { NoToken } from './upstream/token.ts';

/** Body of `POST /offers`. */
export function toOffersText({ requestId, basket, customer, channel }: OffersQuestion): string {
  const { phone, emails, emailAllowed, smsAllowed, callAllowed } = customer;
  return JSON.stringify({
    requestId,
    basket: toBasket(basket),
    customer: { phone, emails, emailAllowed, smsAllowed, callAllowed },
    channel: toChannel(channel),
  });
}

/** @param describe the answer in a few words that may be logged */
export function fromOffersAnswer(
  answer: Answer | NoAnswer | NoToken,
  describe: (answer: Answer | NoAnswer) => string,
): OffersAnswer | OffersFailure {
  if (!('status' in answer)) return toOffersFailure(answer, describe);
  const read = v.safeParse(OffersSchema, answer.status === 200 ? parseBody(answer.body) : undefined);
  if (read.success) return { offers: read.output.offers as Json[] };
  const isOtherShape = answer.status === 200 && 'text' in answer.body;
  return { failed: 'error', detail: `${describe(answer)}${isOtherShape ? ' (expected {"offers": [...]})' : ''}` };
}

export function toOffersFailure(answer: NoAnswer | NoToken, describe: (answer: NoAnswer) => string): OffersFailure {
  if ('noToken' in answer) return { failed: 'error', detail: answer.detail };
  return { failed: 'unavailable', detail: describe(answer) };
}

/** A call of `POST /usages`: its text, and the lines in it. */
export interface UsagesCall {
  readonly text: string;
  readonly lines: readonly Pick<UsedDiscount, 'id' | 'key'>[];
}

/** The lines that are due, in the commit's order: the same commit gives the same bytes. */
export function toUsagesCall({ orderNumber, basket, channel }: UsageCommit, due: readonly UsedDiscount[]): UsagesCall {
  const text = JSON.stringify({
    orderNumber,
    basket: basket === null ? null : toBasket(basket),
    discounts: due.map(({ id, key, type, amount, currency, reference }) => {
      return { id, key, type, amount, currency, reference };
    }),
    channel: toChannel({ ...channel, staffEmail: null }),
  });
  return { text, lines: due };
}

/** Nobody but who was asked knows what became of it: a person sets the settings back, or decides. */
export function sentToAnother(call: string | undefined): UsageFailure {
  const detail =
    'sent in other words before CONNECTOR or MAPPING was changed: set it back, or decide what became of it';
  return { failed: 'unknown', ...(call !== undefined && { call }), detail };
}

/** A call as it was sent before; null where it is none of this protocol. */
export function readUsagesCall(text: string): UsagesCall | null {
  const read = v.safeParse(SentCallSchema, JSON.parse(text));
  return read.success ? { text, lines: read.output.discounts } : null;
}

export function toBasket({ id, version, currency, voucherCode, items }: Basket) {
  return { id, version, currency, voucherCode, items: items.map(toItem) };
}

function toItem(item: BasketItem) {
  return {
    id: item.id,
    sku: item.sku,
    productId: item.productId,
    name: item.name,
    attributes: item.attributes,
    unitPrice: item.unitPrice,
    quantity: item.quantity,
    unitType: item.unitType,
    taxRate: item.taxRate,
    totalAmount: item.totalAmount,
    discountAmount: item.discountAmount,
    globallyConsumedQuantity: item.globallyConsumedQuantity,
    appliedDiscounts: item.appliedDiscounts.map(toAppliedDiscount),
  };
}

function toAppliedDiscount({ type, description, extraArgs, discountedItems, conditionItems }: AppliedDiscount) {
  return {
    type,
    description,
    extraArgs,
    discountedBasketItems: discountedItems.map(toLine),
    conditionConsumedBasketItems: conditionItems.map(toLine),
  };
}

function toLine({ itemId, quantity }: ItemQuantity) {
  return { pk: itemId, quantity };
}

export function toChannel({ device, storeId, storeRemoteId, staffId, staffRemoteId, staffEmail }: Channel) {
  return { device, storeId, storeRemoteId, staffId, staffRemoteId, staffEmail };
}
