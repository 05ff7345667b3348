/** What each day came to: counted once, exact, in the shop's days, and bounded, on real D1. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { dayIn } from '../../../src/console/format.ts';
import { CHUNK } from '../../../src/ledger/daily-totals.sql.ts';
import { countDays, listDays, TOTALS_STATEMENTS } from '../../../src/ledger/daily-totals.ts';
import { rows } from '../support/builders.ts';
import { aWorld, HOUR, later, MINUTE, SECOND, START } from '../support/delivery.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';

const inIstanbul = (ms: number) => dayIn('Europe/Istanbul', ms);
const count = (now: number, db = env.DB) => countDays(db, now, inIstanbul);
const totals = async () => Object.fromEntries(await listDays(env.DB, '2000-01-01', 100));
const NONE = { usages: 0, discounts: {}, amounts: {}, outcomes: {}, delays: {} };

const setLine = (id: string, set: string) => rows(`UPDATE used_discounts SET ${set} WHERE discount_id = '${id}'`);

describe('the totals of a day', () => {
  it('are usages, discounts by type and exact amounts by currency, each once', async () => {
    const world = aWorld();
    await world.accept('A', ['money', 'points']);
    await world.accept('A', ['money', 'more'], 'again');
    await world.accept('B', ['odd'], 'other');
    await setLine('money', "type = 'BASKET', amount = 2550, currency = 'TRY'");
    // More than 64 bits hold.
    await setLine('more', "type = 'BASKET', amount = '99999999999999999999', currency = 'TRY'");
    await setLine('points', "type = 'LOYALTY_POINT', amount = '100.5'");
    for (let i = 0; i < 3; i++) await count(START);
    expect(await totals()).toEqual({
      '2026-06-15': {
        ...NONE,
        usages: 3,
        discounts: { BASKET: 2, LOYALTY_POINT: 1, '': 1 },
        amounts: { TRY: '100000000000000002549' },
      },
    });
  });

  it('are of the shop’s day, and of more than one at once', async () => {
    const world = aWorld();
    // 20:59 UTC is the end of the day in Istanbul.
    world.clock.now = Date.UTC(2026, 5, 15, 20, 59, 59);
    await world.accept('A', ['a']);
    world.clock.now += SECOND;
    await world.accept('B', ['b', 'c']);
    await count(world.clock.now);
    expect(
      Object.entries(await totals()).map(([day, { usages, discounts }]) => [day, usages, discounts[''] ?? 0]),
    ).toEqual([
      ['2026-06-16', 1, 2],
      ['2026-06-15', 1, 1],
    ]);
  });

  it('say an hour later what became of what was to be delivered, and how long it took', async () => {
    const world = aWorld();
    await world.accept('QUICK', ['quick', 'silent']);
    world.clock.now += 5 * SECOND;
    await world.consume();
    await setLine('silent', "state = 'not_required'");
    await world.accept('SLOW', ['slow']);
    world.clock.now += 20 * MINUTE;
    await world.consume();
    world.commit = () => later;
    await world.accept('STUCK', ['stuck']);
    await world.consume();
    await world.accept('BAD', ['bad']);
    await setLine('bad', "state = 'rejected'");

    await count(START + HOUR - 1);
    expect((await totals())['2026-06-15']).toMatchObject({ usages: 4, outcomes: {}, delays: {} });
    await count(START + HOUR);
    expect((await totals())['2026-06-15']).toMatchObject({ outcomes: { delivered: 1 }, delays: { seconds: 1 } });
    for (let i = 0; i < 2; i++) await count(START + 2 * HOUR);
    expect((await totals())['2026-06-15']).toMatchObject({
      usages: 4,
      outcomes: { delivered: 2, due: 1, rejected: 1 },
      delays: { seconds: 1, hour: 1 },
    });
  });

  it('are counted a chunk at a time, and once when sweeps meet or answers are lost', async () => {
    await rows(
      `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${CHUNK + 10})
       INSERT INTO usages (request_id, claim_id, fingerprint, order_key, used_discounts, channel, received_at)
       SELECT 'r' || i, 'c', 'f', 'o:' || i, '[]', '{}', ${START} FROM n`,
    );
    await count(START);
    expect((await totals())['2026-06-15']?.usages).toBe(CHUNK);
    const faulty = aFaultyD1(env.DB, [null, null, 'throw-after']);
    await expect(countDays(faulty.db, START, inIstanbul)).rejects.toThrow();
    await Promise.all([1, 2, 3].map(() => count(START)));
    expect((await totals())['2026-06-15']?.usages).toBe(CHUNK + 10);
  });

  it('are counted although one row is not what it should be', async () => {
    const world = aWorld();
    await world.accept('A', ['none', 'text', 'proto', 'kind', 'right']);
    await setLine('none', "type = 'BASKET', amount = NULL, currency = 'TRY'");
    await setLine('text', "type = 'BASKET', amount = '25.50', currency = 'TRY'");
    await setLine('proto', "type = 'BASKET', amount = 5, currency = '__proto__'");
    await setLine('kind', "type = 'constructor'");
    await setLine('right', "type = 'BASKET', amount = 2550, currency = 'TRY'");
    await count(START);
    expect(await totals()).toEqual({
      '2026-06-15': { ...NONE, usages: 1, discounts: { BASKET: 4, '': 1 }, amounts: { TRY: '2550' } },
    });
  });

  it.each([
    ['{', NONE],
    [
      '{"usages":"x","discounts":{"BASKET":1.5,"POINT":2},"amounts":{"TRY":"1.5","EUR":"7"}}',
      { ...NONE, discounts: { BASKET: 0, POINT: 2 }, amounts: { TRY: '0', EUR: '7' } },
    ],
    ['{"amounts":null,"usages":4}', { ...NONE, usages: 4 }],
  ])('go on from a day that is not what it should be: %s', async (stored, read) => {
    await rows('INSERT INTO daily_totals (day, totals) VALUES (?, ?)', '2026-06-15', stored);
    expect(await totals()).toEqual({ '2026-06-15': read });
    await aWorld().accept('A', []);
    await count(START);
    expect((await totals())['2026-06-15']?.usages).toBe(read.usages + 1);
  });

  it('leave alone what another sweep has counted since they were read', async () => {
    const world = aWorld();
    await world.accept('A', ['a']);
    let batches = 0;
    const overtaken = {
      prepare: (sql: string) => env.DB.prepare(sql),
      async batch(statements: D1PreparedStatement[]) {
        if (++batches === 2) {
          await world.accept('B', ['b']);
          await count(START);
        }
        return env.DB.batch(statements);
      },
    } as unknown as D1Database;
    await count(START, overtaken);
    expect((await totals())['2026-06-15']).toMatchObject({ usages: 2, discounts: { '': 2 } });
    await count(START);
    expect((await totals())['2026-06-15']?.usages).toBe(2);
  });

  it('cost what they say, and nothing is written when nothing came', async () => {
    const world = aWorld();
    await world.accept('A', ['a', 'b']);
    await count(START);
    const before = await rows('SELECT * FROM daily_totals');
    const spied = aFaultyD1(env.DB);
    await countDays(spied.db, START + 1, inIstanbul);
    expect(await rows('SELECT * FROM daily_totals')).toEqual(before);
    await world.accept('B', ['c']);
    const busy = aFaultyD1(env.DB);
    await countDays(busy.db, START + 1, inIstanbul);
    expect([busy.statements(), busy.counts.rowsWritten]).toEqual([TOTALS_STATEMENTS, 2]);
    expect([spied.statements(), spied.counts.rowsWritten]).toEqual([3, 0]);
  });
});
