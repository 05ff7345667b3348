/** The request log as people search it: what is found, how pages follow each other, and how many rows that reads. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { LINES_WINDOW, PLAIN_WINDOW, SEARCH_WINDOW } from '../../../src/ledger/usage-log.sql.ts';
import { type LoggedUsage, listUsages, showUsage, type UsageFilters } from '../../../src/ledger/usage-log.ts';
import { aUsageRequest, rows } from '../support/builders.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';
import { aTestApp } from '../support/http.ts';

const START = 1_790_000_000_000;
const STEP = 60_000;

/** Usage `n` of `count` came `n` minutes after START, from store `n % 3`, with two discounts of its own order. */
async function seed(count: number): Promise<void> {
  const n = `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})`;
  await env.DB.batch([
    env.DB.prepare(`${n} INSERT INTO usages (id, request_id, claim_id, fingerprint, order_key, basket_id, basket_version,
      used_discounts, channel, received_at)
      SELECT n, 'req-' || n, 'c', 'f', 'o:ORD-' || n, n, 1, json_array('a-' || n, 'common'),
        json_object('device', iif(n % 2, 'web', 'app'), 'storeId', 's-' || (n % 3)), ${START} + n * ${STEP} FROM n`),
    env.DB.prepare(`${n} INSERT INTO deliveries (order_key, usage_id, state, opened_at, channel)
      SELECT 'o:ORD-' || n, n, 'done', ${START} + n * ${STEP}, '{}' FROM n`),
    ...['a-', 'common'].map((id) =>
      env.DB.prepare(`${n} INSERT INTO used_discounts (order_key, discount_id, usage_id, state, type, amount, currency, recorded_at)
        SELECT 'o:ORD-' || n, ${id === 'a-' ? "'a-' || n" : "'common'"}, n, iif(n = 7, 'dead', 'delivered'),
          iif(n = 9, 'POINT', 'BASKET'), 2550, 'TRY', 1 FROM n`),
    ),
  ]);
}

const ids = (usages: readonly LoggedUsage[]) => usages.map(({ id }) => id);

async function every(filters: UsageFilters, limit: number): Promise<number[]> {
  const all: number[] = [];
  for (let before: number | null = null, pages = 0; pages < 100; pages++) {
    const page = await listUsages(env.DB, filters, before, limit);
    all.push(...ids(page.usages));
    if (page.next === null) return all;
    before = page.next;
  }
  throw new Error('no end');
}

describe('a page of the request log', () => {
  beforeEach(() => seed(40));

  it('has the newest first, each with its order, channel and discounts', async () => {
    const { usages, next } = await listUsages(env.DB, {}, null, 3);
    expect([ids(usages), next]).toEqual([[40, 39, 38], 38]);
    const line = {
      ...{ state: 'delivered', type: 'BASKET', amount: 2550, currency: 'TRY', orderKey: 'o:ORD-40' },
      ...{ usageId: 40, settledAt: null, upstreamRef: null, reason: null },
    };
    expect(usages[0]).toEqual({
      ...{ id: 40, requestId: 'req-40', orderKey: 'o:ORD-40', basketId: 40, storeId: 's-1', device: 'app' },
      receivedAt: START + 40 * STEP,
      discounts: [
        { id: 'a-40', ...line },
        { id: 'common', ...line },
      ],
    });
  });

  it('goes on by key: what comes meanwhile moves nothing, and nothing is missed or shown twice', async () => {
    const first = await listUsages(env.DB, {}, null, 15);
    await aTestApp().post('/use-offers', aUsageRequest());
    const second = await listUsages(env.DB, {}, first.next, 15);
    const third = await listUsages(env.DB, {}, second.next, 15);
    expect([...ids(first.usages), ...ids(second.usages), ...ids(third.usages)]).toEqual(
      Array.from({ length: 40 }, (_, at) => 40 - at),
    );
    expect(third.next).toBeNull();
  });

  it.each([
    ['an order number', 'ORD-12', [12]],
    ['an order key', 'o:ORD-12', [12]],
    ['a request id', 'req-12', [12]],
    ['a discount id', 'a-12', [12]],
    ['a basket id', '12', [12]],
    ['an id that nothing has', 'nothing', []],
    ['SQL', "' OR 1=1 --", []],
    ['a number too large for a basket', '99999999999999999999', []],
  ])('finds %s', async (_name, q, expected) => {
    expect(ids((await listUsages(env.DB, { q }, null, 50)).usages)).toEqual(expected);
  });

  it('finds every usage of a discount, page by page', async () => {
    expect(await every({ q: 'common' }, 7)).toEqual(Array.from({ length: 40 }, (_, at) => 40 - at));
    expect(await every({ q: 'common', store: 's-0', device: 'web' }, 4)).toEqual([39, 33, 27, 21, 15, 9, 3]);
  });

  it('finds the later usages of an order as well', async () => {
    const app = aTestApp();
    for (const usedDiscounts of [['x'], ['x', 'y']]) await app.post('/use-offers', aUsageRequest({ usedDiscounts }));
    expect(ids((await listUsages(env.DB, { q: 'ORD-1' }, null, 50)).usages)).toEqual([42, 41, 1]);
  });

  it.each([
    ['state', { state: 'dead' }, [7]],
    ['type', { type: 'POINT' }, [9]],
    ['state and type', { state: 'dead', type: 'POINT' }, []],
    ['store', { store: 's-0', from: START + 36 * STEP }, [39, 36]],
    ['device', { device: 'web', from: START + 37 * STEP }, [39, 37]],
    ['a range of time, its end excluded', { from: START + 10 * STEP, to: START + 13 * STEP }, [12, 11, 10]],
    ['a time before all', { to: START }, []],
    ['a time after all', { from: START + 99 * STEP }, []],
    [
      'all of them',
      { q: 'common', state: 'delivered', type: 'BASKET', store: 's-2', device: 'app', to: START + 9 * STEP },
      [8, 2],
    ],
  ] as [string, UsageFilters, number[]][])('filters by %s', async (_name, filters, expected) => {
    expect(await every(filters, 50)).toEqual(expected);
    expect(await every(filters, 1)).toEqual(expected);
  });
});

