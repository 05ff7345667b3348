/**
 * The shop's basket as the basket API's two models draw it: one active basket for each session, one item for each
 * unique thing in it. Prices are decimal text and computed in `price-basket.ts`; quantities are whole, as the model says.
 * @see Akinon, "Basket": "Basket Model" and "BasketItem Model"
 */
import type { Json } from '../common/json.ts';
import type { Decimal } from '../offers/money.ts';

export type Attributes = Readonly<Record<string, Json>>;

export interface Product {
  readonly id: number;
  readonly name: string;
  readonly sku: string;
  readonly baseCode: string;
  readonly attributes: Attributes;
  readonly attributeSet: number;
  readonly price: Decimal;
  readonly retailPrice: Decimal;
  /** ISO 4217, upper case; the basket API writes it in lower case, the flows in upper case. */
  readonly currency: string;
  /** Percent. */
  readonly taxRate: Decimal;
  readonly stock: number;
  readonly isActive: boolean;
  readonly unitType: 'QUANTITY' | 'KILOGRAM';
  /** Microseconds. */
  readonly createdAt: number;
}

export type Catalogue = ReadonlyMap<number, Product>;

/** The document names an enum without its values: these two are what the sandbox needs. */
export type BasketStatus = 'active' | 'ordered';

export interface ShopBasket {
  readonly id: number;
  readonly status: BasketStatus;
  /** Microseconds; another with every change. It is also the visible `modified_date`. */
  readonly version: number;
  readonly createdAt: number;
  readonly voucherCode: string | null;
  readonly items: readonly ShopItem[];
}

export interface ShopItem {
  readonly id: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly productId: number;
  readonly quantity: number;
  readonly attributes: Attributes;
  /** "Product details, if the item is exchangeable": stored, and answered nowhere. */
  readonly inquiry: Attributes;
  /** The item that this one is a part of, and how many of it come with one of that. */
  readonly parentId: number | null;
  readonly perParent: number;
  /** What it cost when it was put in: a later rise is told to the customer. */
  readonly priceWhenAdded: Decimal;
}

/** Active, and enough of it for all that the basket wants. */
export function isAvailable(product: Product, wanted: number): boolean {
  return product.isActive && product.stock >= wanted;
}

/** How many of each product the basket wants, over all its items. */
export function quantityByProduct(items: readonly ShopItem[]): Map<number, number> {
  const wanted = new Map<number, number>();
  for (const { productId, quantity } of items) wanted.set(productId, (wanted.get(productId) ?? 0) + quantity);
  return wanted;
}

export function partsOf(items: readonly ShopItem[], id: number): ShopItem[] {
  return items.filter(({ parentId }) => parentId === id);
}
