import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import errorCodesPage from '../../../docs/error-codes.md?raw';
import openApi from '../../../docs/openapi.json';
import packageJson from '../../../package.json';
import { ERROR_CODES } from '../../../src/akinon/errors.ts';
import { createApp } from '../../../src/app.ts';
import { LATEST_MIGRATION } from '../../../src/ledger/schema.sql.ts';
import { aTestApp, errorsOf } from '../support/http.ts';

const get = (path: string) => aTestApp().request(path);

describe('the public surface', () => {
  it('GET /health says ok and the version, and touches nothing', async () => {
    const broken = { DB: undefined, AKINON_PASSWORD: undefined, CONNECTOR: 'nonsense' };
    const response = await aTestApp({ env: broken }).request('/health');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', version: packageJson.version }]);
  });

  it('GET /error-codes lists every code once, as docs/error-codes.md does', async () => {
    const listed = (await (await get('/error-codes')).json()) as { code: string; status: number; message: string }[];
    expect(listed).toEqual(ERROR_CODES);
    expect(new Set(listed.map(({ code }) => code)).size).toBe(listed.length);
    for (const { code, status, message } of listed) {
      expect(Object.keys(listed[0] ?? {})).toEqual(['code', 'status', 'message']);
      expect(errorCodesPage).toContain(`| \`${code}\` | ${status} | ${message} |`);
    }
  });

  it('GET /openapi.json is docs/openapi.json, with every route of the Worker and no other', async () => {
    const response = await get('/openapi.json');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual(openApi);
    const { routes } = createApp(() => {
      throw new Error('nothing is asked here');
    });
    // The console is for people, and no API.
    const served = routes
      .filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/ops'))
      .map(({ method, path }) => `${method} ${path}`);
    const declared = Object.entries(openApi.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...new Set(served)].sort()).toEqual(declared.sort());
  });

  it.each([
    ['/', 'GET'],
    ['/offers/', 'POST'],
    ['/OFFERS', 'POST'],
    ['//offers', 'POST'],
    ['/offers/../ready/x', 'POST'],
    ['/use-offers%00', 'POST'],
    ['/favicon.ico', 'GET'],
  ])('answers 404 to %s without asking for credentials', async (path, method) => {
    const response = await aTestApp().request(path, { method });
    expect([response.status, await errorsOf(response)]).toEqual([404, [['not_found', '']]]);
  });

  it.each([
    ['/offers', 'GET', 'POST'],
    ['/offers', 'PUT', 'POST'],
    ['/use-offers', 'DELETE', 'POST'],
    ['/use-offers', 'OPTIONS', 'POST'],
    ['/health', 'POST', 'GET, HEAD'],
    ['/ready', 'PATCH', 'GET, HEAD'],
    ['/openapi.json', 'POST', 'GET, HEAD'],
    ['/error-codes', 'DELETE', 'GET, HEAD'],
  ])('answers 405 to %s %s and names what is allowed', async (path, method, allow) => {
    const response = await aTestApp().request(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(await errorsOf(response)).toEqual([['method_not_allowed', '']]);
  });

  it('answers a bug with 500 and nothing about it', async () => {
    const app = aTestApp({
      deps: ({ service }) => ({
        service: Object.defineProperty({ ...service }, 'config', {
          get: () => {
            throw new Error('secret detail');
          },
        }) as typeof service,
      }),
    });
    const response = await app.post('/offers', {});
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain('secret');
    expect(JSON.parse(text).errors[0].code).toBe('internal_error');
    expect(app.logged).toContainEqual(
      expect.objectContaining({ event: 'internal_error', error: 'Error: secret detail' }),
    );
  });
});

