/** The built Worker with `MAPPING` set, in front of an upstream over HTTP that remembers no keys. */
import '../../../scripts/mapping/like-the-worker.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPointsService, type MappedUpstream } from '../../support/fakes/mapped-upstreams.ts';
import { type ListeningFake, listen } from '../../support/listening-fake.ts';
import { aLocalWorker, fixture, type LocalWorker } from '../support/akinon.ts';

let service: MappedUpstream;
let server: ListeningFake;
let worker: LocalWorker;

beforeAll(async () => {
  service = aPointsService();
  server = await listen(service);
  worker = await aLocalWorker({
    ...{ CONNECTOR: 'http', MAPPING: 'lookup-points', UPSTREAM_URL: server.url },
    ...service.secrets,
  });
});
afterAll(async () => {
  await worker.dispose();
  await server.stop();
});

/** Sweeps in place of cron, until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isSo()) return;
    await sleep(200);
    await worker.query("UPDATE deliveries SET due_at = 0 WHERE state = 'due'");
    await worker.sweep();
  }
  throw new Error('not within 20 s');
}

const codesOf = async (response: Response) =>
  ((await response.json()) as { discount: { id: string } }[]).map(({ discount }) => discount.id);

describe('a Worker with a mapping', () => {
  it('is ready, and shows Akinon what the upstream has', async () => {
    expect((await fetch(`${worker.url}/ready`)).status).toBe(200);
    const response = await worker.post('/offers', fixture('v2-offers-request'), 'offers-1');
    expect(await codesOf(response)).toEqual(['r-ten', 'r-five', 'points']);
  });

  it('redeems an order once though its answer was lost: it is looked up before it is sent again', async () => {
    await worker.post('/offers', fixture('v2-offers-request'), 'offers-2');
    service.faults.loseNextAnswer();
    const order = { ...fixture('v2-use-offers-request'), usedDiscounts: ['r-ten', 'points'] };
    const used = await worker.post('/use-offers', { ...order, order: { orderNumber: 'MAPPED-1' } }, 'use-1');
    expect(used.status).toBe(200);
    const lines = () =>
      worker.query<{ discount_id: string; state: string; reference: string }>(
        "SELECT discount_id, state FROM used_discounts WHERE order_key = 'o:MAPPED-1' ORDER BY discount_id",
      );
    await until(async () => (await lines()).every(({ state }) => state === 'delivered'));
    expect(await lines()).toEqual([
      { discount_id: 'points', state: 'delivered' },
      { discount_id: 'r-ten', state: 'delivered' },
    ]);
    expect(Object.fromEntries(service.redeemed)).toEqual({ 'r-ten': 1, points: 1 });
    const calls = service.calls.map(({ line }) => line.replace('/api/', ''));
    expect(calls.filter((line) => !line.includes('simulate'))).toEqual(['POST redemptions', 'GET redemptions']);
  });
});
