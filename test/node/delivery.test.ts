/** The built Worker and the reference upstream over sockets: used discounts take effect once, whatever goes wrong. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningUpstream, startUpstream } from '../support/upstream.ts';
import { aLocalWorker, fixture, type LocalWorker } from './support/akinon.ts';

const TIMEOUT_MS = 1500;

let running: RunningUpstream;
let worker: LocalWorker;
let offered: string[];

beforeAll(async () => {
  running = await startUpstream();
  worker = await aLocalWorker({
    CONNECTOR: 'http',
    UPSTREAM_URL: running.url,
    USAGE_TIMEOUT_MS: String(TIMEOUT_MS),
  });
  const offers = await worker.post('/offers', fixture('v2-offers-request'), 'offers');
  offered = ((await offers.json()) as { discount: { id: string }; notifyAfterOrderCreation: boolean }[])
    .filter(({ notifyAfterOrderCreation }) => notifyAfterOrderCreation)
    .map(({ discount }) => discount.id);
  expect(offered.length).toBeGreaterThanOrEqual(2);
});
afterAll(async () => {
  await worker.dispose();
  await running.stop();
});
afterEach(async () => {
  running.upstream.faults.clear();
  await worker.query("UPDATE delivery_gate SET until = 0 WHERE state <> 'open'");
  await worker.query("UPDATE deliveries SET due_at = 0 WHERE state = 'due'");
  await until(async () => (await open()) === 0, 'nothing is open after the test');
  running.upstream.reset();
});

/** A test's orders have names of their own, because the ledger lives as long as the file. */
let next = 0;
const anOrder = (name: string) => `${name}-${next++}`;

async function use(order: string, usedDiscounts: readonly string[], requestId: string = crypto.randomUUID()) {
  const body = { ...fixture('v2-use-offers-request'), usedDiscounts, order: { orderNumber: order } };
  const response = await worker.post('/use-offers', body, requestId);
  expect(response.status).toBe(200);
}

async function open(): Promise<number> {
  const [row] = await worker.query<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE state <> 'done'");
  return row?.n ?? 0;
}

const effectsOf = (order: string) =>
  running.upstream.redemptions.effects
    .filter((effect) => effect.order === order)
    .map(({ id }) => id)
    .toSorted();
const callsOf = (order: string) => running.upstream.calls.all.filter((call) => call.order === order);

/** Sweeps in place of cron, more often than that would, until it is so. */
async function until(isSo: () => boolean | Promise<boolean>, what: string, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(200);
    await worker.sweep();
  }
}

async function linesOf(order: string): Promise<Record<string, string>> {
  const rows = await worker.query<{ discount_id: string; state: string }>(
    `SELECT discount_id, state FROM used_discounts WHERE order_key = 'o:${order}'`,
  );
  return Object.fromEntries(rows.map(({ discount_id, state }) => [discount_id, state]));
}

