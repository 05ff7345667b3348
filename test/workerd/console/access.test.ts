/** The console behind Cloudflare Access: whose token opens it, whose does not, and where the keys come from. */
import { SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { aUsageRequest, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp, errorsOf, type TestApp, type TestAppOptions } from '../support/http.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const MINUTE = 60_000;
const TEAM = 'https://shop.cloudflareaccess.com';
const AUD = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2';
const EMAIL = 'ayse@shop.example';
const HEADER = 'cf-access-jwt-assertion';
const BASIC = `Basic ${btoa('ayse:pw-a')}`;

interface Key {
  readonly kid: string;
  readonly secret: CryptoKey;
  readonly jwk: JsonWebKey & { kid: string };
}

async function aKey(kid: string): Promise<Key> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048 };
  const options = { ...algorithm, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = (await crypto.subtle.generateKey(options, true, ['sign', 'verify'])) as CryptoKeyPair;
  const { kty, n, e } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
  return { kid, secret: pair.privateKey, jwk: { kid, kty, n, e, alg: 'RS256', use: 'sig' } as Key['jwk'] };
}

let current: Key;
let next: Key;
let stranger: Key;
beforeAll(async () => {
  [current, next, stranger] = (await Promise.all(['k1', 'k2', 'k1'].map(aKey))) as [Key, Key, Key];
});

const seconds = (ms: number) => Math.floor(ms / 1000);
const claims = (more: Record<string, unknown> = {}) => ({
  ...{ aud: [AUD], email: EMAIL, iss: TEAM, type: 'app', sub: '7335d417', country: 'TR' },
  ...{ iat: seconds(NOW), nbf: seconds(NOW), exp: seconds(NOW) + 3600 },
  ...more,
});
const aToken = (more: Record<string, unknown> = {}, key = current, kid: string | undefined = key.kid) =>
  new SignJWT(claims(more)).setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(kid && { kid }) }).sign(key.secret);

const encode = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: 'base64url', omitPadding: true });

interface AccessApp extends TestApp {
  /** A token as Cloudflare's edge sends it. */
  open(token: string | null, path?: string): Promise<Response>;
  /** How often the keys were fetched. */
  fetched(): number;
}

/** @param answer of the address of the keys */
async function anApp(
  answer: (request: { url: string; signal: AbortSignal | null | undefined }) => Response | Promise<Response> = () =>
    Response.json({ keys: [current.jwk] }),
  options: TestAppOptions = {},
): Promise<AccessApp> {
  let fetched = 0;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('ayse:pw-a')));
  const app = aTestApp({
    deps: using(aScriptedConnector({ offers: [] }).connector),
    now: () => NOW,
    fetch: async (url, init) => {
      fetched++;
      expect(init?.redirect).toBe('manual');
      return answer({ url: String(url), signal: init?.signal });
    },
    ...options,
    env: {
      ...{ OPS_ACCESS_TEAM_DOMAIN: 'shop.cloudflareaccess.com', OPS_ACCESS_AUD: AUD },
      OPS_USERS: `ayse:operator:${digest.toHex()}`,
      ...options.env,
    },
  });
  return {
    ...app,
    open: (token, path = '/ops/usages') => app.request(path, token === null ? {} : { headers: { [HEADER]: token } }),
    fetched: () => fetched,
  };
}

