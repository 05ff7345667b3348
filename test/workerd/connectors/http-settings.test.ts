import { describe, expect, it } from 'vitest';
import { secretReader } from '../../../src/config.ts';
import { createHttpConnector } from '../../../src/connectors/http/connector.ts';
import { createConnector } from '../../../src/connectors/registry.ts';
import { aCrm, CRM_TOKEN } from '../../support/fakes/crm-fake.ts';
import { EXAMPLES } from '../../support/fakes/examples.ts';
import type { UpstreamAuth } from '../../support/upstream/auth.ts';
import { anItem, anOffersRequest } from '../support/builders.ts';
import { aTestApp, errorsOf } from '../support/http.ts';
import { aBridge, BASE, settingsOf } from './bridge.ts';
import { aCommit, aQuestion } from './order.ts';

const URL_SET = { UPSTREAM_URL: BASE };

function problemsOf(vars: Record<string, string>): string[] {
  const created = createHttpConnector(settingsOf(vars), secretReader(vars));
  if (!('problems' in created)) return [];
  const text = JSON.stringify(created.problems);
  for (const secret of [vars.UPSTREAM_TOKEN, vars.UPSTREAM_PASSWORD]) if (secret) expect(text).not.toContain(secret);
  return created.problems.map(({ setting }) => setting);
}

describe('http: settings', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['no URL', {}, ['UPSTREAM_URL']],
    ['a query', { UPSTREAM_URL: `${BASE}/api?tenant=1` }, ['UPSTREAM_URL']],
    ['a fragment', { UPSTREAM_URL: `${BASE}/api#x` }, ['UPSTREAM_URL']],
    ['bearer without its token', { ...URL_SET, UPSTREAM_AUTH: 'bearer' }, ['UPSTREAM_TOKEN']],
    ['header without both', { ...URL_SET, UPSTREAM_AUTH: 'header' }, ['UPSTREAM_HEADER', 'UPSTREAM_TOKEN']],
    ['basic without both', { ...URL_SET, UPSTREAM_AUTH: 'basic' }, ['UPSTREAM_USERNAME', 'UPSTREAM_PASSWORD']],
    ['no URL and no token', { UPSTREAM_AUTH: 'bearer' }, ['UPSTREAM_URL', 'UPSTREAM_TOKEN']],
  ])('names what is wrong: %s', (_, vars, settings) => {
    expect(problemsOf(vars)).toEqual(settings);
  });

  it.each<[Record<string, string>]>([
    [{ UPSTREAM_URL: 'http://loyalty.test' }],
    [{ ...URL_SET, UPSTREAM_AUTH: 'escher' }],
  ])('does not name again what has a problem of its own: %j', (vars) => {
    expect(createHttpConnector(settingsOf(vars), secretReader(vars))).toEqual({ problems: [] });
  });

  it.each(['tok\nen', 'token\r\n', ' token', 'token ', 'tökèn', 'tok\u0000en'])('refuses the token %j', (token) => {
    expect(problemsOf({ ...URL_SET, UPSTREAM_AUTH: 'bearer', UPSTREAM_TOKEN: token })).toEqual(['UPSTREAM_TOKEN']);
  });

  it.each(['x api key', 'x-api-key:', 'schlüssel', 'x\n', 'Content-Type', 'idempotency-key', 'HOST', 'user-agent'])(
    'refuses the header name %j',
    (header) => {
      const vars = { ...URL_SET, UPSTREAM_AUTH: 'header', UPSTREAM_TOKEN: 'secret-1', UPSTREAM_HEADER: header };
      expect(problemsOf(vars)).toEqual(['UPSTREAM_HEADER']);
    },
  );

  it.each([
    ['a:b', 'secret-1', 'UPSTREAM_USERNAME'],
    ['a\tb', 'secret-1', 'UPSTREAM_USERNAME'],
    ['a', 'secret-1\n', 'UPSTREAM_PASSWORD'],
  ])('refuses the Basic credentials %j and %j', (username, password, setting) => {
    const vars = { ...URL_SET, UPSTREAM_AUTH: 'basic', UPSTREAM_USERNAME: username, UPSTREAM_PASSWORD: password };
    expect(problemsOf(vars)).toEqual([setting]);
  });

  it.each([
    ['https://loyalty.test', '', ''],
    ['https://loyalty.test/', '', ''],
    ['https://loyalty.test/api/v1', '/api/v1', ''],
    ['https://loyalty.test/api/v1//', '/api/v1', ''],
    ['http://localhost:8790/api', '/api', ''],
  ])('calls /offers and /usages below %s', async (url, basePath) => {
    const { upstream, connector, ctx } = aBridge({ basePath, vars: { UPSTREAM_URL: url } });
    await connector.queryOffers(aQuestion(), ctx);
    await connector.commitUsage(await aCommit({ question: aQuestion(), basketState: undefined }, ['a']), ctx);
    expect(upstream.calls.all.map(({ path, status }) => [path, status])).toEqual([
      [`${basePath}/offers`, 200],
      [`${basePath}/usages`, 200],
    ]);
  });

  it('is chosen by CONNECTOR, and /ready names what it lacks', async () => {
    const app = aTestApp({ env: { CONNECTOR: 'http', UPSTREAM_AUTH: 'bearer' } });
    expect(await errorsOf(await app.request('/ready'))).toEqual([
      ['misconfigured', 'UPSTREAM_URL'],
      ['misconfigured', 'UPSTREAM_TOKEN'],
    ]);
    const deps = { db: {} as D1Database, settings: settingsOf(URL_SET), secretOf: () => undefined };
    expect(createConnector('http', deps)).toMatchObject({ connector: { name: 'http' } });
  });
});

