/** What `wrangler deploy` would upload: small, and nothing in it that a Worker must not have. */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrangler } from '../../scripts/local-worker.ts';
import { listMappings } from '../../scripts/mapping/build.ts';
import { EXAMPLES } from '../support/fakes/examples.ts';

let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offerbridge-bundle-'));
  await wrangler('deploy', '--dry-run', '--outdir', folder);
  bundle = readFileSync(join(folder, 'index.js'), 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the deployed bundle', () => {
  // What the whole product may weigh. What src/public holds is no part of it, and a shop's own mappings come on top.
  it('is at most 93 KB gzip (ADR 24)', () => {
    const own = listMappings().filter((file) => !Object.hasOwn(EXAMPLES, basename(file, '.json')));
    expect(gzipSync(bundle, { level: 9 }).length).toBeLessThanOrEqual((93 + own.length) * 1024);
  });

  it('needs nothing of Node and holds no secret of the local start', () => {
    expect(bundle).not.toMatch(/["']node:/);
    expect(bundle).not.toContain('local-only');
  });

  it('has nothing of the sandbox: no source, no field of the basket API, no binding, no table', () => {
    const { sources } = JSON.parse(readFileSync(join(folder, 'index.js.map'), 'utf8')) as { sources: string[] };
    expect(sources.filter((source) => source.includes('src/offers/')).length).toBeGreaterThan(10);
    expect(sources.filter((source) => source.includes('src/sandbox/'))).toEqual([]);
    const configuration = readFileSync('wrangler.toml', 'utf8');
    for (const word of ['basketitem_set', 'remove_voucher_code', 'sandbox', 'SHOP"']) {
      expect(bundle, word).not.toContain(word);
      expect(configuration, word).not.toContain(word);
    }
    const tables = (pattern: string) =>
      globSync(pattern).flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/CREATE TABLE (\w+)/g)].map(([, table]) => table),
      );
    const [product, shop] = [tables('migrations/*.sql'), tables('src/sandbox/migrations/*.sql')];
    expect(shop).toContain('basket_items');
    expect(shop.filter((table) => product.includes(table))).toEqual([]);
  });
});

describe('the sources', () => {
  it('outside the sandbox import nothing of it', () => {
    const outside = globSync('src/**/*.{ts,tsx}').filter((file) => !file.startsWith(join('src', 'sandbox')));
    expect(outside.length).toBeGreaterThan(100);
    const guilty = outside.filter((file) => /from '[^']*sandbox/.test(readFileSync(file, 'utf8')));
    expect(guilty).toEqual([]);
  });
});
