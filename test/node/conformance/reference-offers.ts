/** What the reference server offers: every type, one that is limited and one that depends on a balance. */
import type { Item } from './reference-reading.ts';

export type Version = 'v1' | 'v2';

/** How often the orders of one basket may use the limited offer. */
const LIMIT = 2;
const BALANCE = 50;
const POINTS_EACH = 10;

export function offersFor(items: readonly Item[], version: Version, redemptions: number): unknown[] {
  const [first] = items;
  if (first === undefined) return [];
  const digits = first.currency === 'JPY' ? 0 : 2;
  const amount = (value: number, places = digits) =>
    version === 'v2' ? value.toFixed(places) : Number(value.toFixed(places));
  const worth = items.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0);

  /** At most a tenth of the basket, rounded down to whole coins. */
  const share = (most: number) => amount(Math.floor(Math.min(most, worth / 10) * 10 ** digits) / 10 ** digits);

  const lines = {
    discountedBasketItems: items.map(({ id, quantity }) => ({ pk: id, quantity: sized(quantity, version) })),
    conditionConsumedBasketItems: items.map(({ id, quantity }) =>
      version === 'v2'
        ? { pk: id, quantity: sized(quantity, version) }
        : { pk: id, consumedQuantity: quantity, globallyConsumedQuantity: quantity },
    ),
  };
  const points = BALANCE - POINTS_EACH * redemptions;
  const loyaltyData = {
    amount: amount(points, 2),
    benefitCoefficient: '1.5',
    validFrom: '2025-01-01',
    validUntil: '2035-12-31',
  };
  const offers: [id: string, type: string, extraArgs?: unknown][] = [
    ['reference-percent', 'BASKET', { discount: share(25.5) }],
    ['reference-samples', 'SAMPLE_PRODUCT', { sampleProducts: [{ id: 12345 }], allowedQuantity: 2 }],
    ['reference-coupon', 'DEFERRED', { data: { coupon: 'SAVE2025' } }],
    ['reference-member', 'POINT', {}],
    ['reference-shipping', 'SHIPPING'],
  ];
  if (redemptions < LIMIT) offers.push(['reference-limited', 'BASKET', { discount: share(5) }]);
  if (points > 0) offers.push(['reference-points', 'LOYALTY_POINT', { loyaltyData }]);
  return offers.map(([id, type, extraArgs], index) => ({
    notifyAfterOrderCreation: type !== 'SAMPLE_PRODUCT',
    discount: {
      id,
      type,
      description: `${type} of the reference`,
      ...lines,
      ...(extraArgs === undefined ? {} : { extraArgs }),
    },
    priority: index + 1,
    label: id,
    isMergeable: true,
    successMessage: 'Applied.',
    upsellMessage: '',
  }));
}

const sized = (quantity: number, version: Version) => (version === 'v2' ? String(quantity) : quantity);
