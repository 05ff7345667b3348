/** What retention removes, what it never removes, and what it costs, on real D1. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { CHUNK } from '../../../src/ledger/retention.sql.ts';
import { RETENTION_STATEMENTS, type Removed, type Retention, removeExpired } from '../../../src/ledger/retention.ts';
import { aUsageRequest, rows } from '../support/builders.ts';
import { using } from '../support/connectors.ts';
import { accepted, aWorld, delivery, due, refused, START, states, type World } from '../support/delivery.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';
import { aTestApp } from '../support/http.ts';

const DAY = 24 * 60 * 60 * 1000;
const NOTHING: Removed = {
  ...{ requests: 0, baskets: 0, attempts: 0, discounts: 0, orders: 0, snapshots: 0, refused: 0 },
};

const purge = (now: number, overrides: Partial<Retention> = {}) =>
  removeExpired({ db: env.DB, now, requestDays: 90, issuedDays: 30, effectDays: 800, ...overrides });
const purgeOnDay = (days: number, overrides: Partial<Retention> = {}) => purge(START + days * DAY + 1, overrides);

async function count(table: string, where = '1'): Promise<number> {
  const [row] = await rows(`SELECT count(*) AS n FROM ${table} WHERE ${where}`);
  return row.n;
}

/** The newest usage is never removed: this one is it. */
const aNewerUsage = (world: World) => world.accept('NEWEST', []);

async function aDeliveredOrder(order = 'A', ids = ['a', 'b']): Promise<World> {
  const world = aWorld();
  await world.accept(order, ids);
  await world.consume();
  return world;
}

describe('an order that was delivered', () => {
  it('loses its snapshot after 30 days, its request and attempts after 90, and itself after 800', async () => {
    await aNewerUsage(await aDeliveredOrder());
    await rows('UPDATE deliveries SET basket_state = ?, unknown_call = ?', '{}', 'text');
    expect(await purgeOnDay(29)).toEqual(NOTHING);
    expect(await purgeOnDay(30)).toEqual({ ...NOTHING, snapshots: 2 });
    expect(await delivery('A')).toMatchObject({
      ...{ state: 'done', snapshot: null, basket_state: null, unknown_call: null, call_lines: null },
      ...{ done_at: START, attempts: 1, fence: 1 },
    });
    expect(await purgeOnDay(89)).toEqual(NOTHING);
    expect(await purgeOnDay(90)).toEqual({ ...NOTHING, requests: 1, attempts: 1 });
    expect(await states('A')).toEqual({ a: 'delivered', b: 'delivered' });
    expect(await purgeOnDay(799)).toEqual(NOTHING);
    expect(await purgeOnDay(800)).toEqual({ ...NOTHING, discounts: 2, orders: 2 });
    expect([await count('deliveries'), await count('used_discounts'), await count('usages')]).toEqual([0, 0, 1]);
  });

  it('goes with its attempts, and before its request, when effects are kept for less time than requests', async () => {
    await aNewerUsage(await aDeliveredOrder());
    expect(await purgeOnDay(20, { effectDays: 20 })).toEqual({ ...NOTHING, attempts: 1, discounts: 2, orders: 2 });
    expect(await count('usages')).toBe(2);
    expect(await purgeOnDay(90, { effectDays: 20 })).toEqual({ ...NOTHING, requests: 1 });
  });

  it('is found by its later usages when the first is gone, and its ids are given to nobody', async () => {
    const world = await aDeliveredOrder('A', ['a']);
    const first = (await delivery('A')).usage_id;
    world.clock.now += 50 * DAY;
    await world.accept('A', ['a', 'b']);
    await world.consume();
    await purgeOnDay(90);
    expect(await rows('SELECT id, first_usage_id FROM usages')).toEqual([{ id: first + 1, first_usage_id: first }]);
    world.clock.now += 50 * DAY;
    await world.accept('A', ['c']);
    await world.consume();
    expect(world.calls.map(due)).toEqual([['a'], ['b'], ['c']]);
    await purge(world.clock.now + 90 * DAY + 1);
    expect(await rows('SELECT id, first_usage_id FROM usages')).toEqual([{ id: first + 2, first_usage_id: first }]);
    expect((await delivery('A')).usage_id).toBe(first);
  });

  it('keeps the newest request whatever its age', async () => {
    await aDeliveredOrder();
    await purgeOnDay(1000);
    expect([await count('usages'), await count('deliveries')]).toEqual([1, 0]);
    const world = await aDeliveredOrder('B');
    expect((await delivery('B')).usage_id).toBe(2);
    expect(world.calls).toHaveLength(1);
  });
});

