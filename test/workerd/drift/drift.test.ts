/** What Akinon sends that the contract does not say: found, counted by path, logged once, shown to ops alone. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { MAX_ROWS } from '../../../src/drift/drift.sql.ts';
import v1OffersRequest from '../../fixtures/akinon/v1-offers-request.json';
import v1UseOffersRequest from '../../fixtures/akinon/v1-use-offers-request.json';
import {
  anItem,
  anOffersRequest,
  aUsageRequest,
  rows,
  theOffersSample,
  theUseOffersSample,
} from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp, BASIC, errorsOf, type TestApp, type TestAppOptions } from '../support/http.ts';

const V1 = { 'x-akinon-api-version': 'v1', 'x-app-device': null };
const PASSWORD = 'pw-of-ayse';
const AS_OPS = `Basic ${btoa(`ayse:${PASSWORD}`)}`;

async function opsUsers(): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`ayse:${PASSWORD}`));
  return `ayse:viewer:${new Uint8Array(digest).toHex()}`;
}

async function anApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { connector } = aScriptedConnector({ offers: [] });
  return aTestApp({ deps: using(connector), ...options, env: { OPS_USERS: await opsUsers(), ...options.env } });
}

async function verbose(app: TestApp) {
  const response = await app.request('/ready?verbose', { headers: { authorization: AS_OPS } });
  return (await response.json()) as { status: string; drift: Record<string, unknown>[] };
}

/** `path problem found/expected` of everything that was counted. */
async function findingsOf(app: TestApp): Promise<string[]> {
  const { drift } = await verbose(app);
  return drift.map(({ path, problem, found, expected }) => `${path} ${problem} ${found}/${expected}`).sort();
}

describe('what the contract says', () => {
  it('is no drift in any documented request of either version', async () => {
    const app = await anApp();
    await app.post('/offers', theOffersSample());
    await app.post('/use-offers', theUseOffersSample());
    await app.post('/offers', v1OffersRequest, V1);
    await app.post('/use-offers', v1UseOffersRequest, V1);
    const user = { phone: '+905', email: ['a@b.test'] };
    const product = { id: 1, sku: 's', name: 'n', attributes: { anything: { goes: [1] } } };
    await app.post('/offers', anOffersRequest({ voucherCode: 'X', basketItems: [anItem({ product })] }, user));
    expect((await verbose(app)).drift).toEqual([]);
    expect(app.logged.filter(({ event }) => event === 'contract_drift')).toEqual([]);
  });

  it('is drift in the other version', async () => {
    const app = await anApp();
    await app.post('/offers', v1OffersRequest);
    const item = 'basket.basketItems[]';
    const line = `${item}.appliedDiscounts[].discount`;
    expect(await findingsOf(app)).toEqual(
      [
        `${item}.consumedQuantity unknown_field number/`,
        ...['unitPrice', 'taxRate', 'totalAmount', 'discountAmount', 'globallyConsumedQuantity'].map(
          (name) => `${item}.${name} other_type number/string`,
        ),
        `${line}.discountedBasketItems[].quantity other_type number/string`,
        `${line}.conditionConsumedBasketItems[].consumedQuantity unknown_field number/`,
        `${line}.conditionConsumedBasketItems[].globallyConsumedQuantity unknown_field number/`,
        `${line}.extraArgs other_type array/object`,
        `${item}.product.attributes other_type array/object`,
      ].sort(),
    );
    const inV1 = await anApp();
    await rows('DELETE FROM contract_drift');
    await inV1.post('/offers', { ...theOffersSample(), basket: { ...theOffersSample().basket, basketItems: [] } }, V1);
    await inV1.post('/use-offers', { ...theUseOffersSample(), basket: { id: 1, version: 1, basketItems: [] } }, V1);
    expect(await findingsOf(inV1)).toEqual(['basket.voucherCode unknown_field null/', 'order unknown_field object/']);
  });
});

