/**
 * An order: the basket as it was shown, frozen, and the call that tells the adapter which discounts were used. What
 * can happen to that call on a network can be had on demand: `Settings.useOffers`.
 * @see Akinon Basket Offer Flows v2, "basket-offers-used"
 */
import { callAsAkinon } from './call-adapter.ts';
import { ok, type Result, refused } from './errors.ts';
import { chooseGifts } from './gifts.ts';
import { countTold, type Gift } from './orders.sql.ts';
import { readBasket } from './read-basket.ts';
import type { Settings } from './settings.ts';
import type { Shop } from './shop.ts';
import { nextStamp, toDate } from './stamp.ts';
import { writeApplied } from './state.ts';
import { writeBasket } from './write-basket.ts';
import { writeUseOffersRequest } from './write-flow.ts';

export interface PlacedOrder {
  readonly number: string;
  readonly usedDiscounts: readonly string[];
  readonly gifts: readonly Gift[];
  readonly basket: ReturnType<typeof writeBasket>['basket'];
}

export interface Wish {
  /** Of the applied offers that have some to choose from. */
  readonly gifts?: readonly Gift[] | undefined;
  /** What the customer saw that it comes to: another sum is not what was ordered. */
  readonly total?: string | undefined;
}

export async function placeOrder(
  shop: Shop,
  sessionId: string,
  { gifts: wanted = [], total }: Wish = {},
): Promise<Result<PlacedOrder>> {
  const reading = await readBasket(shop, sessionId);
  const { basket, priced, application, settings } = reading;
  if (priced.unavailable.length > 0)
    return refused('unavailable_product', 'basket', 'something in the basket cannot be had any more');
  if (priced.items.length === 0) return refused('empty_basket', 'basket', 'there is nothing to order');
  const shown = writeBasket(reading).basket;
  if (total !== undefined && total !== shown.total_amount)
    return refused('basket_changed', 'basket', `it comes to ${shown.total_amount} now, and was ${total}`);
  const applied = writeApplied(reading);
  const gifts = chooseGifts(wanted, applied);
  if (!gifts.ok) return gifts;

  const at = nextStamp(shop.now());
  const day = toDate(at).slice(0, 10).replaceAll('-', '');
  const number = `SBX-${day}-${await shop.baskets.drawIds('order', 1)}`;
  const usedDiscounts = application.applied.filter(({ offer }) => offer.notify).map(({ offer }) => offer.id);
  const isTold = usedDiscounts.length > 0;
  const request = isTold
    ? JSON.stringify(writeUseOffersRequest(reading, settings, { discounts: usedDiscounts, orderNumber: number }))
    : null;
  const requestId = isTold ? shop.newId() : null;
  // From here on the basket is nobody's any more; who comes second at the same time finds an empty one.
  const isPlaced = await shop.baskets.order(basket, {
    ...{ number, basketId: basket.id, sessionId, placedAt: at, usedDiscounts, request, requestId },
    ...{ basket: JSON.stringify(shown), settings: JSON.stringify(settings) },
    ...{ applied: JSON.stringify(applied), gifts: gifts.value },
  });
  if (!isPlaced) return refused('basket_changed', 'basket', 'the basket was changed or ordered at the same time');
  if (request !== null && requestId !== null) await tellOnDemand(shop, { number, request, requestId, settings });
  return ok({ number, usedDiscounts, gifts: gifts.value, basket: shown });
}

export interface Telling {
  readonly number: string;
  /** JSON text of the body. */
  readonly request: string;
  readonly requestId: string;
  readonly settings: Settings;
}

export async function tell(shop: Shop, { number, request, requestId, settings }: Telling): Promise<number | null> {
  const call = { path: '/use-offers', requestId, settings, body: JSON.parse(request) as unknown } as const;
  const { status } = await callAsAkinon(call, shop);
  await countTold(shop.db, number);
  return status;
}

async function tellOnDemand(shop: Shop, telling: Telling): Promise<void> {
  const { useOffers, delayMs } = telling.settings;
  switch (useOffers) {
    case 'normal':
      await tell(shop, telling);
      return;
    case 'repeat':
      await tell(shop, telling);
      await tell(shop, telling);
      return;
    case 'double':
      await Promise.all([tell(shop, telling), tell(shop, { ...telling, requestId: shop.newId() })]);
      return;
    case 'delay':
      shop.waitUntil(shop.sleep(delayMs).then(() => tell(shop, telling)));
      return;
    case 'drop':
      return;
  }
}
