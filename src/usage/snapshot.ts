/**
 * The basket as it is frozen for the delivery: everything an upstream may be told, without product attributes, which
 * are passed on but not stored.
 */
import { utf8Bytes } from '../common/json.ts';
import type { Basket } from '../offers/basket.ts';

/** A D1 row must stay well below 2 MB, and an order's basket is a few KB. */
export const MAX_SNAPSHOT_BYTES = 256 * 1024;

export interface Snapshot {
  readonly text: string;
  /** What was left out so that the rest fits. */
  readonly leftOut: 'nothing' | 'appliedDiscounts' | 'items';
}

export function freezeBasket(basket: Basket): Snapshot {
  const items = basket.items.map((item) => ({ ...item, attributes: {} }));
  const whole = JSON.stringify({ ...basket, items });
  if (fits(whole)) return { text: whole, leftOut: 'nothing' };
  const withoutHistory = JSON.stringify({ ...basket, items: items.map((item) => ({ ...item, appliedDiscounts: [] })) });
  if (fits(withoutHistory)) return { text: withoutHistory, leftOut: 'appliedDiscounts' };
  return { text: JSON.stringify({ ...basket, items: [] }), leftOut: 'items' };
}

function fits(text: string): boolean {
  // UTF-8 needs at most three bytes for a UTF-16 unit: most baskets need not be encoded to know.
  return text.length * 3 <= MAX_SNAPSHOT_BYTES || utf8Bytes(text) <= MAX_SNAPSHOT_BYTES;
}
