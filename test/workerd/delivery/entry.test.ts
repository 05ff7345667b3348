/** The Worker's entry as the platform calls it. */
import { createExecutionContext, createMessageBatch, createScheduledController, getQueueResult } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../../src/index.ts';
import { aUsageRequest, loadDemoCatalog, rows } from '../support/builders.ts';
import { aTestApp, BASIC } from '../support/http.ts';

const logged: unknown[] = [];
beforeEach(() => {
  logged.length = 0;
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void logged.push(JSON.parse(line)));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the entry of the Worker', () => {
  it('answers a request and wakes the real queue, whose consumer delivers', async () => {
    const response = await exports.default.fetch('https://adapter.test/use-offers', {
      method: 'POST',
      body: JSON.stringify(aUsageRequest()),
      headers: {
        authorization: BASIC,
        'content-type': 'application/json',
        'x-akinon-request-id': 'r-1',
        'x-akinon-api-version': 'v2',
        'x-app-device': 'default',
      },
    });
    expect([response.status, await response.text()]).toEqual([200, '']);
    // The test ends only when the message has come: nobody else's delivery is woken by it.
    await vi.waitFor(
      async () => {
        expect(await rows('SELECT state FROM deliveries')).toEqual([{ state: 'done' }]);
        expect(logged).toContainEqual(expect.objectContaining({ event: 'drained', orders: 1 }));
      },
      { timeout: 15_000, interval: 50 },
    );
  });

  const batchOf = (queue: string) =>
    createMessageBatch(
      queue,
      ['a', 'b'].map((id) => ({ id, timestamp: new Date(), attempts: 1, body: { orderKey: `o:${id}` } })),
    );

  it('delivers what is due when it is woken, and acknowledges every message', async () => {
    await loadDemoCatalog();
    await aTestApp().post('/use-offers', aUsageRequest({ usedDiscounts: ['v2-spring-discount-2025'] }));
    const batch = batchOf('offerbridge-deliveries');
    const ctx = createExecutionContext();
    await worker.queue(batch as never, env);
    const result = await getQueueResult(batch, ctx);
    expect([result.ackAll, result.retryBatch.retry, result.retryMessages]).toEqual([true, false, []]);
    expect(await rows('SELECT state FROM used_discounts')).toEqual([{ state: 'delivered' }]);
    expect(logged).toContainEqual({ event: 'woken', reason: 'offerbridge-deliveries', messages: 2 });
  });

  it('only logs dead letters and acknowledges them: D1 has what they announced', async () => {
    await aTestApp().post('/use-offers', aUsageRequest());
    const batch = batchOf('offerbridge-deliveries-dead');
    const ctx = createExecutionContext();
    await worker.queue(batch as never, env);
    expect((await getQueueResult(batch, ctx)).ackAll).toBe(true);
    expect(await rows('SELECT state FROM deliveries')).toEqual([{ state: 'due' }]);
    expect(logged).toContainEqual({ event: 'dead_letters', reason: 'offerbridge-deliveries-dead', messages: 2 });
  });

  it('delivers what no message announced when the cron sweeps', async () => {
    await loadDemoCatalog();
    await aTestApp().post('/use-offers', aUsageRequest({ usedDiscounts: ['v2-spring-discount-2025', 'nothing'] }));
    await worker.scheduled(createScheduledController(), env);
    expect(await rows('SELECT discount_id, state FROM used_discounts ORDER BY discount_id')).toEqual([
      { discount_id: 'nothing', state: 'rejected' },
      { discount_id: 'v2-spring-discount-2025', state: 'delivered' },
    ]);
  });
});
