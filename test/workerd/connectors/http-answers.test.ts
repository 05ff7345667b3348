import { describe, expect, it } from 'vitest';
import { type CallContext, isFailure } from '../../../src/connectors/connector.ts';
import { MAX_ANSWER_BYTES } from '../../../src/connectors/http/upstream/call.ts';
import type { Fault } from '../../support/upstream/faults.ts';
import { aBridge } from './bridge.ts';
import { aCommit, aQuestion, NOW } from './order.ts';

const reply = (status: number, body?: unknown, headers: Record<string, string> = {}): Fault => ({
  do: 'reply',
  status,
  headers,
  ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
});

async function askOffers(fault: Fault, ctx: Partial<CallContext> = {}) {
  const bridge = aBridge({ fault });
  return bridge.connector.queryOffers(aQuestion(), { ...bridge.ctx, ...ctx });
}

/** Lines `a` and `b`. */
async function report(fault: Fault, ctx: Partial<CallContext> = {}, vars: Record<string, string> = {}) {
  const bridge = aBridge({ fault, vars });
  const commit = await aCommit({ question: aQuestion(), basketState: undefined }, ['a', 'b']);
  const answer = await bridge.connector.commitUsage(commit, { ...bridge.ctx, ...ctx });
  return { answer, sent: bridge.upstream.calls.all.map(({ body }) => body) };
}

async function outcomesOf(body: unknown, headers: Record<string, string> = {}) {
  const { answer } = await report(reply(200, body, headers));
  if (isFailure(answer)) throw new Error(JSON.stringify(answer));
  return Object.fromEntries(answer.outcomes);
}

async function detailOf(body: string, vars: Record<string, string> = {}): Promise<string> {
  const { answer } = await report(reply(500, body), {}, vars);
  return isFailure(answer) ? answer.detail : 'no failure';
}

describe('http: an answer of /offers', () => {
  it('is what stands in its list, for the guard to judge', async () => {
    const offers = [{ id: 'a', type: 'NEW', extra: [1] }, 'no object', null];
    expect(await askOffers(reply(200, { offers, more: 1 }))).toEqual({ offers });
  });

  it.each([201, 204, 301, 302, 307, 400, 401, 403, 404, 422, 429, 500, 503])(
    'is an error with status %i',
    async (status) => {
      const body = status === 204 ? undefined : { offers: [] };
      const answer = await askOffers(reply(status, body, { location: 'https://elsewhere.test/' }));
      expect(answer).toMatchObject({ failed: 'error', detail: expect.stringContaining(`status ${status}`) });
    },
  );

  it.each<[string, Fault]>([
    ['is empty', reply(200)],
    ['is HTML', reply(200, '<html>')],
    ['is a list', reply(200, '[]')],
    ['has no list', reply(200, { offers: {} })],
    ['breaks off', { do: 'truncate' }],
    ['is no UTF-8', { do: 'invalid-utf8' }],
    ['is over 1 MB', { do: 'large', bytes: MAX_ANSWER_BYTES + 1 }],
    ['does not end', { do: 'endless' }],
  ])('is an error when its body %s', async (_, fault) => {
    expect(await askOffers(fault)).toMatchObject({ failed: 'error', detail: expect.stringMatching(/^status 200/) });
  });

  it('is told what was expected where it is JSON of another shape', async () => {
    const detail = 'status 200: [] (expected {"offers": [...]})';
    expect(await askOffers(reply(200, '[]'))).toEqual({ failed: 'error', detail });
    expect(await askOffers(reply(500, '[]'))).toEqual({ failed: 'error', detail: 'status 500: []' });
    expect(await askOffers({ do: 'invalid-utf8' })).toMatchObject({ detail: expect.not.stringContaining('expected') });
  });

  it('is unavailable without a connection', async () => {
    expect(await askOffers({ do: 'reset' })).toMatchObject({ failed: 'unavailable' });
  });

  it('is not waited for past the deadline', async () => {
    const signal = AbortSignal.timeout(20);
    expect(await askOffers({ do: 'hang' }, { signal })).toMatchObject({ failed: 'unavailable' });
  });
});

