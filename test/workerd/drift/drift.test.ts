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
        `${line}.extraArgs.discount other_type number/string`,
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
      '(body) other_type null/object',
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
      version: 'v3',
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
    const logged = app.logged.filter(({ event }) => event === 'contract_drift');
    expect(logged).toHaveLength(201);
    // It is full, and says so; what is no made-up name is seen all the same.
    expect(logged.at(-1)).toMatchObject({ fields: ['(others)'] });
    await app.post('/offers', { ...anOffersRequest({ voucherCode: 5 }), ...madeUp(99_000) });
    await app.post('/offers', anOffersRequest(), { 'x-akinon-api-version': 'v3' });
    expect(await findingsOf(app)).toEqual(
      expect.arrayContaining([
        '(others) unknown_field number/',
        'basket.voucherCode other_type number/string or null',
        'x-akinon-api-version unknown_version string/',
      ]),
    );
    for (const isolate of [1, 2, 3]) {
      const other = await anApp();
      for (let i = 0; i < 15; i++)
        await other.post('/offers', { ...anOffersRequest(), ...madeUp(isolate * 20_000 + i * 1000) });
    }
    expect((await verbose(app)).drift).toHaveLength(MAX_ROWS);
    expect(await findingsOf(app)).toContain('basket.voucherCode other_type number/string or null');
  });

  it.each([
    'jane@person.test',
    `${'x'.repeat(54)}053212345678`,
    `${'x'.repeat(51)} jane.doe@person.test`,
    'Jane Doe, Bagdat Caddesi 5',
    'jane.doe＠person.test',
    '+90 555 111 22 33',
    '05551112233',
    'a\u0000b',
    'x'.repeat(61),
    '',
  ])('never names what may be a person or is no name: %j', async (name) => {
    const app = await anApp();
    await app.post('/offers', { ...anOffersRequest(), [name]: 1 });
    expect(await findingsOf(app)).toEqual(['[name] unknown_field number/']);
  });

  it('names __proto__ and names in any script', async () => {
    const app = await anApp();
    const text = JSON.stringify(anOffersRequest()).replace(/^{/, '{"__proto__":{"x":1},"müşteri_no":1,"$ref":1,');
    expect((await app.post('/offers', text)).status).toBe(200);
    const paths = (await verbose(app)).drift.map(({ path }) => path);
    expect(paths.sort()).toEqual(['$ref', '__proto__', 'müşteri_no']);
  });

  it('is seen within extraArgs, in either shape', async () => {
    const app = await anApp();
    const withArgs = (extraArgs: unknown) =>
      anOffersRequest({ basketItems: [anItem({ appliedDiscounts: [{ discount: { type: 'BASKET', extraArgs } }] })] });
    await app.post(
      '/offers',
      withArgs({ discount: 5, newThing: {}, loyaltyData: { amount: '1', tier: 'x', validFrom: 3 } }),
    );
    const args = 'basket.basketItems[].appliedDiscounts[].discount.extraArgs';
    expect(await findingsOf(app)).toEqual([
      `${args}.discount other_type number/string`,
      `${args}.loyaltyData.tier unknown_field string/`,
      `${args}.loyaltyData.validFrom other_type number/string`,
      `${args}.newThing unknown_field object/`,
    ]);
    await rows('DELETE FROM contract_drift');
    await app.post('/offers', withArgs([{ discount: '5', sampleProducts: [{ id: 1, x: 1 }] }]), V1);
    expect((await findingsOf(app)).filter((text) => text.startsWith(args))).toEqual([
      `${args}.discount other_type string/number`,
      `${args}.sampleProducts[].x unknown_field number/`,
    ]);
  });

  it('of one place hides none of another', async () => {
    const app = await anApp();
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`new${at}`, 1]));
    const { basket, user } = anOffersRequest({ basketItems: [anItem(many)] });
    await app.post('/offers', { basket, user: { ...user, tier: 1 } });
    expect(await findingsOf(app)).toContain('user.tier unknown_field number/');
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
    expect(await response.clone().text()).toContain('OPS_USERS');
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
