/** Whose token is taken and whose is not, and which storefronts may read the answers. */
import { SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorsOf } from '../support/http.ts';
import {
  ACTIVE,
  type AccountApp,
  active,
  addAssigned,
  anApp,
  aToken,
  claims,
  codesOf,
  FUTURE,
  NOW,
  PATHS,
  PHONE,
  page,
  SECRET,
  seconds,
} from './customer.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const encode = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: 'base64url', omitPadding: true });

/** Status, challenge, and codes of what is answered. */
async function refusal(response: Response) {
  const challenge = response.headers.get('www-authenticate');
  return { status: response.status, challenge, errors: await errorsOf(response) };
}
const INVALID = {
  status: 401,
  challenge: 'Bearer realm="offerbridge", error="invalid_token"',
  errors: [['authentication_failed', '']],
};

describe('a token', () => {
  it.each<[string, Record<string, string>]>([
    ['is missing', {}],
    ['is Basic', { authorization: `Basic ${btoa('akinon:correct:horse')}` }],
    ['is empty', { authorization: 'Bearer ' }],
    ['has blanks within', { authorization: 'Bearer a b' }],
  ])('is asked for where it %s', async (_name, headers) => {
    for (const path of PATHS) {
      expect(await refusal(await anApp().request(path, { headers }))).toEqual({
        ...{ status: 401, challenge: 'Bearer realm="offerbridge"', errors: [['authentication_failed', '']] },
      });
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['for another audience', { aud: 'another' }],
    ['for no audience', { aud: undefined }],
    ['without a beginning', { iat: undefined }],
    ['without an end', { exp: undefined }],
    ['that is over', { exp: seconds(NOW) }],
    ['that was over a while ago', { iat: seconds(NOW) - 600, exp: seconds(NOW) - 1 }],
    ['of the future', { iat: seconds(NOW) + 31 }],
    ['of a future too far to tell', { iat: 1e308 }],
    ['of 601 seconds', { exp: seconds(NOW) + 601 }],
    ['that began long ago', { iat: seconds(NOW) - 599, exp: seconds(NOW) + 2 }],
    ['that began before time', { iat: -1e308 }],
    ['that ends in words', { exp: '2099-01-01' }],
    ['that begins in words', { iat: '2026-11-25' }],
    ['that is not valid yet', { nbf: seconds(NOW) + 31 }],
    ['that is valid from a text on', { nbf: '2026-11-25' }],
    ['for an empty list of audiences', { aud: [] }],
    ['of nobody', { phone: undefined, email: undefined }],
    ['of an empty phone and e-mail', { phone: ' ', email: '' }],
    ['of null', { phone: null, email: null }],
    ['of a phone number that is a number', { phone: 905551112233 }],
    ['of a list of addresses', { email: ['ada@shop.example'] }],
    ['without a currency', { currency: undefined }],
    ['with a currency of two letters', { currency: 'TR' }],
    ['with a currency of digits', { currency: '949' }],
    ['with a currency in more lines', { currency: 'TRY\n' }],
    ['with a currency that is a list', { currency: ['TRY'] }],
    ['of a megabyte', { padding: 'x'.repeat(20_000) }],
  ])('is refused: one %s', async (_name, more) => {
    expect(await refusal(await anApp().get(ACTIVE, bearer(await aToken(more))))).toEqual(INVALID);
  });

  it.each<[string, Record<string, unknown>]>([
    ['of 600 seconds', { exp: seconds(NOW) + 600 }],
    ['with a second left', { iat: seconds(NOW) - 599, exp: seconds(NOW) + 1 }],
    ['of a clock that is ahead', { iat: seconds(NOW) + 30, nbf: seconds(NOW) + 30 }],
    ['for several audiences', { aud: ['another', 'offerbridge'] }],
    ['of a phone number alone', { email: undefined }],
    ['of an address alone', { phone: null }],
    ['with a small currency', { currency: 'try' }],
    ['that says more', { sub: '42', name: 'Ada' }],
  ])('is taken: one %s', async (_name, more) => {
    expect((await anApp().get(ACTIVE, bearer(await aToken(more)))).status).toBe(200);
  });

  it.each<[string, () => Promise<string>]>([
    ['with another secret', () => aToken({}, `${SECRET}!`)],
    ['with an empty secret', async () => [await unsigned('HS256'), ''].join('.')],
    ['by nobody', async () => `${await unsigned('none')}.`],
    ['by nobody, in capitals', async () => `${await unsigned('NONE')}.`],
    ['with a longer hash', () => signedAs('HS512')],
    ['by nothing that is a token', async () => 'x'],
    ['and then changed', async () => changed(await aToken())],
    ['and then sent twice', async () => `${await aToken()}.${await aToken()}`],
    ['with a demand nobody knows', () => signedAs('HS256', { crit: ['x'], x: 1 })],
  ])('is refused that is signed %s', async (_name, token) => {
    expect(await refusal(await anApp().get(ACTIVE, bearer(await token())))).toEqual(INVALID);
  });

  it('is told in words, without what it says', async () => {
    const response = await anApp().get(ACTIVE, bearer(await aToken({ aud: 'somebody-else' })));
    const text = await response.text();
    expect(text).toContain('\\"aud\\"');
    expect(text).not.toMatch(/somebody-else|ada@|555/);
  });

  it('is told in our words alone, whatever its header holds', async () => {
    const told = '+905550000001 demo@example.com';
    const app = anApp();
    for (const header of [{ crit: [told], [told]: 1 }, { alg: told }, { kid: told }, { b64: false, crit: ['b64'] }]) {
      const token = `${encode({ alg: 'HS256', ...header })}.${encode(claims())}.c2lnbmF0dXJl`;
      const response = await app.get(ACTIVE, bearer(token));
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain('demo@');
    }
    expect(JSON.stringify(app.logged)).not.toMatch(/demo@|905550000001/);
  });

  it.each([
    [{ aud: 'x' }, '"aud" is wrong'],
    [{ aud: undefined }, '"aud" is missing'],
    [{ exp: undefined }, '"exp" is missing'],
    [{ exp: seconds(NOW) - 40 }, '"exp" is over'],
    [{ nbf: seconds(NOW) + 90 }, '"nbf" is wrong'],
    [{ iat: seconds(NOW) + 20, exp: seconds(NOW) + 10 }, '"exp" is not within 600 seconds after "iat"'],
  ])('with %j is told that %s', async (claim, words) => {
    const body = await (await anApp().get(ACTIVE, bearer(await aToken(claim)))).json<{
      errors: { message: string }[];
    }>();
    expect(body.errors[0]?.message).toBe(`The token is refused: ${words}.`);
  });

  it('is looked at before the query, and before what else is wrong', async () => {
    const app = anApp({ env: { AKINON_PASSWORD: '' } });
    expect((await app.request(`${FUTURE}?page=0`)).status).toBe(401);
    const response = await app.get(`${FUTURE}?page=0`);
    expect([response.status, await errorsOf(response)]).toEqual([503, [['misconfigured', '']]]);
  });
});

async function unsigned(alg: string): Promise<string> {
  return `${encode({ alg, typ: 'JWT' })}.${encode(claims())}`;
}
function signedAs(alg: string, header: Record<string, unknown> = {}): Promise<string> {
  const jwt = new SignJWT(claims()).setProtectedHeader({ alg, ...header });
  return jwt.sign(new TextEncoder().encode(SECRET), { crit: { x: true } });
}
function changed(token: string): string {
  const [header, , signature] = token.split('.');
  return [header, encode(claims({ phone: '+90 555 999 99 99' })), signature].join('.');
}

// ------------------------------------------------------------------------------------------------- public keys

interface Key {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly secret: CryptoKey;
  readonly jwk: JsonWebKey & { kid: string };
}

async function aKey(kid: string, alg: Key['alg']): Promise<Key> {
  const algorithm =
    alg === 'ES256'
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : {
          ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048 },
          publicExponent: new Uint8Array([1, 0, 1]),
        };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const { key_ops: _ops, ext: _ext, ...jwk } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
  return { kid, alg, secret: pair.privateKey, jwk: { ...jwk, kid, alg, use: 'sig' } as Key['jwk'] };
}