describe('http: the status of /usages', () => {
  it.each<[string, number[], object]>([
    ['refuses the whole call', [400, 413, 422], { failed: 'refused' }],
    ['means later', [408, 409, 425, 429, 500, 501, 503, 521, 522, 599], { failed: 'later' }],
    ['says that our credentials are wrong', [401, 403], { failed: 'paused', cause: 'credentials' }],
    [
      'says that we are misconfigured',
      [300, 301, 302, 303, 304, 307, 308, 402, 404, 405, 406, 410, 411, 415, 418, 451],
      { failed: 'paused', cause: 'misconfigured' },
    ],
  ])('%s: %j', async (_, list, expected) => {
    for (const status of list) {
      const fault = reply(status, status === 304 ? undefined : 'why', { location: 'https://elsewhere.test/' });
      const { answer, sent } = await report(fault);
      expect(answer).toMatchObject({ ...expected, status, detail: expect.stringContaining(`status ${status}`) });
      expect(answer).not.toHaveProperty('call');
      expect(sent).toHaveLength(1);
    }
  });

  it.each([502, 504, 520, 524])('is unknown where a gateway says that the answer got lost: %i', async (status) => {
    const { answer, sent } = await report(reply(status, 'why'));
    expect(answer).toMatchObject({ failed: 'unknown', status, call: sent[0] });
  });

  it.each([200, 201, 202, 204, 207, 299])('accepts all with %i and no body', async (status) => {
    const { answer } = await report(reply(status, status === 204 ? undefined : ' \r\n\t'));
    expect(answer).toEqual({ outcomes: new Map(['a', 'b'].map((id) => [id, { status: 'accepted' }])), status });
  });

  it.each<Fault>([
    { do: 'truncate', status: 503 },
    { do: 'invalid-utf8', status: 503 },
    { do: 'large', status: 503 },
    { do: 'endless', status: 503 },
  ])('counts alone where its body cannot be read: $do', async (fault) => {
    expect((await report(fault)).answer).toMatchObject({ failed: 'later', status: 503 });
  });
});

describe('http: an outcome that is unknown', () => {
  const OVER = 'status 200: body over 1 MB';
  it.each<[string, Fault, string]>([
    ['the connection breaks', { do: 'reset' }, 'TypeError: the connection was cut'],
    ['it was done and the connection breaks', { do: 'reset', apply: true }, 'TypeError: the connection was cut'],
    ['the 2xx breaks off', { do: 'truncate' }, 'status 200: body broke off'],
    ['the 2xx is over 1 MB', { do: 'large', bytes: MAX_ANSWER_BYTES + 1 }, OVER],
    [
      'the 2xx is longer than it says',
      { do: 'large', bytes: MAX_ANSWER_BYTES + 1, headers: { 'content-length': '2' } },
      'status 200: body broke off',
    ],
    ['the 2xx does not end', { do: 'endless' }, OVER],
  ])('keeps the text that was sent when %s', async (_, fault, detail) => {
    const { answer, sent } = await report(fault);
    expect(answer).toMatchObject({ failed: 'unknown', call: sent[0], detail });
  });

  it('keeps the text that was sent when the deadline passes without an answer', async () => {
    const deadline = new AbortController();
    const { connector, ctx, upstream } = aBridge({ fault: { do: 'hang', apply: true } });
    const commit = await aCommit({ question: aQuestion(), basketState: undefined }, ['a']);
    const answer = connector.commitUsage(commit, { ...ctx, signal: deadline.signal });
    await expect.poll(() => upstream.calls.all.length).toBe(1);
    deadline.abort();
    expect(await answer).toMatchObject({ failed: 'unknown', call: upstream.calls.all[0]?.body });
  });

  it.each([
    [200, { failed: 'unknown', status: 200 }],
    [503, { failed: 'later', status: 503 }],
  ])('is judged when the deadline passes within the body of a %i', async (status, expected) => {
    const deadline = new AbortController();
    const stalling = (async (_url: unknown, init?: RequestInit) => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"results":'));
          init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason), { once: true });
          deadline.abort();
        },
      });
      return new Response(body, { status });
    }) as unknown as typeof fetch;
    const { answer } = await report(reply(200), { fetch: stalling, signal: deadline.signal });
    expect(answer).toMatchObject(expected);
  });
});

