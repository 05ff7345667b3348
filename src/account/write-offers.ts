/**
 * A customer's offers → the wire. The one place where money becomes a JSON number: the document has it so, and nothing is
 * computed with it here or after.
 * @see Akinon, "Basket Offers" of the account: "Returned Data"
 */
import Big from 'big.js';
import type { CustomerOffer, CustomerOffersPage } from '../connectors/connector.ts';
import type en from '../public/account/labels.json';
import type { WireActiveOffers, WireCustomerOffer, WireOffersPage } from './answer-schemas.ts';
import type { Paging } from './read-paging.ts';

/** Of labels: those of Akinon's document. */
export const LANGUAGES = ['tr', 'en', 'ar', 'ru', 'de', 'fr'] as const;

/** Words for the values of one language. */
export type Labels = (typeof en)['en'];

/** `total_discount` is exact: the sum of the fixed amounts that are listed. */
export function writeActive(offers: readonly CustomerOffer[], labels: Labels): WireActiveOffers {
  let total = new Big(0);
  for (const { benefit } of offers) if (benefit.type === 'fixed') total = total.plus(benefit.amount);
  const all = offers.map((offer) => toWire(offer, 'active', labels));
  const discounts = all.filter(({ benefit_type }) => benefit_type.value === 'fixed');
  return { total_discount: Number(total), discounts, all_discounts: all };
}

/** @param here where the list is, without its query */
export function writePage(
  { offers, count }: CustomerOffersPage,
  { page, pageSize, asked }: Paging,
  here: string,
  status: Status,
  labels: Labels,
): WireOffersPage {
  const linkTo = (to: number) => `${here}?page=${to}${asked ? `&page_size=${pageSize}` : ''}`;
  return {
    count,
    next: page * pageSize < count ? linkTo(page + 1) : null,
    previous: page > 1 ? linkTo(page - 1) : null,
    results: offers.map((offer) => toWire(offer, status, labels)),
  };
}

type Status = WireCustomerOffer['status']['value'];

function toWire(
  { label, benefit, currency, condition, ...offer }: CustomerOffer,
  status: Status,
  labels: Labels,
): WireCustomerOffer {
  const named = <T extends keyof Labels>(value: T) => ({ value, label: labels[value] });
  return {
    label,
    amount: benefit.type === 'fixed' ? Number(benefit.amount) : 0,
    percentage: benefit.type === 'percentage' ? Number(benefit.percentage) : null,
    end_datetime: offer.endsAt,
    start_datetime: offer.startsAt,
    currency: { value: currency.toLowerCase(), label: currency },
    voucher_code: offer.voucherCode,
    // Of its dates: Akinon's samples say active of past offers, too, which helps no customer.
    status: named(status),
    offer_type: named(offer.voucherCode === null ? 'automatic' : 'coupon_code'),
    condition: condition && { type: condition.type, value: Number(condition.value) },
    benefit_type: named(benefit.type),
  };
}
