/**
 * PATCH of a single item: other attributes for all of it or for one piece, which then is an item of its own. Where that
 * makes it the same thing as another item, the two become one.
 * @see Akinon, "Basket", "PATCH Update Single Basket Item"
 */
import { type Attributes, partsOf, type ShopBasket, type ShopItem } from './basket.ts';
import type { Change } from './change-basket.ts';
import { ok, type Result, refused } from './errors.ts';
import { isSameThing } from './same-thing.ts';

export interface ItemChange {
  readonly id: number;
  readonly isAll: boolean;
  /** Absent leaves them as they are. */
  readonly attributes?: Attributes | undefined;
}

export interface ItemChanged {
  readonly basket: ShopBasket;
  /** Of the item that has the new attributes: the one named, the piece split off, or what it was merged into. */
  readonly itemId: number;
}

export function changeItem(
  basket: ShopBasket,
  wanted: ItemChange,
  change: Omit<Change, 'catalogue'>,
): Result<ItemChanged> {
  const { items } = basket;
  const item = items.find(({ id }) => id === wanted.id);
  if (item === undefined) return refused('unknown_item', 'id', `no item ${wanted.id} in the basket`);
  const attributes = wanted.attributes ?? item.attributes;
  const moved = wanted.isAll ? item.quantity : 1;

  const twin =
    item.parentId === null
      ? items.find((other) => other !== item && other.parentId === null && isTwin(items, item, other, attributes))
      : undefined;
  if (twin !== undefined) {
    const next = take(add(items, twin, moved, change.at), item, moved, change.at);
    return ok({ basket: { ...basket, version: change.at, items: next }, itemId: twin.id });
  }
  if (moved === item.quantity || wanted.attributes === undefined || item.parentId !== null) {
    const next = items.map((other) => (other === item ? { ...item, attributes, modifiedAt: change.at } : other));
    return ok({ basket: { ...basket, version: change.at, items: next }, itemId: item.id });
  }
  const piece: ShopItem = {
    ...item,
    id: change.nextId(),
    quantity: moved,
    attributes,
    createdAt: change.at,
    modifiedAt: change.at,
  };
  const parts = partsOf(items, item.id).map((part) => ({
    ...part,
    id: change.nextId(),
    parentId: piece.id,
    quantity: part.perParent * moved,
    createdAt: change.at,
    modifiedAt: change.at,
  }));
  const next = [...take(items, item, moved, change.at), piece, ...parts];
  return ok({ basket: { ...basket, version: change.at, items: next }, itemId: piece.id });
}

/** Would `item` be the same thing as `other`, if it had these attributes? */
function isTwin(items: readonly ShopItem[], item: ShopItem, other: ShopItem, attributes: Attributes): boolean {
  const parts = partsOf(items, item.id).map((part) => ({ ...part, quantity: part.perParent }));
  return isSameThing(items, other, { productId: item.productId, quantity: 1, attributes, parts });
}

function add(items: readonly ShopItem[], item: ShopItem, pieces: number, at: number): ShopItem[] {
  return items.map((other) => {
    if (other.id === item.id) return { ...other, quantity: other.quantity + pieces, modifiedAt: at };
    if (other.parentId !== item.id) return other;
    return { ...other, quantity: other.quantity + pieces * other.perParent, modifiedAt: at };
  });
}

/** So many pieces less, with their parts; an item of which nothing is left goes. */
function take(items: readonly ShopItem[], item: ShopItem, pieces: number, at: number): ShopItem[] {
  return add(items, item, -pieces, at).filter(({ quantity }) => quantity > 0);
}
