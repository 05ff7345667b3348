/**
 * Offers → the answer of contract v2: all seven fields, money and quantities as text, BASKET amounts with the
 * currency's places.
 * @see Akinon Basket Offer Flows v2, "Response Body Structure"
 */
import type { ItemQuantity } from '../../offers/basket.ts';
import { currencyDigits, formatAmount } from '../../offers/money.ts';
import type { Offer } from '../../offers/offer.ts';

export function writeOffers(offers: readonly Offer[]): string {
  return JSON.stringify(offers.map(toWireOffer));
}

function toWireOffer(offer: Offer) {
  return {
    notifyAfterOrderCreation: offer.notify,
    discount: {
      id: offer.id,
      type: offer.benefit.type,
      description: offer.description,
      discountedBasketItems: offer.discountedItems.map(toWireLine),
      conditionConsumedBasketItems: offer.conditionItems.map(toWireLine),
      extraArgs: toExtraArgs(offer),
    },
    priority: offer.priority,
    label: offer.label,
    isMergeable: offer.isMergeable,
    successMessage: offer.successMessage,
    upsellMessage: offer.upsellMessage,
  };
}

function toWireLine({ itemId, quantity }: ItemQuantity) {
  return { pk: itemId, quantity };
}

function toExtraArgs({ benefit, currency }: Offer) {
  switch (benefit.type) {
    case 'BASKET':
      return { discount: formatAmount(benefit.amount, currencyDigits(currency)) };
    case 'LOYALTY_POINT':
      return {
        loyaltyData: {
          amount: benefit.points,
          benefitCoefficient: benefit.coefficient,
          validFrom: benefit.validFrom,
          validUntil: benefit.validUntil,
        },
      };
    case 'SAMPLE_PRODUCT':
      return { sampleProducts: benefit.productIds.map((id) => ({ id })), allowedQuantity: benefit.allowedQuantity };
    case 'DEFERRED':
      return { data: { coupon: benefit.coupon } };
    case 'POINT':
    case 'SHIPPING':
      return {};
  }
}
