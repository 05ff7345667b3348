/** Who we say we are, to an upstream that looks: every kind of auth, with the check made there. */
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { isFailure, type OffersAnswer } from '../../../src/connectors/connector.ts';
import type { CompiledMapping } from '../../../src/connectors/http/mapping/compiled.ts';
import { createMappedConnector } from '../../../src/connectors/http/mapping/connector.ts';
import type { Auth } from '../../../src/connectors/http/upstream/auth.ts';
import { aCommit, aContext, aQuestion, ask, NOW } from './order.ts';

const BASE = 'https://crm.test/api';
const SECRETS: Readonly<Record<string, string>> = {
  ID: 'client 1',
  SECRET: 's3cr+t/=',
  USER: 'ada',
  PASSWORD: 'pä:ss',
};

/** Asks at `/offers?v=1` with its basket's id, and takes the answer as it is. */
function mappingWith(auth: Auth): CompiledMapping {
  return {
    ...{
      name: 'test',
      auth,
      identity: { emails: 'all', guests: 'ask' },
      money: { unit: 'major', as: 'string' },
      tables: {},
    },
    offers: {
      ...{ method: 'POST', path: ['const', '/offers'], query: ['const', { v: 1 }], rules: [] },
      body: [
        'object',
        [
          [
            ['const', 'basket'],
            ['prop', ['var', 'basket'], 'id'],
          ],
        ],
      ],
      offers: ['prop', ['var', 'body'], 'offers'],
    },
    usages: { method: 'POST', path: ['const', '/usages'], body: ['var', 'discounts'], repeat: 'key', rules: [] },
  };
}

const OFFER = { id: 'a', type: 'BASKET', extraArgs: { discount: '1.00' } };

interface Seen {
  readonly url: URL;
  readonly headers: Headers;
  readonly text: string;
}

function aConnector(auth: Auth, answer: (seen: Seen) => Response | Promise<Response>, secrets = SECRETS) {
  const created = createMappedConnector(mappingWith(auth), { baseUrl: BASE, secretOf: (name) => secrets[name] });
  if ('problems' in created) throw new Error(JSON.stringify(created.problems));
  const seen: Seen[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const text = new TextDecoder().decode(await request.arrayBuffer());
    const one = { url: new URL(request.url), headers: request.headers, text };
    seen.push(one);
    return answer(one);
  };
  const clock = { now: NOW };
  const context = () => aContext({ fetch: fetch as typeof globalThis.fetch, now: clock.now });
  const { connector } = created;
  return { connector, seen, clock, context, ask: () => connector.queryOffers(aQuestion(), context()) };
}

const encoder = new TextEncoder();
const offers = () => Response.json({ offers: [OFFER] });
const isAnswered = (answer: unknown) => (answer as OffersAnswer).offers?.length === 1;
const macOf = async (hash: string, secret: string, text: string) => {
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash }, false, ['verify']);
  return { text: encoder.encode(text), key };
};

