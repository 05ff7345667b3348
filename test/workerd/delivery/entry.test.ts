/** The Worker's entry as the platform calls it. */
import { createExecutionContext, createMessageBatch, createScheduledController, getQueueResult } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import worker from '../../../src/index.ts';
import { aUsageRequest, rows } from '../support/builders.ts';
import { BASIC } from '../support/http.ts';

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
  it('answers a request and wakes the real queue', async () => {
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
    expect(await rows('SELECT state FROM deliveries')).toEqual([{ state: 'due' }]);
  });

  it.each(['offerbridge-deliveries', 'offerbridge-deliveries-dead'])(
    'acknowledges every message of %s and leaves what is due to D1',
    async (queue) => {
      const messages = ['a', 'b'].map((id) => ({
        id,
        timestamp: new Date(),
        attempts: 1,
        body: { orderKey: `o:${id}` },
      }));
      const batch = createMessageBatch(queue, messages);
      const ctx = createExecutionContext();
      worker.queue(batch as never, env);
      const result = await getQueueResult(batch, ctx);
      expect([result.ackAll, result.retryBatch.retry, result.retryMessages]).toEqual([true, false, []]);
      expect(logged).toContainEqual({ event: 'queue_batch', reason: queue, messages: 2 });
    },
  );

  it('logs the sweep', () => {
    worker.scheduled(createScheduledController({ cron: '* * * * *' }), env);
    expect(logged).toContainEqual({ event: 'sweep', reason: '* * * * *' });
  });
});
