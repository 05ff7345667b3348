/**
 * What a caller's numbers cannot carry is not offered to it: an offer whose amount or quantity would change on the way is
 * dropped, and so is never remembered as shown. Looked at after the guard, because trimming makes new amounts.
 */
import type { Drop } from './drop.ts';
import type { Guarded } from './guard.ts';
import { currencyDigits, type Decimal, formatAmount, significantDigits } from './money.ts';
import type { Offer } from './offer.ts';

/** @param digits significant digits that the caller reads unchanged; undefined = any */
export function dropInexact(guarded: Guarded, digits: number | undefined): Guarded {
  if (digits === undefined) return guarded;
  const isExact = (offer: Offer) => decimalsOf(offer).every((decimal) => significantDigits(decimal) <= digits);
  const inexact = guarded.offers.filter((offer) => !isExact(offer));
  if (inexact.length === 0) return guarded;
  const drops = inexact.map(({ id }): Drop => ({ id, reason: 'too_many_digits' }));
  return { ...guarded, offers: guarded.offers.filter(isExact), drops: [...guarded.drops, ...drops] };
}

function decimalsOf({ benefit, currency, discountedItems, conditionItems }: Offer): Decimal[] {
  const quantities = [...discountedItems, ...conditionItems].map(({ quantity }) => quantity);
  if (benefit.type === 'BASKET') return [formatAmount(benefit.amount, currencyDigits(currency)), ...quantities];
  return benefit.type === 'LOYALTY_POINT' ? [benefit.points, ...quantities] : quantities;
}
