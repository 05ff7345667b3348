/** How fast an upstream with a quota may be called. */
import type { Pace } from '../ledger/outbox.ts';

/**
 * @param perMinute limits, undefined for none; the least counts
 * @returns as many orders at once as a second has room for, one where a minute has fewer than sixty; null for no limit
 */
export function toPace(...perMinute: readonly (number | undefined)[]): Pace | null {
  const least = Math.min(...perMinute.map((max) => max ?? Number.POSITIVE_INFINITY));
  if (!Number.isFinite(least)) return null;
  return { intervalMs: Math.ceil(60_000 / least), burst: Math.max(1, Math.floor(least / 60)) };
}