describe('the delivery', () => {
  it('is woken by the order, carries what was offered, and redeems each discount once', async () => {
    const order = anOrder('HAPPY');
    await use(order, offered.slice(0, 2));
    await until(() => effectsOf(order).length === 2, 'both are redeemed');
    const [call, ...more] = callsOf(order);
    expect(more).toEqual([]);
    const body = JSON.parse(call?.body ?? '');
    expect(body).toMatchObject({
      orderNumber: order,
      basket: { id: 32 },
      channel: { device: 'default', staffEmail: null },
    });
    expect(body.discounts.every((line: { reference: unknown }) => line.reference !== null)).toBe(true);
    expect(call?.headers['idempotency-key']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('redeems once what was applied and whose answer was lost, with the same key and the same bytes', async () => {
    for (const kind of ['hang', 'reset', 'truncate'] as const) {
      const order = anOrder(`LOST-${kind}`);
      running.upstream.faults.add({ do: kind, apply: true, route: '/usages', order, times: 1 });
      await use(order, offered.slice(0, 2));
      await until(() => callsOf(order).length === 2, 'it is sent again');
      await until(async () => Object.values(await linesOf(order)).every((state) => state === 'delivered'), 'delivered');
      const [first, second] = callsOf(order);
      expect(second?.body).toBe(first?.body);
      expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
      expect(effectsOf(order)).toEqual(offered.slice(0, 2).toSorted());
    }
  });

  it('ends the discounts of one order independently', async () => {
    const order = anOrder('PARTIAL');
    const [ok = '', no = '', slow] = offered;
    running.upstream.faults.add({ do: 'line', order, discount: no, outcome: 'rejected', reason: 'used up' });
    if (slow !== undefined)
      running.upstream.faults.add({ do: 'line', order, discount: slow, outcome: 'later', times: 1 });
    await use(order, offered.slice(0, 3));
    await until(async () => !Object.values(await linesOf(order)).includes('due'), 'each has its end');
    expect(await linesOf(order)).toEqual({ [ok]: 'delivered', [no]: 'rejected', ...(slow && { [slow]: 'delivered' }) });
    expect(effectsOf(order)).toEqual([ok, ...(slow ? [slow] : [])].toSorted());
  });

  it('waits as long as Retry-After says', async () => {
    const order = anOrder('BUSY');
    running.upstream.faults.add({ do: 'reply', status: 429, headers: { 'retry-after': '4' }, order, times: 1 });
    await use(order, offered.slice(0, 1));
    await until(() => effectsOf(order).length === 1, 'it is redeemed');
    const [first, second] = callsOf(order);
    expect((second?.at ?? 0) - (first?.endedAt ?? 0)).toBeGreaterThanOrEqual(3900);
  });

  it('does not follow a redirect, shuts the gate, condemns nothing, and goes on after the mend', async () => {
    let followed = 0;
    const elsewhere = createServer((_, response) => {
      followed++;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/usages`;
    running.upstream.faults.add({ do: 'reply', status: 307, headers: { location }, route: '/usages' });
    const orders = Array.from({ length: 8 }, () => anOrder('MOVED'));
    for (const order of orders) await use(order, offered.slice(0, 1));
    await until(() => running.upstream.calls.all.some(({ status }) => status === 307), 'it is asked');
    await sleep(300);
    const [gate] = await worker.query<object>('SELECT state, reason FROM delivery_gate');
    expect(gate).toEqual({ state: 'paused', reason: 'misconfigured' });
    for (const order of orders) expect(await linesOf(order)).toEqual({ [offered[0] ?? '']: 'due' });

    running.upstream.faults.clear();
    await worker.query('UPDATE delivery_gate SET until = 0');
    await until(() => orders.every((order) => effectsOf(order).length === 1), 'all are redeemed');
    expect(followed).toBe(0);
    elsewhere.close();
  });

  it('delays no neighbour of a poisoned order', async () => {
    const orders = Array.from({ length: 20 }, (_, at) => anOrder(at === 3 ? 'POISON' : 'GOOD'));
    const [poisoned = ''] = orders.filter((order) => order.startsWith('POISON'));
    running.upstream.faults.add({ do: 'reply', status: 500, order: poisoned });
    await Promise.all(orders.map((order) => use(order, offered.slice(0, 2))));
    const good = orders.filter((order) => order !== poisoned);
    await until(() => good.every((order) => effectsOf(order).length === 2), 'the neighbours are redeemed');
    expect(effectsOf(poisoned)).toEqual([]);
    expect(Object.values(await linesOf(poisoned))).toEqual(['due', 'due']);
    expect(await worker.query('SELECT state FROM delivery_gate')).toEqual([{ state: 'open' }]);
  });

  it('never asks twice at a time about an order that comes under three request ids at once', async () => {
    const [a = '', b = '', c = a] = offered;
    running.upstream.faults.add({ do: 'answer', slowMs: 400, route: '/usages' });
    const orders = Array.from({ length: 5 }, () => anOrder('THRICE'));
    await Promise.all(orders.flatMap((order) => [use(order, [a, b]), use(order, [b, c]), use(order, [a, c])]));
    await until(async () => (await open()) === 0, 'all are done');
    for (const order of orders) {
      expect(effectsOf(order)).toEqual([...new Set([a, b, c])].toSorted());
      expect(callsOf(order).some(({ overlapped }) => overlapped)).toBe(false);
    }
    expect(running.upstream.redemptions.effects.every(({ asked }) => asked === 1)).toBe(true);
  });

  it('delivers what it answered 200 when it is killed before it could, with every queue message gone', async () => {
    const orders = Array.from({ length: 40 }, () => anOrder('KILLED'));
    await Promise.all(orders.map((order) => use(order, offered.slice(0, 2))));
    await worker.kill();
    const before = new Set(orders.filter((order) => effectsOf(order).length > 0));
    expect(before.size).toBeLessThan(orders.length);
    await worker.restart();
    await until(() => orders.every((order) => effectsOf(order).length === 2), 'all are redeemed');
    expect(running.upstream.calls.all.some(({ overlapped }) => overlapped)).toBe(false);
  });

  it('takes 300 usages during an outage and delivers each once afterwards', async () => {
    running.upstream.faults.add({ do: 'reset', route: '/usages' });
    const orders = Array.from({ length: 300 }, () => anOrder('OUTAGE'));
    for (let at = 0; at < orders.length; at += 20) {
      await Promise.all(orders.slice(at, at + 20).map((order) => use(order, offered.slice(0, 2))));
    }
    await worker.sweep();
    const [gate] = await worker.query<object>('SELECT state, reason FROM delivery_gate');
    expect(gate).toEqual({ state: 'paused', reason: 'outage' });
    // The shut gate spares the upstream: a fraction of the orders was tried.
    expect(running.upstream.calls.all.length).toBeLessThan(60);
    const [spent] = await worker.query<{ most: number }>(
      'SELECT max(attempts) AS most FROM deliveries WHERE done_at IS NULL',
    );
    expect(spent?.most).toBeLessThanOrEqual(1);

    running.upstream.faults.clear();
    await worker.query('UPDATE delivery_gate SET until = 0');
    await until(() => orders.every((order) => effectsOf(order).length === 2), 'all are redeemed', 90);
    // Four consumers and the sweep, six at a time each.
    expect(running.upstream.calls.maxConcurrent).toBeLessThanOrEqual(30);
    expect(running.upstream.calls.all.some(({ overlapped }) => overlapped)).toBe(false);
  });
});