let rsa: Key;
let ec: Key;
let later: Key;
beforeAll(async () => {
  [rsa, ec, later] = (await Promise.all([aKey('r1', 'RS256'), aKey('e1', 'ES256'), aKey('r2', 'RS256')])) as [
    Key,
    Key,
    Key,
  ];
});

const signedBy = (
  { secret, alg, kid }: Key,
  more: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
) => new SignJWT(claims(more)).setProtectedHeader({ alg, kid, ...header }).sign(secret);

const JWKS = 'https://shop.example/.well-known/jwks.json';

/** @param answer of the address of the keys */
function anAppWithKeys(
  answer: () => Response | Promise<Response>,
  now = () => NOW,
): AccountApp & { fetched(): number } {
  let fetched = 0;
  const app = anApp({
    now,
    env: { CUSTOMER_TOKEN_SECRET: '', CUSTOMER_TOKEN_JWKS_URL: JWKS },
    fetch: async (url) => {
      fetched++;
      expect(String(url)).toBe(JWKS);
      return answer();
    },
  });
  return { ...app, fetched: () => fetched };
}
const publish = (...keys: Key[]) => Response.json({ keys: keys.map(({ jwk }) => jwk) });

describe('with public keys', () => {
  it('tokens of RS256 and ES256 are taken, and the keys fetched once', async () => {
    await addAssigned('mine');
    const app = anAppWithKeys(() => publish(rsa, ec));
    for (const key of [rsa, ec]) {
      const response = await app.get(ACTIVE, bearer(await signedBy(key)));
      expect(codesOf((await active(response)).discounts)).toEqual(['MINE']);
    }
    expect(app.fetched()).toBe(1);
  });

  it.each<[string, () => Promise<string>]>([
    ['that a MAC of the public key signs', () => aToken({}, JSON.stringify(rsa.jwk))],
    ['that a MAC of the PEM signs', async () => aToken({}, await pemOf(rsa))],
    ['of a shared secret', () => aToken()],
    ['that a MAC signs under the id of a key', () => macUnder('r1')],
    ['without a signature', async () => `${encode({ alg: 'none', kid: 'r1' })}.${encode(claims())}.`],
    ['of RSA under the id of the other kind', () => signedBy(rsa, {}, { kid: 'e1' })],
    ['that claims the other kind', async () => relabelled(await signedBy(rsa), 'ES256')],
    ['of a stranger', () => signedBy({ ...later, kid: 'r1' })],
    ['without a key id', () => signedBy(rsa, {}, { kid: undefined })],
    ['that brings its own key', () => signedBy(later, {}, { kid: 'r1', jwk: later.jwk, jku: 'https://evil.test' })],
    ['that is over', () => signedBy(rsa, { exp: seconds(NOW) })],
    ['for another audience', () => signedBy(rsa, { aud: 'another' })],
  ])('is refused one %s', async (_name, token) => {
    const app = anAppWithKeys(() => publish(rsa, ec));
    expect(await refusal(await app.get(ACTIVE, bearer(await token())))).toEqual(INVALID);
  });

  it('is refused, where a secret is set, what such a key signs', async () => {
    let fetched = 0;
    const app = anApp({
      fetch: async () => {
        fetched++;
        return publish(rsa);
      },
    });
    expect(await refusal(await app.get(ACTIVE, bearer(await signedBy(rsa))))).toEqual(INVALID);
    expect(fetched).toBe(0);
  });

  it('are rotated: a new id has them fetched again, every half minute at most, and a key that went is not trusted', async () => {
    let now = NOW;
    let keys = [rsa];
    const app = anAppWithKeys(
      () => publish(...keys),
      () => now,
    );
    const status = async (key: Key) => (await app.get(ACTIVE, bearer(await signedBy(key)))).status;
    expect(await status(rsa)).toBe(200);
    keys = [later, rsa];
    expect([await status(later), app.fetched()]).toEqual([401, 1]);
    now += 30_000;
    expect([await status(later), await status(rsa), app.fetched()]).toEqual([200, 200, 2]);
    keys = [later];
    now += 60 * 60_000;
    const fresh = { iat: seconds(now), exp: seconds(now) + 60 };
    const withdrawn = await app.get(ACTIVE, bearer(await signedBy(rsa, fresh)));
    expect([withdrawn.status, app.fetched()]).toEqual([401, 3]);
  });

  it.each<[string, () => Response | Promise<Response>]>([
    ['fail', () => new Response('', { status: 500 })],
    ['cannot be reached', () => Promise.reject(new TypeError('Network connection lost.'))],
    ['are no JSON', () => new Response('<!doctype html>')],
    ['are of another kind', () => Response.json({ keys: [{ kid: 'x', kty: 'oct', k: 'c2VjcmV0' }] })],
  ])('are not there: 503, where they %s, and nothing against who asks', async (_name, answer) => {
    const app = anAppWithKeys(answer);
    const response = await app.get(ACTIVE, bearer(await signedBy(rsa)));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await errorsOf(response)).toEqual([['upstream_unavailable', '']]);
    expect(app.logged).toMatchObject([
      { level: 'error', event: 'customer_keys_unavailable', reason: expect.stringMatching(/^shop\.example: ./) },
      { level: 'error', event: 'request', status: 503 },
    ]);
  });
});

