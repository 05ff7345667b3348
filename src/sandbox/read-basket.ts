/**
 * A read of the basket: the offers that were answered to exactly this basket and these settings are used again, else
 * the adapter is asked. When it fails, or answers what Akinon could not read, the basket has no discounts and the next
 * read asks again: the customer still shops.
 */
import type { Json } from '../common/json.ts';
import { type Application, applyOffers } from './apply-offers.ts';
import type { Catalogue, ShopBasket } from './basket.ts';
import { callAsAkinon } from './call-adapter.ts';
import { readSettings } from './calls.sql.ts';
import { type PricedBasket, priceBasket } from './price-basket.ts';
import { loadCatalogue } from './products.sql.ts';
import { readOffers } from './read-offers.ts';
import { type ContractVersion, questionPart, type Settings } from './settings.ts';
import type { Shop } from './shop.ts';
import type { ShopOffer } from './shop-offer.ts';
import { nextStamp } from './stamp.ts';
import type { BasketView } from './write-basket.ts';
import { writeOffersRequest } from './write-flow.ts';

/** A campaign that ends is noticed after so long, in a basket that nobody changes. */
const ANSWER_KEPT_MS = 60_000;

interface KeptAnswer {
  /** Settings, prices and availability that it was given for. */
  readonly question: string;
  readonly version: number;
  readonly at: number;
  readonly contractVersion: ContractVersion;
  readonly offers: Json;
}

export interface Reading extends BasketView {
  readonly settings: Settings;
  readonly catalogue: Catalogue;
  readonly offers: readonly ShopOffer[];
  /** False when the adapter gave no answer, and `offers` are none for that reason. */
  readonly isAnswered: boolean;
}

export async function readBasket(shop: Shop, sessionId: string): Promise<Reading> {
  const [{ basket, answer }, catalogue, settings] = await Promise.all([
    shop.baskets.open(sessionId, nextStamp(shop.now())),
    loadCatalogue(shop.db),
    readSettings(shop.db),
  ]);
  const kept = answer === null ? null : (JSON.parse(answer) as KeptAnswer);
  const history = kept === null ? [] : (readOffers(kept.offers, kept.contractVersion) ?? []);
  const before = view(basket, priceBasket(basket, catalogue), history, settings);
  if (kept !== null && isStillGood(kept, before, settings, shop.now())) {
    return { ...before, settings, catalogue, isAnswered: true };
  }
  const offers = await askForOffers(shop, before, settings);
  const after = view(basket, before.priced, offers ?? [], settings);
  return { ...after, settings, catalogue, isAnswered: offers !== null };
}

/**
 * @param before the basket with what was applied to it last
 * @returns null when there is no answer that Akinon could read; a good one is kept for this version of the basket
 */
export async function askForOffers(shop: Shop, before: BasketView, settings: Settings): Promise<ShopOffer[] | null> {
  if (before.priced.items.length === 0) return [];
  const at = shop.now();
  const body = writeOffersRequest(before, settings);
  const answer = await callAsAkinon({ path: '/offers', requestId: shop.newId(), settings, body }, shop);
  if (answer.status !== 200) return null;
  const json = parse(answer.body);
  const offers = readOffers(json, settings.contractVersion);
  if (offers === null) return null;
  const { contractVersion } = settings;
  const { version } = before.basket;
  const kept: KeptAnswer = {
    question: questionOf(before, settings),
    version,
    at,
    contractVersion,
    offers: json as Json,
  };
  await shop.baskets.keepAnswer(before.basket, JSON.stringify(kept));
  return offers;
}

export function view(
  basket: ShopBasket,
  priced: PricedBasket,
  offers: readonly ShopOffer[],
  { priorityFirst }: Settings,
): BasketView & { readonly offers: readonly ShopOffer[]; readonly application: Application } {
  const lines = priced.items.map(({ item, product, gross }) => ({ itemId: item.id, unitPrice: product.price, gross }));
  const application = applyOffers(lines, offers, { priorityFirst, digits: priced.digits });
  return { basket, priced, offers, application };
}

function isStillGood(kept: KeptAnswer, view: BasketView, settings: Settings, now: number): boolean {
  const isSame = kept.version === view.basket.version && kept.question === questionOf(view, settings);
  return isSame && now - kept.at < ANSWER_KEPT_MS;
}

/** What an answer depends on beside the basket's version: the shop may change a price under it. */
function questionOf({ priced }: BasketView, settings: Settings): string {
  const goods = priced.items.map(({ item, product }) => [item.id, product.price, product.taxRate]);
  return JSON.stringify([questionPart(settings), goods]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
