/** The basket as the domain knows it: one shape for both contract versions and every connector. */
import Big from 'big.js';
import type { Decimal } from './money.ts';

export interface Basket {
  readonly id: number;
  /** Akinon's stamp of the basket's state in microseconds; grows with every change. */
  readonly version: number;
  /** ISO 4217, upper case; null for an empty basket and for one of several currencies. */
  readonly currency: string | null;
  readonly voucherCode: string | null;
  readonly items: readonly BasketItem[];
}

export interface BasketItem {
  readonly id: number;
  readonly sku: string;
  readonly productId: number;
  readonly name: string;
  /** Passed on to upstreams, never stored. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly unitPrice: Decimal;
  /** May be fractional, whatever `unitType` says. */
  readonly quantity: Decimal;
  readonly unitType: string;
  /** Percent. */
  readonly taxRate: Decimal;
  readonly totalAmount: Decimal;
  readonly discountAmount: Decimal;
  readonly globallyConsumedQuantity: Decimal;
  readonly currency: string;
  /** History: may name items that are not in the basket, and carries no offer ids. */
  readonly appliedDiscounts: readonly AppliedDiscount[];
}

export interface AppliedDiscount {
  readonly type: string;
  readonly description: string;
  readonly extraArgs: Readonly<Record<string, unknown>>;
  readonly discountedItems: readonly ItemQuantity[];
  readonly conditionItems: readonly ItemQuantity[];
}

/** So much of one basket item. */
export interface ItemQuantity {
  readonly itemId: number;
  readonly quantity: Decimal;
}

export interface Customer {
  readonly phone: string | null;
  readonly emails: readonly string[];
  readonly emailAllowed: boolean;
  readonly smsAllowed: boolean;
  readonly callAllowed: boolean;
}

/** Where the basket is being filled. */
export interface Channel {
  /** `default`, `android`, `instore`, …; null where the contract version does not ask for it. */
  readonly device: string | null;
  readonly storeId: string | null;
  readonly storeRemoteId: string | null;
  readonly staffId: string | null;
  readonly staffRemoteId: string | null;
  readonly staffEmail: string | null;
}

/** The one currency of all items, or null. */
export function commonCurrency(items: readonly { readonly currency: string }[]): string | null {
  const currency = items[0]?.currency ?? null;
  return items.every((item) => item.currency === currency) ? currency : null;
}

/** Before any discount: unit price × quantity. */
export function grossOf(item: BasketItem, quantity: Decimal = item.quantity): Big {
  return new Big(item.unitPrice).times(quantity);
}