describe('behind Cloudflare Access', () => {
  it('comes in whom Access let through, as an operator under the e-mail', async () => {
    const asked: string[] = [];
    const app = await anApp(({ url }) => {
      asked.push(url);
      return Response.json({ keys: [next.jwk, current.jwk], public_cert: {}, public_certs: [] });
    });
    const response = await app.open(await aToken());
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining(`${EMAIL} (operator)`)]);
    expect(asked).toEqual([`${TEAM}/cdn-cgi/access/certs`]);
  });

  it('decides under the e-mail, which reaches no log', async () => {
    const app = await anApp();
    await app.post('/use-offers', aUsageRequest({ usedDiscounts: ['a'], order: { orderNumber: 'ONE' } }));
    await rows("UPDATE used_discounts SET state = 'dead', settled_at = recorded_at");
    await rows("UPDATE deliveries SET state = 'done', due_at = NULL");
    const send = (headers: Record<string, string>) =>
      app.request('/ops/decide', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://adapter.test', ...headers },
        body: new URLSearchParams([
          ['decision', 'discard'],
          ['line', '["o:ONE","a","dead"]'],
          ['reason', 'agreed'],
          ['at', String(NOW)],
        ]).toString(),
        redirect: 'manual',
      });
    expect((await send({ authorization: BASIC })).status).toBe(401);
    expect((await send({ [HEADER]: await aToken(), origin: 'https://evil.test' })).status).toBe(403);
    expect(await rows('SELECT actor FROM audit_log')).toEqual([]);
    expect((await send({ [HEADER]: await aToken() })).status).toBe(303);
    expect(await rows('SELECT actor, action FROM audit_log')).toEqual([{ actor: EMAIL, action: 'discard' }]);
    expect(JSON.stringify(app.logged)).not.toContain('ayse');
  });

  it.each([
    ['nothing', {}],
    ['a password of OPS_USERS', { authorization: BASIC }],
    ["Akinon's credentials", { authorization: `Basic ${btoa('akinon:correct:horse')}` }],
    ['a token in the cookie alone', { cookie: 'CF_Authorization=' }],
  ])('is shut to %s, and asks for no password', async (_name, headers: Record<string, string>) => {
    const app = await anApp();
    const { cookie } = headers;
    const sent = cookie === undefined ? headers : { cookie: cookie + (await aToken()) };
    const response = await app.request('/ops/usages', { headers: sent });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Cloudflare-Access']);
    expect(await response.text()).toContain('behind Cloudflare Access');
    expect(app.fetched()).toBe(0);
  });

  it.each([
    ['of another application', { aud: ['another'] }],
    ['without an audience', { aud: undefined }],
    ['of another team', { iss: 'https://evil.cloudflareaccess.com' }],
    ['without an issuer', { iss: undefined }],
    ['that is over', { exp: seconds(NOW) - 6 }],
    ['that never ends', { exp: undefined }],
    ['that ends in words', { exp: '2099-01-01' }],
    ['that is not valid yet', { nbf: seconds(NOW) + 6 }],
    ['of a service', { email: undefined, common_name: 'e367826f93b8d71185e03fe518aff3b4.access' }],
    ['with an empty e-mail', { email: '' }],
    ['with an e-mail that is a list', { email: [EMAIL] }],
    ['with an e-mail that is a name of OPS_USERS', { email: 'ayse' }],
    ['with an e-mail of two lines', { email: `${EMAIL}\nroot@shop.example` }],
    ['with an endless e-mail', { email: `${'a'.repeat(250)}@shop.example` }],
    ['of a megabyte', { padding: 'x'.repeat(750_000) }],
  ])('is shut to a token %s', async (_name, more) => {
    const app = await anApp();
    const response = await app.open(await aToken(more));
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Cloudflare-Access']);
    expect(app.logged.map(({ event }) => event)).toEqual(['access_refused']);
  });

  it.each([
    ['that ended a moment ago', { exp: seconds(NOW) - 4 }],
    ['that begins in a moment', { nbf: seconds(NOW) + 4 }],
    ['for several applications', { aud: ['another', AUD] }],
    ['with a long claim', { groups: 'x'.repeat(8000) }],
  ])('is open to a token %s', async (_name, more) => {
    expect((await (await anApp()).open(await aToken(more))).status).toBe(200);
  });

  it.each<[string, () => Promise<string>]>([
    ['signed by a stranger', () => aToken({}, stranger)],
    ['without a key id', () => aToken({}, current, '')],
    ['without a signature', async () => `${encode({ alg: 'none', kid: 'k1' })}.${encode(claims())}.`],
    [
      'that a MAC of the public key signs',
      async () => {
        const secret = new TextEncoder().encode(JSON.stringify(current.jwk));
        return new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret);
      },
    ],
    [
      'that names another algorithm',
      async () => {
        const [, payload, signature] = (await aToken()).split('.');
        return [encode({ alg: 'RS512', kid: 'k1' }), payload, signature].join('.');
      },
    ],
    [
      'that was changed',
      async () => {
        const [header, , signature] = (await aToken()).split('.');
        return [header, encode(claims({ email: 'boss@shop.example' })), signature].join('.');
      },
    ],
    [
      'that brings its own key',
      async () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'RS256', kid: 'k1', jwk: stranger.jwk, jku: 'https://evil.test' })
          .sign(stranger.secret),
    ],
    ['that comes twice', async () => `${await aToken()}, ${await aToken()}`],
    ['that is none', async () => 'x'],
    ['that is empty', async () => ''],
  ])('is shut to a token %s', async (_name, token) => {
    const app = await anApp();
    expect((await app.open(await token())).status).toBe(401);
  });

  it('counts refused tokens as failed logins, and people without one not', async () => {
    const asked: string[] = [];
    const limit = async ({ key }: { key: string }) => ({ success: asked.push(key) < 0 });
    const app = await anApp(undefined, { env: { OPS_FAILED_LOGINS: { limit } } });
    expect((await app.open(await aToken())).status).toBe(200);
    expect((await app.open(null)).status).toBe(401);
    const refused = await app.open(await aToken({ aud: 'another' }));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    expect(asked).toHaveLength(1);
  });

  it('is told apart at /ready?verbose as well', async () => {
    const app = await anApp();
    const opened = await app.open(await aToken(), '/ready?verbose');
    expect([opened.status, await opened.json()]).toEqual([200, { status: 'ok', drift: [] }]);
    for (const headers of [{}, { authorization: BASIC }, { [HEADER]: await aToken({ aud: 'another' }) }]) {
      const response = await app.request('/ready?verbose', { headers });
      expect(response.headers.get('www-authenticate')).toBe('Cloudflare-Access');
      expect([response.status, await errorsOf(response)]).toEqual([401, [['authentication_failed', '']]]);
    }
    const alone = await anApp(() => new Response('', { status: 500 }));
    const response = await alone.open(await aToken(), '/ready?verbose');
    expect([response.status, await errorsOf(response)]).toEqual([503, [['misconfigured', 'OPS_ACCESS_TEAM_DOMAIN']]]);
  });
});