describe('http: MAPPING', () => {
  it('is the name of a mapping, or a problem that says which there are', async () => {
    const vars = { ...URL_SET, MAPPING: 'in-house-crm', CRM_TOKEN };
    expect(createHttpConnector(settingsOf(vars), secretReader(vars))).toMatchObject({
      connector: { name: 'http:in-house-crm' },
    });
    const app = aTestApp({ env: { CONNECTOR: 'http', MAPPING: 'in_house_crm', UPSTREAM_URL: BASE } });
    const { errors } = (await (await app.request('/ready')).json()) as { errors: { field: string; message: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(['MAPPING']);
    for (const name of Object.keys(EXAMPLES)) expect(errors[0]?.message).toContain(name);
  });

  it('needs a URL and the secrets that it names, whatever UPSTREAM_AUTH says', () => {
    expect(problemsOf({ MAPPING: 'oauth-promotions', UPSTREAM_AUTH: 'bearer' })).toEqual([
      'UPSTREAM_URL',
      'PROMOTIONS_CLIENT_ID',
      'PROMOTIONS_CLIENT_SECRET',
    ]);
  });

  it('shows Akinon what the upstream offers, and keeps checkout going without', async () => {
    const crm = aCrm();
    const env = { CONNECTOR: 'http', MAPPING: 'in-house-crm', UPSTREAM_URL: 'https://crm.test/api', CRM_TOKEN };
    const app = aTestApp({ env, fetch: crm.fetch });
    const response = await app.post('/offers', anOffersRequest());
    const offers = (await response.json()) as { discount: { id: string } }[];
    expect(offers.map(({ discount }) => discount.id)).toEqual(['crm-ten', 'crm-points', 'crm-shipping']);
    crm.faults.answerNext(500);
    const without = await app.post('/offers', anOffersRequest({ version: 2 }));
    expect([without.status, await without.json()]).toEqual([200, []]);
  });
});

describe('http: behind the Worker', () => {
  it.each([
    [{}, ['spring-10', 'points', 'sample', 'free-shipping']],
    [{ voucherCode: 'bridge50' }, ['spring-10', 'points', 'sample', 'free-shipping', 'voucher-bridge50']],
  ])('shows Akinon what the upstream offers to %j', async (basket, ids) => {
    const { fetch } = aBridge();
    const app = aTestApp({ env: { CONNECTOR: 'http', UPSTREAM_URL: BASE }, fetch });
    const response = await app.post('/offers', anOffersRequest({ basketItems: [anItem()], ...basket }));
    const offers = (await response.json()) as { discount: { id: string } }[];
    expect([response.status, offers.map(({ discount }) => discount.id)]).toEqual([200, ids]);
  });
});

describe('http: who we are', () => {
  const KINDS: [UpstreamAuth, Record<string, string>][] = [
    [{ kind: 'none' }, {}],
    [{ kind: 'bearer', token: 'tok-1' }, { UPSTREAM_TOKEN: 'tok-1' }],
    [
      { kind: 'header', header: 'X-Api-Key', token: 'ApiKey-v1 tok-1' },
      { UPSTREAM_HEADER: 'X-Api-Key', UPSTREAM_TOKEN: 'ApiKey-v1 tok-1' },
    ],
    [
      { kind: 'basic', username: 'mağaza', password: 'şifre:€' },
      { UPSTREAM_USERNAME: 'mağaza', UPSTREAM_PASSWORD: 'şifre:€' },
    ],
  ];

  it.each(KINDS)('is told as the upstream demands: $kind', async (auth, vars) => {
    const { upstream, connector, ctx } = aBridge({ auth, vars: { ...vars, UPSTREAM_AUTH: auth.kind } });
    const commit = await aCommit({ question: aQuestion(), basketState: undefined }, ['a']);
    expect(await connector.queryOffers(aQuestion(), ctx)).toHaveProperty('offers');
    expect(await connector.commitUsage(commit, ctx)).toHaveProperty('outcomes');

    upstream.auth = { kind: 'bearer', token: 'rotated' };
    expect(await connector.queryOffers(aQuestion(), ctx)).toMatchObject({ failed: 'error' });
    expect(await connector.commitUsage(commit, ctx)).toMatchObject({ failed: 'paused', cause: 'credentials' });
  });

  it('sends no credentials where none are set up', async () => {
    const { upstream, connector, ctx } = aBridge({ vars: { UPSTREAM_TOKEN: 'left-over' } });
    await connector.queryOffers(aQuestion(), ctx);
    expect(JSON.stringify(upstream.calls.all)).not.toContain('left-over');
    expect(upstream.calls.all[0]?.headers).not.toHaveProperty('authorization');
  });
});
