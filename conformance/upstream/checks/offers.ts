/** Group `offers`: what a basket is offered, and whether it would be shown as it is. */
import { at, type Exchange, isObject, jsonOf, show } from '../../exchange.ts';
import { GUEST } from '../basket.ts';
import { type Check, describe, type Finding, failed, NOTHING_OFFERED, OFFERS, passed } from '../check.ts';
import { type Aspect, flawsOf } from '../offers.ts';

/** 200 and `{"offers": […]}`. */
function judgeAnswer(exchange: Exchange): Finding {
  const { answer, error } = exchange;
  if (answer?.status !== 200 || error !== null) return failed(describe(exchange), exchange);
  const offers = at(jsonOf(answer), 'offers');
  if (!Array.isArray(offers)) return failed(`200, but not {"offers": […]}: ${describe(exchange)}`, exchange);
  return passed(`200, ${offers.length === 1 ? '1 offer' : `${offers.length} offers`}`);
}

/** Offers are often wrong in the same way. */
const MAX_FLAWS = 5;

/** Every offer of one answer is right in this respect. */
function isRight(aspect: Aspect, describeRight: (offers: readonly unknown[]) => string): Check['run'] {
  return async (context) => {
    const { offers, exchange, question } = await context.offered();
    if (offers.length === 0) return NOTHING_OFFERED;
    const flaws = flawsOf(offers, question.basket)
      .flat()
      .filter((flaw) => flaw.aspect === aspect);
    if (flaws.length > 0) {
      const first = flaws.slice(0, MAX_FLAWS).map(({ what }) => what);
      const more = flaws.length > MAX_FLAWS ? `; and ${flaws.length - MAX_FLAWS} more` : '';
      return failed(first.join('; ') + more, exchange);
    }
    return passed(describeRight(offers));
  };
}

const count = (offers: readonly unknown[], name: string) =>
  offers.filter((offer) => isObject(offer) && offer[name] !== undefined).length;

const idsOf = (offers: readonly unknown[]) => offers.map((offer) => (isObject(offer) ? offer.id : undefined));

export const offersChecks: readonly Check[] = [
  {
    id: 'offers/answer',
    expected: 'answers 200 with {"offers": […]}',
    section: OFFERS,
    run: async (context) => judgeAnswer(await context.ask(context.question())),
  },
  {
    id: 'offers/guest',
    expected: 'answers for a guest, who has neither phone nor e-mail',
    section: OFFERS,
    run: async (context) => judgeAnswer(await context.ask(context.question({ customer: GUEST }))),
  },
  {
    id: 'offers/unknown-fields',
    expected: 'ignores fields that it does not know',
    section: OFFERS,
    run: async (context) => {
      const { basket, ...rest } = context.question();
      const items = basket.items.map((item) => ({ ...item, conformanceExtra: [1] }));
      const question = { ...rest, basket: { ...basket, items, conformanceExtra: { a: null } }, conformanceExtra: 'x' };
      return judgeAnswer(await context.ask(question));
    },
  },
  {
    id: 'offers/ids',
    expected: 'gives each offer an id of 1 to 200 characters, once in an answer',
    section: OFFERS,
    run: isRight('id', (offers) => idsOf(offers).join(', ')),
  },
  {
    id: 'offers/fields',
    expected: 'has a type of the protocol, and fields of their types, in the currency of the basket',
    section: OFFERS,
    run: isRight('fields', (offers) => {
      const types = offers.map((offer) => (isObject(offer) ? String(offer.type) : ''));
      return [...new Set(types)].join(', ');
    }),
  },
  {
    id: 'offers/extra-args',
    expected: 'has the extraArgs that the type needs, with decimals as text',
    section: OFFERS,
    run: isRight('args', (offers) => `extraArgs on ${count(offers, 'extraArgs')} of ${offers.length}`),
  },
  {
    id: 'offers/items',
    expected: 'names only items that are in the basket, and not more of them',
    section: OFFERS,
    run: isRight(
      'items',
      (offers) => `discountedBasketItems on ${count(offers, 'discountedBasketItems')} of ${offers.length}`,
    ),
  },
  {
    id: 'offers/amounts',
    expected: 'takes off no more than the basket, or the items that it names, cost',
    section: OFFERS,
    run: isRight('amount', (offers) => {
      const amounts = offers.map((offer) => at(offer, 'extraArgs.discount')).filter((amount) => amount !== undefined);
      return amounts.length === 0 ? 'no amount of money' : amounts.join(', ');
    }),
  },
  {
    id: 'offers/references',
    expected: 'has a reference of at most 4 KB, or none',
    section: OFFERS,
    run: isRight('reference', (offers) => `reference on ${count(offers, 'reference')} of ${offers.length}`),
  },
  {
    id: 'offers/same-ids',
    expected: 'offers the same basket the same again, under the same ids',
    section: OFFERS,
    run: async (context) => {
      const first = await context.offered();
      if (first.offers.length === 0) return NOTHING_OFFERED;
      const again = await context.offered({ ...first.question, requestId: context.question().requestId });
      const [before, after] = [first, again].map(({ offers }) => JSON.stringify(idsOf(offers).sort()));
      if (before !== after)
        return failed(`first ${show(idsOf(first.offers))}, then ${show(idsOf(again.offers))}`, again.exchange);
      return passed(`twice ${show(idsOf(first.offers))}`);
    },
  },
];
