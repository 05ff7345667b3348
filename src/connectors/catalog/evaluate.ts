/** Campaign + basket → proposal, or why not. Pure: what the customer may use was decided by the query. */
import Big from 'big.js';
import * as v from 'valibot';
import type { Json } from '../../common/json.ts';
import { type Basket, grossOf } from '../../offers/basket.ts';
import { currencyDigits, type Decimal, formatAmount, isDecimal, roundDown } from '../../offers/money.ts';
import type { DiscountType } from '../../offers/offer.ts';
import type { ProposedOffer } from '../connector.ts';

/** A row of {@link FIND_CAMPAIGNS}; texts and `extra_args` are JSON. */
export interface CampaignRow {
  readonly id: string;
  readonly discount_type: DiscountType;
  readonly benefit_type: 'fixed' | 'percentage' | 'shipping_free' | null;
  readonly label: string;
  readonly description: string;
  readonly success_message: string;
  readonly upsell_message: string;
  readonly amount: string | null;
  readonly percentage: string | null;
  readonly max_discount: string | null;
  readonly condition_type: 'Amount' | 'Quantity' | null;
  readonly condition_value: string | null;
  readonly extra_args: string | null;
  readonly priority: number;
  readonly is_mergeable: 0 | 1;
  readonly notify: 0 | 1;
  readonly usage_limit: number | null;
  readonly usage_limit_per_customer: number | null;
  readonly times_used: number;
  readonly customer_bound: 0 | 1;
  readonly times_used_by_customer: number;
}

export type NotApplicable =
  | 'condition_not_met'
  | 'customer_unknown'
  | 'usage_limit_reached'
  | 'customer_limit_reached'
  | 'nothing_left'
  | 'invalid_campaign';

/** What the commit of a customer's campaign needs to know again. */
export interface Reference {
  readonly customers: readonly string[];
}

export interface BasketTotals {
  readonly gross: Big;
  readonly quantity: Big;
}

export function totalsOf(basket: Basket): BasketTotals {
  let gross = new Big(0);
  let quantity = new Big(0);
  for (const item of basket.items) {
    gross = gross.plus(grossOf(item));
    quantity = quantity.plus(item.quantity);
  }
  return { gross, quantity };
}

/**
 * @param customers hashes of whoever fills the basket; none for a guest. What is bound to them keeps them for the commit,
 *   because the basket may be somebody else's by then
 */
export function evaluateCampaign(
  campaign: CampaignRow,
  currency: string,
  totals: BasketTotals,
  customers: readonly string[],
): ProposedOffer | NotApplicable {
  if (campaign.customer_bound && customers.length === 0) return 'customer_unknown';
  if (campaign.usage_limit !== null && campaign.times_used >= campaign.usage_limit) return 'usage_limit_reached';
  const { usage_limit_per_customer: perCustomer } = campaign;
  if (perCustomer !== null && campaign.times_used_by_customer >= perCustomer) return 'customer_limit_reached';

  const { condition_type, condition_value } = campaign;
  if (condition_type !== null) {
    if (!isDecimal(condition_value)) return 'invalid_campaign';
    const measured = condition_type === 'Amount' ? totals.gross : totals.quantity;
    if (measured.lt(condition_value)) return 'condition_not_met';
  }
  const extraArgs = toExtraArgs(campaign, currency, totals);
  if (typeof extraArgs === 'string') return extraArgs;
  const fill = messageFiller(extraArgs, currency);
  return {
    id: campaign.id,
    type: campaign.discount_type,
    extraArgs,
    label: fill(campaign.label),
    description: fill(campaign.description),
    successMessage: fill(campaign.success_message),
    upsellMessage: fill(campaign.upsell_message),
    priority: campaign.priority,
    isMergeable: campaign.is_mergeable === 1,
    notifyAfterOrderCreation: campaign.notify === 1,
    ...(campaign.customer_bound === 1 && { reference: { customers } satisfies Reference }),
  };
}

function toExtraArgs(
  campaign: CampaignRow,
  currency: string,
  totals: BasketTotals,
): Record<string, Json> | NotApplicable {
  const stored = campaign.extra_args === null ? {} : (JSON.parse(campaign.extra_args) as Record<string, Json>);
  switch (campaign.discount_type) {
    case 'BASKET': {
      const discount = discountOf(campaign, totals);
      if (discount === null) return 'invalid_campaign';
      const digits = currencyDigits(currency);
      return roundDown(discount, digits).gt(0) ? { discount: formatAmount(discount, digits) } : 'nothing_left';
    }
    case 'LOYALTY_POINT':
      return { loyaltyData: { ...(stored.loyaltyData as object), amount: campaign.amount } };
    default:
      return stored;
  }
}

/** Of the gross basket, before any discount: an offer must not change because it was applied. */
function discountOf(campaign: CampaignRow, totals: BasketTotals): Big | null {
  if (campaign.benefit_type === 'fixed') return isDecimal(campaign.amount) ? new Big(campaign.amount) : null;
  const { percentage, max_discount } = campaign;
  if (!isDecimal(percentage)) return null;
  const share = totals.gross.times(percentage).times('0.01');
  if (max_discount === null) return share;
  return isDecimal(max_discount) ? minimum(share, new Big(max_discount)) : null;
}

function minimum(a: Big, b: Big): Big {
  return a.lt(b) ? a : b;
}

/** The shop's language first, then any: contract.md, trap 24. */
const DEFAULT_LANGUAGE = 'tr';

const TextsSchema = v.record(v.string(), v.string());

function messageFiller(extraArgs: Record<string, Json>, currency: string): (texts: string) => string {
  const { discount, loyaltyData } = extraArgs as { discount?: Decimal; loyaltyData?: { amount?: Decimal } };
  const amount = discount ?? loyaltyData?.amount ?? '';
  return (texts) => fillText(texts, DEFAULT_LANGUAGE, amount, currency);
}

/**
 * Picks the language and fills `{amount}` and `{currency}`.
 * @param texts JSON by language; throws where it is anything else
 */
export function fillText(texts: string, language: string, amount: string, currency: string): string {
  const byLanguage = v.parse(TextsSchema, JSON.parse(texts));
  const text = byLanguage[language] ?? byLanguage[DEFAULT_LANGUAGE] ?? Object.values(byLanguage)[0] ?? '';
  return text.replaceAll('{amount}', amount).replaceAll('{currency}', currency);
}
