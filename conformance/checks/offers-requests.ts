/** Group `offers`, first half: what /offers has to accept. */
import type { OffersRequest } from '../basket.ts';
import { akinon, type Check, each, expect, hasJsonType, is200, isList, NO_OFFERS, type Verdict } from '../check.ts';
import type { Changes, Context } from '../context.ts';
import { at } from '../exchange.ts';
import { discountOf, fingerprintOf, linesOf, offersIn } from '../offers.ts';

const BODY = akinon('basket-offers, "Request Body"');
const ARGS = akinon('"Discount Types Extra Args"');

const HOW_MANY_AT_ONCE = 10;

/** Sends the document's basket, changed, and asks for a 200 with a list. */
async function accepts(
  context: Context,
  change: (request: OffersRequest) => void,
  changes?: Changes,
): Promise<Verdict> {
  const request = context.offersRequest();
  change(request);
  return expect(await context.offers(request, changes), is200, isList);
}

/** The first item, with a history of one discount. */
function withApplied(request: OffersRequest, type: string, extraArgs?: unknown): void {
  for (const item of request.basket.basketItems.slice(0, 1)) {
    const line = { pk: item.id, quantity: '1' };
    const lines = { discountedBasketItems: [line], conditionConsumedBasketItems: [line] };
    item.appliedDiscounts = [
      {
        discount: { type, description: 'Internal Offer', ...lines, ...(extraArgs === undefined ? {} : { extraArgs }) },
      },
    ];
  }
}

const DOCUMENTED_ARGS: readonly (readonly [type: string, extraArgs: unknown])[] = [
  ['BASKET', { discount: '25.50' }],
  [
    'LOYALTY_POINT',
    { loyaltyData: { amount: '50.00', benefitCoefficient: '1.5', validFrom: '2025-01-01', validUntil: '2025-12-31' } },
  ],
  ['SAMPLE_PRODUCT', { sampleProducts: [{ id: 12345 }, { id: 67890 }], allowedQuantity: 2 }],
  ['DEFERRED', { data: { coupon: 'SAVE2025' } }],
];

