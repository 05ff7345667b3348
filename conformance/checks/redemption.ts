/** Does a repetition redeem anything? Seen from outside, by what the same basket is offered before and after. */
import { documentedUsage, type OffersRequest } from '../basket.ts';
import { each, expect, failed, is200, NO_OFFERS, notJudged, PASSED, type Verdict } from '../check.ts';
import type { Context } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { fingerprintOf, idOf, offersIn } from '../offers.ts';

/** Enough to use up an offer that may be redeemed a few times. */
const REPETITIONS = 4;

/** @param nextRequestId of each repetition, from the one of the first request */
export async function redeemsOnce(
  context: Context,
  nextRequestId: (repetition: number, requestId: string) => string,
): Promise<Verdict> {
  const request = context.offersRequest();
  const shown = offersIn(await context.offers(request));
  const notified = shown.filter((offer) => offer.notifyAfterOrderCreation === true);
  const usedDiscounts = (notified.length > 0 ? notified : shown).map(idOf).filter((id) => id !== null);
  if (usedDiscounts.length === 0) return NO_OFFERS;

  const order = { orderNumber: context.orderNumber() };
  const usage = { ...documentedUsage(), basket: request.basket, usedDiscounts, order };
  const requestId = context.requestId();
  const use = (id: string) => context.use(usage, { headers: { 'x-akinon-request-id': id } });
  const first = expect(await use(requestId), is200);
  if (first.status !== 'passed') return first;

  const before = await settled(context, request);
  if (before === null) return UNSETTLED;
  const repetitions = Array.from({ length: REPETITIONS }, (_, index) => nextRequestId(index, requestId));
  const repeated = await each(repetitions, async (id) => expect(await use(id), is200));
  if (repeated.status !== 'passed') return repeated;

  const after = await settled(context, request);
  if (after === null) return UNSETTLED;
  if (fingerprintOf(offersIn(before)) === fingerprintOf(offersIn(after))) return PASSED;
  return failed(
    `one order was told ${REPETITIONS + 1} times; after the first time its basket showed ${inWords(before)}, after the last ${inWords(after)}`,
    after,
  );
}

const UNSETTLED = notJudged('the offers for one basket keep changing, so nothing can be read from them');

/** The last of several equal answers; null when they do not become equal in time. */
async function settled({ pace, offers, wait }: Context, request: OffersRequest): Promise<Exchange | null> {
  let last = await offers(request);
  let equalForMs = 0;
  for (let waitedMs = 0; waitedMs < pace.maxMs && last.error === null; waitedMs += pace.pollMs) {
    if (equalForMs >= pace.quietMs) return last;
    await wait(pace.pollMs);
    const next = await offers(request);
    const isEqual = fingerprintOf(offersIn(last)) === fingerprintOf(offersIn(next));
    equalForMs = isEqual ? equalForMs + pace.pollMs : 0;
    last = next;
  }
  return equalForMs >= pace.quietMs ? last : null;
}

/** `3 offers (BASKET 25.50, LOYALTY_POINT 40.00, POINT)` */
function inWords(exchange: Exchange): string {
  const offers = offersIn(exchange);
  const names = offers.map(({ discount }) => {
    const { type, extraArgs } = discount as { type?: unknown; extraArgs?: Record<string, unknown> };
    const amount = extraArgs?.discount ?? (extraArgs?.loyaltyData as { amount?: unknown } | undefined)?.amount;
    return amount === undefined ? String(type) : `${type} ${amount}`;
  });
  return `${offers.length} offers (${names.join(', ')})`;
}
