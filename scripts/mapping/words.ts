/** What validation and the money guard find, in words that say what to do. */
import type * as v from 'valibot';
import type { DropReason } from '../../src/offers/drop.ts';

/** valibot's own words name its types; those of our schemas are kept. */
export function wordsOfIssue({ type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (!message.startsWith('Invalid ')) return message;
  if (expected === 'never') return `${received} is none of its keys: take it out, or look for a misspelling`;
  if (received === 'undefined') return `is missing${type === 'variant' ? `: must be ${either(expected)}` : ''}`;
  return `must be ${either(expected)}, and is ${received}`;
}

/** `("x" | "y")` → `"x" or "y"`; `Object` → `an object` */
function either(expected: string | null): string {
  const words: Readonly<Record<string, string>> = {
    Object: 'an object',
    Array: 'a list',
    string: 'a text',
    number: 'a number',
  };
  const options = (expected ?? 'something else').replace(/^\(|\)$/g, '').split(' | ');
  return options.map((option) => words[option] ?? option).join(' or ');
}

/** Why the guard drops an offer, and what the mapping would have to say instead. */
export const DROP_WORDS = {
  not_an_object: 'an offer must be an object',
  invalid_id: 'id must be a text of visible characters, the same each time',
  duplicate_id: 'an earlier offer has the same id',
  unknown_type: 'type must be one of BASKET, SHIPPING, LOYALTY_POINT, SAMPLE_PRODUCT, DEFERRED, POINT',
  invalid_extra_args:
    'extraArgs is not what its type needs: BASKET discount; LOYALTY_POINT loyaltyData with amount, benefitCoefficient, validFrom and validUntil as YYYY-MM-DD, in this order; SAMPLE_PRODUCT, DEFERRED data',
  invalid_amount: 'the amount is no decimal above zero',
  points_above_limit: 'more points than GUARD_MAX_POINTS lets through',
  invalid_field:
    'a field has another type than the bridge protocol gives it: label, description and messages are texts, priority a number, isMergeable and notifyAfterOrderCreation true or false, and none of them null',
  other_currency: 'its currency is not that of the basket',
  unknown_item: 'it names a pk that is not in the basket',
  duplicate_item: 'it names an item twice',
  invalid_quantity: 'a quantity is no decimal text above zero',
  quantity_above_item: 'a quantity is above that of the basket item',
  invalid_reference: 'reference is larger than 4 KB or too deep',
  nothing_left: 'nothing of the basket is left for it',
  too_many_digits: 'an amount has more digits than a number keeps',
  too_many_offers: 'a basket is shown no more offers',
} as const satisfies Record<DropReason, string>;
