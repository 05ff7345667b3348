/** An offer as the shop reads it from the adapter's answer, whichever contract version that spoke. */
import type { Decimal } from '../offers/money.ts';
import type { DiscountType, Offer } from '../offers/offer.ts';

/** What an offer has in common with the one that the adapter made of the upstream's. */
type Shared =
  | ('id' | 'description' | 'label' | 'priority' | 'isMergeable' | 'notify')
  | ('successMessage' | 'upsellMessage' | 'discountedItems' | 'conditionItems');

export interface ShopOffer extends Pick<Offer, Shared> {
  readonly type: DiscountType;
  /** BASKET: money. LOYALTY_POINT: points. Null for the others. */
  readonly amount: Decimal | null;
  /** As it came, to be sent back with the next call. */
  readonly extraArgs: Readonly<Record<string, unknown>>;
}