describe('the keys of Access', () => {
  it('are fetched once an hour', async () => {
    let now = NOW;
    const app = await anApp(undefined, { now: () => now });
    for (const minutes of [0, 1, 59]) {
      now = NOW + minutes * MINUTE;
      expect((await app.open(await aToken())).status).toBe(200);
      expect(app.fetched()).toBe(1);
    }
    now = NOW + 60 * MINUTE - 1;
    expect([(await app.open(await aToken())).status, app.fetched()]).toEqual([200, 1]);
    now++;
    const token = await aToken({ exp: seconds(now) + 60 });
    expect([(await app.open(token)).status, app.fetched()]).toEqual([200, 2]);
  });

  it('are asked for again for a key id that is new, every half minute at most', async () => {
    let now = NOW;
    let keys = [current];
    const app = await anApp(() => Response.json({ keys: keys.map(({ jwk }) => jwk) }), { now: () => now });
    expect((await app.open(await aToken())).status).toBe(200);
    keys = [next, current];
    for (const kid of ['k2', 'made-up', '__proto__']) {
      expect([(await app.open(await aToken({}, next, kid))).status, app.fetched()]).toEqual([401, 1]);
    }
    now += 30_000;
    expect([(await app.open(await aToken({}, next))).status, app.fetched()]).toEqual([200, 2]);
    expect([(await app.open(await aToken())).status, app.fetched()]).toEqual([200, 2]);
    expect([(await app.open(await aToken({}, next, 'made-up'))).status, app.fetched()]).toEqual([401, 2]);
  });

  it('are trusted no longer once Access has withdrawn them', async () => {
    let now = NOW;
    let keys = [current];
    const app = await anApp(() => Response.json({ keys: keys.map(({ jwk }) => jwk) }), { now: () => now });
    const token = await aToken({ exp: seconds(NOW) + 24 * 3600 });
    expect((await app.open(token)).status).toBe(200);
    keys = [next];
    now += 60 * MINUTE;
    expect((await app.open(token)).status).toBe(401);
  });

  it('are those for RS256 alone, whatever else is in the set', async () => {
    const others = [
      { kid: 'ec', kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
      { ...current.jwk, kid: 'enc', use: 'enc' },
      { ...current.jwk, kid: 'rs512', alg: 'RS512' },
    ];
    const app = await anApp(() => Response.json({ keys: [...others, current.jwk] }));
    expect((await app.open(await aToken())).status).toBe(200);
    for (const kid of ['ec', 'enc', 'rs512']) expect((await app.open(await aToken({}, current, kid))).status).toBe(401);
  });

  it('are waited for by each request for itself', async () => {
    const app = await anApp(() =>
      app.fetched() === 1 ? new Promise(() => {}) : Response.json({ keys: [current.jwk] }),
    );
    void app.open(await aToken());
    await expect.poll(() => app.fetched()).toBe(1);
    expect((await app.open(await aToken())).status).toBe(200);
  });

  it.each<[string, (signal?: AbortSignal | null) => Response | Promise<Response>]>([
    ['fail', () => new Response('', { status: 500 })],
    ['have moved', () => Response.redirect('https://evil.test/certs', 302)],
    ['come with a strange status', () => Response.json({ keys: [current.jwk] }, { status: 203 })],
    ['cannot be reached', () => Promise.reject(new TypeError('Network connection lost.'))],
    ['are no JSON', () => new Response('<!doctype html>')],
    ['are of another shape', () => Response.json({ keys: [{ kty: 'RSA' }] })],
    ['are none', () => Response.json({ keys: [] })],
    ['are of a megabyte', () => Response.json({ keys: [current.jwk], padding: 'x'.repeat(1_000_000) })],
    [
      'take too long',
      (signal) =>
        new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('The operation timed out'))),
        ),
    ],
  ])('that %s open nothing and say nothing against who asks', async (_name, answer) => {
    let now = NOW;
    let broken = true;
    const counted = { limit: async () => ({ success: false }) };
    const app = await anApp(({ signal }) => (broken ? answer(signal) : Response.json({ keys: [current.jwk] })), {
      env: { OPS_FAILED_LOGINS: counted },
      now: () => now,
    });
    const response = await app.open(await aToken());
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.text()).toContain('keys of Cloudflare Access');
    expect(app.logged).toMatchObject([
      { event: 'access_keys_unavailable', reason: expect.stringMatching(/^shop\.cloudflareaccess\.com: ./) },
    ]);
    broken = false;
    // Left alone for as long as Retry-After says.
    now += 4999;
    expect([(await app.open(await aToken())).status, app.fetched()]).toEqual([503, 1]);
    now++;
    expect((await app.open(await aToken())).status).toBe(200);
  });
});

