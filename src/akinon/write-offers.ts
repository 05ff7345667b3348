/**
 * Offers → the answer of either contract version: all seven fields, BASKET amounts with the currency's places.
 * @see Akinon Basket Offer Flows v2, "Response Body Structure"; v1, "Response Body"
 */
import type { ItemQuantity } from '../offers/basket.ts';
import { currencyDigits, type Decimal, formatAmount } from '../offers/money.ts';
import type { Offer } from '../offers/offer.ts';
import type { WireBenefit, WireConditionLine, WireOffer } from './answer-schemas.ts';

/** How a contract version spells decimals and condition lines. */
export interface OfferDialect {
  readonly decimal: (text: Decimal) => string | number;
  readonly conditionLine: (line: ItemQuantity) => WireConditionLine;
}

export function writeOffers(offers: readonly Offer[], dialect: OfferDialect): string {
  return JSON.stringify(offers.map((offer) => toWireOffer(offer, dialect)));
}

function toWireOffer(offer: Offer, dialect: OfferDialect): WireOffer {
  return {
    notifyAfterOrderCreation: offer.notify,
    discount: {
      id: offer.id,
      ...toWireBenefit(offer, dialect),
      description: offer.description,
      discountedBasketItems: offer.discountedItems.map(({ itemId, quantity }) => ({
        pk: itemId,
        quantity: dialect.decimal(quantity),
      })),
      conditionConsumedBasketItems: offer.conditionItems.map(dialect.conditionLine),
    },
    priority: offer.priority,
    label: offer.label,
    isMergeable: offer.isMergeable,
    successMessage: offer.successMessage,
    upsellMessage: offer.upsellMessage,
  };
}

function toWireBenefit({ benefit, currency }: Offer, { decimal }: OfferDialect): WireBenefit {
  switch (benefit.type) {
    case 'BASKET':
      return {
        type: benefit.type,
        extraArgs: { discount: decimal(formatAmount(benefit.amount, currencyDigits(currency))) },
      };
    case 'LOYALTY_POINT':
      return {
        type: benefit.type,
        extraArgs: {
          loyaltyData: {
            amount: decimal(benefit.points),
            // Text in both versions.
            benefitCoefficient: benefit.coefficient,
            validFrom: benefit.validFrom,
            validUntil: benefit.validUntil,
          },
        },
      };
    case 'SAMPLE_PRODUCT':
      return {
        type: benefit.type,
        extraArgs: {
          sampleProducts: benefit.productIds.map((id) => ({ id })),
          allowedQuantity: benefit.allowedQuantity,
        },
      };
    case 'DEFERRED':
      return { type: benefit.type, extraArgs: { data: { coupon: benefit.coupon } } };
    case 'POINT':
    case 'SHIPPING':
      return { type: benefit.type, extraArgs: {} };
  }
}
