/** The benchmark still runs and measures what it says; its times are nobody's test. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Figures } from '../../bench/report.ts';

describe('npm run bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'offerbridge-bench-'));
  let output: string;
  let figures: Figures;

  beforeAll(() => {
    const file = join(folder, 'figures.json');
    output = execFileSync('node', ['bench/run.ts', '--quick', '--json', file], { encoding: 'utf8', stdio: 'pipe' });
    figures = JSON.parse(readFileSync(file, 'utf8')) as Figures;
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reports every part', () => {
    const parts = ['Pipeline', 'Ours against', 'The cost that remains', 'Drain', 'What an operation costs', 'Bundle'];
    for (const part of [...parts, 'Targets']) expect(output).toMatch(new RegExp(`^${part}`, 'm'));
    expect(figures.pipeline.map(({ items }) => items)).toEqual([10, 100, 1000]);
  });

  it('holds /offers with 10 and 100 items against their targets, and /use-offers', () => {
    const kinds = ['(a) none asks for notification', '(b) remembered, unchanged', '(c) remembered, changed'];
    expect(figures.comparisons.map(({ label, limits }) => [label, limits])).toEqual([
      ...kinds.map((kind) => [`/offers, 10 items, ${kind}`, { cpu: 1.5, p50: 1.3, aim: 1.25 }]),
      ...kinds.map((kind) => [`/offers, 100 items, ${kind}`, { cpu: 2.5, p50: 2 }]),
      ...['in-house-crm', 'hash-signed-wallet'].map((name) => [
        `/offers, 10 items, the mapping ${name} (ours) against the bridge (plain)`,
        { cpu: 1.5 },
      ]),
      ['/use-offers, 10 items', { cpu: 1.6 }],
    ]);
  });

  it('says by function where the CPU goes', () => {
    expect(figures.profiles).toHaveLength(2);
    for (const { places, functions } of figures.profiles) {
      const names = places.map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining(['src/akinon', 'src/connectors/http', 'hono', 'valibot', 'workerd']),
      );
      // Only the plain Worker runs what is bundled for it.
      expect(places.find(({ name }) => name.includes('pass-through'))).toMatchObject({ oursUs: 0 });
      expect(functions.map(({ name }) => name).join('\n')).toMatch(/, src\/akinon\/body\.ts$/m);
    }
  });

  it('drains a backlog to its end, although calls hang', () => {
    const { drain } = figures;
    expect(drain.delivered).toBe(drain.orders);
    expect(drain.invocations).toBeGreaterThan(1);
    // Two hang, and are claimed, settled and noted once more.
    expect(drain.rowsWritten).toBeGreaterThan(6);
    expect(drain.rowsWritten).toBeLessThan(8);
  });

  it('counts the rows that operations write', () => {
    const written = Object.fromEntries(figures.counts.map(({ operation, rowsWritten }) => [operation, rowsWritten]));
    expect(written).toMatchObject({
      '/offers, new basket, catalog': 1,
      '/offers, new basket': 1,
      '/offers, unchanged': 0,
      '/offers, changed': 1,
      '/use-offers, repeated': 0,
      '/use-offers, new, two discounts': 7,
      'its delivery': 6,
    });
    const life = written['the whole life of an order: the last four'];
    expect(life).toBeGreaterThan(12);
    expect(life).toBeLessThanOrEqual(20);
  });
});