describe('auth of a mapping', () => {
  it.each<[string, Auth, (seen: Seen) => boolean]>([
    ['none', { kind: 'none' }, ({ headers }) => !headers.has('authorization')],
    [
      'bearer',
      { kind: 'bearer', token: 'SECRET' },
      ({ headers }) => headers.get('authorization') === 'Bearer s3cr+t/=',
    ],
    [
      'basic',
      { kind: 'basic', username: 'USER', password: 'PASSWORD' },
      ({ headers }) => headers.get('authorization') === `Basic ${encoder.encode('ada:pä:ss').toBase64()}`,
    ],
    [
      'headers',
      { kind: 'headers', headers: { 'x-app-id': 'USER', 'x-app-token': 'SECRET' } },
      ({ headers }) => headers.get('x-app-id') === 'ada' && headers.get('x-app-token') === 's3cr+t/=',
    ],
    [
      'query',
      { kind: 'query', key: 'api_key', value: 'SECRET' },
      ({ url }) => url.searchParams.get('api_key') === 's3cr+t/=' && url.searchParams.get('v') === '1',
    ],
  ])('%s is what the upstream gets', async (_kind, auth, check) => {
    const { ask } = aConnector(auth, (seen) => (check(seen) ? offers() : new Response('', { status: 401 })));
    expect(isAnswered(await ask())).toBe(true);
  });

  it('a hash covers the path with its query, the body as it is sent, and the secret', async () => {
    const auth: Auth = {
      kind: 'hash',
      timestampAs: 'seconds',
      header: 'x-hash',
      parts: ['target', 'body', { secret: 'SECRET' }],
      headers: { 'x-id': 'USER' },
    };
    const { ask } = aConnector(auth, async ({ url, headers, text }) => {
      const whole = `${url.pathname.replace('/api', '')}${url.search}${text}s3cr+t/=`;
      const expected = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(whole))).toHex();
      return headers.get('x-hash') === expected && headers.get('x-id') === 'ada'
        ? offers()
        : new Response('', { status: 401 });
    });
    expect(isAnswered(await ask())).toBe(true);
  });

  it('a hash may cover what goes over the wire, or the whole address', async () => {
    const auth: Auth = {
      ...{ kind: 'hash', header: 'x-hash', timestampAs: 'seconds', headers: {} },
      parts: ['requestTarget', { text: '|' }, 'url'],
    };
    const { ask } = aConnector(auth, async ({ url, headers }) => {
      const whole = `/api/offers?v=1|${BASE}/offers?v=1`;
      const expected = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(whole))).toHex();
      expect(url.href).toBe(`${BASE}/offers?v=1`);
      return headers.get('x-hash') === expected ? offers() : new Response('', { status: 401 });
    });
    expect(isAnswered(await ask())).toBe(true);
  });

  it.each([
    ['SHA-256', 'hex', 'seconds', String(Math.floor(NOW / 1000))],
    ['SHA-512', 'base64', 'milliseconds', String(NOW)],
    ['SHA-256', 'base64', 'iso', new Date(NOW).toISOString()],
  ] as const)(
    'an HMAC with %s in %s covers method, time in %s, and body',
    async (algorithm, encoding, timestampAs, now) => {
      const auth: Auth = {
        ...{ kind: 'hmac', algorithm, secret: 'SECRET', encoding, header: 'x-signature', prefix: 'v1=', headers: {} },
        parts: ['method', { text: '\n' }, 'timestamp', { text: '\n' }, 'body'],
        timestampHeader: 'x-time',
        timestampAs,
      };
      const { ask } = aConnector(auth, async ({ headers, text }) => {
        const at = headers.get('x-time');
        const { key, text: signed } = await macOf(algorithm, 's3cr+t/=', `POST\n${at}\n${text}`);
        const sent = (headers.get('x-signature') ?? '').replace('v1=', '');
        const mac = encoding === 'hex' ? Uint8Array.fromHex(sent) : Uint8Array.fromBase64(sent);
        const isRight = await crypto.subtle.verify('HMAC', key, mac, signed);
        return isRight && at === now ? offers() : new Response('', { status: 401 });
      });
      expect(isAnswered(await ask())).toBe(true);
    },
  );

  it('a JWT is made for each request and holds a hash of its body', async () => {
    const auth: Auth = {
      ...{ kind: 'jwt', secret: 'SECRET', claims: { iss: 'shop' }, bodyHash: 'hmac', lifeSeconds: 60 },
      ...{ header: 'authorization', prefix: 'Bearer ' },
    };
    const { ask } = aConnector(auth, async ({ headers, text }) => {
      const token = (headers.get('authorization') ?? '').replace('Bearer ', '');
      const { payload } = await jwtVerify(token, encoder.encode('s3cr+t/='), {
        issuer: 'shop',
        currentDate: new Date(NOW),
      });
      const { key, text: body } = await macOf('SHA-256', 's3cr+t/=', text);
      const isRight = await crypto.subtle.verify('HMAC', key, Uint8Array.fromBase64(String(payload.hmac)), body);
      return isRight && (payload.exp ?? 0) - (payload.iat ?? 0) === 60 ? offers() : new Response('', { status: 401 });
    });
    expect(isAnswered(await ask())).toBe(true);
  });
});

const rejectWith = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