describe('whoever publishes the keys', () => {
  const refused = (app: ReturnType<typeof anAppWithKeys>, kid: string) =>
    signedBy(later, {}, { kid }).then(async (token) => (await app.get(ACTIVE, bearer(token))).status);

  it('and fails is left alone for five seconds', async () => {
    let now = NOW;
    let isUp = false;
    const app = anAppWithKeys(
      () => (isUp ? publish(rsa) : new Response('', { status: 500 })),
      () => now,
    );
    for (let kid = 0; kid < 10; kid++) expect(await refused(app, `made-up-${kid}`)).toBe(503);
    expect(app.fetched()).toBe(1);
    isUp = true;
    now += 5_000;
    expect((await app.get(ACTIVE, bearer(await signedBy(rsa)))).status).toBe(200);
    expect(app.fetched()).toBe(2);
  });

  it('is asked by five at once at most, and again when those have vanished', async () => {
    let now = NOW;
    const app = anAppWithKeys(
      () => (now === NOW ? new Promise(() => {}) : publish(rsa)),
      () => now,
    );
    const token = await signedBy(rsa);
    for (let request = 0; request < 5; request++) void app.get(ACTIVE, bearer(token));
    await expect.poll(() => app.fetched()).toBe(5);
    expect((await app.get(ACTIVE, bearer(token))).status).toBe(503);
    expect(app.fetched()).toBe(5);
    now += 3_000;
    expect((await app.get(ACTIVE, bearer(token))).status).toBe(200);
  });
});

