/**
 * What a customer can do to a basket, as functions from one basket to the next. Nothing is changed in place, and what
 * is refused changes nothing.
 * @see Akinon, "Basket": POST, PATCH, PUT, DELETE and "PATCH Update Single Basket Item"
 */
import {
  type Attributes,
  type Catalogue,
  isAvailable,
  partsOf,
  quantityByProduct,
  type ShopBasket,
  type ShopItem,
} from './basket.ts';
import { ok, type Result, refused } from './errors.ts';
import { isSameThing, sameJson } from './same-thing.ts';

export interface Part {
  readonly productId: number;
  /** In one of the item that it belongs to. */
  readonly quantity: number;
  readonly attributes: Attributes;
}

export interface Wanted {
  readonly productId: number;
  readonly quantity: number;
  /** Absent = any: the first item of the product is meant, or a new one has none. */
  readonly attributes?: Attributes | undefined;
  readonly inquiry?: Attributes | undefined;
  readonly parts?: readonly Part[] | undefined;
}

export interface Change {
  readonly catalogue: Catalogue;
  /** Microseconds: the version that the basket will have. */
  readonly at: number;
  readonly nextId: () => number;
}

/** A basket of the flows holds at most 1,000 items; a shop's stays far below. */
export const MAX_ITEMS = 100;

/** POST: adds to the item that is the same thing, or makes a new one. */
export function addItem(basket: ShopBasket, wanted: Wanted, change: Change): Result<ShopBasket> {
  const { items } = basket;
  const parts = wanted.parts ?? [];
  for (const productId of [wanted.productId, ...parts.map((part) => part.productId)]) {
    if (!change.catalogue.has(productId)) return refused('unknown_product', 'product', `no product ${productId}`);
  }
  const same = items.find((item) => item.parentId === null && isSameThing(items, item, wanted));
  if (same !== undefined) return settle(basket, resize(items, same, same.quantity + wanted.quantity, change), change);

  const parent = newItem(wanted, null, 1, change);
  const children = parts.map((part) =>
    newItem({ ...part, quantity: part.quantity * parent.quantity }, parent.id, part.quantity, change),
  );
  return settle(basket, [...items, parent, ...children], change);
}

/** PUT and PATCH: the quantity as it shall be, 0 to remove. PUT adds what is not there, PATCH refuses. */
export function setQuantity(
  basket: ShopBasket,
  wanted: Wanted,
  change: Change,
  whenAbsent: 'add' | 'refuse',
): Result<ShopBasket> {
  const item = basket.items.find(
    ({ productId, parentId, attributes }) =>
      parentId === null &&
      productId === wanted.productId &&
      (wanted.attributes === undefined || sameJson(attributes, wanted.attributes)),
  );
  if (item !== undefined) return settle(basket, resize(basket.items, item, wanted.quantity, change), change);
  if (whenAbsent === 'refuse')
    return refused('unknown_item', 'product', `product ${wanted.productId} is not in the basket`);
  if (wanted.quantity > 0) return addItem(basket, wanted, change);
  if (!change.catalogue.has(wanted.productId))
    return refused('unknown_product', 'product', `no product ${wanted.productId}`);
  return ok(basket);
}

/** One more of an item, or so many fewer; at zero it goes, its parts with it. */
export function stepQuantity(basket: ShopBasket, id: number, by: number, change: Change): Result<ShopBasket> {
  const item = basket.items.find((one) => one.id === id && one.parentId === null);
  if (item === undefined) return refused('unknown_item', 'item', `no item ${id} in the basket`);
  return settle(basket, resize(basket.items, item, Math.max(0, item.quantity + by), change), change);
}

/** DELETE: all products go; the basket stays, and its voucher code with it. */
export function emptyBasket(basket: ShopBasket, change: Pick<Change, 'at'>): ShopBasket {
  return { ...basket, version: change.at, items: [] };
}

export function withVoucher(basket: ShopBasket, code: string | null, change: Pick<Change, 'at'>): ShopBasket {
  return basket.voucherCode === code ? basket : { ...basket, version: change.at, voucherCode: code };
}

/** A basket after a change: the stamp, and nothing in it that the shop cannot give. */
function settle(basket: ShopBasket, items: readonly ShopItem[], change: Change): Result<ShopBasket> {
  if (items.length > MAX_ITEMS) return refused('basket_too_large', 'product', `at most ${MAX_ITEMS} items`);
  const before = quantityByProduct(basket.items);
  for (const [productId, wanted] of quantityByProduct(items)) {
    const product = change.catalogue.get(productId);
    if (product === undefined || wanted <= (before.get(productId) ?? 0)) continue;
    if (!product.isActive) return refused('unavailable_product', 'product', `${product.name} is not sold any more`);
    if (!isAvailable(product, wanted))
      return refused('out_of_stock', 'quantity', `${product.stock} of ${product.name} are in stock`);
  }
  const currencies = new Set(items.map(({ productId }) => change.catalogue.get(productId)?.currency));
  if (currencies.size > 1) return refused('other_currency', 'product', 'a basket has one currency');
  return ok({ ...basket, version: change.at, items });
}

/** With its parts, which keep their number for each. 0 removes them all. */
function resize(items: readonly ShopItem[], item: ShopItem, quantity: number, { at }: Change): ShopItem[] {
  const parts = new Set(partsOf(items, item.id));
  return items.flatMap((other) => {
    if (other === item) return quantity > 0 ? { ...item, quantity, modifiedAt: at } : [];
    if (!parts.has(other)) return other;
    return quantity > 0 ? { ...other, quantity: quantity * other.perParent, modifiedAt: at } : [];
  });
}

function newItem(wanted: Wanted, parentId: number | null, perParent: number, change: Change): ShopItem {
  const product = change.catalogue.get(wanted.productId);
  if (product === undefined) throw new Error(`no product ${wanted.productId}`);
  return {
    id: change.nextId(),
    createdAt: change.at,
    modifiedAt: change.at,
    productId: wanted.productId,
    quantity: wanted.quantity,
    attributes: wanted.attributes ?? {},
    inquiry: wanted.inquiry ?? {},
    parentId,
    perParent,
    priceWhenAdded: product.price,
  };
}
