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
  const order = await anOrder(context);
  if (order === null) return NO_OFFERS;
  const requestId = context.requestId();
  const first = expect(await order.use(requestId), is200);
  if (first.status !== 'passed') return first;

  const before = await settled(context, order.request);
  if (before === null) return UNSETTLED;
  const repetitions = Array.from({ length: REPETITIONS }, (_, index) => nextRequestId(index, requestId));
  const repeated = await each(repetitions, async (id) => expect(await order.use(id), is200));
  if (repeated.status !== 'passed') return repeated;

  const after = await settled(context, order.request);
  if (after === null) return UNSETTLED;
  if (isEqual(before, after)) return isEqual(order.unused, before) ? UNLIMITED : PASSED;
  return failed(
    `one order was told ${REPETITIONS + 1} times; after the first time its basket showed ${inWords(before)}, after the last ${inWords(after)}`,
    after,
  );
}

/** Of two equal baskets the order of one is told once, that of the other several times in the same moment. */
export async function redeemsOnceAtOnce(context: Context): Promise<Verdict> {
  const one = await anOrder(context);
  if (one === null) return NO_OFFERS;
  const told = expect(await one.use(context.requestId()), is200);
  if (told.status !== 'passed') return told;
  const afterOne = await settled(context, one.request);

  const other = await anOrder(context);
  if (other === null || !isEqual(one.unused, other.unused)) return OTHERWISE_OFFERED;
  const requestId = context.requestId();
  const atOnce = await Promise.all(Array.from({ length: REPETITIONS + 1 }, () => other.use(requestId)));
  // Whether each is answered well is another check's business.
  const isTold = atOnce.some(({ answer }) => answer?.status === 200);
  if (!isTold) return failed('none of several equal requests at once was answered 200', atOnce[0] ?? null);
  const afterAll = await settled(context, other.request);

  if (afterOne === null || afterAll === null) return UNSETTLED;
  if (isEqual(afterOne, afterAll)) return isEqual(one.unused, afterOne) ? UNLIMITED : PASSED;
  return failed(
    `told once, an order left its basket with ${inWords(afterOne)}; told ${REPETITIONS + 1} times at once, an order like it left ${inWords(afterAll)}`,
    afterAll,
  );
}

/** A basket of its own, what it is shown, and the usage of all of it that asks to be told; null when nothing is shown. */
async function anOrder(context: Context) {
  const request = context.offersRequest();
  const unused = await context.offers(request);
  const shown = offersIn(unused);
  const notified = shown.filter((offer) => offer.notifyAfterOrderCreation === true);
  const usedDiscounts = (notified.length > 0 ? notified : shown).map(idOf).filter((id) => id !== null);
  if (usedDiscounts.length === 0) return null;
  const order = { orderNumber: context.orderNumber() };
  const usage = { ...documentedUsage(), basket: request.basket, usedDiscounts, order };
  const use = (requestId: string) => context.use(usage, { headers: { 'x-akinon-request-id': requestId } });
  return { request, unused, use };
}

function isEqual(one: Exchange, other: Exchange): boolean {
  return fingerprintOf(offersIn(one)) === fingerprintOf(offersIn(other));
}

const UNLIMITED = notJudged(
  'using its offers changes nothing that a basket is shown, so a second redemption could not be seen; an offer with a limit of two or three uses, or a balance, would show it',
);
const OTHERWISE_OFFERED = notJudged(
  'two equal baskets, one after the other, are not shown the same offers, so their orders cannot be compared',
);
const UNSETTLED = notJudged('the offers for one basket keep changing, so nothing can be read from them');

/** The last of several equal answers; null when they do not become equal in time. */
async function settled({ pace, offers, wait }: Context, request: OffersRequest): Promise<Exchange | null> {
  let last = await offers(request);
  let equalForMs = 0;
  for (let waitedMs = 0; waitedMs < pace.maxMs && last.error === null; waitedMs += pace.pollMs) {
    if (equalForMs >= pace.quietMs) return last;
    await wait(pace.pollMs);
    const next = await offers(request);
    equalForMs = isEqual(last, next) ? equalForMs + pace.pollMs : 0;
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
