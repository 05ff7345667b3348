/** Lists of what waits, page by page: everything once, whatever shares a moment, and bounded, on real D1. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { listConflicts, listRefused, listWaitingLines, type Waiting } from '../../../src/ledger/waiting.ts';
import { rows } from '../support/builders.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';

const SIZE = 50;
const NUMBERS = (count: number) =>
  `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

/** Reads to the end, and says what each page read. */
async function readAll<Row>(list: (db: D1Database, before: string | null, size: number) => Promise<Waiting<Row>>) {
  const found: Row[] = [];
  const read: number[] = [];
  let before: string | null = null;
  do {
    const counted = aFaultyD1(env.DB);
    const page: Waiting<Row> = await list(counted.db, before, SIZE);
    found.push(...page.rows);
    read.push(counted.rowsRead());
    before = page.next;
  } while (before !== null);
  return { found, read };
}

describe('pages of what waits', () => {
  it('hold each discount once, newest first, where many were given up in one moment', async () => {
    await rows(
      `${NUMBERS(1000)} INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at, settled_at)
       SELECT 'o:' || (i % 700), 'd' || i, i, iif(i % 10 = 0, 'rejected', 'dead'), i, iif(i < 800, 5000, 4000 - i) FROM n`,
    );
    const { found, read } = await readAll((...asked) => listWaitingLines(...asked, 'dead'));
    expect(new Set(found.map(({ discount_id }) => discount_id)).size).toBe(900);
    expect(found.length).toBe(900);
    const since = found.map((row) => Number(row.since));
    expect(since).toEqual(since.toSorted((a, b) => b - a));
    // Not even those of the same moment are passed over again.
    expect(Math.max(...read)).toBeLessThanOrEqual(SIZE + 5);
  });

  it('hold each conflict once', async () => {
    await rows(
      `${NUMBERS(300)} INSERT INTO usage_conflicts
         (request_id, fingerprint, order_key, used_discounts, channel, first_at, last_at)
       SELECT 'r' || (i % 40), 'f' || i, 'o:' || i, '[]', '{}', i / 100, i FROM n`,
    );
    const { found, read } = await readAll(listConflicts);
    expect([found.length, new Set(found.map(({ fingerprint }) => fingerprint)).size]).toEqual([300, 300]);
    expect(Math.max(...read)).toBeLessThanOrEqual(2 * (SIZE + 2));
  });

  it('hold each refused request once, and read no more than three days of them', async () => {
    await rows(
      `${NUMBERS(3000)} INSERT INTO refused_requests (day, digest, errors, payload, first_at, last_at)
       SELECT 20000 + i / 1000, 'd' || i, '[]', '{}', i % 7, i FROM n`,
    );
    const { found, read } = await readAll(listRefused);
    expect([found.length, new Set(found.map(({ digest }) => digest)).size]).toEqual([3000, 3000]);
    expect(Math.max(...read)).toBeLessThanOrEqual(3100);
  });

  it.each(['', '{', '[1]', '["a","b","c","d"]', '{"0":1}', '[1,2,3', 'null'])(
    'begin anew for a key that is none: %s',
    async (key) => {
      await rows("INSERT INTO usage_conflicts VALUES ('r', 'f', 'o:1', NULL, NULL, '[]', '{}', 1, 5, 5, NULL, NULL)");
      expect((await listConflicts(env.DB, key, SIZE)).rows.length).toBe(1);
    },
  );
});
