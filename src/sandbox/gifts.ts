/**
 * What an offer of the type SAMPLE_PRODUCT lets the customer choose from. The flows do not say where the choice is told:
 * here it stays with the order.
 * @see Akinon Basket Offer Flows v2, "Sample Product Extra Args"
 */
import * as v from 'valibot';
import { ok, type Result, refused } from './errors.ts';
import type { Gift } from './orders.sql.ts';
import type { ShownOffer } from './state.ts';

const samplesSchema = v.object({
  sampleProducts: v.array(v.object({ id: v.number() })),
  allowedQuantity: v.number(),
});

export interface GiftChoice {
  readonly offer: string;
  readonly label: string;
  readonly products: readonly number[];
  readonly allowed: number;
}

export function giftChoices(applied: readonly ShownOffer[]): GiftChoice[] {
  return applied.flatMap(({ id, type, label, extraArgs }) => {
    const samples = type === 'SAMPLE_PRODUCT' ? v.safeParse(samplesSchema, extraArgs) : null;
    if (!samples?.success) return [];
    const { sampleProducts, allowedQuantity } = samples.output;
    return { offer: id, label, products: sampleProducts.map((product) => product.id), allowed: allowedQuantity };
  });
}

/** Of no offer more than it allows, and only what it gives; choosing less, or nothing, is the customer's business. */
export function chooseGifts(wanted: readonly Gift[], applied: readonly ShownOffer[]): Result<readonly Gift[]> {
  const choices = new Map(giftChoices(applied).map((choice) => [choice.offer, choice]));
  const taken = new Map<string, number>();
  for (const { offer, product } of wanted) {
    const choice = choices.get(offer);
    if (choice === undefined || !choice.products.includes(product)) {
      return refused('unknown_gift', 'gifts', `no applied offer gives product ${product} as ${offer}`);
    }
    const count = (taken.get(offer) ?? 0) + 1;
    if (count > choice.allowed) return refused('too_many_gifts', 'gifts', `${choice.label}: ${choice.allowed} at most`);
    taken.set(offer, count);
  }
  return ok(wanted);
}
