import { beforeEach, describe, expect, it } from 'vitest';
import { loadDemoCatalog, rows, theOffersSample, theUseOffersSample } from '../support/builders.ts';
import { aTestApp } from '../support/http.ts';

describe("Akinon's own two samples, with the demo catalog", () => {
  beforeEach(loadDemoCatalog);

  it('answers the sample basket with an offer of every type', async () => {
    const response = await aTestApp().post('/offers', theOffersSample());
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const offers = (await response.json()) as { discount: { type: string } }[];
    expect(new Set(offers.map((offer) => offer.discount.type))).toEqual(
      new Set(['BASKET', 'SHIPPING', 'LOYALTY_POINT', 'SAMPLE_PRODUCT', 'DEFERRED', 'POINT']),
    );
  });

  it('records the sample order: one discount needs no notification, one is due, the second time is a replay', async () => {
    const app = aTestApp();
    await app.post('/offers', theOffersSample());
    const first = await app.post('/use-offers', theUseOffersSample(), { 'x-akinon-request-id': 'r-1' });
    const second = await app.post('/use-offers', theUseOffersSample(), { 'x-akinon-request-id': 'r-1' });
    expect([first.status, await first.text(), first.headers.get('idempotent-replayed')]).toEqual([200, '', null]);
    expect([second.status, await second.text(), second.headers.get('idempotent-replayed')]).toEqual([200, '', 'true']);
    const lines = await rows(
      'SELECT discount_id, state, type, amount, currency FROM used_discounts WHERE order_key = ?',
      'o:ORD-12345',
    );
    expect(lines).toEqual([
      { discount_id: 'v2-loyalty-reward-2025', state: 'due', type: 'BASKET', amount: 1000, currency: 'TRY' },
      { discount_id: 'v2-spring-discount-2025', state: 'not_required', type: 'BASKET', amount: 2550, currency: 'TRY' },
    ]);
    expect(await rows('SELECT * FROM deliveries')).toMatchObject([{ order_key: 'o:ORD-12345', state: 'due' }]);
    expect(app.sent).toEqual([{ orderKey: 'o:ORD-12345' }]);
  });
});
