/**
 * The conformance suite against the built Worker, in both versions, and the routes that it does not know. All of it goes
 * through the proxy of support/akinon.ts: nothing may come back that docs/openapi.json does not declare.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aLocalWorker, fixture, freePort, type LocalWorker } from './support/akinon.ts';

const PASSWORD = 'ops-password';
const OPS_USERS = `ayse:viewer:${createHash('sha256').update(`ayse:${PASSWORD}`).digest('hex')}`;
const AS_OPS = { authorization: `Basic ${btoa(`ayse:${PASSWORD}`)}` };

let worker: LocalWorker;
let folder: string;
beforeAll(async () => {
  worker = await aLocalWorker({ OPS_USERS });
  // The first is gone once it was used, so that a redemption shows; the second would be gone if it were used again.
  for (const limit of [1, 3]) {
    await worker.query(`INSERT INTO campaigns (id, discount_type, benefit_type, label, amount, currency, start_datetime,
      end_datetime, usage_limit) VALUES ('limited-${limit}', 'BASKET', 'fixed', '{}', '0.10', 'TRY',
      '2025-01-01T00:00:00Z', '2035-01-01T00:00:00Z', ${limit})`);
  }
  folder = mkdtempSync(join(tmpdir(), 'offerbridge-conformance-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await worker.dispose();
});

interface Report {
  versions: { version: string; isServed: boolean }[];
  checks: { version: string; id: string; status: string; reason?: string }[];
}

describe('the built Worker', () => {
  it('passes every check of the conformance suite in both versions', async () => {
    const file = join(folder, 'report.json');
    const args = ['conformance/run.ts', '--url', worker.url, '--json', file];
    const env = { ...process.env, CONFORMANCE_USERNAME: 'akinon', CONFORMANCE_PASSWORD: 'local-only-password' };
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      const child = execFile(process.execPath, args, { env }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
      );
    });
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const notPassed = report.checks.filter(({ status }) => status !== 'passed');
    expect(
      notPassed.filter(({ status }) => status !== 'not judged'),
      output,
    ).toEqual([]);
    // Both campaigns are used up by the first of these checks in v2; the others find nothing that is limited.
    const open = notPassed.map(({ version, id }) => `${version} ${id}`);
    expect(
      open.filter((name) => !/ usage\/redeems-once/.test(name)),
      output,
    ).toEqual([]);
    expect(open).not.toContain('v2 usage/redeems-once');
    for (const version of ['v1', 'v2']) {
      expect(report.checks.filter((result) => result.version === version).length).toBeGreaterThan(40);
    }
    expect(code, output).toBe(0);
    expect(worker.judged()).toBeGreaterThan(300);
  });

  it('answers its other routes, wrong paths and wrong methods as declared', async () => {
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(worker.url + path, init);
      await response.arrayBuffer();
      return response.status;
    };
    for (const path of ['/health', '/ready', '/error-codes', '/openapi.json']) {
      expect([path, await ask(path), await ask(path, { method: 'HEAD' })]).toEqual([path, 200, 200]);
      expect(await ask(path, { method: 'DELETE' })).toBe(405);
    }
    expect(await ask('/offers')).toBe(405);
    expect(await ask('/nowhere', { method: 'POST', body: '{}' })).toBe(404);
    expect(await ask('/ready?verbose')).toBe(401);
    expect(await ask('/ready?verbose', { headers: AS_OPS })).toBe(200);
  });

  it('tells ops what the suite sent beyond the contract, over HTTP', async () => {
    await worker.post('/offers', { ...fixture('v2-offers-request'), giftWrap: 'a secret' }, 'drifting');
    const response = await fetch(`${worker.url}/ready?verbose`, { headers: AS_OPS });
    const text = await response.text();
    expect(JSON.parse(text).drift).toContainEqual(
      expect.objectContaining({ version: 'v2', route: '/offers', path: 'giftWrap', found: 'string' }),
    );
    expect(text).not.toContain('a secret');
  });
});

describe('the built Worker whose upstream is gone, with OFFERS_ON_FAILURE=error', () => {
  it('answers as declared, the open breaker included', async () => {
    const port = await freePort();
    const other = await aLocalWorker({
      ...{ CONNECTOR: 'http', UPSTREAM_URL: `http://127.0.0.1:${port}`, OFFERS_ON_FAILURE: 'error' },
    });
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 7; i++) {
        const response = await other.post('/offers', fixture('v2-offers-request'), `gone-${i}`);
        await response.arrayBuffer();
        statuses.push(response.status);
      }
      expect(statuses).toEqual(Array(7).fill(503));
      expect(other.judged()).toBe(7);
    } finally {
      await other.dispose();
    }
  });
});