describe('GET /ready', () => {
  const ready = async (bindings: Record<string, unknown>) => aTestApp({ env: bindings }).request('/ready');

  it('says ok when settings and storage are right', async () => {
    const response = await ready({});
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it.each([
    ['AKINON_USERNAME', undefined],
    ['AKINON_PASSWORD', ''],
    ['CONNECTOR', 'voucherfy'],
    ['CONNECTOR', ''],
    ['UPSTREAM_TIMEOUT_MS', '1.5s'],
    ['UPSTREAM_TIMEOUT_MS', '0'],
    ['OFFERS_ON_FAILURE', 'retry'],
    ['GUARD_MAX_POINTS', '-1'],
    ['PRIORITY_FIRST', 'first'],
    ['USAGE_TIMEOUT_MS', '0'],
    ['UPSTREAM_MAX_PER_MINUTE', '0'],
    ['OFFERS_CACHE_SECONDS', '3601'],
    ['RETENTION_DAYS', '-1'],
    ['UPSTREAM_URL', 'http://loyalty.example.com'],
    ['UPSTREAM_URL', 'https://me:secret@loyalty.example.com'],
  ])('names %s when it is %j, and never its value', async (setting, value) => {
    const response = await ready({ [setting]: value });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    const text = await response.clone().text();
    expect(await errorsOf(response)).toEqual([['misconfigured', setting]]);
    if (value) expect(text).not.toContain(`"${value}"`);
  });

  it.each([
    `whsec_${'A'.repeat(25)}`,
    `whsec_${'A'.repeat(26)}==`,
    `whsec_${btoa('x'.repeat(23))}`,
    `whsec_${btoa('x'.repeat(65))}`,
    btoa('x'.repeat(32)),
  ])('names ALERT_WEBHOOK_SECRET when it cannot sign: %s', async (secret) => {
    const response = await ready({ ALERT_WEBHOOK_URL: 'https://ops.example.com', ALERT_WEBHOOK_SECRET: secret });
    expect(await errorsOf(response)).toEqual([['misconfigured', 'ALERT_WEBHOOK_SECRET']]);
  });

  it.each([24, 25, 26, 64])('takes a webhook secret of %i bytes', async (bytes) => {
    const settings = {
      ALERT_WEBHOOK_URL: 'https://ops.example.com',
      ALERT_WEBHOOK_SECRET: `whsec_${btoa('x'.repeat(bytes))}`,
    };
    expect((await ready(settings)).status).toBe(200);
  });

  it.each(['ALERT_WEBHOOK_URL', 'ALERT_WEBHOOK_SECRET'])('names what %s is missing', async (present) => {
    const values: Record<string, string> = {
      ALERT_WEBHOOK_URL: 'https://ops.example.com',
      ALERT_WEBHOOK_SECRET: `whsec_${btoa('x'.repeat(32))}`,
    };
    const [missing] = Object.keys(values).filter((name) => name !== present);
    expect(await errorsOf(await ready({ [present]: values[present] }))).toEqual([['misconfigured', missing]]);
    const beside = await errorsOf(await ready({ [present]: values[present], PRIORITY_FIRST: 'x' }));
    expect(beside.map(([, field]) => field)).toEqual(['PRIORITY_FIRST', missing]);
    const wrong = await errorsOf(await ready({ ...values, [present]: 'x' }));
    expect(wrong.map(([, field]) => field)).toEqual([present]);
  });

  it('says in words that a secret is not set or empty', async () => {
    const response = await ready({ AKINON_USERNAME: undefined, AKINON_PASSWORD: '' });
    const { errors } = (await response.json()) as { errors: { message: string }[] };
    expect(errors.map(({ message }) => message)).toEqual(['AKINON_USERNAME is not set.', 'AKINON_PASSWORD is empty.']);
  });

  it('names every wrong setting at once', async () => {
    const response = await ready({ AKINON_PASSWORD: undefined, PRIORITY_FIRST: 'x', CONNECTOR: 'x' });
    expect((await errorsOf(response)).map(([, field]) => field).sort()).toEqual([
      'AKINON_PASSWORD',
      'CONNECTOR',
      'PRIORITY_FIRST',
    ]);
  });

  it('looks for the newest migration that there is', () => {
    expect(env.TEST_MIGRATIONS.at(-1)?.name).toBe(LATEST_MIGRATION);
  });

  it('says storage_unavailable when a migration is missing', async () => {
    await env.DB.prepare('DELETE FROM d1_migrations WHERE name = ?').bind(LATEST_MIGRATION).run();
    const response = await ready({});
    expect([response.status, await errorsOf(response)]).toEqual([503, [['storage_unavailable', '']]]);
  });

  it('says storage_unavailable when the database is empty or gone', async () => {
    await env.DB.prepare('DROP TABLE d1_migrations').run();
    expect((await ready({})).status).toBe(503);
    const gone = {
      prepare: () => {
        throw new Error('D1_ERROR: gone');
      },
    };
    expect(await errorsOf(await ready({ DB: gone }))).toEqual([['storage_unavailable', '']]);
  });

  it('needs CUSTOMER_HASH_KEY only once a campaign is bound to customers', async () => {
    expect((await ready({ CUSTOMER_HASH_KEY: undefined })).status).toBe(200);
    await env.DB.prepare(
      `INSERT INTO campaigns (id, discount_type, label, start_datetime, end_datetime, assigned_only)
       VALUES ('x', 'POINT', '{}', '2025-01-01T00:00:00Z', '2035-01-01T00:00:00Z', 1)`,
    ).run();
    expect(await errorsOf(await ready({ CUSTOMER_HASH_KEY: '' }))).toEqual([['misconfigured', 'CUSTOMER_HASH_KEY']]);
    expect((await ready({})).status).toBe(200);
  });
});

describe('a wrong setting', () => {
  it('stops /offers whatever OFFERS_ON_FAILURE says, after the credentials, and never /use-offers', async () => {
    const app = aTestApp({ env: { CONNECTOR: 'nonsense', OFFERS_ON_FAILURE: 'empty' } });
    const offers = await app.post('/offers', {});
    expect([offers.status, await errorsOf(offers)]).toEqual([503, [['misconfigured', '']]]);
    expect((await app.post('/offers', {}, { authorization: null })).status).toBe(401);
    const usage = { usedDiscounts: ['x'], order: { orderNumber: '1' } };
    expect((await app.post('/use-offers', usage)).status).toBe(200);
    const { results } = await env.DB.prepare('SELECT state FROM used_discounts').all();
    expect(results).toEqual([{ state: 'unrecognised' }]);
  });
});
