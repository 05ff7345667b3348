/**
 * The money guard: the upstream is not trusted. A proposal that is not exactly right is dropped with a reason, what is
 * right is normalised, and money is rounded down and kept within the basket. Existing discounts are not subtracted:
 * Akinon sends our own earlier offers back without an id, and an offer must not shrink because it was applied.
 *
 * Rules: Akinon Basket Offer Flows v2, "Discount Types Extra Args" and "Response Body Structure".
 */
import Big from 'big.js';
import { isJson, isObject, type Json, jsonBytes } from '../common/json.ts';
import { cleanText, isCleanId } from '../common/text.ts';
import { type Basket, grossOf, type ItemQuantity } from './basket.ts';
import { readBenefit } from './benefit.ts';
import type { Drop, DropReason } from './drop.ts';
import { currencyDigits, type Decimal, isDecimal, isPositive, roundDown } from './money.ts';
import type { Offer } from './offer.ts';

export interface GuardLimits {
  /** Largest LOYALTY_POINT amount let through. */
  readonly maxPoints: Big;
  /** Which end of `priority` Akinon applies first, and so who keeps the money when the basket is used up. */
  readonly priorityFirst: 'lowest' | 'highest';
  readonly maxOffers: number;
}

export interface Guarded {
  readonly offers: readonly Offer[];
  readonly drops: readonly Drop[];
  /** Ids of BASKET offers that were cut to what the basket still holds. */
  readonly trimmed: readonly string[];
}

const MAX_TEXT = 500;
const MAX_REFERENCE_BYTES = 4096;
const MAX_REFERENCE_DEPTH = 32;

/** @param proposals what a connector answered; not trusted to have any shape */
export function guardOffers(
  proposals: readonly unknown[],
  basket: Basket & { readonly currency: string },
  limits: GuardLimits,
): Guarded {
  const gross = new GrossBasket(basket);
  const offers: Offer[] = [];
  const drops: Drop[] = [];
  const taken = new Set<string>();
  proposals.forEach((proposal, index) => {
    const offer = checkProposal(proposal, index, gross, limits, taken);
    if (typeof offer !== 'string') {
      taken.add(offer.id);
      offers.push(offer);
    } else {
      const id = isObject(proposal) && isCleanId(proposal.id) ? proposal.id : null;
      drops.push({ id, reason: offer });
    }
  });
  const inTurn = byPriority(offers, limits.priorityFirst);
  for (const { id } of inTurn.splice(limits.maxOffers)) drops.push({ id, reason: 'too_many_offers' });
  return keepWithinBasket(offers, inTurn, gross, drops);
}

/** Offers in the order in which Akinon applies them; equal priorities keep their place. */
export function byPriority(offers: readonly Offer[], first: GuardLimits['priorityFirst']): Offer[] {
  const sign = first === 'lowest' ? 1 : -1;
  return offers.toSorted((a, b) => sign * (a.priority - b.priority));
}

function checkProposal(
  proposal: unknown,
  index: number,
  gross: GrossBasket,
  limits: GuardLimits,
  taken: ReadonlySet<string>,
): Offer | DropReason {
  if (!isObject(proposal)) return 'not_an_object';
  const { id } = proposal;
  if (!isCleanId(id)) return 'invalid_id';
  if (taken.has(id)) return 'duplicate_id';
  const benefit = readBenefit(proposal.type, proposal.extraArgs, limits.maxPoints);
  if (typeof benefit === 'string') return benefit;

  const optional = readOptionalFields(proposal);
  if (optional === null) return 'invalid_field';
  const { currency } = gross.basket;
  if (optional.currency !== undefined && optional.currency.toUpperCase() !== currency) return 'other_currency';
  const { reference } = proposal;
  if (!isReference(reference)) return 'invalid_reference';

  const discountedItems = gross.readItems(proposal.discountedBasketItems, gross.everyItem);
  if (typeof discountedItems === 'string') return discountedItems;
  const conditionItems = gross.readItems(proposal.conditionConsumedBasketItems, []);
  if (typeof conditionItems === 'string') return conditionItems;

  const text = cleanText(optional.description ?? '', MAX_TEXT);
  const offer: Offer = {
    id,
    benefit,
    description: text,
    label: optional.label === undefined ? text : cleanText(optional.label, MAX_TEXT),
    priority: optional.priority ?? index + 1,
    isMergeable: optional.isMergeable ?? true,
    successMessage: cleanText(optional.successMessage ?? '', MAX_TEXT),
    upsellMessage: cleanText(optional.upsellMessage ?? '', MAX_TEXT),
    notify: optional.notifyAfterOrderCreation ?? true,
    currency,
    discountedItems,
    conditionItems,
    ...(reference !== undefined && { reference }),
  };
  if (benefit.type !== 'BASKET') return offer;
  const amount = roundDown(gross.cap(benefit.amount, discountedItems), gross.digits);
  return amount.gt(0) ? { ...offer, benefit: { type: 'BASKET', amount } } : 'nothing_left';
}

function isReference(value: unknown): value is Json | undefined {
  return value === undefined || (isJson(value, MAX_REFERENCE_DEPTH) && jsonBytes(value) <= MAX_REFERENCE_BYTES);
}

