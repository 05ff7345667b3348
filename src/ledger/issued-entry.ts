/**
 * How one remembered offer is written: an array, because `json_patch` replaces arrays whole and would merge objects.
 * The positions are part of the stored format: append, never reorder.
 */
import type { IssuedOffer } from './ledger.ts';

/** Room for the offers and the connector's state of one basket, in bytes of JSON. */
export const MAX_ISSUED_BYTES = 64 * 1024;

export const ENTRY = { version: 0, type: 1, amount: 2, currency: 3, notify: 4, reference: 5 } as const;

/** @param version of the basket that the offer was made to: the oldest make room first */
export function toEntry(version: number, { type, amount, currency, notify, reference }: IssuedOffer) {
  return [version, type, amount, currency, notify, reference] as const;
}
