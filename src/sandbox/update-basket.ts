/** A change of the session's basket: read, changed by a pure function, written on what was read, again if that failed. */
import type { ShopBasket } from './basket.ts';
import type { Change } from './change-basket.ts';
import { ok, type Result, refused } from './errors.ts';
import { loadCatalogue } from './products.sql.ts';
import type { Shop } from './shop.ts';
import { nextStamp } from './stamp.ts';

const ATTEMPTS = 12;
/** Who was overtaken waits a little, each another time. */
const PAUSE_MS = 20;
/** One item with its parts, split off another one: more ids than any single change needs. */
const IDS_A_CHANGE = 64;

/** @param change answers the next basket in the field `basket`, or refuses; may run several times */
export async function updateBasket<T extends { readonly basket: ShopBasket }>(
  shop: Shop,
  sessionId: string,
  change: (basket: ShopBasket, by: Change) => Result<T>,
): Promise<Result<T>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const [{ basket }, catalogue, firstId] = await Promise.all([
      shop.baskets.open(sessionId, nextStamp(shop.now())),
      loadCatalogue(shop.db),
      shop.baskets.drawIds('basket_item', IDS_A_CHANGE),
    ]);
    let drawn = 0;
    const nextId = () => {
      if (drawn === IDS_A_CHANGE) throw new Error('one change took all the ids it had');
      return firstId + drawn++;
    };
    const result = change(basket, { catalogue, at: nextStamp(shop.now(), basket.version), nextId });
    if (!result.ok || result.value.basket === basket) return result;
    if (await shop.baskets.save(result.value.basket, basket.version)) return result;
    await shop.sleep(Math.random() * PAUSE_MS * attempt);
  }
  return refused('basket_changed', '', 'the basket was changed by other requests at the same time');
}

/** For a change that answers nothing but the basket. */
export function inField(result: Result<ShopBasket>): Result<{ basket: ShopBasket }> {
  return result.ok ? ok({ basket: result.value }) : result;
}
