/** A claimed order in the words of the connector port: money as decimal text, keys derived, the order whole. */
import type { Json } from '../common/json.ts';
import type { UsageCommit, UsedDiscount } from '../connectors/connector.ts';
import type { ClaimedOrder, OrderLine } from '../ledger/outbox.ts';
import type { Basket, Channel } from '../offers/basket.ts';
import { currencyDigits, type Decimal, fromMinorUnits } from '../offers/money.ts';
import { deriveDiscountKey } from '../usage/keys.ts';

/** States of lines that were sent at some time: what a whole-order upstream must know. */
const SENT = ['delivered', 'rejected'] as const;

/** @returns the commit of the lines that the claim is about; a line that joined since is left for the next attempt */
export async function toCommit(order: ClaimedOrder): Promise<UsageCommit> {
  const { orderKey, generation, basketState, snapshot, unknownCall, lastOutcome: last } = order;
  const asked = new Set(order.callLines);
  const discounts = order.lines.flatMap((line): Promise<UsedDiscount>[] => {
    const state = asked.has(line.id) ? 'due' : SENT.find((sent) => sent === line.state);
    return state === undefined ? [] : [toUsedDiscount(line, state, order)];
  });
  return {
    orderKey,
    orderNumber: orderKey.startsWith('o:') ? orderKey.slice(2) : null,
    generation,
    basket: snapshot === null ? null : (JSON.parse(snapshot) as Basket),
    channel: { ...(JSON.parse(order.channel) as Omit<Channel, 'staffEmail'>), staffEmail: null },
    ...(basketState !== null && { basketState: JSON.parse(basketState) as Json }),
    attempt: {
      number: order.attempts + order.crashes + 1,
      firstAt: order.firstAttemptAt,
      last,
      ...(order.crashes > 0 && { isTakenOver: true }),
      ...(last === 'unknown' && unknownCall !== null && { call: unknownCall }),
    },
    discounts: await Promise.all(discounts),
  };
}

async function toUsedDiscount(
  { id, type, amount, currency, reference, upstreamRef }: OrderLine,
  state: UsedDiscount['state'],
  { orderKey, generation }: ClaimedOrder,
): Promise<UsedDiscount> {
  return {
    id,
    key: await deriveDiscountKey(orderKey, id, generation),
    type,
    amount: toAmount(amount, currency),
    currency,
    reference: reference === null ? null : (JSON.parse(reference) as Json),
    state,
    ...(upstreamRef !== null && { upstreamRef }),
  };
}

function toAmount(amount: OrderLine['amount'], currency: string | null): Decimal | null {
  if (amount === null) return null;
  if (currency === null) return String(amount) as Decimal;
  return fromMinorUnits(String(amount), currencyDigits(currency));
}
