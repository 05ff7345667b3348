/** What `wrangler deploy` would upload: small, and nothing in it that a Worker must not have. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrangler } from '../../scripts/local-worker.ts';

let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offerbridge-bundle-'));
  await wrangler('deploy', '--dry-run', '--outdir', folder);
  bundle = readFileSync(join(folder, 'index.js'), 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the deployed bundle', () => {
  // What the whole product may weigh. What src/public holds is no part of it.
  it('is at most 80 KB gzip', () => {
    expect(gzipSync(bundle, { level: 9 }).length).toBeLessThanOrEqual(80 * 1024);
  });

  it('needs nothing of Node and holds no secret of the local start', () => {
    // hono/jsx asks the global object whether there is a `node:async_hooks`, and does without.
    expect(bundle).not.toMatch(/\b(?:from|import|require)\s*\(?\s*["']node:/);
    expect(bundle.match(/["']node:\w+/g)?.every((name) => name.endsWith('node:async_hooks'))).toBe(true);
    expect(bundle).not.toContain('local-only');
  });
});
