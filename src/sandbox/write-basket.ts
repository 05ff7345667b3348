/**
 * The answer of the basket API, field by field as its samples have it: money as text with the currency's places, the
 * currency in lower case, `product.price` as short as it goes.
 * @see Akinon, "Basket", "GET Basket Items" and "Response Parameters"
 */
import Big from 'big.js';
import { fromMinorUnits } from '../offers/money.ts';
import type { Application } from './apply-offers.ts';
import type { Product, ShopBasket, ShopItem } from './basket.ts';
import { sumOf } from './distribute.ts';
import type { PricedBasket, PricedItem } from './price-basket.ts';
import { toDate } from './stamp.ts';
import { toUpsellDetails } from './upsell.ts';

/** "Information on which segment the customer is in": the sandbox has no segments. */
const NO_SEGMENT = { pk: null, stock_list: null, price_list: null };

export interface BasketView {
  readonly basket: ShopBasket;
  readonly priced: PricedBasket;
  readonly application: Application;
}

export function writeBasket(view: BasketView) {
  const { basket, priced, application } = view;
  const { items, digits } = priced;
  const money = (minor: bigint) => fromMinorUnits(minor.toString(), digits);
  const gross = sumOf(items.map((line) => line.gross));
  return {
    basket: {
      basketitem_set: items.map((line) => writeItem(line, view)),
      total_amount: money(gross - application.totalDiscount),
      total_quantity: items.reduce((sum, { item }) => sum + item.quantity, 0),
      unavailable_basket_products: priced.unavailable.map((line) => writeItem(line, view)),
      upsell_details: toUpsellDetails(items, application),
      discounts: application.applied.map(({ offer, given }) => ({
        description: offer.description,
        discount: money(given),
      })),
      total_discount_amount: money(application.totalDiscount),
      total_product_amount: money(gross),
      voucher_code: basket.voucherCode,
      pk: basket.id,
      created_date: toDate(basket.createdAt),
      modified_date: toDate(basket.version),
      segment: NO_SEGMENT,
    },
  };
}

export function writeItem({ item, product, gross }: PricedItem, { priced, application }: BasketView) {
  const { digits } = priced;
  const money = (minor: bigint) => fromMinorUnits(minor.toString(), digits);
  const price = new Big(product.price).toFixed(digits);
  return {
    quantity: item.quantity,
    product: writeProduct(product),
    unit_price: price,
    currency_type: product.currency.toLowerCase(),
    tax_rate: new Big(product.taxRate).toFixed(2),
    // Before discounts, as the sample has it; the table's "net" is without shipping.
    total_amount: money(gross),
    shipping_discount: null,
    attributes: item.attributes,
    id: item.id,
    attributes_kwargs: {},
    image: null,
    parent: parentOf(item, priced),
    offer_badges: application.applied.flatMap(({ offer, shares }) => {
      const share = shares.get(item.id);
      return share === undefined ? [] : { description: offer.description, discount: money(share) };
    }),
    price,
    retail_price: new Big(product.retailPrice).toFixed(digits),
    stock: product.stock,
    discount_amount: money(application.discountByItem.get(item.id) ?? 0n),
  };
}

/** "If the item is a child product, details of the parent product." */
function parentOf({ parentId }: ShopItem, { items, unavailable }: PricedBasket) {
  const parent = [...items, ...unavailable].find(({ item }) => item.id === parentId);
  return parent === undefined ? null : writeProduct(parent.product);
}

function writeProduct(product: Product) {
  const created = toDate(product.createdAt);
  return {
    pk: product.id,
    name: product.name,
    sku: product.sku,
    base_code: product.baseCode,
    attributes: product.attributes,
    attribute_set: product.attributeSet,
    attributes_kwargs: {},
    extra_attributes: {},
    productimage_set: [
      {
        pk: product.id,
        status: 'active',
        image: `/sandbox/images/${product.id}.svg`,
        order: 1,
        created_date: created,
        specialimage_set: [],
      },
    ],
    price: new Big(product.price).toFixed(),
    in_stock: product.isActive && product.stock > 0,
    currency_type: product.currency.toLowerCase(),
    retail_price: new Big(product.retailPrice).toFixed(),
    unit_type: product.unitType === 'KILOGRAM' ? 'kg' : 'qty',
    absolute_url: `/${product.sku}-${product.baseCode}-${toSlug(product.name)}/`,
    productvideo_set: [],
    product_type: '0',
    price_type: 'default',
    form_schema: null,
    is_ready_to_basket: product.isActive && product.stock > 0,
    stock: product.stock,
    data_source: null,
  };
}

function toSlug(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}
