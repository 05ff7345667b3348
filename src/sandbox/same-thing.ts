/** "A BasketItem is created for every unique item": what makes two of them the same thing. */
import type { Json } from '../common/json.ts';
import { partsOf, type ShopItem } from './basket.ts';
import type { Wanted } from './change-basket.ts';

/** Same product, attributes and parts. Absent attributes are no attributes. */
export function isSameThing(items: readonly ShopItem[], item: ShopItem, wanted: Wanted): boolean {
  if (item.productId !== wanted.productId || !sameJson(item.attributes, wanted.attributes ?? {})) return false;
  const has = partsOf(items, item.id).map(({ productId, perParent, attributes }) =>
    canonical([productId, perParent, attributes as Json]),
  );
  const wants = (wanted.parts ?? []).map(({ productId, quantity, attributes }) =>
    canonical([productId, quantity, attributes as Json]),
  );
  return has.toSorted().join() === wants.toSorted().join();
}

export function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a as Json) === canonical(b as Json);
}

/** JSON text in which the order of keys says nothing. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
