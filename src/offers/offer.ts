/** An offer that passed the guard: safe to show, with exact money. */
import type Big from 'big.js';
import type { Json } from '../common/json.ts';
import type { ItemQuantity } from './basket.ts';
import type { Decimal } from './money.ts';

export const DISCOUNT_TYPES = ['BASKET', 'SHIPPING', 'LOYALTY_POINT', 'SAMPLE_PRODUCT', 'DEFERRED', 'POINT'] as const;
export type DiscountType = (typeof DISCOUNT_TYPES)[number];

/** What the customer gets, one arm for each discount type. */
export type Benefit =
  | { readonly type: 'BASKET'; readonly amount: Big }
  | {
      readonly type: 'LOYALTY_POINT';
      readonly points: Decimal;
      readonly coefficient: Decimal;
      /** `YYYY-MM-DD` */
      readonly validFrom: string;
      readonly validUntil: string;
    }
  | { readonly type: 'SAMPLE_PRODUCT'; readonly productIds: readonly number[]; readonly allowedQuantity: number }
  | { readonly type: 'DEFERRED'; readonly coupon: string }
  | { readonly type: 'POINT' }
  | { readonly type: 'SHIPPING' };

export interface Offer {
  readonly id: string;
  readonly benefit: Benefit;
  readonly description: string;
  readonly label: string;
  readonly priority: number;
  readonly isMergeable: boolean;
  readonly successMessage: string;
  readonly upsellMessage: string;
  /** Akinon must tell us after the order that it was used. */
  readonly notify: boolean;
  readonly currency: string;
  readonly discountedItems: readonly ItemQuantity[];
  readonly conditionItems: readonly ItemQuantity[];
  /** Whatever the upstream wants back with the usage, at most 4 KB of JSON; absent = nothing. */
  readonly reference?: Json;
}
