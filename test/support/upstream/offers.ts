/** What the reference upstream offers: a few of each kind, computed from the basket in exact decimals. */
import Big from 'big.js';
import { currencyDigits, formatAmount } from '../../../src/offers/money.ts';

/** Of a question, what the offers depend on. */
export interface AskedBasket {
  readonly basket: {
    readonly currency: string;
    readonly voucherCode: string | null;
    readonly items: readonly { readonly unitPrice: string; readonly quantity: string }[];
  };
  readonly customer: { readonly phone: string | null; readonly emails: readonly string[] };
}

export const VOUCHER_CODE = 'BRIDGE50';
export const VOUCHER_OFFER_ID = 'voucher-bridge50';
const MOST_OFF = '100.00';
const FOR_TEN_POINTS = 100;

export function computeOffers({ basket, customer }: AskedBasket): Record<string, unknown>[] {
  const { currency } = basket;
  const gross = basket.items.reduce((sum, item) => sum.plus(new Big(item.unitPrice).times(item.quantity)), new Big(0));
  const money = (amount: Big) => formatAmount(amount, currencyDigits(currency));
  const tenth = gross.times('0.1');
  const offers: Record<string, unknown>[] = [
    {
      id: 'spring-10',
      type: 'BASKET',
      label: '10 % off, at most 100',
      description: '10 % of the basket',
      extraArgs: { discount: money(tenth.gt(MOST_OFF) ? new Big(MOST_OFF) : tenth) },
      reference: { campaign: 'spring-10' },
    },
    {
      id: 'points',
      type: 'LOYALTY_POINT',
      label: '10 points for every 100 begun',
      extraArgs: {
        loyaltyData: {
          amount: gross.div(FOR_TEN_POINTS).round(0, Big.roundUp).times(10).toFixed(),
          benefitCoefficient: '1',
          validFrom: '2026-01-01',
          validUntil: '2035-12-31',
        },
      },
      reference: { campaign: 'points' },
    },
    {
      id: 'sample',
      type: 'SAMPLE_PRODUCT',
      label: 'A sample of your choice',
      extraArgs: { sampleProducts: [{ id: 100200 }, { id: 100201 }], allowedQuantity: 1 },
      reference: { campaign: 'sample' },
    },
    { id: 'free-shipping', type: 'SHIPPING', label: 'Free shipping', notifyAfterOrderCreation: false },
  ];
  if (customer.phone !== null || customer.emails.length > 0) {
    offers.push({
      id: 'member-5',
      type: 'BASKET',
      label: '5 % for members',
      extraArgs: { discount: money(gross.times('0.05')) },
      reference: { campaign: 'member-5', memberId: 'm-17' },
    });
  }
  if (basket.voucherCode?.trim().toUpperCase() === VOUCHER_CODE) {
    offers.push({
      id: VOUCHER_OFFER_ID,
      type: 'BASKET',
      label: '50 off with your code',
      extraArgs: { discount: money(new Big(50)) },
      reference: { campaign: VOUCHER_OFFER_ID },
    });
  }
  return offers.filter(({ extraArgs }) => Number((extraArgs as { discount?: string })?.discount ?? 1) > 0);
}
