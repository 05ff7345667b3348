import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES, MAX_REQUESTS, MAX_RUN_MS } from '../../../conformance/client.ts';
import { Unreachable } from '../../../conformance/runner.ts';
import { listen, type ReferenceServer, startReferenceServer } from './reference-server.ts';
import { checksOf, namesOf, runOn } from './run-suite.ts';

const open: { close(): unknown }[] = [];

function keep<T extends { close(): unknown }>(server: T): T {
  open.push(server);
  return server;
}

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** A server below HTTP. */
async function listenRaw(handle: Parameters<typeof createServer>[1]): Promise<string> {
  const server = keep(createServer({}, handle) as Server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The reference, but for one route of its own. */
async function aReferenceWith(
  path: string,
  handle: Parameters<typeof listen>[0],
): Promise<{ url: string; reference: ReferenceServer }> {
  const reference = keep(await startReferenceServer());
  const front = await listen(async (request, response) => {
    if (request.url === path) return handle(request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(
        ([name]) => !/^(content-length|transfer-encoding|connection|host)$/.test(name),
      ),
    ) as Record<string, string>;
    const body = Buffer.concat(chunks);
    const answer = await fetch(reference.url + request.url, { method: request.method ?? 'GET', headers, body });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  return { url: keep(front).url, reference };
}

const isOneOf = (reason: RegExp) => ({
  asymmetricMatch: (error: unknown) => error instanceof Unreachable && reason.test(error.message),
});

const STRANGE_BODIES = [
  '',
  'null',
  '[null,5,"x",[],{}]',
  '[{"discount":5}]',
  '[{"discount":{"id":{},"type":[],"extraArgs":[],"discountedBasketItems":{},"conditionConsumedBasketItems":"x"}}]',
  '[{"discount":{"id":"a","type":"BASKET","extraArgs":{"discount":{"a":1}},"discountedBasketItems":[null,5,{"pk":"x","quantity":{}}]}}]',
  '[{"discount":{"id":"a","type":"BASKET","extraArgs":{"discount":"1e999999999"},"discountedBasketItems":[{"pk":59,"quantity":"1e9"}]}}]',
  '[{"discount":{"id":"a","type":"LOYALTY_POINT","extraArgs":{"loyaltyData":7},"discountedBasketItems":[{"pk":1e400,"quantity":1e308}]}}]',
  '{"errors":5}',
  '{"errors":[null,5,{"code":{},"field":null}]}',
];

describe('a server that cannot be judged', () => {
  it.each([
    ['hangs', () => {}, /no complete answer within 500 ms/],
    ['closes the connection', (socket: { destroy(): void }) => socket.destroy(), /closed without an answer/],
    ['speaks no HTTP', (socket: { end(text: string): void }) => socket.end('220 mail\r\n'), /is not HTTP/],
  ] as const)('that %s ends the run at once, with what to do', async (_, handle, reason) => {
    const url = await listenRaw(handle as Parameters<typeof createServer>[1]);
    await expect(runOn(url, { timeoutMs: 500 })).rejects.toEqual(isOneOf(reason));
  });

  it('that refuses the credentials ends the run at once', async () => {
    const server = keep(await startReferenceServer());
    const credentials = { username: 'reference', password: 'wrong' };
    await expect(runOn(server.url, { credentials })).rejects.toEqual(isOneOf(/answers 401 to this user name/));
    expect(server.requests()).toBe(1);
  });
});

describe('an odd answer', () => {
  it('that hangs on one route fails its checks and no others', async () => {
    const { url } = await aReferenceWith('/use-offers', () => {});
    const checks = checksOf('usage/status', 'offers');
    const outcome = await runOn(url, { checks, timeoutMs: 1000 });
    expect(namesOf(outcome, 'failed')).toEqual(['v2 usage/status', 'v1 usage/status']);
    expect(outcome.results.find(({ check }) => check.id === 'usage/status')?.verdict).toMatchObject({
      reason: 'no complete answer within 1000 ms',
    });
  });

  it('that never comes in one version fails the checks of that version alone', async () => {
    const mute = keep(
      await startReferenceServer({
        answer: (outgoing, { headers }) =>
          headers['x-akinon-api-version'] === 'v1' ? new Promise(() => {}) : outgoing,
      }),
    );
    const outcome = await runOn(mute.url, { checks: checksOf('offers/status'), timeoutMs: 1000 });
    expect([namesOf(outcome, 'passed'), namesOf(outcome, 'failed')]).toEqual([
      ['v2 offers/status'],
      ['v1 offers/status'],
    ]);
  });

  it.each([
    [
      'has no end',
      (write: (chunk: Buffer) => void) => setInterval(() => write(Buffer.alloc(100)), 5),
      /within 1000 ms/,
    ],
    [
      'is larger than any of the contract',
      (write: (chunk: Buffer) => void) => write(Buffer.alloc(50 * 1024 * 1024)),
      /larger than 1 MB/,
    ],
  ] as const)('that %s is cut', async (_, send, reason) => {
    const { url } = await aReferenceWith('/use-offers', (_request, response) => {
      const timer = send((chunk) => void response.write(chunk));
      response.on('close', () => typeof timer === 'object' && clearInterval(timer));
    });
    const { results, exchanges } = await runOn(url, {
      checks: checksOf('usage/status'),
      version: 'v2',
      timeoutMs: 1000,
    });
    expect(results[0]?.verdict).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
    expect(exchanges.at(-1)?.answer?.bytes.length).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
  });

  it.each(STRANGE_BODIES.flatMap((body) => [200, 400].map((status) => [status, body] as const)))(
    'with %i and %s is judged, and stumbles no check',
    async (status, body) => {
      const server = keep(
        await listen((request, response) => {
          const isFirst = request.headers['x-akinon-request-id']?.includes('-2') ?? false;
          response.writeHead(isFirst ? 200 : status, { 'content-type': 'application/json' }).end(body);
        }),
      );
      const checks = checksOf('offers', 'money', 'usage', 'errors');
      const { results } = await runOn(server.url, { version: 'v2', checks });
      const reasons = results.flatMap(({ verdict }) => ('reason' in verdict ? verdict.reason : []));
      expect(reasons.filter((reason) => reason.startsWith('the answer could not be judged'))).toEqual([]);
    },
  );

  it('that redirects is red, and not followed', async () => {
    const canary = keep(await startReferenceServer());
    const server = keep(
      await listen((_, response) => response.writeHead(307, { location: `${canary.url}/offers` }).end()),
    );
    const outcome = await runOn(server.url, { checks: checksOf('offers/status', 'usage/status') });
    expect(namesOf(outcome, 'failed')).toHaveLength(4);
    expect(canary.requests()).toBe(0);
  });

  it('that is compressed without being asked is named as such', async () => {
    const server = keep(
      await listen((_, response) =>
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('[]')),
      ),
    );
    const { results } = await runOn(server.url, { checks: checksOf('offers/list'), version: 'v2' });
    expect(results[0]?.verdict).toMatchObject({ reason: expect.stringContaining('compressed (gzip)') });
  });

  it('that is nested deeper than a stack is a failed check, not the end of the run', async () => {
    const deep = `[{"discount":${'['.repeat(50_000)}${']'.repeat(50_000)}}]`;
    const server = keep(
      await listen((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(deep)),
    );
    const outcome = await runOn(server.url, { version: 'v2', checks: checksOf('offers', 'money') });
    expect(outcome.isSuccess).toBe(false);
    expect(outcome.results).toHaveLength(
      checksOf('offers', 'money').filter(({ versions }) => versions?.[0] !== 'v1').length,
    );
  });

  it('to a large body may come early and cut the connection', async () => {
    const errors = '{"errors":[{"code":"too_large","field":"","message":"too large"}]}';
    const early = `HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${errors.length}\r\n\r\n${errors}`;
    const list =
      'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]';
    const url = await listenRaw((socket) => {
      socket.on('error', () => {});
      socket.once('data', (head) => {
        const length = Number(/content-length: (\d+)/.exec(head.toString())?.[1]);
        if (length > 1_000_000) socket.pause();
        socket.end(length > 1_000_000 ? early : list, () => setTimeout(() => socket.destroy(), 50));
      });
    });
    const outcome = await runOn(url, { checks: checksOf('limits/large-body') });
    expect(namesOf(outcome, 'passed')).toEqual(['v2 limits/large-body', 'v1 limits/large-body']);
  });
});

describe('a run', () => {
  it('sends no more requests than it may, and says what was not judged', async () => {
    const server = keep(await startReferenceServer());
    const outcome = await runOn(server.url, { maxRequests: 20 });
    expect(server.requests()).toBe(20);
    expect(outcome.stopped).toBe('the run has sent its 20 requests');
    expect(namesOf(outcome, 'failed')).toEqual([]);
    expect(namesOf(outcome, 'not judged').length).toBeGreaterThan(100);
    expect(outcome.isSuccess).toBe(false);
  });

  it('ends in time', async () => {
    const { url } = await aReferenceWith('/use-offers', () => {});
    const outcome = await runOn(url, { maxRunMs: 1500 });
    expect(outcome.ms).toBeLessThan(5000);
    expect(outcome.stopped).toMatch(/has taken its/);
    expect(outcome.isSuccess).toBe(false);
  });

  it('is bounded by constants that leave room for both versions', () => {
    expect(MAX_REQUESTS).toBe(700);
    expect(MAX_RUN_MS).toBe(300_000);
  });

  it('of lists as large as they may be ends the run in time, with a report', async () => {
    const list = Buffer.from(`[${'{},'.repeat(300_000)}{}]`);
    const { url } = await aReferenceWith('/offers', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(list);
    });
    const outcome = await runOn(url, { version: 'v2' });
    expect(outcome.stopped).toMatch(/larger than 32 MB together/);
    expect(outcome.isSuccess).toBe(false);
    expect(namesOf(outcome, 'failed')).toContain('v2 offers/fields');
    expect(outcome.ms).toBeLessThan(60_000);
  });

  it('that goes away ends the run, which says so in place of failures', async () => {
    const server = await startReferenceServer({
      answer(outgoing) {
        if (server.requests() === 20) setTimeout(() => server.close());
        return outgoing;
      },
    });
    const outcome = await runOn(server.url);
    expect(outcome.stopped).toMatch(/nothing listens there any more/);
    expect(outcome.isSuccess).toBe(false);
    expect(outcome.exchanges.length).toBeLessThan(40);
    expect(namesOf(outcome, 'failed').length).toBeLessThan(6);
    expect(namesOf(outcome, 'not judged').length).toBeGreaterThan(100);
  });
});
