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
  // What the whole product may weigh, console included. 7 of them are docs/openapi.json, which the Worker serves.
  it('is at most 80 KB gzip', () => {
    expect(gzipSync(bundle, { level: 9 }).length).toBeLessThanOrEqual(80 * 1024);
  });

  it('needs nothing of Node and holds no secret of the local start', () => {
    expect(bundle).not.toMatch(/["']node:/);
    expect(bundle).not.toContain('local-only');
  });
});