describe('a token', () => {
  const OAUTH: Auth = {
    kind: 'oauth2',
    tokenUrl: '/oauth/token',
    clientId: 'ID',
    clientSecret: 'SECRET',
    client: 'basic',
    scope: 'loyalty',
    headers: { 'X-App': 'USER' },
  };
  const LOGIN: Auth = {
    ...{ kind: 'login', url: 'https://login.test/session', token: 'data.token', header: 'x-auth' },
    body: { user: { name: { secret: 'USER' } }, password: [{ secret: 'PASSWORD' }], app: 'shop', n: 1 },
    headers: {},
  };

  /** An upstream that hands out `t1`, `t2`, … and takes the last one only. */
  function aTokenUpstream(auth: Auth, options: { life?: number; answer?: () => Response | Promise<Response> } = {}) {
    let handedOut = 0;
    const made = aConnector(auth, async (seen) => {
      if (/token|session/.test(seen.url.pathname)) {
        if (options.answer !== undefined) return options.answer();
        handedOut++;
        const token = `token-${handedOut}`;
        return Response.json({ access_token: token, expires_in: options.life ?? 3600, data: { token } });
      }
      const sent = seen.headers.get('authorization') ?? `Bearer ${seen.headers.get('x-auth')}`;
      return sent === `Bearer token-${handedOut}` ? offers() : Response.json({ sent }, { status: 401 });
    });
    return { ...made, handedOut: () => handedOut, revoke: () => void handedOut++ };
  }

  it('of OAuth 2 is asked for with the client’s credentials, and once', async () => {
    const { ask, seen, handedOut } = aTokenUpstream(OAUTH);
    for (let time = 0; time < 3; time++) expect(isAnswered(await ask())).toBe(true);
    expect(handedOut()).toBe(1);
    expect(seen.map(({ headers }) => headers.get('x-app'))).toEqual(Array(4).fill('ada'));
    expect(seen[0]?.url.href).toBe('https://crm.test/api/oauth/token');
    expect(seen[0]?.text).toBe('grant_type=client_credentials&scope=loyalty');
    expect(seen[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
    // RFC 6749, 2.3.1: each is form-encoded before.
    expect(atob(seen[0]?.headers.get('authorization')?.slice(6) ?? '')).toBe('client%201:s3cr%2Bt%2F%3D');
  });

  it('of OAuth 2 may have the credentials in the form', async () => {
    const { ask, seen } = aTokenUpstream({ ...OAUTH, client: 'body' });
    await ask();
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.text))).toMatchObject({
      client_id: 'client 1',
      client_secret: 's3cr+t/=',
    });
    expect(seen[0]?.headers.has('authorization')).toBe(false);
  });

  it('of a login is read where the mapping says, and sent as it says', async () => {
    const { ask, seen } = aTokenUpstream(LOGIN);
    expect(isAnswered(await ask())).toBe(true);
    expect(seen[0]?.url.href).toBe('https://login.test/session');
    expect(JSON.parse(seen[0]?.text ?? '')).toEqual({
      ...{ user: { name: 'ada' }, password: ['pä:ss'] },
      ...{ app: 'shop', n: 1 },
    });
    expect(seen[1]?.headers.get('x-auth')).toBe('token-1');
  });

  it('is fetched again shortly before it ends', async () => {
    const { ask, clock, handedOut } = aTokenUpstream(OAUTH, { life: 60 });
    await ask();
    clock.now += 29_999;
    await ask();
    expect(handedOut()).toBe(1);
    clock.now++;
    await ask();
    expect(handedOut()).toBe(2);
  });

  it('that is refused is fetched again, once', async () => {
    const { ask, seen, revoke } = aTokenUpstream(OAUTH);
    await ask();
    revoke();
    const before = seen.length;
    expect(isAnswered(await ask())).toBe(true);
    expect(seen.slice(before).map(({ url }) => url.pathname)).toEqual([
      '/api/offers',
      '/api/oauth/token',
      '/api/offers',
    ]);
  });

  it('that is refused in words of the upstream’s own is fetched again, too', async () => {
    const rule = {
      when: [
        'binary',
        '==',
        [
          'call',
          'get',
          [
            ['var', 'body'],
            ['const', 'code'],
          ],
        ],
        ['const', 'A-11'],
      ],
    } as const;
    const rules = [{ ...rule, means: 'credentials' as const }];
    let valid = 'token-1';
    let handedOut = 0;
    const mapping = mappingWith(OAUTH);
    const created = createMappedConnector(
      { ...mapping, offers: { ...mapping.offers, rules }, usages: { ...mapping.usages, rules } },
      { baseUrl: BASE, secretOf: (name) => SECRETS[name] },
    );
    if ('problems' in created) throw new Error('it has no problems');
    const fetch = async (url: string, init: RequestInit) => {
      if (url.endsWith('/oauth/token')) return Response.json({ access_token: `token-${++handedOut}` });
      const isKnown = new Headers(init.headers).get('authorization') === `Bearer ${valid}`;
      return isKnown ? offers() : Response.json({ code: 'A-11' });
    };
    const ctx = aContext({ fetch: fetch as never });
    const asked = await ask(created.connector, aQuestion(), ctx);
    valid = 'token-2';
    expect(isAnswered(await created.connector.queryOffers(aQuestion(), ctx))).toBe(true);
    valid = 'token-3';
    const commit = await aCommit(asked, asked.offers);
    expect(await created.connector.commitUsage(commit, ctx)).toMatchObject({ outcomes: expect.any(Map) });
    valid = 'nobody';
    expect(await created.connector.queryOffers(aQuestion(), ctx)).toMatchObject({ failed: 'error' });
    expect(await created.connector.commitUsage(commit, ctx)).toMatchObject({ failed: 'paused', cause: 'credentials' });
    // One more each, and none after that.
    expect(handedOut).toBe(5);
  });

  it('is fetched by whoever waited for one who had less time', async () => {
    let tokens = 0;
    const { connector, context } = aTokenUpstream(OAUTH, {
      answer: () => (++tokens === 1 ? new Promise(() => {}) : Response.json({ access_token: 'token-0' })),
    });
    const hurried = aContext({ fetch: ((_url: string, { signal }: RequestInit) => rejectWith(signal)) as never });
    const first = connector.queryOffers(aQuestion(), { ...hurried, signal: AbortSignal.timeout(50) });
    const second = connector.queryOffers(aQuestion(), context());
    tokens = 1;
    expect(await first).toMatchObject({ failed: 'error' });
    // The token is none that this upstream has handed out: it was fetched, and that is all.
    await second;
    expect(tokens).toBeGreaterThan(1);
  });

  it.each([404, 302])('that nobody hands out pauses the deliveries: %i', async (status) => {
    const plain = aConnector({ kind: 'none' }, offers);
    const asked = await ask(plain.connector, aQuestion(), plain.context());
    const { connector, context } = aTokenUpstream(OAUTH, { answer: () => new Response('', { status }) });
    const answer = await connector.commitUsage(await aCommit(asked, asked.offers), context());
    expect(answer).toMatchObject({ failed: 'paused', cause: 'misconfigured' });
  });

  it('and every secret is taken out of what the upstream says back, in every form', async () => {
    const said = [
      ...['s3cr+t/=', 's3cr%2Bt%2F%3D', 's3cr+t\\/=', btoa('client%201:s3cr%2Bt%2F%3D')],
      ...['s3cr\\u002bt\\u002F=', 's3cr\\\\u002bt\\\\/=', 's3cr&#43;t&#x2f;=', 's3cr&#043;t&#0047;&#61;'],
    ];
    const { connector, context } = aConnector(OAUTH, () => new Response(said.join(' '), { status: 401 }));
    const answer = await connector.queryOffers(aQuestion(), context());
    expect(answer).toMatchObject({ detail: `no token: status 401: ${said.map(() => '[credentials]').join(' ')}` });
  });

  it.each(['şifre-gizli', 'a"b\\c', "it's & it", '🔑key', 'a  b\nc'])(
    'of any letters is taken out: %s',
    async (secret) => {
      const auth = { kind: 'query', key: 'k', value: 'KEY' } as const;
      const ascii = JSON.stringify({ k: secret }).replace(
        /[^ -~]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      const html = secret.replace(/[^a-z0-9]/gu, (letter) => `&#${letter.codePointAt(0)};`);
      const url = encodeURIComponent(secret);
      for (const body of [secret, ascii, JSON.stringify(ascii), html, url, url.toLowerCase().replaceAll('%20', '+')]) {
        const { connector, context } = aConnector(auth, () => new Response(`<${body}>`, { status: 500 }), {
          KEY: secret,
        });
        const { detail } = (await connector.queryOffers(aQuestion(), context())) as { detail: string };
        expect(detail, body).toMatch(/^status 500: <.*\[credentials\].*>$/);
      }
    },
  );

  it.each([
    ['begins late', `${' '.repeat(4060)}KEY-secret-abcdefghij`],
    // 4096 characters, and as many as a JWT may have.
    ['is cut in its middle', `${' '.repeat(4096 + 2048 - 10 - 'status 500: '.length)}KEY-secret-abcdefghij`],
    ['stands there twice', `${'KEY-secret-abcdefghij'.repeat(2)}${'.'.repeat(9000)}`],
    ['is longer than what is looked at', 'L'.repeat(4500)],
  ])('is not told in part where it %s', async (_, body) => {
    const secret = body.startsWith('L') ? body : 'KEY-secret-abcdefghij';
    const auth = { kind: 'bearer', token: 'KEY' } as const;
    const { connector, context } = aConnector(auth, () => new Response(body, { status: 500 }), { KEY: secret });
    expect(JSON.stringify(await connector.queryOffers(aQuestion(), context()))).not.toMatch(/secret|LL/);
  });

  it('is taken out whole, though it has more of odd letters than a pattern may have', async () => {
    const secret = Array.from({ length: 4500 }, (_, at) => '!"#$%&/()=?+*-_.:,;<>|{}[]~'[(at * 5) % 27]).join('');
    const auth = { kind: 'query', key: 'k', value: 'KEY' } as const;
    for (const said of [secret, JSON.stringify(secret), encodeURIComponent(secret)]) {
      const { connector, context } = aConnector(auth, () => new Response(said, { status: 500 }), { KEY: secret });
      const { detail } = (await connector.queryOffers(aQuestion(), context())) as { detail: string };
      expect(detail).toMatch(/^status 500: "?\[credentials\]/);
      expect(detail.length).toBeLessThan(40);
    }
  });

  it('that is a JWT of ours is taken out, though it is made for each request', async () => {
    const auth = { kind: 'jwt', secret: 'KEY', claims: {}, lifeSeconds: 60, header: 'authorization' } as const;
    const echo = ({ headers }: Seen) => new Response(`refused: ${headers.get('authorization')}`, { status: 403 });
    const { connector, context } = aConnector(auth as Auth, echo, { KEY: 'secret' });
    const answer = await connector.queryOffers(aQuestion(), context());
    expect(answer).toMatchObject({ detail: 'status 403: refused: Bearer [credentials]' });
  });

  it('and what stands in place of one are not told: the upstream may have read the login as a form', async () => {
    const { connector, context } = aConnector(LOGIN, ({ text }) => Response.json({ [text]: '' }));
    const answer = await connector.queryOffers(aQuestion(), context());
    expect(answer).toMatchObject({ failed: 'error', detail: expect.stringMatching(/^no token at .*: status 200,$/) });
  });

  it('that stands in another place of the answer is not told', async () => {
    const { connector, context } = aConnector({ ...LOGIN, token: 'data.tokn' } as Auth, () =>
      Response.json({ data: { token: 'token-secret' }, ok: true }),
    );
    const answer = await connector.queryOffers(aQuestion(), context());
    expect(answer).toEqual({ failed: 'error', detail: 'no token at data.tokn of the answer: status 200, data, ok' });
  });

  it('that is refused again is a failure without the token in it', async () => {
    const { connector, context } = aConnector(OAUTH, ({ url, headers }) =>
      url.pathname.endsWith('token')
        ? Response.json({ access_token: 'token-secret' })
        : Response.json({ you: headers.get('authorization') }, { status: 401 }),
    );
    const answer = await connector.queryOffers(aQuestion(), context());
    expect(answer).toMatchObject({ failed: 'error', detail: expect.stringContaining('[credentials]') });
    expect(JSON.stringify(answer)).not.toContain('token-secret');
  });

  it('is fetched once for requests that come at once, and each has its own deadline', async () => {
    let hand: (response: Response) => void = () => {};
    const { connector, context, seen } = aTokenUpstream(OAUTH, {
      answer: () =>
        new Promise<Response>((resolve) => {
          hand = resolve;
        }),
    });
    const first = connector.queryOffers(aQuestion(), context());
    const second = connector.queryOffers(aQuestion(), context());
    const impatient = connector.queryOffers(aQuestion(), { ...context(), signal: AbortSignal.timeout(50) });
    await expect(impatient).rejects.toThrow();
    hand(Response.json({ access_token: 'token-0' }));
    await Promise.all([first, second]);
    expect(seen.filter(({ url }) => url.pathname.endsWith('token'))).toHaveLength(1);
  });

  it.each([
    [401, { failed: 'error' }, { failed: 'paused', cause: 'credentials' }],
    [400, { failed: 'error' }, { failed: 'paused', cause: 'credentials' }],
    [503, { failed: 'error' }, { failed: 'later' }],
    [200, { failed: 'error' }, { failed: 'paused', cause: 'credentials' }],
  ])('that cannot be had (%i) is no offers, and an order that waits', async (status, ofOffers, ofOrder) => {
    const plain = aConnector({ kind: 'none' }, offers);
    const asked = await ask(plain.connector, aQuestion(), plain.context());
    const { connector, context, seen } = aTokenUpstream(OAUTH, { answer: () => Response.json({}, { status }) });
    expect(await connector.queryOffers(aQuestion(), context())).toMatchObject(ofOffers);
    const commit = await aCommit(asked, asked.offers);
    const answer = await connector.commitUsage(commit, context());
    expect(isFailure(answer)).toBe(true);
    expect(answer).toMatchObject(ofOrder);
    expect(seen.every(({ url }) => url.pathname.endsWith('token'))).toBe(true);
  });
});