async function pemOf({ jwk }: Key): Promise<string> {
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, true, [
    'verify',
  ]);
  const spki = new Uint8Array((await crypto.subtle.exportKey('spki', key)) as ArrayBuffer).toBase64();
  return `-----BEGIN PUBLIC KEY-----\n${spki.replace(/.{64}/g, '$&\n')}\n-----END PUBLIC KEY-----\n`;
}
const macUnder = (kid: string) =>
  new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid }).sign(new TextEncoder().encode(SECRET));
function relabelled(token: string, alg: string): string {
  const [, payload, signature] = token.split('.');
  return [encode({ alg, kid: 'r1' }), payload, signature].join('.');
}

// ------------------------------------------------------------------------------------------------- settings

describe('settings of tokens', () => {
  it('are not needed by Akinon: without them these routes alone are shut, and say why', async () => {
    const app = anApp({ env: { CUSTOMER_TOKEN_SECRET: undefined } });
    expect((await app.request('/ready')).status).toBe(200);
    expect((await app.post('/offers', { basket: { id: 1, version: 1, basketItems: [] } })).status).toBe(200);
    for (const headers of [{}, bearer(await aToken())]) {
      const response = await app.request(ACTIVE, { headers });
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60']);
      expect(await errorsOf(response)).toEqual([['misconfigured', 'CUSTOMER_TOKEN_SECRET']]);
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['CUSTOMER_TOKEN_JWKS_URL', { CUSTOMER_TOKEN_SECRET: SECRET, CUSTOMER_TOKEN_JWKS_URL: JWKS }],
    ['CUSTOMER_TOKEN_SECRET', { CUSTOMER_TOKEN_SECRET: 'x'.repeat(31) }],
    ['CUSTOMER_TOKEN_SECRET', { CUSTOMER_TOKEN_SECRET: 'x'.repeat(31), CUSTOMER_TOKEN_JWKS_URL: JWKS }],
    ['CUSTOMER_TOKEN_SECRET', { CUSTOMER_TOKEN_SECRET: 7 }],
    ['CUSTOMER_TOKEN_JWKS_URL', { CUSTOMER_TOKEN_SECRET: '', CUSTOMER_TOKEN_JWKS_URL: 'http://shop.example/jwks' }],
    ['CUSTOMER_TOKEN_JWKS_URL', { CUSTOMER_TOKEN_JWKS_URL: 'jwks' }],
    ['CUSTOMER_TOKEN_JWKS_URL', { CUSTOMER_TOKEN_JWKS_URL: 'https://me:secret@shop.example/jwks' }],
  ])('are named where they are wrong, and shut the routes: %s', async (setting, env) => {
    const app = anApp({ env });
    expect(await errorsOf(await app.request('/ready'))).toEqual([['misconfigured', setting]]);
    const response = await app.get(ACTIVE);
    expect([response.status, (await errorsOf(response))[0]?.[0]]).toEqual([503, 'misconfigured']);
  });

  it.each<Record<string, unknown>>([
    { CUSTOMER_TOKEN_SECRET: 'x'.repeat(32) },
    { CUSTOMER_TOKEN_SECRET: 'ş'.repeat(16) },
    { CUSTOMER_TOKEN_SECRET: '', CUSTOMER_TOKEN_JWKS_URL: JWKS },
    { CUSTOMER_TOKEN_SECRET: '', CUSTOMER_TOKEN_JWKS_URL: 'http://127.0.0.1:9000/jwks' },
    { CORS_ORIGINS: 'https://www.shop.example, https://shop.example:8443,http://localhost:3000' },
    { CORS_ORIGINS: 'https://www.shop.example/' },
  ])('are right: %j', async (env) => {
    expect((await anApp({ env }).request('/ready')).status).toBe(200);
  });

  it.each([
    '*',
    'null',
    'shop.example',
    'http://shop.example',
    'https://shop.example/path',
    'https://shop.example?x',
    'https://shop.example/#x',
    'https://me@shop.example',
    'https://*.shop.example',
    'https://shop.example,',
    'https://shop.example https://other.example',
    'ftp://shop.example',
    'http://127.0.0.1.evil.test',
  ])('name CORS_ORIGINS when it is %j', async (value) => {
    const response = await anApp({ env: { CORS_ORIGINS: value } }).request('/ready');
    expect(await errorsOf(response)).toEqual([['misconfigured', 'CORS_ORIGINS']]);
  });
});

// ------------------------------------------------------------------------------------------------- CORS

const SHOP = 'https://www.shop.example';
const OTHER = 'https://evil.test';
const corsOf = ({ headers }: Response) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('browsers of a storefront', () => {
  const theApp = () => anApp({ env: { CORS_ORIGINS: `https://m.shop.example,${SHOP}/` } });
  const preflight = (origin: string) => ({
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
  });

  it.each(PATHS)('may ask whether they may: %s', async (path) => {
    const response = await theApp().request(path, preflight(SHOP));
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(Object.fromEntries(response.headers)).toEqual({
      allow: 'GET, HEAD, OPTIONS',
      vary: 'Accept-Language, Origin, Authorization',
      'access-control-allow-origin': SHOP,
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': 'Authorization, Accept-Language',
      'access-control-max-age': '86400',
    });
  });

  it('read every answer, refusals too', async () => {
    const app = theApp();
    const answers: [number, Promise<Response>][] = [
      [200, app.get(ACTIVE, { origin: SHOP })],
      [400, app.get(`${FUTURE}?page=0`, { origin: SHOP })],
      [401, app.request(ACTIVE, { headers: { origin: SHOP } })],
      [404, app.get(`${FUTURE}?page=2`, { origin: SHOP })],
      [405, app.request(ACTIVE, { method: 'POST', headers: { origin: SHOP } })],
    ];
    for (const [status, answer] of answers) {
      const response = await answer;
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([status, SHOP]);
      expect(corsOf(response)).toEqual(['access-control-allow-origin', 'access-control-expose-headers']);
      expect(response.headers.get('vary')).toContain('Origin');
    }
    const broken = anApp({
      env: { CORS_ORIGINS: SHOP, ASSETS: { fetch: async () => new Response('', { status: 404 }) } },
    });
    const response = await broken.get(ACTIVE, { origin: SHOP });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([500, SHOP]);
  });

  it.each([
    OTHER,
    'null',
    'http://www.shop.example',
    `${SHOP}.evil.test`,
    `${SHOP}:8443`,
    'https://WWW.shop.example',
    '',
  ])('of another origin get nothing that lets them read: %j', async (origin) => {
    const app = theApp();
    const asked = await app.request(ACTIVE, preflight(origin));
    const answers = [asked, await app.get(ACTIVE, { origin }), await app.request(ACTIVE, { headers: { origin } })];
    expect(answers.map(({ status }) => status)).toEqual([204, 200, 401]);
    for (const response of answers) {
      expect(corsOf(response)).toEqual([]);
      expect(response.headers.get('vary')).toContain('Origin');
    }
  });

  it('are none where no origin is listed, and Akinon has none', async () => {
    expect(corsOf(await anApp().get(ACTIVE, { origin: SHOP }))).toEqual([]);
    for (const path of ['/offers', '/health', '/ready', '/ops']) {
      expect(corsOf(await theApp().request(path, { headers: { origin: SHOP } }))).toEqual([]);
    }
  });
});

describe('methods and paths', () => {
  it.each(PATHS.flatMap((path) => [path, path.slice(0, -1)]))('405 and 404 need no token: %s', async (path) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const response = await anApp().request(path, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
      expect(await errorsOf(response)).toEqual([['method_not_allowed', '']]);
    }
    for (const other of [`${path}x`, `${path}//`, '/account/', path.toUpperCase()]) {
      const response = await anApp().get(other);
      expect([response.status, await errorsOf(response)]).toEqual([404, [['not_found', '']]]);
    }
  });

  it('know a customer by the token alone', async () => {
    await addAssigned('mine');
    const someone = bearer(await aToken({ phone: '+90 555 999 99 99', email: 'other@shop.example' }));
    for (const query of [`?phone=${encodeURIComponent(PHONE)}`, `?token=${await aToken()}`]) {
      expect((await active(anApp().get(ACTIVE + query, someone))).all_discounts).toEqual([]);
    }
    expect((await page(anApp().get(FUTURE, someone))).count).toBe(0);
  });
});
