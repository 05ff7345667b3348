/** An offer as the shop reads it from the adapter's answer, whichever contract version that spoke. */
import type { ItemQuantity } from '../offers/basket.ts';
import type { Decimal } from '../offers/money.ts';
import type { DiscountType } from '../offers/offer.ts';

export interface ShopOffer {
  readonly id: string;
  readonly type: DiscountType;
  /** BASKET: money. LOYALTY_POINT: points. Null for the others. */
  readonly amount: Decimal | null;
  readonly description: string;
  readonly label: string;
  readonly priority: number;
  readonly isMergeable: boolean;
  /** `notifyAfterOrderCreation` */
  readonly notify: boolean;
  readonly successMessage: string;
  readonly upsellMessage: string;
  readonly discountedItems: readonly ItemQuantity[];
  readonly conditionItems: readonly ItemQuantity[];
  /** As it came, to be sent back with the next call. */
  readonly extraArgs: Readonly<Record<string, unknown>>;
}
