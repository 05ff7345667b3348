/** The basket with what its API does not show: every offer, whether it was applied, and if not, why. */
import { fromMinorUnits } from '../offers/money.ts';
import { readBasket } from './read-basket.ts';
import type { Shop } from './shop.ts';
import type { ShopOffer } from './shop-offer.ts';
import { writeBasket } from './write-basket.ts';

export async function writeState(shop: Shop, sessionId: string) {
  const reading = await readBasket(shop, sessionId);
  const { application, priced, settings, basket } = reading;
  const money = (minor: bigint) => fromMinorUnits(minor.toString(), priced.digits);
  return {
    settings,
    version: basket.version,
    currency: priced.currency,
    ...writeBasket(reading),
    applied: application.applied.map(({ offer, given, shares, isCut }) => ({
      ...describe(offer),
      given: money(given),
      isCut,
      shares: [...shares].map(([itemId, share]) => ({ itemId, amount: money(share) })),
    })),
    leftOut: application.leftOut.map(({ offer, reason }) => ({ ...describe(offer), reason })),
  };
}

function describe({ discountedItems: _discounted, conditionItems: _condition, ...offer }: ShopOffer) {
  return offer;
}
