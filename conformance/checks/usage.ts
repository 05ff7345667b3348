/** Group `usage`: /use-offers answers 200 without a body, and what is told twice happens once. */
import type { UsageRequest } from '../basket.ts';
import { akinon, type Check, each, expect, hasStatus, is200, isEmpty, isProperlyRefused, type Rule } from '../check.ts';
import { at, type Exchange } from '../exchange.ts';
import { redeemsOnce, redeemsOnceAtOnce } from './redemption.ts';

const BODY = akinon('basket-offers-used, "Request Body"');
const ANSWER = akinon('basket-offers-used, "Response Body (raw 200)"');
const EXAMPLE = akinon('basket-offers-used, "Request Body Example"');
/** A reused key with another payload is 422 there, which is where servers of this kind take it from. */
const REUSED = 'IETF draft "The Idempotency-Key HTTP Header Field", 2.7';
const HOW_MANY_AT_ONCE = 10;

/** Another usage under the same request id. */
function reuse(what: string, change: (usage: UsageRequest) => void): Check['run'] {
  return async (context) => {
    const usage = await context.usageRequest();
    const headers = { 'x-akinon-request-id': context.requestId() };
    const first = expect(await context.use(usage, { headers }), is200);
    if (first.status !== 'passed') return first;
    const other = structuredClone(usage);
    change(other);
    const because = `: the request id was used before with ${what}`;
    return expect(await context.use(other, { headers }), hasStatus(422, because), isProperlyRefused(because));
  };
}