describe('a filter without an index', () => {
  it('looks at a window, says how far back that is, and goes on from there to the end', async () => {
    await seed(3 * LINES_WINDOW);
    const first = await listUsages(env.DB, { state: 'dead' }, null, 50);
    expect(first).toEqual({
      usages: [],
      next: 2 * LINES_WINDOW + 1,
      lookedBackTo: START + (2 * LINES_WINDOW + 1) * STEP,
    });
    expect(await every({ state: 'dead' }, 50)).toEqual([7]);
  });
});

describe('a search for a discount', () => {
  it('looks at a window, says how far back that is, and goes on from there to the end', async () => {
    await seed(2 * LINES_WINDOW);
    const first = await listUsages(env.DB, { q: 'a-3' }, null, 50);
    expect(first).toEqual({ usages: [], next: LINES_WINDOW + 1, lookedBackTo: START + (LINES_WINDOW + 1) * STEP });
    expect(await every({ q: 'a-3' }, 50)).toEqual([3]);
    expect(await every({ q: 'common', state: 'dead' }, 50)).toEqual([7]);
  });
});

describe('a log with gaps, as retention leaves them', () => {
  it('is walked in a few pages, however wide they are', async () => {
    await seed(10);
    await rows('UPDATE usages SET id = id + 1000000 WHERE id > 5');
    let pages = 0;
    const found: number[] = [];
    for (let before: number | null = 999_999_999; ; pages++) {
      const page: Awaited<ReturnType<typeof listUsages>> = await listUsages(env.DB, { state: 'delivered' }, before, 3);
      found.push(...ids(page.usages));
      if (page.next === null) break;
      before = page.next;
    }
    expect(found).toEqual([1_000_010, 1_000_009, 1_000_008, 1_000_006, 5, 4, 3, 2, 1]);
    expect(pages).toBe(3);
  });
});

/** Order 1 is told of again and again: usages 1001 and on, by devices in turn, of conflicts and decisions. */
async function seedLater(count: number): Promise<void> {
  const n = `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})`;
  await rows(`${n} INSERT INTO usages (id, request_id, claim_id, fingerprint, order_key, first_usage_id, basket_id, basket_version,
    used_discounts, channel, received_at)
    SELECT 1000 + n, 'later-' || n, 'c', 'f', 'o:ORD-1', 1, 1, 1, '["a-1","common"]',
      json_object('device', iif(n % 2, 'web', 'app')), ${START} + n FROM n`);
  await rows(`${n} INSERT INTO usage_conflicts (request_id, fingerprint, order_key, used_discounts, channel, first_at, last_at)
    SELECT 'later-' || n, 'other', 'o:ELSE-' || n, '[]', '{}', n, n FROM n WHERE n <= 150`);
  await rows(`${n} INSERT INTO usage_conflicts (request_id, fingerprint, order_key, used_discounts, channel, first_at, last_at)
    SELECT 'elsewhere-' || n, 'other', 'o:ORD-1', '[]', '{}', n, n FROM n`);
  await rows(
    `${n} INSERT INTO audit_log (at, actor, action, order_key, reason) SELECT n, 'a', 'replay', 'o:ORD-1', 'r-' || n FROM n`,
  );
}

