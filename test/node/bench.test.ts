/** The benchmark still runs and measures what it says; its times are nobody's test. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('runs from end to end and writes its figures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'offerbridge-bench-'));
  const file = join(folder, 'figures.json');
  try {
    const output = execFileSync('node', ['bench/run.ts', '--quick', '--json', file], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const figures = JSON.parse(readFileSync(file, 'utf8'));
    expect(output).toContain('Targets');
    expect(figures.pipeline.map(({ items }: { items: number }) => items)).toEqual([10, 100, 1000]);
    expect(figures.comparisons).toHaveLength(6);
    const written = Object.fromEntries(
      figures.counts.map(({ operation, rowsWritten }: Record<string, unknown>) => [operation, rowsWritten]),
    );
    expect(written).toEqual({
      '/offers, new basket': 1,
      '/offers, unchanged': 0,
      '/offers, changed': 1,
      '/use-offers, new, two discounts': 6,
      '/use-offers, repeated': 0,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
