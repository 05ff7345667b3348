/** What the basket costs before any discount, and what of it can be had at all. */
import Big from 'big.js';
import { currencyDigits, type Decimal, toMinorUnits } from '../offers/money.ts';
import {
  type Catalogue,
  isAvailable,
  type Product,
  quantityByProduct,
  type ShopBasket,
  type ShopItem,
} from './basket.ts';

export interface PricedItem {
  readonly item: ShopItem;
  readonly product: Product;
  /** Minor units: unit price × quantity. */
  readonly gross: bigint;
}

export interface PricedBasket {
  readonly currency: string;
  /** Of the currency's minor unit. */
  readonly digits: number;
  readonly items: readonly PricedItem[];
  /** Of products that are not sold any more or not in stock: shown apart, neither counted nor offered anything for. */
  readonly unavailable: readonly PricedItem[];
}

/** Of an empty basket, which has none of its own. */
const HOME_CURRENCY = 'TRY';

export function priceBasket({ items }: ShopBasket, catalogue: Catalogue): PricedBasket {
  const first = items[0] === undefined ? undefined : catalogue.get(items[0].productId);
  const currency = first?.currency ?? HOME_CURRENCY;
  const digits = currencyDigits(currency);
  const wanted = quantityByProduct(items);
  const isGone = ({ productId }: ShopItem) => {
    const product = catalogue.get(productId);
    return product === undefined || !isAvailable(product, wanted.get(productId) ?? 0);
  };
  const gone = new Set(items.filter(isGone).map(({ id }) => id));
  const available: PricedItem[] = [];
  const unavailable: PricedItem[] = [];
  for (const item of items) {
    const product = catalogue.get(item.productId);
    if (product === undefined) continue;
    const priced = { item, product, gross: grossOf(product.price, `${item.quantity}` as Decimal, digits) };
    const isUnavailable = gone.has(item.id) || (item.parentId !== null && gone.has(item.parentId));
    (isUnavailable ? unavailable : available).push(priced);
  }
  return { currency, digits, items: available, unavailable };
}

/** Minor units, rounded down: what is smaller than the currency's smallest coin is not charged. */
export function grossOf(unitPrice: Decimal, quantity: Decimal, digits: number): bigint {
  return BigInt(toMinorUnits(new Big(unitPrice).times(quantity), digits));
}
