/** Every SQL recipe of docs/operations.md runs, finds what it promises, and can be pasted between double quotes. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openD1, type Row } from '../../scripts/ops/d1.ts';
import { anOpsDatabase, NOW, type OpsData } from './support/ops-data.ts';

const doc = readFileSync('docs/operations.md', 'utf8');
const marked = [...doc.matchAll(/<!-- recipe: (\S+) -->\n```sql\n([\s\S]*?)\n```/g)];
const recipes = new Map(marked.map(([, name, sql]) => [name as string, sql as string]));

const day = (ms: number) => new Date(ms + 3 * 3_600_000).toISOString().slice(0, 10);
const DAY = 86_400_000;

/** What each recipe must find among the data of support/ops-data.ts. */
const EXPECTED: Record<string, (rows: Row[]) => void> = {
  gate: (rows) => expect(rows).toMatchObject([{ state: 'paused', reason: 'credentials', failing: '[]' }]),
  open: (rows) => expect(rows.map((row) => row.order_key)).toEqual(['o:ORD-1006', 'o:ORD-1004']),
  dead: (rows) => {
    expect(rows.map((row) => row.order_key).sort()).toEqual(['o:ORD-1002', 'o:ORD-1005', 'o:ORD-1006']);
    expect(rows).toContainEqual(
      expect.objectContaining({ order_key: 'o:ORD-1005', reason: 'exhausted', uncertain: 1 }),
    );
  },
  refusals: (rows) =>
    expect(rows).toContainEqual(expect.objectContaining({ reason: 'the campaign is over', lines: 1, orders: 1 })),
  conflicts: (rows) =>
    expect(rows).toMatchObject([{ request_id: 'req-1', stands: 'o:ORD-1001', came: 'o:ORD-1999', times: 2 }]),
  refused: (rows) => {
    expect(rows.map((row) => row.request_id).sort()).toEqual([null, 'req-refused'].sort());
    expect(rows[0]?.day).toBe(new Date(NOW).toISOString().slice(0, 10));
  },
  'by-order': (rows) =>
    expect(rows).toMatchObject([
      { delivery: 'done', discount_id: 'free-shipping', state: 'not_required' },
      { delivery: 'done', discount_id: 'spring-15', state: 'delivered', amount: 2550, upstream_ref: 'r_8812' },
    ]),
  'by-request': (rows) =>
    expect(rows).toMatchObject([
      { order_key: 'o:ORD-1001', discount_id: 'spring-15', state: 'delivered' },
      { order_key: 'o:ORD-1001', discount_id: 'free-shipping', state: 'not_required' },
    ]),
  'by-discount': (rows) =>
    expect(rows.map((row) => row.order_key)).toEqual(['o:ORD-1006', 'o:ORD-1005', 'o:ORD-1004', 'o:ORD-1001']),
  'by-basket': (rows) => expect(rows).toMatchObject([{ order_key: 'o:ORD-1001', request_id: 'req-1' }]),
  'by-day': (rows) => {
    const dead = rows.find((row) => row.state === 'dead' && row.day === day(NOW - DAY));
    expect(dead).toMatchObject({ discounts: 3, orders: 3 });
  },
  'delivered-by-day': (rows) =>
    expect(rows).toEqual([
      { day: day(NOW - DAY), type: 'BASKET', currency: 'JPY', discounts: 1, amount: 500 },
      { day: day(NOW - DAY), type: 'BASKET', currency: 'TRY', discounts: 1, amount: 2550 },
    ]),
  attempts: (rows) =>
    expect(rows).toContainEqual({ outcome: 'later', status: 503, attempts: 2, average_ms: 184, slowest_ms: 184 }),
  decisions: (rows) => expect(rows).toMatchObject([{ actor: 'cli:ops', action: 'discard', reason: 'a test' }]),
};

let db: OpsData;
beforeAll(async () => {
  db = await anOpsDatabase(
    "INSERT INTO audit_log (at, actor, action, order_key, reason) VALUES (1, 'cli:ops', 'discard', 'o:X', 'a test');",
  );
});
afterAll(() => db.dispose());

describe('docs/operations.md', () => {
  it('has every block of SQL marked as a recipe, and each is expected here', () => {
    expect(doc.match(/^```sql$/gm)).toHaveLength(recipes.size);
    expect([...recipes.keys()].sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it('has recipes that a shell leaves alone within double quotes', () => {
    for (const [name, sql] of recipes) expect(sql, name).not.toMatch(/["`$!\\]/);
  });

  it('has recipes that only read, and find what they promise', async () => {
    for (const [name, sql] of recipes) expect(sql, name).toMatch(/^SELECT /);
    const results = await openD1({ 'persist-to': db.stateDir })(...recipes.values());
    for (const [at, name] of [...recipes.keys()].entries()) EXPECTED[name]?.(results[at] ?? []);
  });

  it('names only states and options that the commands know', async () => {
    const { stdout: list } = await db.run('usages', 'list', '--help');
    for (const [, state] of doc.matchAll(/--state (\w+)/g)) expect(list).toContain(state);
    const helps = await Promise.all([
      ...['list', 'replay', 'discard'].map((command) => db.run('usages', command, '--help')),
      db.run('erase', '--help'),
    ]);
    const known = helps.map(({ stdout }) => stdout).join('\n');
    const commands = doc.match(/npm run (?:-s )?(?:usages|erase)\b[^\n`]*/g) ?? [];
    for (const [option] of commands.join(' ').matchAll(/--[a-z]+\b/g)) expect(known).toContain(option);
  });
});
