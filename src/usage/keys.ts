/** Hashes that stand for a usage: what it means, and what its discounts are called towards an upstream. */
import { hashParts } from '../common/hash.ts';
import type { OrderKey } from '../common/ids.ts';

/** Equal for two requests that mean the same: key order, white space, repeats and order of ids do not count. */
export function fingerprintUsage(orderKey: OrderKey, usedDiscounts: readonly string[]): Promise<string> {
  return hashParts(orderKey, [...new Set(usedDiscounts)].sort());
}

/** Fixed prefix of the scheme: another way to derive keys gets another one, so that old keys stay what they are. */
const KEY_SCHEME = 'k1';

/**
 * The idempotency key of one discount of an order, 64 hex characters. Never random: a retry, a racing worker, a replay
 * and a restored database all send the same. Only a replay after a definitive refusal raises the generation.
 */
export function deriveDiscountKey(orderKey: OrderKey, discountId: string, generation: number): Promise<string> {
  return hashParts(KEY_SCHEME, orderKey, discountId, generation);
}