export const usageChecks: readonly Check[] = [
  {
    // Before the others, which may use up what is limited.
    id: 'usage/redeems-once',
    level: 'practice',
    title: 'redeems nothing more when a request is repeated',
    section: 'good practice',
    why: 'The offers of one basket are used once and left to settle. Then the same request is sent again, several times: afterwards the basket must show what it showed before. It shows a second redemption wherever an offer is limited to a few uses or depends on a balance. Where using the offers changes nothing that is shown, nothing is judged.',
    run: (context) => redeemsOnce(context, (_, requestId) => requestId),
  },
  {
    id: 'usage/redeems-once-per-order',
    level: 'practice',
    versions: ['v2'],
    title: 'redeems nothing more when an order comes again under new request ids',
    section: 'good practice',
    why: 'The documents do not say whether a retry repeats its request id, so the order and its discounts have to tell that it is one. Judged like `usage/redeems-once`.',
    run: (context) => redeemsOnce(context, () => context.requestId()),
  },
  {
    id: 'usage/redeems-once-at-once',
    level: 'practice',
    title: 'redeems once when a request comes several times in the same moment',
    section: 'good practice',
    why: 'Two equal baskets are shown the same offers. The order of one is told once, that of the other five times at once, with one request id: afterwards both baskets must show the same. Not judged where equal baskets are shown different offers, or where using them changes nothing.',
    run: redeemsOnceAtOnce,
  },
  {
    id: 'usage/status',
    level: 'contract',
    title: 'answers a usage with exactly 200',
    section: ANSWER,
    why: 'The basket was asked about before, and what it was offered is used by a new order. 201, 202 and 204 are failures: the document says 200.',
    run: async (context) => expect(await context.use(await context.usageRequest()), is200),
  },
  {
    id: 'usage/empty-answer',
    level: 'contract',
    title: 'answers without a body',
    section: ANSWER,
    why: 'There is no body: not `{}`, not `null`, not a blank.',
    run: async (context) => expect(await context.use(await context.usageRequest()), isEmpty),
  },
  {
    id: 'usage/documented-sample',
    level: 'contract',
    versions: ['v2'],
    title: "accepts the document's own usage",
    section: EXAMPLE,
    why: 'The basket of the example, with the offers that the server shows for it or, when it shows none, those of the example. Its history is typed `basket` in lower case and names item 47, which is not in the basket.',
    run: async (context) => expect(await context.use(await context.documentedUsage()), is200),
  },
  {
    id: 'usage/lower-case-type',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts a history with its type in lower case',
    section: EXAMPLE,
    why: "Akinon's example says `basket` where its table says BASKET, so both will come.",
    async run(context) {
      const usage = await context.usageRequest();
      for (const { appliedDiscounts } of usage.basket.basketItems) {
        for (const { discount } of appliedDiscounts) discount.type = discount.type.toLowerCase();
      }
      return expect(await context.use(usage), is200);
    },
  },
  {
    id: 'usage/foreign-history',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts a history that names an item not in the basket',
    section: EXAMPLE,
    why: "Akinon's example refers to item 47, which its basket does not have: applied discounts are history and prove nothing.",
    async run(context) {
      const usage = await context.usageRequest();
      for (const { appliedDiscounts } of usage.basket.basketItems) {
        for (const { discount } of appliedDiscounts)
          discount.conditionConsumedBasketItems = [{ pk: 47, quantity: '1' }];
      }
      return expect(await context.use(usage), is200);
    },
  },
  {
    id: 'usage/no-extra-args',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts applied discounts without extraArgs',
    section: akinon('basket-offers-used, "Request Body (typescript interface)"'),
    why: 'The interface of /use-offers has no `extraArgs` at all, the example has: either may come.',
    async run(context) {
      const usage = await context.usageRequest();
      for (const { appliedDiscounts } of usage.basket.basketItems) {
        for (const { discount } of appliedDiscounts) delete discount.extraArgs;
      }
      return expect(await context.use(usage), is200);
    },
  },
  {
    id: 'usage/no-voucher-code',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts a basket without voucherCode, or with one it does not know',
    section: akinon('basket-offers-used, "Request Body (typescript interface)"'),
    why: 'On /use-offers the field is null in one request, absent in another, and what the customer typed in a third.',
    async run(context) {
      const known = await context.usageRequest();
      delete known.basket.voucherCode;
      const first = expect(await context.use(known), is200);
      if (first.status !== 'passed') return first;
      const typed = await context.usageRequest();
      typed.basket.voucherCode = 'CONFORMANCE-UNKNOWN';
      return expect(await context.use(typed), is200);
    },
  },
  {
    id: 'usage/without-order',
    level: 'practice',
    versions: ['v2'],
    title: 'accepts a usage without an order',
    section: BODY,
    why: 'The interface has an order always, the table sends it only when notifying after the order was created: so a usage may come without one.',
    async run(context) {
      const { order: _, ...usage } = await context.usageRequest();
      return expect(await context.use(usage), is200);
    },
  },
  {
    id: 'usage/fractional-quantity',
    level: 'contract',
    title: 'accepts a quarter of a kilogram',
    section: BODY,
    why: '`quantity` is a number and `unitType` may be KILOGRAM. The order exists, so refusing it loses a redemption.',
    async run(context) {
      const usage = await context.usageRequest();
      for (const item of usage.basket.basketItems.slice(0, 1)) {
        Object.assign(item, { quantity: 0.25, unitType: 'KILOGRAM', totalAmount: '125.00' });
      }
      return expect(await context.use(usage), is200);
    },
  },
  {
    id: 'usage/no-discounts',
    level: 'practice',
    title: 'accepts a usage that used nothing',
    section: 'good practice',
    why: '`usedDiscounts` is a list, and an order that used no offer has an empty one. There is nothing to do, and nothing wrong.',
    run: async (context) => expect(await context.use({ ...(await context.usageRequest()), usedDiscounts: [] }), is200),
  },
  {
    id: 'usage/unknown-fields',
    level: 'practice',
    title: 'ignores fields it does not know',
    section: 'good practice',
    why: 'Akinon adds fields between versions. They are sent at every level of the body; the usage stands as it is.',
    async run(context) {
      const exchange = await context.use(await context.usageRequest(), {
        edit: (wire) => {
          for (const place of [wire, wire.basket, wire.order, at(wire, 'basket.basketItems.0')]) {
            if (place !== undefined) Object.assign(place as object, { conformance: { any: ['thing', 1, null] } });
          }
        },
      });
      return expect(exchange, is200);
    },
  },
  {
    id: 'usage/repeat',
    level: 'practice',
    title: 'answers a repeated request as the first one',
    section: 'good practice',
    why: 'A caller that saw no answer sends the request again, with its request id. It must get the 200 it missed, with the same body, not an error that says it was done before.',
    async run(context) {
      const usage = await context.usageRequest();
      const headers = { 'x-akinon-request-id': context.requestId() };
      const first = await context.use(usage, { headers });
      return each([first, null, null], async (known) =>
        expect(known ?? (await context.use(usage, { headers })), is200, answersLike(first)),
      );
    },
  },
  {
    id: 'usage/parallel',
    level: 'practice',
    title: `answers ${HOW_MANY_AT_ONCE} equal requests at once with 200 each`,
    section: 'good practice',
    why: 'A retry may overtake the request it repeats. None may fail for the lock another one holds.',
    async run(context) {
      const usage = await context.usageRequest();
      const headers = { 'x-akinon-request-id': context.requestId() };
      const all = await Promise.all(Array.from({ length: HOW_MANY_AT_ONCE }, () => context.use(usage, { headers })));
      return each(all, (exchange) => expect(exchange, is200, ...all.slice(0, 1).map(answersLike)));
    },
  },
  {
    id: 'usage/reformatted',
    level: 'practice',
    title: 'knows a repeated request whose JSON is written differently',
    section: 'RFC 8259, 4',
    why: 'The order of keys and the white space mean nothing in JSON. A server that compares bytes takes the repetition for another request.',
    async run(context) {
      const usage = await context.usageRequest();
      const headers = { 'x-akinon-request-id': context.requestId() };
      const first = await context.use(usage, { headers });
      const verdict = expect(first, is200);
      if (verdict.status !== 'passed') return verdict;
      const wire: unknown = JSON.parse(first.ask.body?.bytes.toString() ?? '{}');
      const rewritten = JSON.stringify(reversed(wire), null, 3);
      return expect(await context.send('/use-offers', rewritten, { headers }), is200, answersLike(first));
    },
  },
  {
    id: 'usage/reused-id-other-order',
    level: 'practice',
    title: 'refuses another order under a request id that was used',
    section: REUSED,
    why: 'The id says it is the same request and the body says it is not. 200 would lose the second order silently; 422 with the error body tells. v1 has no order number, so there it is another basket.',
    run: (context) =>
      reuse('another order', (usage) => {
        usage.order = { orderNumber: context.orderNumber() };
        if (context.version === 'v1') usage.basket.id += 1_000_000;
      })(context),
  },
  {
    id: 'usage/reused-id-other-discounts',
    level: 'practice',
    title: 'refuses other discounts under a request id that was used',
    section: REUSED,
    why: 'The same order with a further used discount is another statement. Answered as a repetition, that discount would never be redeemed.',
    run: reuse('other discounts', (usage) => void usage.usedDiscounts.push('conformance-another-discount')),
  },
  {
    id: 'usage/new-request-id',
    level: 'practice',
    title: 'accepts the same order and discounts under a new request id',
    section: 'good practice',
    why: 'The document calls the request id a tracing aid, so a retry may have another. It is no error.',
    async run(context) {
      const usage = await context.usageRequest();
      return each([1, 2], async () => expect(await context.use(usage), is200));
    },
  },
];

/** Whether a body may be there is another check's business. */
function answersLike({ answer: first }: Exchange): Rule {
  return ({ answer }) =>
    first !== null && answer?.bytes.equals(first.bytes) ? null : 'the body is not that of the first answer';
}

/** The same JSON with the keys of every object in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, part]) => [key, reversed(part)]));
}