describe('a request id that comes again when its row is gone', () => {
  it.each([
    ['the same request id', 'r-1'],
    ['another request id', 'r-2'],
  ])('is answered 200 and redeems nothing again: %s', async (_name, requestId) => {
    const world = aWorld();
    const app = aTestApp({ now: () => world.clock.now, deps: using(world.connector) });
    const use = (id: string, order = 'ORD-1') =>
      app.post('/use-offers', aUsageRequest({ order: { orderNumber: order } }), { 'x-akinon-request-id': id });
    expect((await use('r-1')).status).toBe(200);
    await world.consume();
    expect((await use('newest', 'ORD-2')).status).toBe(200);
    await world.consume();
    expect(await purgeOnDay(90)).toMatchObject({ requests: 1, snapshots: 2 });
    expect(await count('usages', "request_id = 'r-1'")).toBe(0);
    world.clock.now += 91 * DAY;
    const doneBefore = await delivery('ORD-1');

    const again = await use(requestId);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, null]);
    await world.sweep();
    expect(world.calls).toHaveLength(2);
    expect(await states('ORD-1')).toEqual({ a: 'delivered' });
    expect(await delivery('ORD-1')).toEqual(doneBefore);
  });
});

describe('what is never removed, whatever its age', () => {
  const everything = async () => ({
    usages: await rows('SELECT * FROM usages ORDER BY id'),
    orders: await rows('SELECT * FROM deliveries ORDER BY order_key'),
    lines: await rows('SELECT * FROM used_discounts ORDER BY order_key, discount_id'),
    attempts: await rows('SELECT * FROM delivery_attempts ORDER BY order_key, fence'),
  });
  const line = (order: string, state: string) =>
    rows('UPDATE used_discounts SET state = ? WHERE order_key = ? AND discount_id = ?', state, `o:${order}`, 'a');

  it('an order that is due', async () => {
    const world = aWorld({ commit: () => ({ outcomes: new Map([['a', { status: 'accepted' }]]) }) });
    await world.accept('A', ['a', 'b']);
    await world.consume();
    expect(await states('A')).toEqual({ a: 'delivered', b: 'due' });
    // The newest row.
    await world.accept('B', ['a']);
    const before = await everything();
    expect(await purgeOnDay(3000)).toEqual(NOTHING);
    expect(await everything()).toEqual(before);
  });

  it('an order that a worker holds', async () => {
    const world = await aDeliveredOrder();
    await rows("UPDATE deliveries SET state = 'leased', due_at = ?", START);
    await world.accept('B', ['a']);
    const before = await everything();
    expect(await purgeOnDay(3000)).toEqual(NOTHING);
    expect(await everything()).toEqual(before);
  });

  it.each(['dead', 'unrecognised'])('an order with a line that is %s', async (state) => {
    const world = await aDeliveredOrder();
    await line('A', state);
    await world.accept('B', ['a']);
    const before = await everything();
    expect(await purgeOnDay(3000)).toEqual(NOTHING);
    expect(await everything()).toEqual(before);
    await line('A', 'discarded');
    expect(await purgeOnDay(3000)).toMatchObject({ requests: 1, orders: 1, discounts: 2, attempts: 1 });
  });

  it('the usage of a conflict, and the order that the conflict names', async () => {
    const world = aWorld();
    await world.accept('A', ['a'], 'r');
    await world.accept('B', ['a']);
    await world.accept('C', ['a']);
    await world.accept('B', ['a'], 'r');
    await world.consume();
    await aNewerUsage(world);
    expect(await count('usage_conflicts')).toBe(1);
    expect(await purgeOnDay(3000)).toMatchObject({ requests: 1, attempts: 2, discounts: 2 });
    expect(await rows('SELECT order_key FROM usages ORDER BY id')).toEqual(
      ['o:A', 'o:B', 'o:NEWEST'].map((order_key) => ({ order_key })),
    );
    expect(await delivery('B')).toMatchObject({ snapshot: expect.any(String) });
    expect([await states('B'), await count('delivery_attempts'), await count('usage_conflicts')]).toEqual([
      { a: 'delivered' },
      1,
      1,
    ]);
  });

  it('but an order that was refused goes', async () => {
    const world = aWorld({ commit: () => refused });
    await world.accept('A', ['a']);
    await world.consume();
    expect(await states('A')).toEqual({ a: 'rejected' });
    await aNewerUsage(world);
    expect(await purgeOnDay(800)).toMatchObject({ requests: 1, attempts: 1, discounts: 1, orders: 2 });
  });
});