const TEXTS = ['description', 'label', 'successMessage', 'upsellMessage', 'currency'] as const;
const FLAGS = ['isMergeable', 'notifyAfterOrderCreation'] as const;

type OptionalFields = { [T in (typeof TEXTS)[number]]?: string } & { [F in (typeof FLAGS)[number]]?: boolean } & {
  priority?: number;
};

/** The fields that may be absent but not of another type, or null. */
function readOptionalFields(proposal: Record<string, unknown>): OptionalFields | null {
  const { priority } = proposal;
  if (priority !== undefined && !(typeof priority === 'number' && Number.isFinite(priority))) return null;
  if (TEXTS.some((name) => proposal[name] !== undefined && typeof proposal[name] !== 'string')) return null;
  if (FLAGS.some((name) => proposal[name] !== undefined && typeof proposal[name] !== 'boolean')) return null;
  return proposal as OptionalFields;
}

/** In priority order, BASKET offers together stay within the gross basket; the rest is trimmed, nothing becomes zero. */
function keepWithinBasket(
  offers: readonly Offer[],
  inTurn: readonly Offer[],
  gross: GrossBasket,
  drops: Drop[],
): Guarded {
  const kept = new Map<Offer, Offer>();
  const trimmed: string[] = [];
  let given = new Big(0);
  for (const offer of inTurn) {
    if (offer.benefit.type !== 'BASKET') {
      kept.set(offer, offer);
      continue;
    }
    const wanted = given.plus(offer.benefit.amount);
    const allowed = roundDown(gross.cap(wanted, gross.everyItem), gross.digits);
    const amount = allowed.minus(given);
    given = allowed;
    if (amount.lte(0)) drops.push({ id: offer.id, reason: 'nothing_left' });
    else if (amount.eq(offer.benefit.amount)) kept.set(offer, offer);
    else {
      trimmed.push(offer.id);
      kept.set(offer, { ...offer, benefit: { type: 'BASKET', amount } });
    }
  }
  return { offers: offers.flatMap((offer) => kept.get(offer) ?? []), drops, trimmed };
}

/**
 * The basket's gross value, computed only as far as it is asked for: a discount that the first items cover already
 * needs no other item multiplied out.
 */
class GrossBasket {
  readonly basket: Basket & { readonly currency: string };
  readonly digits: number;
  readonly everyItem: readonly ItemQuantity[];
  private readonly items: Map<number, Basket['items'][number]>;
  private readonly grossByItem = new Map<number, Big>();
  /** Sum over the first so many of `everyItem`: grows as far as any discount reaches, and is added up once. */
  private covered = new Big(0);
  private coveredItems = 0;

  constructor(basket: Basket & { readonly currency: string }) {
    this.basket = basket;
    this.digits = currencyDigits(basket.currency);
    this.items = new Map(basket.items.map((item) => [item.id, item]));
    this.everyItem = basket.items
      .filter((item) => isPositive(item.quantity))
      .map((item) => ({ itemId: item.id, quantity: item.quantity }));
  }

  /** A proposal's list of items, its default where it is absent, or what is wrong with it. */
  readItems(list: unknown, whenAbsent: readonly ItemQuantity[]): readonly ItemQuantity[] | DropReason {
    if (list === undefined) return whenAbsent;
    if (!Array.isArray(list)) return 'invalid_field';
    const read: ItemQuantity[] = [];
    const seen = new Set<number>();
    for (const line of list as unknown[]) {
      if (!isObject(line)) return 'invalid_field';
      const { pk, quantity } = line;
      const item = this.items.get(pk as number);
      if (item === undefined) return 'unknown_item';
      if (seen.has(item.id)) return 'duplicate_item';
      if (!isDecimal(quantity) || !isPositive(quantity)) return 'invalid_quantity';
      if (quantity !== item.quantity && new Big(quantity).gt(item.quantity)) return 'quantity_above_item';
      seen.add(item.id);
      read.push({ itemId: item.id, quantity });
    }
    return read;
  }

  /** `amount`, or the gross value of what is named where that is less. */
  cap(amount: Big, named: readonly ItemQuantity[]): Big {
    if (named === this.everyItem) return this.capByEveryItem(amount);
    let covered = new Big(0);
    for (const { itemId, quantity } of named) {
      covered = covered.plus(this.grossOfLine(itemId, quantity));
      if (covered.gte(amount)) return amount;
    }
    return covered;
  }

  private capByEveryItem(amount: Big): Big {
    while (this.covered.lt(amount)) {
      const line = this.everyItem[this.coveredItems];
      if (line === undefined) return this.covered;
      this.covered = this.covered.plus(this.grossOfLine(line.itemId, line.quantity));
      this.coveredItems++;
    }
    return amount;
  }

  private grossOfLine(itemId: number, quantity: Decimal): Big {
    const item = this.items.get(itemId);
    if (item === undefined) return new Big(0);
    if (quantity !== item.quantity) return grossOf(item, quantity);
    let gross = this.grossByItem.get(itemId);
    if (gross === undefined) {
      gross = grossOf(item);
      this.grossByItem.set(itemId, gross);
    }
    return gross;
  }
}
