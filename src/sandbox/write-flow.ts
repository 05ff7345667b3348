/**
 * The basket as Akinon sends it to the adapter, in either contract version. What was applied last goes back on each item
 * with that item's own share of the money, and without the offer's id, as the samples have it.
 * @see Akinon Basket Offer Flows v2 and v1, "Request Body"
 */
import Big from 'big.js';
import type { ItemQuantity } from '../offers/basket.ts';
import { type Decimal, fromMinorUnits } from '../offers/money.ts';
import type { AppliedOffer } from './apply-offers.ts';
import type { PricedItem } from './price-basket.ts';
import type { ContractVersion, Settings } from './settings.ts';
import type { BasketView } from './write-basket.ts';

/** What the two versions spell differently. */
interface Spelling {
  readonly decimal: (text: string) => string | number;
  readonly conditionLine: (line: ItemQuantity) => object;
  readonly attributes: (attributes: object) => unknown;
  readonly extraArgs: (args: object) => unknown;
  readonly itemFields: object;
}

const SPELLINGS: Record<ContractVersion, Spelling> = {
  v2: {
    decimal: (text) => text,
    conditionLine: ({ itemId, quantity }) => ({ pk: itemId, quantity }),
    attributes: (attributes) => attributes,
    extraArgs: (args) => args,
    itemFields: {},
  },
  v1: {
    decimal: Number,
    conditionLine: ({ itemId, quantity }) => ({
      ...{ pk: itemId, consumedQuantity: Number(quantity), globallyConsumedQuantity: Number(quantity) },
    }),
    // Drawn as lists there, and `[]` where there is nothing.
    attributes: (attributes) => (Object.keys(attributes).length === 0 ? [] : [attributes]),
    extraArgs: (args) => (Object.keys(args).length === 0 ? [] : [args]),
    // "This value is reset when each offer is applied": between two calls it is none.
    itemFields: { consumedQuantity: 0 },
  },
};

export function writeOffersRequest(view: BasketView, { contractVersion, customer }: Settings) {
  return { basket: writeFlowBasket(view, contractVersion), user: customer };
}

/** v1 has no `order`. */
export function writeUseOffersRequest(
  view: BasketView,
  { contractVersion }: Settings,
  used: { readonly discounts: readonly string[]; readonly orderNumber: string },
) {
  return {
    basket: writeFlowBasket(view, contractVersion),
    usedDiscounts: used.discounts,
    ...(contractVersion === 'v2' && { order: { orderNumber: used.orderNumber } }),
  };
}

function writeFlowBasket(view: BasketView, version: ContractVersion) {
  const { basket, priced } = view;
  return {
    id: basket.id,
    version: basket.version,
    ...(version === 'v2' && { voucherCode: basket.voucherCode }),
    basketItems: priced.items.map((line) => writeFlowItem(line, view, SPELLINGS[version])),
  };
}

function writeFlowItem({ item, product, gross }: PricedItem, { priced, application }: BasketView, spelling: Spelling) {
  const { decimal } = spelling;
  const { digits } = priced;
  const money = (minor: bigint) => decimal(fromMinorUnits(minor.toString(), digits));
  return {
    id: item.id,
    unitPrice: decimal(new Big(product.price).toFixed(digits)),
    quantity: item.quantity,
    unitType: product.unitType,
    taxRate: decimal(new Big(product.taxRate).toFixed(2)),
    totalAmount: money(gross),
    discountAmount: money(application.discountByItem.get(item.id) ?? 0n),
    ...spelling.itemFields,
    globallyConsumedQuantity: decimal(withAPlace(application.globallyConsumed.get(item.id) ?? new Big(0))),
    currencyType: product.currency,
    appliedDiscounts: application.applied.flatMap((applied) => {
      const share = applied.shares.get(item.id);
      return share === undefined ? [] : { discount: writeApplied(applied, money(share), spelling) };
    }),
    product: {
      id: product.id,
      sku: product.sku,
      name: product.name,
      attributes: spelling.attributes({ ...product.attributes, ...item.attributes }),
    },
  };
}

function writeApplied({ offer }: AppliedOffer, share: string | number, spelling: Spelling) {
  return {
    type: offer.type,
    description: offer.description,
    discountedBasketItems: offer.discountedItems.map(({ itemId, quantity }) => ({
      pk: itemId,
      quantity: spelling.decimal(quantity),
    })),
    conditionConsumedBasketItems: offer.conditionItems.map(spelling.conditionLine),
    extraArgs: spelling.extraArgs(offer.type === 'BASKET' ? { discount: share } : offer.extraArgs),
  };
}

/** `0.0`, `0.2`, `1.0`: the samples give this quantity one place at least. */
function withAPlace(quantity: Big): Decimal {
  const text = quantity.toFixed();
  return (text.includes('.') ? text : `${text}.0`) as Decimal;
}
