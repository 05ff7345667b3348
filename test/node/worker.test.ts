/** The built Worker over real sockets: parallel requests, and a kill in mid-traffic. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aLocalWorker, fixture, type LocalWorker } from './support/akinon.ts';

let worker: LocalWorker;
beforeAll(async () => {
  worker = await aLocalWorker();
});
afterAll(() => worker.dispose());

const usage = fixture('v2-use-offers-request');
const anOrder = (orderNumber: string) => ({ ...usage, order: { orderNumber } });

describe('the built Worker', () => {
  it('answers the sample basket and its order over HTTP, the second time as a replay', async () => {
    const offers = await worker.post('/offers', fixture('v2-offers-request'), 'offers-1');
    expect([offers.status, ((await offers.json()) as unknown[]).length]).toEqual([200, 7]);
    for (const replayed of [null, 'true']) {
      const response = await worker.post('/use-offers', usage, 'usage-1');
      expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '0', '']);
      expect(response.headers.get('idempotent-replayed')).toBe(replayed);
    }
  });

  it('answers 60 identical requests at once with 200 and records one usage', async () => {
    const responses = await Promise.all(
      Array.from({ length: 60 }, () => worker.post('/use-offers', anOrder('SIXTY'), 'sixty')),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(60).fill(200));
    expect(responses.filter((response) => !response.headers.has('idempotent-replayed'))).toHaveLength(1);
    expect(await worker.query("SELECT request_id FROM usages WHERE order_key = 'o:SIXTY'")).toHaveLength(1);
  });

  it('refuses 20 MB with bad credentials without waiting for them', async () => {
    const body = new Uint8Array(20 * 1024 * 1024);
    const response = await fetch(`${worker.url}/offers`, { method: 'POST', body }).catch(() => null);
    // The connection may also be cut while we are still sending: both leave the body unread.
    if (response !== null) expect(response.status).toBe(401);
    expect((await fetch(`${worker.url}/health`)).status).toBe(200);
  });

  it('loses nothing that was answered 200 when it is killed in mid-traffic', async () => {
    const answered: number[] = [];
    let next = 0;
    let killed = false;
    const traffic = Array.from({ length: 8 }, async () => {
      while (!killed) {
        const id = next++;
        const response = await worker.post('/use-offers', anOrder(`K-${id}`), `kill-${id}`).catch(() => null);
        if (response?.status === 200) answered.push(id);
      }
    });
    while (answered.length < 200) await new Promise((resolve) => setTimeout(resolve, 5));
    await worker.kill();
    killed = true;
    await Promise.all(traffic);

    await worker.restart();
    const rows = await worker.query<{ request_id: string; discounts: number; due: number; state: string }>(
      `SELECT u.request_id, count(l.discount_id) AS discounts, sum(l.state = 'due') AS due, d.state FROM usages AS u
       JOIN used_discounts AS l ON l.order_key = u.order_key JOIN deliveries AS d ON d.order_key = u.order_key
       WHERE u.request_id LIKE 'kill-%' GROUP BY u.id`,
    );
    const stored = new Map(rows.map((row) => [row.request_id, row]));
    expect(answered.length).toBeGreaterThanOrEqual(200);
    for (const id of answered) expect(stored.get(`kill-${id}`)).toMatchObject({ discounts: 2 });
    // All or nothing: what is there is there whole, also where the answer was lost; what is due has its place.
    expect(rows.every(({ discounts, due, state }) => discounts === 2 && (state === 'done') === (due === 0))).toBe(true);

    const again = await worker.post('/use-offers', anOrder(`K-${answered[0]}`), `kill-${answered[0]}`);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  });
});
