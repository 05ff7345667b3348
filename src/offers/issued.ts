/**
 * What is remembered of an answer, and what fits: one basket keeps at most 64 KB. Older offers of the basket make room
 * first (the ledger sees to that); what asks for notification and does not fit even so must not be shown.
 */
import { type Json, jsonBytes } from '../common/json.ts';
import { MAX_ISSUED_BYTES, toEntry } from '../ledger/issued-entry.ts';
import type { IssuedOffer } from '../ledger/ledger.ts';
import { byPriority, type GuardLimits } from './guard.ts';
import { currencyDigits, toMinorUnits } from './money.ts';
import type { Offer } from './offer.ts';

const BRACES = 2;
const COLON_AND_COMMA = 2;

export interface FittedOffers {
  readonly shown: readonly Offer[];
  /** In the order in which Akinon applies them. */
  readonly issued: readonly IssuedOffer[];
  /** Ids that asked for notification and found no room. */
  readonly leftOut: readonly string[];
}

export function fitIssuedOffers(
  offers: readonly Offer[],
  version: number,
  basketState: Json | undefined,
  first: GuardLimits['priorityFirst'],
): FittedOffers {
  let room = MAX_ISSUED_BYTES - BRACES - jsonBytes(basketState);
  const issued = new Map<string, IssuedOffer>();
  const leftOut = new Set<string>();
  const inTurn = byPriority(offers, first);
  for (const offer of [...inTurn.filter(({ notify }) => notify), ...inTurn.filter(({ notify }) => !notify)]) {
    const entry = toIssued(offer);
    const bytes = jsonBytes(offer.id) + jsonBytes(toEntry(version, entry)) + COLON_AND_COMMA;
    if (bytes <= room) {
      room -= bytes;
      issued.set(offer.id, entry);
    } else if (offer.notify) leftOut.add(offer.id);
  }
  return {
    shown: leftOut.size === 0 ? offers : offers.filter(({ id }) => !leftOut.has(id)),
    issued: inTurn.flatMap(({ id }) => issued.get(id) ?? []),
    leftOut: [...leftOut],
  };
}

function toIssued({ id, benefit, currency, notify, reference }: Offer): IssuedOffer {
  const kept = { id, notify, reference: reference ?? null };
  switch (benefit.type) {
    case 'BASKET':
      return { ...kept, type: 'BASKET', amount: toMinorUnits(benefit.amount, currencyDigits(currency)), currency };
    case 'LOYALTY_POINT':
      return { ...kept, type: 'LOYALTY_POINT', amount: benefit.points, currency: null };
    default:
      return { ...kept, type: benefit.type, amount: null, currency: null };
  }
}
