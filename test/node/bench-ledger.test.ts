/** Rows read of a large ledger are still measured, and one too many is still told; the large one itself is nobody's test. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('npm run bench:ledger', () => {
  const folder = mkdtempSync(join(tmpdir(), 'offerbridge-bench-'));
  const run = (...args: string[]) =>
    spawnSync('node', ['bench/ledger/run.ts', '--state-dir', folder, ...args], { encoding: 'utf8' });
  let first: ReturnType<typeof run>;

  beforeAll(() => {
    first = run('--orders', '2000');
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('fills a ledger and finds every page within its bound', () => {
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/^… used discounts: 5,000$/m);
    expect(first.stdout).toMatch(/^… issued baskets: 6,000$/m);
    expect(first.stdout).toMatch(/^All \d+ within their bounds\.$/m);
    expect(first.status).toBe(0);
  });

  it('follows links to pages that nobody has listed', () => {
    expect(first.stdout).toMatch(/^ {2}\/ops\/dead +\d/m);
  });

  it('fails where a page reads more than its bound, and says which; what is there is not filled again', () => {
    const { status, stdout } = run('--bound', '100');
    expect(stdout).not.toContain('… used discounts');
    expect(stdout).toMatch(/^ {2}usages: \d+ too many$/m);
    expect(stdout).not.toMatch(/^ {2}conflicts: /m);
    expect(status).toBe(1);
  });

  it('leaves a ledger alone that it has not filled', () => {
    const [mark, aside] = ['generated.json', 'aside.json'].map((name) => join(folder, name)) as [string, string];
    renameSync(mark, aside);
    const { status, stderr } = run();
    expect(stderr).toContain('is not, or not wholly, generated');
    expect(status).toBe(1);
    expect(existsSync(mark)).toBe(false);
    renameSync(aside, mark);
  });
});