export const offersRequestChecks: readonly Check[] = [
  {
    id: 'offers/status',
    level: 'contract',
    title: 'answers the plain basket with exactly 200',
    section: akinon('basket-offers, "Response Body"'),
    why: 'The basket of the document is sent as it stands. Any other status, 204 and 201 among them, is a failure for the shop.',
    run: async (context) => expect(await context.offers(context.offersRequest()), is200),
  },
  {
    id: 'offers/list',
    level: 'contract',
    title: 'answers with a JSON list',
    section: akinon('basket-offers, "Response Body"'),
    why: 'The answer is the list itself, not an object around it, in UTF-8 and uncompressed unless compression was asked for.',
    run: async (context) => expect(await context.offers(context.offersRequest()), isList),
  },
  {
    id: 'offers/content-type',
    level: 'contract',
    isReview: true,
    title: 'says that every list is JSON',
    section: akinon('basket-offers, "Response Body"'),
    why: 'The document calls the body JSON; a client that reads the content type has to find it there, with each 200 of the run.',
    run: (context) =>
      each(
        context.exchanges().filter(({ ask, answer }) => ask.path === '/offers' && answer?.status === 200),
        (exchange) => expect({ ...exchange, error: null }, hasJsonType),
      ),
  },
  {
    id: 'offers/empty-basket',
    level: 'contract',
    title: 'answers an empty basket with 200 and a list',
    section: BODY,
    why: '`basketItems` is a list and may be empty: the basket is asked about when the last item was taken out, too.',
    run: (context) => accepts(context, ({ basket }) => void Object.assign(basket, { basketItems: [] })),
  },
  {
    id: 'offers/anonymous',
    level: 'contract',
    title: 'accepts a visitor without phone and email',
    section: BODY,
    why: 'Most baskets belong to nobody yet: `phone` is null (in v1, which types it as text, empty) and `email` is an empty list.',
    run: (context) =>
      accepts(context, ({ user }) => void Object.assign(user, { phone: null, email: [], emailAllowed: false })),
  },
  {
    id: 'offers/phone-null',
    level: 'practice',
    versions: ['v1'],
    title: 'accepts a phone that is null in v1 as well',
    section: 'good practice',
    why: 'v1 types `phone` as text only, but the same shop has visitors without one, and v2 documents null for them.',
    run: (context) =>
      accepts(context, () => {}, { edit: (wire) => void Object.assign(wire.user ?? {}, { phone: null }) }),
  },
  {
    id: 'offers/named-user',
    level: 'contract',
    title: 'accepts a user with a phone and several emails',
    section: BODY,
    why: '`email` is a list, so there may be two; a server that knows nobody by them still has to answer.',
    run: (context) =>
      accepts(context, ({ user }) => {
        const email = ['conformance@example.com', 'second@example.com'];
        Object.assign(user, { phone: '+905550000000', email, callAllowed: true });
      }),
  },
  {
    id: 'offers/fractional-quantity',
    level: 'contract',
    title: 'accepts a quarter of a kilogram',
    section: BODY,
    why: '`quantity` is a number and `unitType` may be KILOGRAM. A server that takes it for a whole number fails here, or rounds.',
    run: (context) =>
      accepts(context, ({ basket }) => {
        for (const item of basket.basketItems.slice(0, 1)) {
          Object.assign(item, { quantity: 0.25, unitType: 'KILOGRAM', totalAmount: '125.00', appliedDiscounts: [] });
        }
      }),
  },
  {
    id: 'offers/unicode',
    level: 'contract',
    title: 'accepts names in any script',
    section: BODY,
    why: 'Names are text in UTF-8. Turkish letters and characters outside the basic plane show a server that counts bytes or assumes Latin-1.',
    run: (context) =>
      accepts(context, ({ basket }) => {
        for (const item of basket.basketItems) item.product.name = 'Çikolata ığüşöç ürünü 🍫 حلوى';
      }),
  },
  {
    id: 'offers/applied-types',
    level: 'contract',
    title: 'accepts a history of every type that has arguments',
    section: ARGS,
    why: 'Discounts applied earlier come back with each basket, with the arguments of their type: an amount, points, samples, a coupon.',
    run: (context) =>
      each(DOCUMENTED_ARGS, ([type, args]) => accepts(context, (request) => withApplied(request, type, args))),
  },
  {
    id: 'offers/no-extra-args',
    level: 'contract',
    title: 'accepts POINT and SHIPPING without extraArgs',
    section: ARGS,
    why: 'These two need no arguments, and the interface lets the field be absent.',
    run: (context) => each(['POINT', 'SHIPPING'], (type) => accepts(context, (request) => withApplied(request, type))),
  },
  {
    id: 'offers/empty-extra-args',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts POINT and SHIPPING with empty extraArgs',
    section: ARGS,
    why: 'The examples of these two types show `{}`.',
    run: (context) =>
      each(['POINT', 'SHIPPING'], (type) => accepts(context, (request) => withApplied(request, type, {}))),
  },
  {
    id: 'offers/extra-args-list',
    level: 'practice',
    versions: ['v1'],
    title: 'accepts extraArgs drawn as a list in v1',
    section: akinon('basket-offers, "Request Body raw (json)"'),
    why: 'v1 types extraArgs as an object and draws it as a list. Which one comes is not known, so a careful server reads `[]` and `[{…}]` as well.',
    run: (context) =>
      each([['POINT', []] as const, ['BASKET', [{ discount: 12.32 }]] as const], ([type, args]) =>
        accepts(context, (request) => withApplied(request, type, args)),
      ),
  },
  {
    id: 'offers/lower-case-type',
    level: 'practice',
    title: 'accepts an applied discount with its type in lower case',
    section: akinon('basket-offers-used, "Request Body Example"'),
    why: "Akinon's own example of /use-offers says `basket`. The same history comes with /offers, where only upper case is shown.",
    run: (context) =>
      accepts(context, ({ basket }) => {
        for (const { appliedDiscounts } of basket.basketItems) {
          for (const { discount } of appliedDiscounts) discount.type = discount.type.toLowerCase();
        }
      }),
  },
  {
    id: 'offers/foreign-history',
    level: 'practice',
    title: 'accepts a history that names an item no longer in the basket',
    section: akinon('basket-offers-used, "Request Body Example"'),
    why: "Akinon's own example of /use-offers refers to item 47, which its basket does not have. History is not to be judged.",
    run: (context) =>
      accepts(context, (request) => {
        withApplied(request, 'BASKET', { discount: '12.32' });
        for (const { appliedDiscounts } of request.basket.basketItems) {
          for (const { discount } of appliedDiscounts) discount.discountedBasketItems = [{ pk: 47, quantity: '1' }];
        }
      }),
  },
  {
    id: 'offers/voucher-code',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts a voucher code it does not know',
    section: BODY,
    why: '`voucherCode` is whatever the customer typed. An unknown code means no offer for it, not a failed basket.',
    run: (context) =>
      accepts(context, ({ basket }) => void Object.assign(basket, { voucherCode: 'CONFORMANCE-UNKNOWN' })),
  },
  {
    id: 'offers/no-voucher-code',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts a basket without voucherCode',
    section: BODY,
    why: 'The table calls the field optional: it may be null, as in the plain basket, or absent.',
    run: (context) => accepts(context, ({ basket }) => void delete basket.voucherCode),
  },
  {
    id: 'offers/unknown-fields',
    level: 'practice',
    title: 'ignores fields it does not know',
    section: 'good practice',
    why: 'Akinon adds fields between versions. They are sent at every level of the body; the answer must not depend on them.',
    run: (context) =>
      accepts(context, () => {}, {
        edit: (wire) => {
          const unknown = { conformance: { any: ['thing', 1, null] } };
          const places = ['', 'basket', 'user', 'basket.basketItems.0', 'basket.basketItems.0.product'];
          for (const path of places) Object.assign((path === '' ? wire : at(wire, path)) ?? {}, unknown);
        },
      }),
  },
  {
    id: 'offers/stable',
    level: 'practice',
    title: 'offers the same for the same basket',
    section: 'good practice',
    why: 'A basket is asked about several times a visit. The same content under another request id must show the same offers; ids, coupon codes and texts may differ.',
    async run(context) {
      const request = context.offersRequest();
      const first = await context.offers(request);
      const second = await context.offers(request);
      const [before, after] = [offersIn(first), offersIn(second)];
      return expect(second, is200, () =>
        fingerprintOf(before) === fingerprintOf(after)
          ? null
          : `the same basket was shown ${before.length} offers, then ${after.length}, and they are not the same`,
      );
    },
  },
  {
    id: 'offers/parallel',
    level: 'practice',
    title: `answers ${HOW_MANY_AT_ONCE} questions about one basket at once`,
    section: 'good practice',
    why: 'Two tabs and a cart icon ask about the same basket in the same moment, each with a request id of its own. None may fail for a lock or a row another one holds.',
    async run(context) {
      const request = context.offersRequest();
      const atOnce = Array.from({ length: HOW_MANY_AT_ONCE }, () => context.offers(request));
      return each(await Promise.all(atOnce), (exchange) => expect(exchange, is200, isList));
    },
  },
  {
    id: 'offers/own-offers-applied',
    level: 'contract',
    title: 'accepts its own offers as applied discounts',
    section: BODY,
    why: 'What a server offers comes back with the next basket once the shop has applied it. It is sent exactly as it was received, without its id.',
    async run(context) {
      const request = context.offersRequest();
      const offers = offersIn(await context.offers(request));
      if (offers.length === 0) return NO_OFFERS;
      const applied = offers.map((offer) => {
        const { id: _, ...discount } = discountOf(offer);
        return { pks: linesOf(offer).map(({ line }) => line.pk), discount };
      });
      const again = await context.offers(request, {
        edit(wire) {
          const items = at(wire, 'basket.basketItems');
          for (const item of Array.isArray(items) ? items : []) {
            item.appliedDiscounts = applied
              .filter(({ pks }) => pks.includes(item.id))
              .map(({ discount }) => ({ discount }));
          }
        },
      });
      return expect(again, is200, isList);
    },
  },
];
