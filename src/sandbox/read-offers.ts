/**
 * The adapter's answer → offers, v2 or v1: decimals as text or as numbers, condition lines with `quantity` or with
 * `consumedQuantity`. Strict, because here the adapter is what is looked at: what Akinon could not read is an error.
 * @see Akinon Basket Offer Flows v2 and v1, "Response Body"
 */
import * as v from 'valibot';
import { type Decimal, decimalOfNumber, isDecimal } from '../offers/money.ts';
import { DISCOUNT_TYPES } from '../offers/offer.ts';
import type { ContractVersion } from './settings.ts';
import type { ShopOffer } from './shop-offer.ts';

const textDecimal = v.custom<Decimal>(isDecimal, 'must be a decimal as text');
const numberDecimal = v.pipe(
  v.number(),
  v.transform(decimalOfNumber),
  v.custom<Decimal>((decimal) => decimal !== null, 'must be a plain number'),
);
type DecimalSchema = typeof textDecimal | typeof numberDecimal;

function answerSchema(version: ContractVersion) {
  const decimal: DecimalSchema = version === 'v2' ? textDecimal : numberDecimal;
  const line = v.pipe(
    v.object({ pk: v.number(), quantity: decimal }),
    v.transform(({ pk, quantity }) => ({ itemId: pk, quantity })),
  );
  const conditionLine =
    version === 'v2'
      ? line
      : v.pipe(
          v.object({ pk: v.number(), consumedQuantity: decimal, globallyConsumedQuantity: decimal }),
          v.transform(({ pk, consumedQuantity }) => ({ itemId: pk, quantity: consumedQuantity })),
        );
  const offer = v.object({
    notifyAfterOrderCreation: v.boolean(),
    discount: v.object({
      id: v.pipe(v.string(), v.nonEmpty()),
      type: v.picklist(DISCOUNT_TYPES),
      description: v.string(),
      discountedBasketItems: v.array(line),
      conditionConsumedBasketItems: v.array(conditionLine),
      extraArgs: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
    priority: v.number(),
    label: v.string(),
    isMergeable: v.boolean(),
    successMessage: v.string(),
    upsellMessage: v.string(),
  });
  const amounts = {
    BASKET: v.object({ discount: decimal }),
    LOYALTY_POINT: v.object({ loyaltyData: v.object({ amount: decimal }) }),
  };
  return { offers: v.array(offer), amounts };
}

const SCHEMAS = { v2: answerSchema('v2'), v1: answerSchema('v1') };

/** @returns null when the answer is not what the contract says */
export function readOffers(answer: unknown, version: ContractVersion): ShopOffer[] | null {
  const { offers, amounts } = SCHEMAS[version];
  const parsed = v.safeParse(offers, answer);
  if (!parsed.success) return null;
  const read: ShopOffer[] = [];
  for (const { discount, notifyAfterOrderCreation, ...rest } of parsed.output) {
    const { type, extraArgs } = discount;
    let amount: Decimal | null = null;
    if (type === 'BASKET') {
      const money = v.safeParse(amounts.BASKET, extraArgs);
      if (!money.success) return null;
      amount = money.output.discount;
    } else if (type === 'LOYALTY_POINT') {
      const points = v.safeParse(amounts.LOYALTY_POINT, extraArgs);
      if (!points.success) return null;
      amount = points.output.loyaltyData.amount;
    }
    read.push({
      ...rest,
      ...{ id: discount.id, type, amount, extraArgs, description: discount.description },
      notify: notifyAfterOrderCreation,
      discountedItems: discount.discountedBasketItems,
      conditionItems: discount.conditionConsumedBasketItems,
    });
  }
  return read;
}
