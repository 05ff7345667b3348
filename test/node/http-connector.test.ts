/**
 * The `http` connector over real sockets, in workerd: what a cut, stalled or endless connection looks like there, and
 * that a redirect is not followed. Everything that an injected `fetch` can show is in test/workerd/connectors.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wrangler } from '../../scripts/local-worker.ts';
import type { Fault } from '../support/upstream/faults.ts';
import { type RunningUpstream, startUpstream } from '../support/upstream.ts';
import { freePort } from './support/akinon.ts';

let miniflare: Miniflare;
let worker: URL;
let server: RunningUpstream;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'offerbridge-connector-'));
  await wrangler('deploy', 'test/workerd/support/connector-worker.ts', '--dry-run', '--outdir', folder);
  const script = readFileSync(join(folder, 'connector-worker.js'), 'utf8');
  rmSync(folder, { recursive: true, force: true });
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          name: 'connector',
          modules: true,
          script,
          compatibilityDate: '2026-10-23',
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  worker = await miniflare.unsafeGetDirectURL('connector');
});
afterAll(() => miniflare?.dispose());

beforeEach(async () => {
  server = await startUpstream({ basePath: '/api' });
});
afterEach(() => server.stop());

interface Answer {
  failed?: string;
  cause?: string;
  call?: string;
  detail?: string;
  outcomes?: Record<string, { status: string }>;
  offers?: unknown[];
}

async function call(what: 'offers' | 'usages', vars: Record<string, string> = {}, timeoutMs = 30_000): Promise<Answer> {
  const task = { do: what, timeoutMs, vars: { UPSTREAM_URL: server.url, ...vars } };
  const response = await fetch(worker, { method: 'POST', body: JSON.stringify(task) });
  return (await response.json()) as Answer;
}

const statuses = ({ outcomes = {} }: Answer) => Object.values(outcomes).map(({ status }) => status);

describe('the http connector over sockets', () => {
  it('asks, reports, and is recognised by Basic auth beyond ASCII', async () => {
    server.upstream.auth = { kind: 'basic', username: 'mağaza', password: 'şifre' };
    const vars = { UPSTREAM_AUTH: 'basic', UPSTREAM_USERNAME: 'mağaza', UPSTREAM_PASSWORD: 'şifre' };
    expect((await call('offers', vars)).offers?.length).toBeGreaterThan(2);
    expect(statuses(await call('usages', vars))).toEqual(['accepted', 'accepted']);
    expect(await call('usages')).toMatchObject({ failed: 'paused', cause: 'credentials' });
    expect(server.upstream.redemptions.effects).toHaveLength(2);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %i, and tells nobody else what it says', async (status) => {
    const elsewhere = await startUpstream();
    for (const location of [`${elsewhere.url}/usages`, `${server.url}/usages`]) {
      server.upstream.faults.add({ do: 'reply', status, headers: { location }, times: 2 });
      expect(await call('offers')).toMatchObject({ failed: 'error' });
      expect(await call('usages')).toMatchObject({ failed: 'paused', cause: 'misconfigured' });
    }
    expect(elsewhere.upstream.calls.all).toEqual([]);
    expect(server.upstream.calls.all).toHaveLength(4);
    await elsewhere.stop();
  });

  it.each<Fault>([
    { do: 'reset' },
    { do: 'reset', apply: true },
    { do: 'truncate', apply: true },
    { do: 'large', apply: true },
    { do: 'endless', apply: true },
  ])('does not know what became of a usage, sends the same bytes again, and it counts once: %j', async (fault) => {
    server.upstream.faults.add({ ...fault, times: 1 });
    const lost = await call('usages');
    expect(lost).toMatchObject({ failed: 'unknown', call: server.upstream.calls.all[0]?.body });
    if (fault.do !== 'reset') expect(lost.detail).toMatch(/^status 200: body (?:broke off|over 1 MB)$/);
    expect(statuses(await call('usages'))).toEqual(['accepted', 'accepted']);
    const [first, second] = server.upstream.calls.all;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(server.upstream.redemptions.effects.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('gives a usage up when the deadline passes, and tells the upstream by hanging up', async () => {
    server.upstream.faults.add({ do: 'hang', apply: true, times: 1 });
    expect(await call('usages', {}, 1500)).toMatchObject({
      failed: 'unknown',
      call: server.upstream.calls.all[0]?.body,
    });
    await expect.poll(() => server.upstream.calls.all[0]?.endedAt).not.toBeNull();
  });

  it.each<[Fault, string]>([
    [{ do: 'reset' }, 'unavailable'],
    [{ do: 'truncate' }, 'error'],
    [{ do: 'large' }, 'error'],
    [{ do: 'endless' }, 'error'],
    [{ do: 'invalid-utf8' }, 'error'],
  ])('has no offers after %j: %s', async (fault, failed) => {
    server.upstream.faults.add({ ...fault, times: 1 });
    expect(await call('offers')).toMatchObject({ failed });
    expect(await call('offers')).toHaveProperty('offers');
  });

  it('finds a closed port unavailable, and does not say that nothing was done', async () => {
    const vars = { UPSTREAM_URL: `http://127.0.0.1:${await freePort()}` };
    expect(await call('offers', vars)).toMatchObject({ failed: 'unavailable' });
    // workerd reports a refused connection in the words of one that was cut.
    expect(await call('usages', vars)).toMatchObject({ failed: 'unknown' });
  });
});

describe('the reference upstream over HTTP', () => {
  const control = async (method: string, path: string, body?: unknown) => {
    const url = new URL(`/_control${path}`, server.url);
    const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };

  it('is told what to do wrong, and by whom, and tells what it was asked', async () => {
    await control('POST', '/faults', [
      { do: 'line', discount: 'b', outcome: 'rejected', reason: 'used up' },
      { do: 'reply', route: '/usages', order: ['ORD-1', 'ORD-2'], status: 503, times: 1 },
      { do: 'reply', order: 'ORD-3', status: 500 },
    ]);
    expect(await call('usages')).toMatchObject({ failed: 'later' });
    expect((await control('GET', '/effects')).json).toEqual({ effects: [] });
    expect((await call('usages')).outcomes).toMatchObject({ b: { status: 'rejected', reason: 'used up' } });
    expect((await control('GET', '/effects')).json).toMatchObject({ effects: [{ id: 'a', order: 'ORD-1', asked: 1 }] });
    expect((await control('GET', '/calls')).json).toMatchObject({
      calls: [
        { path: '/api/usages', order: 'ORD-1', status: 503, overlapped: false },
        { status: 200, overlapped: false },
      ],
      maxConcurrent: 1,
    });
    await control('DELETE', '/faults');
    expect((await control('GET', '/faults')).json).toEqual({ faults: [] });
    await control('PUT', '/auth', { kind: 'bearer', token: 'rotated' });
    expect(await call('usages')).toMatchObject({ failed: 'paused', cause: 'credentials' });
    await control('POST', '/reset');
    expect((await control('GET', '/calls')).json).toEqual({ calls: [], maxConcurrent: 0 });
    expect(statuses(await call('usages'))).toEqual(['accepted', 'accepted']);
  });

  it('notices two calls about one order at once', async () => {
    await control('POST', '/faults', { do: 'hang' });
    const impatient = new AbortController();
    const body = JSON.stringify({ orderNumber: 'ORD-1', discounts: [] });
    const both = [1, 2].map(() => fetch(`${server.url}/usages`, { method: 'POST', body, signal: impatient.signal }));
    await expect.poll(() => server.upstream.calls.all.length).toBe(2);
    impatient.abort();
    await Promise.allSettled(both);
    const { json } = await control('GET', '/calls');
    expect(json).toMatchObject({ calls: [{ overlapped: true }, { overlapped: true }], maxConcurrent: 2 });
  });

  it.each([
    ['POST', '/faults', { do: 'explode' }, 400],
    ['POST', '/faults', { do: 'line', discount: 'a' }, 400],
    ['PUT', '/auth', { kind: 'bearer' }, 400],
    ['GET', '/nothing', undefined, 404],
  ])('refuses %s %s %j', async (method, path, body, status) => {
    expect(await control(method, path, body)).toMatchObject({ status, json: { error: expect.any(String) } });
  });
});