describe('http: the body of a 2xx of /usages', () => {
  it('is read up to 1 MB', async () => {
    expect((await report({ do: 'large', bytes: MAX_ANSWER_BYTES })).answer).toHaveProperty('outcomes');
    const shell = JSON.stringify({ results: [{ id: 'a', status: 'accepted', filler: '' }] });
    const filler = 'x'.repeat(MAX_ANSWER_BYTES - shell.length);
    const results = [{ id: 'a', status: 'accepted', filler }];
    expect(await outcomesOf({ results })).toEqual({ a: { status: 'accepted' } });
  });

  it.each<[string, unknown]>([
    ['is HTML', '<html>'],
    ['is a text', '"ok"'],
    ['is null', 'null'],
    ['is a list', '[]'],
    ['is another object', '{}'],
    ['has no list', { results: {} }],
    ['has a line without an id', { results: [{ status: 'accepted' }] }],
    ['has an id that is a number', { results: [{ id: 1, status: 'accepted' }] }],
    [
      'has another status',
      {
        results: [
          { id: 'a', status: 'accepted' },
          { id: 'b', status: 'ok' },
        ],
      },
    ],
  ])('says that we are misconfigured when it %s', async (_, body) => {
    const { answer } = await report(reply(200, body));
    expect(answer).toMatchObject({ failed: 'paused', cause: 'misconfigured', status: 200 });
  });

  it('says that we are misconfigured when it is no UTF-8', async () => {
    expect((await report({ do: 'invalid-utf8' })).answer).toMatchObject({ failed: 'paused', cause: 'misconfigured' });
  });

  it('says it line by line; a line that is missing is not decided, one that nobody asked for is ignored', async () => {
    const results = [
      { id: 'b', status: 'rejected', reason: 'used up' },
      { id: 'other', status: 'accepted' },
    ];
    expect(await outcomesOf({ results })).toEqual({ b: { status: 'rejected', reason: 'used up' } });
    expect(await outcomesOf({ results: [] })).toEqual({});
  });

  it('may begin with a byte order mark', async () => {
    expect(await outcomesOf('\ufeff{"results":[]}')).toEqual({});
  });

  it.each<[unknown, object]>([
    ['R-1', { upstreamRef: 'R-1' }],
    [17, { upstreamRef: '17' }],
    [{ redemption: 'r' }, { upstreamRef: '{"redemption":"r"}' }],
    ['x'.repeat(201), { upstreamRef: 'x'.repeat(200) }],
    [null, {}],
    ['', {}],
  ])('names the redemption: %j', async (reference, expected) => {
    const results = [{ id: 'a', status: 'accepted', reference }];
    expect(await outcomesOf({ results })).toEqual({ a: { status: 'accepted', ...expected } });
  });

  it('may carry a reference of any depth', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const body = `{"results":[{"id":"a","status":"accepted","reference":${deep}}]}`;
    expect(await outcomesOf(body)).toEqual({ a: { status: 'accepted' } });
  });

  it.each<[unknown, string]>([
    ['sold\nout to ada@example.com', 'sold out to [e-mail]'],
    [`${'x'.repeat(299)}😀`, 'x'.repeat(299)],
    [{ code: 7 }, '{"code":7}'],
    [undefined, 'no reason given'],
    ['', 'no reason given'],
  ])('gives the reason of a rejection: %j', async (reason, expected) => {
    const results = [{ id: 'a', status: 'rejected', reason }];
    expect(await outcomesOf({ results })).toEqual({ a: { status: 'rejected', reason: expected } });
  });

  it('says how long to wait with a line that comes later', async () => {
    const results = [
      { id: 'a', status: 'later', reason: 'batch runs' },
      { id: 'b', status: 'accepted' },
    ];
    expect(await outcomesOf({ results }, { 'retry-after': '60' })).toEqual({
      a: { status: 'later', reason: 'batch runs', afterMs: 60_000 },
      b: { status: 'accepted' },
    });
  });

  it.each([
    [['accepted', 'accepted'], { status: 'accepted' }],
    [['accepted', 'rejected'], { status: 'later', reason: 'contradictory results' }],
    [['rejected', 'later', 'rejected'], { status: 'later', reason: 'contradictory results' }],
  ])('decides about a line that stands in it several times only where it agrees: %j', async (statuses, expected) => {
    expect(await outcomesOf({ results: statuses.map((status) => ({ id: 'a', status })) })).toEqual({ a: expected });
  });
});

