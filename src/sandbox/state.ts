/** The basket with what its API does not show: every offer, whether it was applied, and if not, why. */
import { fromMinorUnits } from '../offers/money.ts';
import { type Reading, readBasket } from './read-basket.ts';
import type { Shop } from './shop.ts';
import type { ShopOffer } from './shop-offer.ts';
import { writeBasket } from './write-basket.ts';

export async function writeState(shop: Shop, sessionId: string) {
  const reading = await readBasket(shop, sessionId);
  const { application, priced, settings, basket } = reading;
  return {
    settings,
    version: basket.version,
    currency: priced.currency,
    isAnswered: reading.isAnswered,
    ...writeBasket(reading),
    applied: writeApplied(reading),
    leftOut: application.leftOut.map(({ offer, reason }) => ({ ...describe(offer), reason })),
  };
}

/** Each offer that the basket has, with the money it gave and to which items. */
export function writeApplied({ application, priced }: Pick<Reading, 'application' | 'priced'>) {
  const money = (minor: bigint) => fromMinorUnits(minor.toString(), priced.digits);
  return application.applied.map(({ offer, given, shares, isCut }) => ({
    ...describe(offer),
    given: money(given),
    isCut,
    shares: [...shares].map(([itemId, share]) => ({ itemId, amount: money(share) })),
  }));
}

export type State = Awaited<ReturnType<typeof writeState>>;
export type ShownOffer = ReturnType<typeof writeApplied>[number];

function describe({ discountedItems: _discounted, conditionItems: _condition, ...offer }: ShopOffer) {
  return offer;
}
