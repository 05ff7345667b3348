/**
 * One discount over several lines, by quantity, to the minor unit. A line takes no more than it has room for; what it
 * cannot take goes to the others in the same proportion. In whole minor units as `bigint`: exact, however large.
 * @see Akinon Basket Offer Flows v2: "Items to which the discount will be applied and distributed based on quantity"
 */
import Big from 'big.js';
import type { Decimal } from '../offers/money.ts';

export interface Recipient {
  readonly itemId: number;
  /** The quantity that the discount names. */
  readonly quantity: Decimal;
  /** Minor units that the line can still give. */
  readonly room: bigint;
}

/**
 * @param minor minor units to give away
 * @returns minor units by item; they sum to `minor`, or to all the room there is where that is less
 */
export function distribute(minor: bigint, recipients: readonly Recipient[]): Map<number, bigint> {
  const shares = new Map(recipients.map(({ itemId }) => [itemId, 0n]));
  let left = minor;
  let open = weigh(recipients).filter(({ room, weight }) => room > 0n && weight > 0n);
  while (left > 0n && open.length > 0) {
    const whole = sumOf(open.map(({ weight }) => weight));
    const full = new Set(open.filter(({ room, weight }) => left * weight >= room * whole));
    if (full.size === 0) {
      giveByWeight(left, whole, open, shares);
      return shares;
    }
    for (const { itemId, room } of full) {
      shares.set(itemId, room);
      left -= room;
    }
    open = open.filter((line) => !full.has(line));
  }
  return shares;
}

interface Weighed extends Recipient {
  readonly weight: bigint;
}

/** Quantities as whole numbers, all on the scale of the one with the most places. */
function weigh(recipients: readonly Recipient[]): Weighed[] {
  const places = Math.max(0, ...recipients.map(({ quantity }) => quantity.split('.')[1]?.length ?? 0));
  return recipients.map((line) => ({
    ...line,
    weight: BigInt(new Big(line.quantity).toFixed(places).replace('.', '')),
  }));
}

/** Each its share rounded down; the units left over go one by one to who lost most, the first of equals first. */
function giveByWeight(left: bigint, whole: bigint, open: readonly Weighed[], shares: Map<number, bigint>): void {
  let rest = left;
  for (const { itemId, weight } of open) {
    const share = (left * weight) / whole;
    shares.set(itemId, share);
    rest -= share;
  }
  const lost = ({ weight }: Weighed) => (left * weight) % whole;
  const inTurn = open.toSorted((a, b) => (lost(a) === lost(b) ? 0 : lost(a) > lost(b) ? -1 : 1));
  for (const { itemId } of inTurn) {
    if (rest === 0n) return;
    shares.set(itemId, (shares.get(itemId) ?? 0n) + 1n);
    rest -= 1n;
  }
}

export function sumOf(amounts: Iterable<bigint>): bigint {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
}
