/**
 * Offers → discounts, as Akinon applies them: by priority, alone where an offer is not mergeable, each BASKET amount
 * distributed over the items it names and never below zero. Which rules the documents give and which are our reading
 * of them: docs/sandbox.md.
 */
import Big from 'big.js';
import type { ItemQuantity } from '../offers/basket.ts';
import { type Decimal, toMinorUnits } from '../offers/money.ts';
import { distribute, type Recipient, sumOf } from './distribute.ts';
import type { ShopOffer } from './shop-offer.ts';

export interface Line {
  readonly itemId: number;
  readonly unitPrice: Decimal;
  /** Minor units of the whole line. */
  readonly gross: bigint;
}

export interface AppliedOffer {
  readonly offer: ShopOffer;
  /** Minor units given; 0 for what is not money. */
  readonly given: bigint;
  /** Minor units by item, for each item that the offer names and the basket has. */
  readonly shares: ReadonlyMap<number, bigint>;
  /** The items had less left to give than the offer says. */
  readonly isCut: boolean;
}

export type LeftOutReason = 'not_mergeable' | 'nothing_left';

export interface Application {
  readonly applied: readonly AppliedOffer[];
  readonly leftOut: readonly { readonly offer: ShopOffer; readonly reason: LeftOutReason }[];
  readonly discountByItem: ReadonlyMap<number, bigint>;
  readonly totalDiscount: bigint;
  /** What offers that do not merge have used up of an item: no other offer can build on it. */
  readonly globallyConsumed: ReadonlyMap<number, Big>;
}

export interface Rules {
  readonly priorityFirst: 'lowest' | 'highest';
  readonly digits: number;
}

export function applyOffers(lines: readonly Line[], offers: readonly ShopOffer[], rules: Rules): Application {
  const byId = new Map(lines.map((line) => [line.itemId, line]));
  const left = new Map(lines.map(({ itemId, gross }) => [itemId, gross]));
  const applied: AppliedOffer[] = [];
  const leftOut: { offer: ShopOffer; reason: LeftOutReason }[] = [];
  for (const offer of inTurn(offers, rules.priorityFirst)) {
    const standsAlone = !offer.isMergeable || applied.some((earlier) => !earlier.offer.isMergeable);
    if (standsAlone && applied.length > 0) {
      leftOut.push({ offer, reason: 'not_mergeable' });
      continue;
    }
    const one = applyOne(offer, byId, left, rules.digits);
    if (one === null) {
      leftOut.push({ offer, reason: 'nothing_left' });
      continue;
    }
    for (const [itemId, share] of one.shares) left.set(itemId, (left.get(itemId) ?? 0n) - share);
    applied.push(one);
  }
  const discountByItem = new Map(lines.map(({ itemId, gross }) => [itemId, gross - (left.get(itemId) ?? 0n)]));
  return {
    applied,
    leftOut,
    discountByItem,
    totalDiscount: sumOf(discountByItem.values()),
    globallyConsumed: consumedBy(applied.filter(({ offer }) => !offer.isMergeable)),
  };
}

/** Equal priorities keep their place in the answer. */
function inTurn(offers: readonly ShopOffer[], first: Rules['priorityFirst']): ShopOffer[] {
  const sign = first === 'lowest' ? 1 : -1;
  return offers.toSorted((a, b) => sign * (a.priority - b.priority));
}

/** Null where a BASKET offer finds nothing that it could make cheaper. */
function applyOne(
  offer: ShopOffer,
  byId: ReadonlyMap<number, Line>,
  left: ReadonlyMap<number, bigint>,
  digits: number,
): AppliedOffer | null {
  const recipients = offer.discountedItems.flatMap(({ itemId, quantity }): Recipient[] => {
    const line = byId.get(itemId);
    if (line === undefined) return [];
    const worth = worthOf(line, quantity, digits);
    const rest = left.get(itemId) ?? 0n;
    return [{ itemId, quantity, room: worth < rest ? worth : rest }];
  });
  if (offer.type !== 'BASKET' || offer.amount === null) {
    return { offer, given: 0n, shares: new Map(recipients.map(({ itemId }) => [itemId, 0n])), isCut: false };
  }
  const asked = BigInt(toMinorUnits(new Big(offer.amount), digits));
  const shares = distribute(asked, recipients);
  const given = sumOf(shares.values());
  return given === 0n ? null : { offer, given, shares, isCut: given < asked };
}

/** Minor units of so much of the line, rounded up: parts of a coin on several lines add up to whole ones. */
function worthOf({ unitPrice }: Line, quantity: Decimal, digits: number): bigint {
  return BigInt(new Big(unitPrice).times(quantity).times(new Big(10).pow(digits)).round(0, Big.roundUp).toFixed(0));
}

function consumedBy(applied: readonly AppliedOffer[]): Map<number, Big> {
  const consumed = new Map<number, Big>();
  const take = ({ itemId, quantity }: ItemQuantity) =>
    consumed.set(itemId, (consumed.get(itemId) ?? new Big(0)).plus(quantity));
  for (const { offer } of applied) offer.conditionItems.forEach(take);
  return consumed;
}
