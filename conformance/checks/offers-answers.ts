/** Group `offers`, second half: the shape of every offer the run has brought. */
import { akinon, type Check, failed, NO_OFFERS, PASSED, type Verdict } from '../check.ts';
import type { Context } from '../context.ts';
import { at, isObject, jsonOf, show } from '../exchange.ts';
import { decimalOf, discountOf, idOf, LISTS, type Offer, shownOffers } from '../offers.ts';
import { DiscountSchema, EXTRA_ARGS_SCHEMAS, LINE_SCHEMAS, mismatch, OfferSchema, TYPES } from '../shapes.ts';

const ANSWER = akinon('basket-offers, "Response Body"');

/** Judges each offer of the run; the first fault is told, and how many share it. */
export function judgeOffers(context: Context, fault: (offer: Offer) => string | null): Verdict {
  const shown = shownOffers(context.exchanges());
  if (shown.length === 0) return NO_OFFERS;
  const faulty = shown.flatMap(({ offer, index, exchange }) => {
    const reason = fault(offer);
    return reason === null ? [] : [{ reason: `offer ${nameOf(offer, index)}: ${reason}`, exchange }];
  });
  const [first] = faulty;
  if (first === undefined) return PASSED;
  const more = faulty.length === 1 ? '' : ` (${faulty.length} of ${shown.length} offers in this run)`;
  return failed(first.reason + more, first.exchange);
}

export function nameOf(offer: Offer, index: number): string {
  return `[${index}] ${show(idOf(offer))}`;
}

const typeOf = (offer: Offer) => TYPES.find((type) => type === at(offer, 'discount.type'));

export const offersAnswerChecks: readonly Check[] = [
  {
    id: 'offers/entries',
    level: 'contract',
    isReview: true,
    title: 'lists objects, and nothing else',
    section: ANSWER,
    why: 'A null or a text among the offers breaks the client that reads the list.',
    run(context) {
      for (const exchange of context.exchanges()) {
        const { answer, ask } = exchange;
        if (ask.path !== '/offers' || answer?.status !== 200) continue;
        const json = jsonOf(answer);
        const list = Array.isArray(json) ? json : [];
        const index = list.findIndex((entry) => !isObject(entry));
        if (index >= 0) return failed(`[${index}] is not an object but ${show(list[index])}`, exchange);
      }
      return shownOffers(context.exchanges()).length === 0 ? NO_OFFERS : PASSED;
    },
  },
  {
    id: 'offers/fields',
    level: 'contract',
    isReview: true,
    title: 'gives every offer its seven fields, each of its type',
    section: ANSWER,
    why: 'No field of an offer is optional: an upsell text that does not apply is an empty text, not null and not absent.',
    run: (context) => judgeOffers(context, (offer) => mismatch(OfferSchema, offer)),
  },
  {
    id: 'offers/discount',
    level: 'contract',
    isReview: true,
    title: 'gives every discount its fields, each of its type',
    section: ANSWER,
    why: 'Both lists have to be there, even empty. Only `extraArgs` may be absent; null it may not be.',
    run: (context) =>
      judgeOffers(context, ({ discount }) =>
        isObject(discount) ? mismatch(DiscountSchema, discount, 'discount') : null,
      ),
  },
  {
    id: 'offers/type',
    level: 'contract',
    isReview: true,
    title: 'uses one of the six types, in upper case',
    section: ANSWER,
    why: 'The shop decides by the type what an offer does. It knows six, and no others.',
    run: (context) =>
      judgeOffers(context, (offer) => {
        const type = at(offer, 'discount.type');
        return typeof type !== 'string' || typeOf(offer) !== undefined
          ? null
          : `discount.type is ${show(type)}, which is none of ${TYPES.join(', ')}`;
      }),
  },
  {
    id: 'offers/lines',
    level: 'contract',
    isReview: true,
    title: 'writes the lines of both lists as its version does',
    section: ANSWER,
    why: 'v2 has `pk` as number and `quantity` as text in both lists; v1 has numbers, and `consumedQuantity` with `globallyConsumedQuantity` in the conditions. The response table of v2 says Number for `quantity`; its example and its interface say text.',
    run: (context) =>
      judgeOffers(context, (offer) => {
        for (const list of LISTS) {
          const lines = discountOf(offer)[list];
          for (const [index, line] of (Array.isArray(lines) ? lines : []).entries()) {
            const reason = mismatch(LINE_SCHEMAS[context.version][list], line, `discount.${list}[${index}]`);
            if (reason !== null) return reason;
          }
        }
        return null;
      }),
  },
  {
    id: 'offers/extra-args',
    level: 'contract',
    isReview: true,
    title: 'gives each type the arguments it needs',
    section: akinon('"Discount Types Extra Args"'),
    why: 'BASKET has `discount`, LOYALTY_POINT `loyaltyData`, SAMPLE_PRODUCT `sampleProducts` and `allowedQuantity`, DEFERRED `data.coupon`. Amounts are text in v2 and numbers in v1.',
    run: (context) =>
      judgeOffers(context, (offer) => {
        const type = typeOf(offer);
        if (type === undefined) return null;
        const reason = mismatch(EXTRA_ARGS_SCHEMAS[context.version][type], discountOf(offer).extraArgs, 'extraArgs');
        return reason === null ? null : `${type}, ${reason}`;
      }),
  },
  {
    id: 'offers/argument-values',
    level: 'practice',
    isReview: true,
    title: 'gives arguments that can be used',
    section: akinon('"Discount Types Extra Args"'),
    why: 'A coefficient is a plain decimal text, samples are at least one, and may be taken at least once, and a coupon is not empty.',
    run: (context) =>
      judgeOffers(context, (offer) => {
        const type = typeOf(offer);
        const args = at(offer, 'discount.extraArgs');
        const coefficient = at(args, 'loyaltyData.benefitCoefficient');
        if (type === 'LOYALTY_POINT' && typeof coefficient === 'string' && !decimalOf(coefficient)?.gt(0))
          return `loyaltyData.benefitCoefficient is ${show(coefficient)}`;
        const [samples, allowed] = [at(args, 'sampleProducts'), at(args, 'allowedQuantity')];
        if (type === 'SAMPLE_PRODUCT' && Array.isArray(samples) && samples.length === 0)
          return 'sampleProducts is empty';
        if (type === 'SAMPLE_PRODUCT' && typeof allowed === 'number' && !(Number.isInteger(allowed) && allowed > 0))
          return `allowedQuantity is ${show(allowed)}`;
        return type === 'DEFERRED' && at(args, 'data.coupon') === '' ? 'data.coupon is empty' : null;
      }),
  },
  {
    id: 'offers/point-dates',
    level: 'practice',
    isReview: true,
    title: 'dates loyalty points as in the example, and in order',
    section: akinon('"Loyalty Point Extra Args"'),
    why: 'The document types both dates as text and shows `2025-01-01`. Another form, or an end before the start, is a guess for the reader.',
    run: (context) =>
      judgeOffers(context, (offer) => {
        const { validFrom, validUntil } = (at(offer, 'discount.extraArgs.loyaltyData') ?? {}) as Record<
          string,
          unknown
        >;
        if (typeof validFrom !== 'string' || typeof validUntil !== 'string') return null;
        for (const [name, date] of Object.entries({ validFrom, validUntil })) {
          if (!isDate(date)) return `loyaltyData.${name} is ${show(date)}, which is no date like 2025-01-01`;
        }
        return validFrom > validUntil ? `loyaltyData is valid from ${validFrom} until ${validUntil}` : null;
      }),
  },
];

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}
