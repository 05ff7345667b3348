/**
 * `upsell_details`: "Parameters and message details if there are items whose discount prices are no longer valid or if
 * their prices increased later". The document shows it empty only; the two keys are our reading of that sentence.
 */
import Big from 'big.js';
import type { Application } from './apply-offers.ts';
import type { PricedItem } from './price-basket.ts';

export interface UpsellDetail {
  readonly message: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** Offers that want the customer to do something more, then items that became dearer in the basket. */
export function toUpsellDetails(items: readonly PricedItem[], { applied, leftOut }: Application): UpsellDetail[] {
  const invitations = [...applied, ...leftOut].flatMap(({ offer }) =>
    offer.upsellMessage === ''
      ? []
      : { message: offer.upsellMessage, parameters: { offer: offer.id, label: offer.label } },
  );
  const risen = items.flatMap(({ item, product }) => {
    if (new Big(product.price).lte(item.priceWhenAdded)) return [];
    const prices = { old_price: item.priceWhenAdded, new_price: product.price };
    return {
      message: `${product.name} costs ${product.price} ${product.currency} now, and was ${item.priceWhenAdded}.`,
      parameters: { basket_item: item.id, product: product.id, ...prices },
    };
  });
  return [...invitations, ...risen];
}
