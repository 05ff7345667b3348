/** What a template made, money and hashes still marked, → the JSON that is sent or shown. */
import { sha256 } from '../../../common/hash.ts';
import type { Json } from '../../../common/json.ts';
import { Hash } from './helpers.ts';
import { Money } from './money.ts';
import { placed } from './template-error.ts';
import { setOwn } from './values.ts';

/** Is there anything that is no JSON yet? */
export function holdsMark(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof Money || value instanceof Hash || Object.values(value).some(holdsMark);
}

/**
 * Marks as what they stand for: hashes in hex, amounts as `write` has them.
 * @param place of the mapping, for errors
 */
export async function settle(place: string, make: () => unknown, write: (amount: Money) => Json): Promise<Json> {
  const hashes: Hash[] = [];
  const hex = new Map<Hash, string>();
  const replace = (part: unknown): Json => {
    if (part instanceof Money) return write(part);
    if (part instanceof Hash) {
      hashes.push(part);
      return hex.get(part) ?? null;
    }
    if (Array.isArray(part)) return part.map((one, at) => placed(at, () => replace(one)));
    if (typeof part !== 'object' || part === null) return part as Json;
    const settled: Record<string, Json> = {};
    for (const [key, one] of Object.entries(part))
      setOwn(
        settled,
        key,
        placed(key, () => replace(one)),
      );
    return settled;
  };
  const value = placed(place, make);
  const settled = placed(place, () => replace(value));
  if (hashes.length === 0) return settled;
  // Digests are waited for; most requests have none, and are through.
  for (const hash of [...hashes]) hex.set(hash, (await sha256(hash.text)).toHex());
  return replace(value);
}
