import { beforeEach, describe, expect, it } from 'vitest';
import { loadDemoCatalog, theOffersSample } from '../support/builders.ts';
import { aTestApp } from '../support/http.ts';

interface WireOffer {
  notifyAfterOrderCreation: boolean;
  discount: {
    id: string;
    type: string;
    description: string;
    discountedBasketItems: { pk: number; quantity: string }[];
    conditionConsumedBasketItems: { pk: number; quantity: string }[];
    extraArgs: Record<string, unknown>;
  };
  priority: number;
  label: string;
  isMergeable: boolean;
  successMessage: string;
  upsellMessage: string;
}

async function offersFor(request: unknown): Promise<WireOffer[]> {
  return (await aTestApp().post('/offers', request)).json();
}

describe('the answer of contract v2', () => {
  beforeEach(loadDemoCatalog);

  it('carries all fields of every offer, with money and quantities as text', async () => {
    for (const offer of await offersFor(theOffersSample())) {
      expect(Object.keys(offer).sort()).toEqual([
        'discount',
        'isMergeable',
        'label',
        'notifyAfterOrderCreation',
        'priority',
        'successMessage',
        'upsellMessage',
      ]);
      expect(Object.keys(offer.discount).sort()).toEqual([
        'conditionConsumedBasketItems',
        'description',
        'discountedBasketItems',
        'extraArgs',
        'id',
        'type',
      ]);
      for (const { pk, quantity } of offer.discount.discountedBasketItems) {
        expect([58, 59]).toContain(pk);
        expect(quantity).toMatch(/^\d+(\.\d+)?$/);
      }
    }
  });

  it('gives each type its extraArgs and nothing else', async () => {
    const byId = new Map(
      (await offersFor(theOffersSample())).map((offer) => [offer.discount.id, offer.discount.extraArgs]),
    );
    expect(Object.fromEntries(byId)).toEqual({
      'v2-spring-discount-2025': { discount: '25.50' },
      'v2-loyalty-reward-2025': { discount: '10.00' },
      'demo-free-shipping': {},
      'demo-welcome-points': {
        loyaltyData: { amount: '50.00', benefitCoefficient: '1.5', validFrom: '2025-01-01', validUntil: '2035-12-31' },
      },
      'demo-sample-kit': { sampleProducts: [{ id: 12345 }, { id: 67890 }], allowedQuantity: 2 },
      'demo-next-order': { data: { coupon: 'SAVE2025' } },
      'demo-member-points': {},
    });
  });

  it('does not change when its own offers come back as applied discounts', async () => {
    const request = theOffersSample();
    const before = await offersFor(request);
    for (const item of request.basket.basketItems) {
      item.discountAmount = '35.50';
      item.appliedDiscounts = before.map(({ discount: { id: _id, ...discount } }) => ({ discount }));
    }
    request.basket.version += 1;
    expect(await offersFor(request)).toEqual(before);
  });

  it('adds the offer of the demo voucher code, in any case', async () => {
    const request = theOffersSample();
    request.basket.voucherCode = 'welcome150';
    const ids = (await offersFor(request)).map((offer) => offer.discount.id);
    expect(ids).toContain('demo-welcome-150');
    expect(ids).toHaveLength(8);
  });
});