describe('http: Retry-After', () => {
  const httpDate = (time: number) => new Date(time).toUTCString();

  it.each([
    ['0', 0],
    ['7', 7000],
    [' 120 ', 120_000],
    [String(10 * 86_400), 864_000_000],
    [httpDate(NOW + 90_000), 90_000],
    [httpDate(NOW - 90_000), 0],
    ['Monday, 15-Jun-26 09:31:00 GMT', 60_000],
  ])('%s is %i ms', async (value, afterMs) => {
    expect((await report(reply(503, 'x', { 'retry-after': value }))).answer).toMatchObject({
      failed: 'later',
      afterMs,
    });
  });

  it.each(['', '-1', '1.5', '1e3', 'soon', '12345678901', '2026-06-15', 'Mon, 99 Jun 2026 09:31:00 GMT'])(
    '%j is ignored',
    async (value) => {
      const { answer } = await report(reply(429, 'x', { 'retry-after': value }));
      expect(answer).toMatchObject({ failed: 'later' });
      expect(answer).not.toHaveProperty('afterMs');
    },
  );
});

describe('http: what is kept of the upstream’s words', () => {
  it('is short, on one line, and begins with the status', async () => {
    expect(await detailOf(`\r\n  Busy,\n\ttry   again\u0007 ${'x'.repeat(2_000_000 / 4)}`)).toMatch(
      /^status 500: Busy, try again x+$/,
    );
    expect(await detailOf('x'.repeat(5000))).toHaveLength(200);
  });

  it('holds no personal data, also where it is cut', async () => {
    expect(await detailOf('no member ada@example.com, +90 532 000 00 17')).toBe(
      'status 500: no member [e-mail], [number]',
    );
    expect(await detailOf(`${'-'.repeat(180)} ada@example.com`)).not.toContain('ada');
  });

  it.each([
    [{ UPSTREAM_AUTH: 'bearer', UPSTREAM_TOKEN: 'tok$&en-1' }, 'Authorization: Bearer tok$&en-1'],
    [{ UPSTREAM_AUTH: 'header', UPSTREAM_HEADER: 'x-api-key', UPSTREAM_TOKEN: 'tok-1' }, 'bad key tok-1'],
    [
      { UPSTREAM_AUTH: 'basic', UPSTREAM_USERNAME: 'u', UPSTREAM_PASSWORD: 'pass-1' },
      `pass-1 Basic ${btoa('u:pass-1')}`,
    ],
  ])('holds no credentials of %j', async (vars, body) => {
    const detail = await detailOf(body, vars);
    expect(detail).toContain('[credentials]');
    expect(detail).not.toMatch(/tok|pass-1|dTpwYXNz/);
  });

  it.each(['a"b\\c-secret', 'YWE/Pmx+secret='])('holds no token that came back in JSON: %j', async (token) => {
    const vars = { UPSTREAM_AUTH: 'bearer', UPSTREAM_TOKEN: token };
    const json = JSON.stringify({ error: `no such token: ${token}` });
    for (const body of [json, json.replaceAll('/', '\\/')]) {
      expect(await detailOf(body, vars)).toBe('status 500: {"error":"no such token: [credentials]"}');
    }
  });

  it('keeps the numbers of a reference, and no address or token in it', async () => {
    const reference = 'R-9876543210 for ada@example.com with tok-1';
    const vars = { UPSTREAM_AUTH: 'bearer', UPSTREAM_TOKEN: 'tok-1' };
    const results = { results: [{ id: 'a', status: 'accepted', reference }] };
    const { answer } = await report(reply(200, results), {}, vars);
    const outcome = isFailure(answer) ? undefined : answer.outcomes.get('a');
    expect(outcome).toEqual({ status: 'accepted', upstreamRef: 'R-9876543210 for [e-mail] with [credentials]' });
  });
});