describe('an order that was told of again and again', () => {
  const later = Array.from({ length: 3 * SEARCH_WINDOW }, (_, at) => 1000 + 3 * SEARCH_WINDOW - at);

  it('is found page by page, with all its usages', async () => {
    await seed(3);
    await seedLater(later.length);
    expect(await every({ q: 'ORD-1' }, 50)).toEqual([...later, 1]);
    expect(await every({ q: '1' }, 7)).toEqual([...later, 1]);
    expect(await every({ q: 'ORD-1', device: 'web' }, 50)).toEqual([...later.filter((id) => id % 2), 1]);
  });

  it('is looked at a window at a time where a filter decides', async () => {
    await seed(3);
    await seedLater(later.length);
    const { usages, next } = await listUsages(env.DB, { q: 'ORD-1', state: 'dead' }, null, 50);
    expect([usages, next]).toEqual([[], 1000 + 2 * SEARCH_WINDOW + 1]);
    expect(await every({ q: 'ORD-1', state: 'dead' }, 50)).toEqual([]);
  });

  it('is shown with the newest of each part', async () => {
    await seed(3);
    await seedLater(later.length);
    const shown = await showUsage(env.DB, 1100);
    const first = (prefix: string, from: number, count: number) =>
      Array.from({ length: count }, (_, at) => `${prefix}-${from + at}`);
    expect(shown?.history.usages.map(({ request_id }) => request_id)).toEqual(first('later', later.length - 199, 200));
    expect(shown?.history.decisions.map(({ reason }) => reason)).toEqual(first('r', later.length - 199, 200));
    expect(shown?.history.conflicts).toHaveLength(200);
    expect(shown?.history.conflicts.find(({ request_id }) => request_id === 'later-107')).toMatchObject({
      ...{ order_key: 'o:ELSE-107', stands: 'o:ORD-1' },
    });
  });
});

describe('rows read', () => {
  it('stay the same however often an order was told of', async () => {
    await seed(3);
    await seedLater(3000);
    const cost = async (read: (db: D1Database) => Promise<unknown>) => {
      const { db, rowsRead } = aFaultyD1(env.DB);
      await read(db);
      return rowsRead();
    };
    expect(await cost((db) => listUsages(db, { q: 'ORD-1' }, null, 50))).toBeLessThan(1000);
    expect(await cost((db) => listUsages(db, { q: '1' }, null, 50))).toBeLessThan(1000);
    expect(await cost((db) => listUsages(db, { q: 'ORD-1', state: 'dead' }, null, 50))).toBeLessThan(1500);
    expect(await cost((db) => showUsage(db, 1100))).toBeLessThan(3000);
    expect(await cost((db) => showUsage(db, 2))).toBeLessThan(50);
  });

  it('stay the same however large the ledger is', async () => {
    const cost = async (filters: UsageFilters, before: number | null = null) => {
      const { db, rowsRead } = aFaultyD1(env.DB);
      await listUsages(db, filters, before, 50);
      return rowsRead();
    };
    const all = async () => ({
      plain: await cost({}),
      deep: await cost({}, 500),
      order: await cost({ q: 'ORD-100' }),
      request: await cost({ q: 'req-100' }),
      basket: await cost({ q: '100' }),
      dates: await cost({ from: START + 100 * STEP, to: START + 600 * STEP }),
    });
    await seed(1000);
    const small = await all();
    await env.DB.batch(
      ['usages', 'deliveries', 'used_discounts'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    );
    await seed(12_000);
    const large = await all();
    for (const [name, read] of Object.entries(large)) {
      expect(read, name).toBeLessThanOrEqual((small[name as keyof typeof small] ?? 0) + 60);
      expect(read, name).toBeLessThan(1000);
    }
    expect(await cost({ store: 'nowhere' })).toBeLessThanOrEqual(PLAIN_WINDOW + 50);
    expect(await cost({ state: 'rejected' })).toBeLessThanOrEqual(PLAIN_WINDOW + 50);
    expect(await cost({ q: 'common', state: 'rejected' })).toBeLessThanOrEqual(5000);
  });
});

describe('one usage', () => {
  it('has everything about its order, and null when there is none', async () => {
    await seed(3);
    const shown = await showUsage(env.DB, 2);
    expect(shown?.orderKey).toBe('o:ORD-2');
    expect(shown?.history.discounts.map(({ discount_id }) => discount_id)).toEqual(['a-2', 'common']);
    expect(await showUsage(env.DB, 99)).toBeNull();
    expect(await rows('SELECT count(*) AS n FROM usages')).toEqual([{ n: 3 }]);
  });
});