describe('refused requests and issued baskets', () => {
  it('go by their days, and what is younger stays', async () => {
    const day = Math.floor(START / DAY);
    for (const back of [89, 90, 91]) {
      const values = [day - back, `d${back}`, START - back * DAY];
      await rows('INSERT INTO refused_requests VALUES (?1, ?2, NULL, ?2, ?2, 1, ?3, ?3)', ...values);
    }
    for (const back of [29, 30, 31]) {
      await rows("INSERT INTO issued_baskets VALUES (?1, 1, '{}', NULL, ?2)", -back, START - back * DAY);
    }
    expect(await purge(START)).toEqual({ ...NOTHING, refused: 1, baskets: 1 });
    expect(await rows('SELECT digest FROM refused_requests ORDER BY digest')).toEqual([
      { digest: 'd89' },
      { digest: 'd90' },
    ]);
    expect(await rows('SELECT basket_id FROM issued_baskets ORDER BY basket_id')).toEqual([
      { basket_id: -30 },
      { basket_id: -29 },
    ]);
    expect(await purge(START)).toEqual(NOTHING);
  });
});

/** Orders `1…n`, each with a request and a basket; all as old as the test says. */
async function aBacklog(orders: number, at: number): Promise<void> {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${orders})`;
  for (const sql of [
    `INSERT INTO usages (id, request_id, claim_id, fingerprint, order_key, used_discounts, channel, received_at)
     ${numbers} SELECT i, 'r' || i, 'c', 'f', 'o:' || i, '["a"]', '{}', ${at} FROM n`,
    `INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at)
     ${numbers} SELECT 'o:' || i, 'a', i, 'delivered', ${at} FROM n`,
    `INSERT INTO deliveries (order_key, usage_id, state, opened_at, done_at, channel, snapshot)
     ${numbers} SELECT 'o:' || i, i, 'done', ${at}, ${at}, '{}', '{}' FROM n`,
    `INSERT INTO issued_baskets ${numbers} SELECT i, 1, '{}', NULL, ${at} FROM n`,
  ]) {
    await env.DB.prepare(sql).run();
  }
}

describe('a walk in chunks', () => {
  it('stops at requests that are younger, and takes only those that are older', async () => {
    await aBacklog(5, START);
    await rows('UPDATE usages SET received_at = ? WHERE id IN (3, 5)', START + DAY);
    expect(await purgeOnDay(90)).toMatchObject({ requests: 3 });
    expect(await rows('SELECT id FROM usages')).toEqual([{ id: 3 }, { id: 5 }]);
  });

  const twice = 2 * CHUNK + 100;

  it('looks at so many rows of each table a call, goes on where it stopped, and begins again', async () => {
    await aBacklog(twice, START);
    const calls = [await purgeOnDay(800), await purgeOnDay(800), await purgeOnDay(800)];
    const of = (n: number) => ({ ...NOTHING, requests: n, baskets: n, discounts: n, orders: n });
    expect(calls).toEqual([of(CHUNK), of(CHUNK), { ...of(100), requests: 99 }]);
    expect(await rows('SELECT * FROM retention_cursors WHERE last_key IS NOT NULL')).toEqual([]);
    expect(await purgeOnDay(800)).toEqual(NOTHING);
  });

  it('is not stopped by what it has to keep', async () => {
    await aBacklog(twice, START);
    await rows("UPDATE used_discounts SET state = 'dead' WHERE usage_id <= ?", CHUNK + 10);
    await aNewerUsage(aWorld());
    const calls = [await purgeOnDay(800), await purgeOnDay(800), await purgeOnDay(800)];
    expect(calls.map(({ requests }) => requests)).toEqual([0, CHUNK - 10, 100]);
    expect(calls.reduce((sum, { orders }) => sum + orders, 0)).toBe(CHUNK + 91);
    expect([await count('usages'), await count('deliveries')]).toEqual([CHUNK + 11, CHUNK + 10]);
    // What was kept is found when it may go.
    await rows("UPDATE used_discounts SET state = 'discarded'");
    expect([await purgeOnDay(800), await purgeOnDay(800)].map(({ requests }) => requests)).toEqual([CHUNK, 10]);
  });

  it('reaches what became old behind it', async () => {
    await aBacklog(twice, START);
    await purgeOnDay(29);
    const removed = { snapshots: 0, baskets: 0 };
    // Every basket of the first two chunks but one was seen again.
    await rows('UPDATE issued_baskets SET seen_at = ? WHERE basket_id BETWEEN 2 AND ?', START + DAY, 2 * CHUNK);
    for (let call = 0; call < 4; call++) {
      const { snapshots, baskets } = await purgeOnDay(30);
      removed.snapshots += snapshots;
      removed.baskets += baskets;
    }
    expect(removed).toEqual({ snapshots: twice, baskets: 101 });
  });
});

describe('what retention costs', () => {
  async function costOf(now: number, effectDays = 800) {
    const { db, counts } = aFaultyD1(env.DB);
    await purge(now, { db, effectDays });
    return counts;
  }

  it('is one round trip of as many statements as it says, and no row where there is nothing to remove', async () => {
    expect(await costOf(START)).toEqual({ roundTrips: 1, rowsWritten: 0 });
    await aDeliveredOrder();
    expect(await costOf(START + DAY)).toEqual({ roundTrips: 1, rowsWritten: 0 });
    const prepared: string[] = [];
    const counting = {
      prepare: (sql: string) => {
        prepared.push(sql);
        return env.DB.prepare(sql);
      },
      batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
    } as D1Database;
    await purge(START, { db: counting });
    expect(prepared).toHaveLength(RETENTION_STATEMENTS);
  });

  it('is at most 20 rows for the whole life of an order with two discounts', async () => {
    const { db, counts } = aFaultyD1(env.DB);
    const world = aWorld({ db, commit: (commit) => accepted(commit, 'ref') });
    const app = aTestApp({ env: { DB: db }, now: () => world.clock.now, deps: using(world.connector) });
    const response = await app.post('/use-offers', aUsageRequest({ usedDiscounts: ['a', 'b'] }));
    expect(response.status).toBe(200);
    const accept = counts.rowsWritten;
    await world.consume();
    const deliver = counts.rowsWritten - accept;
    expect(await states('ORD-1')).toEqual({ a: 'delivered', b: 'delivered' });
    // Another usage, so that this one is not the newest; and without the rows of the cursors, which are a call's.
    await rows(
      "INSERT INTO usages SELECT 99, 'n', 'c', 'f', 'o:n', NULL, 1, 1, '[]', '{}', NULL, ?",
      world.clock.now * 2,
    );
    const { db: counted, counts: purged } = aFaultyD1(env.DB);
    const cursors = () => rows<{ name: string }>('SELECT * FROM retention_cursors ORDER BY name');
    let cursorRows = 0;
    for (const days of [31, 91, 801]) {
      const before = (await cursors()).map((row) => JSON.stringify(row));
      await purgeOnDay(days, { db: counted });
      cursorRows += (await cursors()).filter((row, at) => JSON.stringify(row) !== before[at]).length;
    }
    const remove = purged.rowsWritten - cursorRows;
    expect(await count('deliveries')).toBe(0);
    expect(await count('usages')).toBe(1);
    expect(accept + deliver + remove).toBeLessThanOrEqual(20);
    expect(remove).toBeGreaterThan(5);
  });
});
