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
import { aLocalWorker, fixture, type LocalWorker } from './support/akinon.ts';

const PASSWORD = 'ops-password';
const OPS_USERS = `ayse:viewer:${createHash('sha256').update(`ayse:${PASSWORD}`).digest('hex')}`;
const AS_OPS = { authorization: `Basic ${btoa(`ayse:${PASSWORD}`)}` };

let worker: LocalWorker;
let folder: string;
beforeAll(async () => {
  worker = await aLocalWorker({ OPS_USERS });
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
    expect(notPassed, output).toEqual([]);
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