describe('settings of Access', () => {
  it.each([
    ['shop.cloudflareaccess.com'],
    ['https://shop.cloudflareaccess.com'],
    ['https://shop.cloudflareaccess.com/'],
    ['Shop.CloudflareAccess.com/'],
  ])('take the team domain as %s', async (domain) => {
    const app = await anApp(undefined, { env: { OPS_ACCESS_TEAM_DOMAIN: domain } });
    expect((await app.open(await aToken())).status).toBe(200);
  });

  it.each(['http://127.0.0.1:8899', 'http://localhost:8899/'])('take a team on this machine: %s', async (domain) => {
    const asked: string[] = [];
    const answer = ({ url }: { url: string }) => {
      asked.push(url);
      return Response.json({ keys: [current.jwk] });
    };
    const app = await anApp(answer, { env: { OPS_ACCESS_TEAM_DOMAIN: domain } });
    const { origin } = new URL(domain);
    expect((await app.open(await aToken({ iss: origin }))).status).toBe(200);
    expect(asked).toEqual([`${origin}/cdn-cgi/access/certs`]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['OPS_ACCESS_AUD', { OPS_ACCESS_AUD: '' }],
    ['OPS_ACCESS_AUD', { OPS_ACCESS_AUD: undefined }],
    ['OPS_ACCESS_AUD', { OPS_ACCESS_AUD: 'two words' }],
    ['OPS_ACCESS_AUD', { OPS_ACCESS_AUD: 7 }],
    // Another wrong setting must not hide it.
    ['OPS_ACCESS_AUD', { OPS_ACCESS_AUD: undefined, PRIORITY_FIRST: 'x' }],
    ['OPS_ACCESS_TEAM_DOMAIN', { OPS_ACCESS_TEAM_DOMAIN: undefined }],
    ['OPS_ACCESS_AUD', { OPS_ACCESS_TEAM_DOMAIN: undefined, OPS_ACCESS_AUD: 'two words' }],
    ['OPS_ACCESS_TEAM_DOMAIN', { OPS_ACCESS_TEAM_DOMAIN: undefined, PRIORITY_FIRST: 'x' }],
    ...[
      'shop',
      'cloudflareaccess.com',
      'http://shop.cloudflareaccess.com',
      'https://shop.cloudflareaccess.com/cdn-cgi/access/certs',
      'https://shop.cloudflareaccess.com.evil.test',
      'https://evil.test/shop.cloudflareaccess.com',
      'https://evil.test#.cloudflareaccess.com',
      'https://me@shop.cloudflareaccess.com',
      'shop.cloudflareaccess.com:8443',
      'shop.cloudflareaccess.com\nx',
      'https://127.0.0.1:8899',
      'http://127.0.0.1.evil.test',
      'http://me:secret@127.0.0.1:8899',
      'http://127.0.0.1:8899/path',
    ].map((domain): [string, Record<string, unknown>] => [
      'OPS_ACCESS_TEAM_DOMAIN',
      { OPS_ACCESS_TEAM_DOMAIN: domain },
    ]),
  ])('close the console where %s is not right: %j', async (setting, env) => {
    const app = await anApp(undefined, { env });
    for (const headers of [{}, { authorization: BASIC }, { [HEADER]: await aToken() }]) {
      const response = await app.request('/ops/usages', { headers });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60']);
      expect(await response.text()).toMatch(/OPS_ACCESS_(?:AUD|TEAM_DOMAIN) is not set, or not right/);
      const verbose = await app.request('/ready?verbose', { headers });
      expect([verbose.status, (await errorsOf(verbose))[0]?.[1]]).toEqual([503, expect.stringMatching(/^OPS_ACCESS_/)]);
    }
    expect(app.fetched()).toBe(0);
    const named = await errorsOf(await app.request('/ready'));
    expect(named.map(([, field]) => field)).toContain(setting);
  });

  it('leave the console to OPS_USERS where they are unset', async () => {
    const app = await anApp(undefined, { env: { OPS_ACCESS_TEAM_DOMAIN: '', OPS_ACCESS_AUD: '' } });
    expect((await app.open(await aToken())).status).toBe(401);
    expect((await app.request('/ops/usages', { headers: { authorization: BASIC } })).status).toBe(200);
  });

  it('need no OPS_USERS beside them', async () => {
    const app = await anApp(undefined, { env: { OPS_USERS: '' } });
    expect((await app.open(await aToken())).status).toBe(200);
  });
});