describe('drift', () => {
  it('is named by path and JSON type, wherever it stands, with no value of it anywhere', async () => {
    const app = await anApp();
    const item = anItem({
      giftWrap: 'SECRET',
      unitPrice: 77.125,
      quantity: '1',
      product: { ...anItem().product, tags: ['SECRET'] },
    });
    const { basket, user } = anOffersRequest({ basketItems: [item, anItem({ id: 2, giftWrap: true })], channel: null });
    await app.post('/offers', {
      basket,
      user: { ...user, tier: { name: 'SECRET' }, phone: 5551112233 },
      next: 'SECRET',
    });
    expect(await findingsOf(app)).toEqual([
      'basket.basketItems[].giftWrap unknown_field boolean/',
      'basket.basketItems[].giftWrap unknown_field string/',
      'basket.basketItems[].product.tags unknown_field array/',
      'basket.basketItems[].quantity other_type string/number',
      'basket.basketItems[].unitPrice other_type number/string',
      'basket.channel unknown_field null/',
      'next unknown_field string/',
      'user.phone other_type number/string or null',
      'user.tier unknown_field object/',
    ]);
    expect(JSON.stringify([await verbose(app), app.logged, await rows('SELECT * FROM contract_drift')])).not.toMatch(
      /SECRET|77\.125|5551112233/,
    );
  });

  it('is found in requests that are refused too, and in those of no known version, but not without credentials', async () => {
    const app = await anApp();
    expect((await app.post('/offers', { basket: { id: '7', basketItems: {} }, cart: 1 })).status).toBe(400);
    expect((await app.post('/use-offers', { usedDiscounts: 'a', coupon: 1 })).status).toBe(400);
    expect((await app.post('/offers', anOffersRequest(), { 'x-akinon-api-version': 'v3' })).status).toBe(400);
    await app.post('/offers', { secretly: 1 }, { authorization: null });
    await app.post('/offers', 'null');
    expect(await findingsOf(app)).toEqual([
      ' other_type null/object',
      'basket.basketItems other_type object/array',
      'basket.id other_type string/number',
      'cart unknown_field number/',
      'coupon unknown_field number/',
      'usedDiscounts other_type string/array',
      'x-akinon-api-version unknown_version string/',
    ]);
    const { drift } = await verbose(app);
    expect(drift.find(({ path }) => path === 'coupon')).toMatchObject({ version: 'v2', route: '/use-offers' });
    expect(drift.find(({ path }) => path === 'x-akinon-api-version')).toMatchObject({
      version: 'other',
      route: '/offers',
    });
  });

  it('is logged once for each path and isolate, and counted each time', async () => {
    let now = Date.parse('2026-11-25T10:00:00Z');
    const app = await anApp({ now: () => now });
    for (let i = 0; i < 5; i++) {
      await app.post('/offers', anOffersRequest({ extra: i }));
      now += 1000;
    }
    const logged = app.logged.filter(({ event }) => event === 'contract_drift');
    expect(logged).toEqual([
      expect.objectContaining({ version: 'v2', route: '/offers', fields: ['basket.extra'], reason: 'unknown_field' }),
    ]);
    expect((await verbose(app)).drift).toEqual([
      {
        ...{
          version: 'v2',
          route: '/offers',
          path: 'basket.extra',
          problem: 'unknown_field',
          found: 'number',
          expected: '',
        },
        ...{ count: 5, firstSeenAt: '2026-11-25T10:00:00.000Z', lastSeenAt: '2026-11-25T10:00:04.000Z' },
      },
    ]);
  });

  it('is stored at once when it is new and every ten minutes after that, and shown from every isolate', async () => {
    let now = 1_800_000_000_000;
    const stored = async () =>
      (await rows<{ count: number }>('SELECT count FROM contract_drift')).map(({ count }) => count);
    const [one, other] = [await anApp({ now: () => now }), await anApp({ now: () => now })];
    const send = (app: TestApp) => app.post('/use-offers', aUsageRequest({ extra: 1 }));
    await send(one);
    expect(await stored()).toEqual([1]);
    await send(one);
    await send(one);
    expect(await stored()).toEqual([1]);
    await send(other);
    expect(await stored()).toEqual([2]);
    now += 10 * 60 * 1000;
    await send(one);
    expect(await stored()).toEqual([5]);
    await send(one);
    // Whoever asks brings what it holds itself.
    expect((await verbose(other)).drift).toMatchObject([{ count: 5 }]);
    expect((await verbose(one)).drift).toMatchObject([{ count: 6 }]);
  });

  it('fills neither log nor storage, whatever names a caller makes up', async () => {
    const app = await anApp();
    const madeUp = (from: number) =>
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field-${'x'.repeat(i % 7)}${from + i}`, i]));
    for (let i = 0; i < 15; i++) await app.post('/offers', { ...anOffersRequest(), ...madeUp(i * 1000) });
    expect(app.logged.filter(({ event }) => event === 'contract_drift').length).toBeLessThanOrEqual(200);
    const other = await anApp();
    for (let i = 20; i < 35; i++) await other.post('/offers', { ...anOffersRequest(), ...madeUp(i * 1000) });
    expect((await verbose(other)).drift).toHaveLength(MAX_ROWS);
  });

  it('never names a person, a prototype or a control character', async () => {
    const app = await anApp();
    const text = JSON.stringify(anOffersRequest()).replace(
      /^{/,
      `{"__proto__":{"x":1},"jane@person.test":1,"+90 555 111 22 33":1,"a\\u0000\\nb":1,"${'long'.repeat(500)}":1,`,
    );
    expect((await app.post('/offers', text)).status).toBe(200);
    const paths = (await verbose(app)).drift.map(({ path }) => path).sort();
    expect(paths).toEqual(['[e-mail]', '[number]', '__proto__', 'ab', 'long'.repeat(15)].sort());
  });

  it('goes when it was not seen for 90 days, as soon as another comes', async () => {
    let now = 1_800_000_000_000;
    const app = await anApp({ now: () => now });
    await app.post('/offers', { ...anOffersRequest(), old: 1 });
    now += 91 * 24 * 60 * 60 * 1000;
    await app.post('/offers', { ...anOffersRequest(), young: 1 });
    expect((await verbose(app)).drift).toMatchObject([{ path: 'young' }]);
  });

  it('costs no request its answer when it cannot be stored', async () => {
    const app = await anApp();
    await env.DB.prepare('DROP TABLE contract_drift').run();
    expect((await app.post('/offers', { ...anOffersRequest(), extra: 1 })).status).toBe(200);
    expect((await app.post('/use-offers', aUsageRequest({ extra: 1 }))).status).toBe(200);
    expect(app.logged.map(({ event }) => event)).toContain('drift_not_stored');
    expect(await verbose(app)).toEqual({ status: 'ok', drift: null });
  });
});

describe('GET /ready?verbose', () => {
  const ask = async (app: TestApp, authorization?: string, path = '/ready?verbose') =>
    app.request(path, authorization === undefined ? {} : { headers: { authorization } });

  it('is closed while OPS_USERS is unset, and /ready is not', async () => {
    const app = await anApp({ env: { OPS_USERS: '' } });
    for (const authorization of [undefined, AS_OPS, BASIC]) {
      const response = await ask(app, authorization);
      expect([response.status, await errorsOf(response)]).toEqual([503, [['misconfigured', 'OPS_USERS']]]);
      expect(response.headers.has('retry-after')).toBe(true);
    }
    expect((await ask(app, undefined, '/ready')).status).toBe(200);
  });

  it.each([
    ['nothing', undefined],
    ["Akinon's credentials", BASIC],
    ['a wrong password', `Basic ${btoa('ayse:wrong')}`],
    ['an unknown name', `Basic ${btoa(`mehmet:${PASSWORD}`)}`],
    ['the digest in place of the password', 'digest'],
  ])('answers 401 with a challenge to %s', async (_name, authorization) => {
    const digest = (await opsUsers()).split(':')[2];
    const sent = authorization === 'digest' ? `Basic ${btoa(`ayse:${digest}`)}` : authorization;
    const response = await ask(await anApp(), sent);
    expect([response.status, await errorsOf(response)]).toEqual([401, [['authentication_failed', '']]]);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it('does not let ops users into the routes of Akinon', async () => {
    const response = await (await anApp()).post('/offers', anOffersRequest(), { authorization: AS_OPS });
    expect(response.status).toBe(401);
  });

  it('says what is wrong like /ready, and the drift beside it', async () => {
    const app = await anApp({ env: { PRIORITY_FIRST: 'x' }, deps: () => ({}) });
    const response = await ask(app, AS_OPS);
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { errors: [{ code: 'misconfigured', field: 'PRIORITY_FIRST' }], drift: [] },
    ]);
    expect(response.headers.has('retry-after')).toBe(true);
  });

  it('shows nothing of the drift without ?verbose', async () => {
    const app = await anApp();
    await app.post('/offers', { ...anOffersRequest(), extra: 1 });
    expect(await (await ask(app, AS_OPS, '/ready')).json()).toEqual({ status: 'ok' });
  });

  it.each([
    'ayse',
    'ayse:viewer',
    `ayse:admin:${'0'.repeat(64)}`,
    `ayse:viewer:${'0'.repeat(63)}`,
    `ayse:viewer:${'F'.repeat(64)}`,
    `a b:viewer:${'0'.repeat(64)}`,
    `ayse:viewer:${'0'.repeat(64)},ayse:operator:${'1'.repeat(64)}`,
    `ayse:viewer:${'0'.repeat(64)},`,
  ])('names OPS_USERS as wrong when it is %j', async (value) => {
    const app = await anApp({ env: { OPS_USERS: value } });
    const response = await ask(app, undefined, '/ready');
    expect(await errorsOf(response)).toEqual([['misconfigured', 'OPS_USERS']]);
    expect((await ask(app, AS_OPS)).status).toBe(503);
  });
});
