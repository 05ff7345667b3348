/** What a customer is shown: shape, dates, whose, currency, pages and languages. */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashCustomer } from '../../../src/connectors/catalog/customers.ts';
import { CATALOG_ERASURES } from '../../../src/connectors/catalog/erase-customers.sql.ts';
import labels from '../../../src/public/account/labels.json';
import activeSample from '../../fixtures/akinon/basket-offers-response.json';
import expiredSample from '../../fixtures/akinon/expired-basket-offers-response.json';
import futureSample from '../../fixtures/akinon/future-basket-offers-response.json';
import { differences } from '../../support/structure.ts';
import { addCampaign, assign, HASH_KEY } from '../connectors/catalog-campaigns.ts';
import { loadDemoCatalog, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { errorsOf } from '../support/http.ts';
import {
  ACTIVE,
  ADA,
  active,
  addAssigned,
  addEverything,
  anApp,
  aToken,
  codesOf,
  EXPIRED,
  FUTURE,
  NOW,
  PATHS,
  PERCENT,
  PHONE,
  page,
  SHIPPING,
} from './customer.ts';

describe("the shape of Akinon's samples", () => {
  it.each([
    [ACTIVE, activeSample],
    [EXPIRED, expiredSample],
    [FUTURE, futureSample],
  ])('is that of %s', async (path, sample) => {
    await addEverything();
    // The sample has a page behind it.
    for (let more = 0; more < 9; more++) {
      await addAssigned(`old-${more}`, {
        ...{ end_datetime: '2026-09-01T00:00:00Z', condition_type: 'Amount', condition_value: '90' },
      });
    }
    const response = await anApp().get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const answer = await response.json();
    expect(differences(sample, answer)).toEqual([]);
    // `null` in the sample stands for anything there: what it may be is said here.
    const { results, all_discounts } = answer as { results?: unknown[]; all_discounts?: unknown[] };
    const percentages = (results ?? all_discounts ?? []).map((offer) => (offer as { percentage: unknown }).percentage);
    expect(percentages).toContain(null);
    expect(percentages.filter((it) => it !== null).every((it) => typeof it === 'number')).toBe(true);
  });

  it('is made of numbers, lower and upper case, and words in the language', async () => {
    await addAssigned('fixed', {
      label: '{"en":"Thanks: {amount} {currency}"}',
      ...{ amount: '200.50', condition_type: 'Amount', condition_value: '90.0' },
    });
    const answer = await active(anApp().get(ACTIVE, { 'accept-language': 'en' }));
    const offer = {
      label: 'Thanks: 200.50 TRY',
      amount: 200.5,
      percentage: null,
      end_datetime: '2026-12-31T23:59:59Z',
      start_datetime: '2026-01-01T00:00:00Z',
      currency: { value: 'try', label: 'TRY' },
      voucher_code: 'FIXED',
      status: { value: 'active', label: 'Active' },
      offer_type: { value: 'coupon_code', label: 'Coupon Code' },
      condition: { type: 'Amount', value: 90 },
      benefit_type: { value: 'fixed', label: 'Fixed' },
    };
    expect(answer).toEqual({ total_discount: 200.5, discounts: [offer], all_discounts: [offer] });
  });

  it('has 0 for an amount and null for a percentage, a code or a condition that there is none of', async () => {
    await addAssigned('percent', { ...PERCENT, percentage: '12.5', amount: '7.00' });
    await addCampaign('automatic', { ...SHIPPING, end_datetime: '2027-01-01T00:00:00Z' });
    await assign('automatic', ADA);
    const { all_discounts } = await active(anApp().get(ACTIVE));
    expect(all_discounts).toMatchObject([
      { amount: 0, percentage: 12.5, voucher_code: 'PERCENT', condition: null, benefit_type: { value: 'percentage' } },
      {
        ...{
          amount: 0,
          percentage: null,
          voucher_code: null,
          condition: null,
          benefit_type: { value: 'shipping_free' },
        },
        ...{ offer_type: { value: 'automatic' }, currency: { value: 'try', label: 'TRY' } },
      },
    ]);
  });
});

describe('active offers', () => {
  it('are all of them, the fixed ones again, and the sum of these', async () => {
    await addEverything();
    const { total_discount, discounts, all_discounts } = await active(anApp().get(ACTIVE));
    // Soonest end first, then by id.
    expect(codesOf(all_discounts)).toEqual(['FIXED', 'PERCENT', 'SHIPPING', 'WELCOME']);
    expect(codesOf(discounts)).toEqual(['FIXED', 'WELCOME']);
    expect(total_discount).toBe(350.1);
  });

  it('are added up exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { maxLength: 6 }), async (minors) => {
        await env.DB.batch([env.DB.prepare('DELETE FROM campaign_customers'), env.DB.prepare('DELETE FROM campaigns')]);
        for (const [index, minor] of minors.entries()) {
          await addAssigned(`c${index}`, {
            amount: `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`,
          });
        }
        const { total_discount, discounts } = await active(anApp().get(ACTIVE));
        const sum = minors.reduce((total, minor) => total + minor, 0);
        const text = `${Math.trunc(sum / 100)}.${String(sum % 100).padStart(2, '0')}`;
        expect([total_discount, discounts.length]).toEqual([Number(text), minors.length]);
      }),
      { numRuns: 15 },
    );
  });

  it('are none for who has none', async () => {
    const none = { total_discount: 0, discounts: [], all_discounts: [] };
    expect(await active(anApp().get(ACTIVE))).toEqual(none);
  });
});

describe('dates', () => {
  const at = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  it.each([
    ['that begins now', 0, 3600, ACTIVE],
    ['that begins in a second', 1, 3600, FUTURE],
    ['that ends now', -3600, 0, ACTIVE],
    ['that ended a second ago', -3600, -1, EXPIRED],
  ])('put an offer %s into one list', async (_name, start, end, list) => {
    await addAssigned('it', { start_datetime: at(NOW + start * 1000), end_datetime: at(NOW + end * 1000) });
    const app = anApp();
    for (const path of PATHS) {
      const body = (await (await app.get(path)).json()) as { count?: number; all_discounts?: unknown[] };
      expect([path, body.count ?? body.all_discounts?.length]).toEqual([path, path === list ? 1 : 0]);
    }
  });
});

describe('whose offers', () => {
  const someone = { ...ADA, phone: '+90 555 999 99 99', emails: ['other@shop.example'] };
  it('are listed: those that are assigned to the customer, whether others may use them or not', async () => {
    await addAssigned('mine', { assigned_only: 1 });
    await addAssigned('shared');
    await assign('shared', someone);
    await addAssigned('theirs', {}, someone);
    await addCampaign('everybodys', { voucher_code: 'EVERYBODYS' });
    expect(codesOf((await active(anApp().get(ACTIVE))).all_discounts)).toEqual(['MINE', 'SHARED']);
  });

  it('is known by phone or e-mail, however they are written, and an offer is listed once', async () => {
    await addAssigned('by-both');
    await addAssigned('by-phone', {}, { ...ADA, emails: [] });
    await addAssigned('by-email', {}, { ...ADA, phone: null });
    const app = anApp();
    const codes = async (more: Record<string, unknown>) => {
      const authorization = `Bearer ${await aToken({ phone: undefined, email: undefined, ...more })}`;
      return codesOf((await active(app.get(ACTIVE, { authorization }))).all_discounts);
    };
    expect(await codes({ phone: PHONE, email: ADA.emails[0] })).toEqual(['BY-BOTH', 'BY-EMAIL', 'BY-PHONE']);
    expect(await codes({ phone: '905551112233' })).toEqual(['BY-BOTH', 'BY-PHONE']);
    expect(await codes({ email: ' ADA@Shop.Example ', phone: null })).toEqual(['BY-BOTH', 'BY-EMAIL']);
    expect(await codes({ email: 'bob@shop.example', phone: '' })).toEqual([]);
  });

  it('are of money, percent or shipping, and of nothing else', async () => {
    await addAssigned('point', { discount_type: 'POINT', benefit_type: null, amount: null, currency: null });
    await addAssigned('deferred', {
      ...{ discount_type: 'DEFERRED', benefit_type: null, amount: null, currency: null },
      extra_args: '{"data":{"coupon":"X"}}',
    });
    expect((await active(anApp().get(ACTIVE))).all_discounts).toEqual([]);
  });

  it('are in the currency of the token, whatever its case, or in any', async () => {
    await addAssigned('lira');
    await addAssigned('euro', { currency: 'EUR' });
    await addAssigned('any', { ...PERCENT, percentage: '5', currency: null });
    const authorization = `Bearer ${await aToken({ currency: 'eur' })}`;
    const { all_discounts, total_discount } = await active(anApp().get(ACTIVE, { authorization }));
    expect(codesOf(all_discounts)).toEqual(['ANY', 'EURO']);
    expect(all_discounts.map(({ currency }) => currency)).toEqual(Array(2).fill({ value: 'eur', label: 'EUR' }));
    expect(total_discount).toBe(10);
  });

  it('are gone once the customer is erased', async () => {
    await addEverything();
    const app = anApp();
    expect((await active(app.get(ACTIVE))).all_discounts).toHaveLength(4);
    const [erasure] = CATALOG_ERASURES;
    const hashes = JSON.stringify(await hashCustomer(ADA, HASH_KEY));
    await env.DB.prepare(`DELETE FROM ${erasure?.table} WHERE ${erasure?.where}`).bind('[]', '[]', hashes, '[]').run();
    expect((await active(app.get(ACTIVE))).all_discounts).toEqual([]);
    for (const path of [EXPIRED, FUTURE]) expect((await page(app.get(path))).count).toBe(0);
  });

  it('that cannot be read are left out, and counted nowhere', async () => {
    await addAssigned('good');
    await addAssigned('amount', { amount: '1.2.3' });
    await addAssigned('dot', { amount: '1.' });
    await addAssigned('point', { amount: '.5' });
    await addAssigned('empty', { amount: '' });
    await addAssigned('nul', { amount: '5\u0000x' });
    await addAssigned('long', { amount: '1'.repeat(41) });
    await addAssigned('share', { ...PERCENT, percentage: '5.5.5' });
    await addAssigned('condition', { condition_type: 'Amount', condition_value: '..' });
    await addAssigned('label', { label: '{"tr":7}' });
    const ended = { end_datetime: '2026-11-01T00:00:00Z' };
    await addAssigned('past', ended);
    await addAssigned('broken', { ...ended, amount: '1.2.3' });
    expect(codesOf((await active(anApp().get(ACTIVE))).all_discounts)).toEqual(['GOOD']);
    expect(await page(anApp().get(EXPIRED))).toMatchObject({ count: 1, results: [{ voucher_code: 'PAST' }] });
  });
});

describe('the status of an offer', () => {
  it('is that of its list, in the language', async () => {
    await addAssigned('now');
    await addAssigned('over', { end_datetime: '2026-11-01T00:00:00Z' });
    await addAssigned('later', { start_datetime: '2027-01-01T00:00:00Z', end_datetime: '2027-12-31T00:00:00Z' });
    const german = { 'accept-language': 'de' };
    const statuses = await Promise.all([
      active(anApp().get(ACTIVE, german)).then(({ all_discounts: [offer] }) => offer?.status),
      ...[EXPIRED, FUTURE].map((path) => page(anApp().get(path, german)).then(({ results: [offer] }) => offer?.status)),
    ]);
    expect(statuses).toEqual([
      { value: 'active', label: 'Aktiv' },
      { value: 'expired', label: 'Abgelaufen' },
      { value: 'future', label: 'Demnächst' },
    ]);
  });
});

describe('the slash at the end', () => {
  it('may be left out, and links leave it out then', async () => {
    for (const day of ['01', '02']) await addAssigned(`d${day}`, { end_datetime: `2026-11-${day}T00:00:00Z` });
    expect(await page(anApp().get('/account/expired-basket-offers?page_size=1'))).toMatchObject({
      next: 'https://adapter.test/account/expired-basket-offers?page=2&page_size=1',
    });
  });
});

describe('pages', () => {
  const ended = (day: number) => ({ end_datetime: `2026-11-${String(day).padStart(2, '0')}T00:00:00Z` });
  const add = async (count: number) => {
    for (let day = 1; day <= count; day++) await addAssigned(`d${String(day).padStart(2, '0')}`, ended(day));
  };
  const codes = (from: number, to: number) =>
    Array.from({ length: from - to + 1 }, (_, index) => `D${String(from - index).padStart(2, '0')}`);

  it('hold ten, newest end first, and lead to each other at the address of the request', async () => {
    await add(23);
    const app = anApp();
    const here = 'https://adapter.test/account/expired-basket-offers/';
    const first = await page(app.get(EXPIRED));
    expect(first).toMatchObject({ count: 23, next: `${here}?page=2`, previous: null });
    expect(codesOf(first.results)).toEqual(codes(23, 14));
    const second = await page(app.get(`${EXPIRED}?page=2`));
    expect(second).toMatchObject({ count: 23, next: `${here}?page=3`, previous: `${here}?page=1` });
    expect(codesOf(second.results)).toEqual(codes(13, 4));
    const third = await page(app.get(`${EXPIRED}?page=3`));
    expect(third).toMatchObject({ count: 23, next: null, previous: `${here}?page=2` });
    expect(codesOf(third.results)).toEqual(codes(3, 1));
  });

  it('keep the size that was asked for, and nothing else of the query', async () => {
    await add(5);
    const app = anApp();
    const here = 'https://adapter.test/account/expired-basket-offers/';
    expect(await page(app.get(`${EXPIRED}?page_size=2&page=2&utm=x`))).toMatchObject({
      ...{ count: 5, next: `${here}?page=3&page_size=2`, previous: `${here}?page=1&page_size=2` },
      results: [{ voucher_code: 'D03' }, { voucher_code: 'D02' }],
    });
    expect(await page(app.get(`${EXPIRED}?page_size=5`))).toMatchObject({ count: 5, next: null, previous: null });
    expect((await page(app.get(`${EXPIRED}?page_size=100`))).results).toHaveLength(5);
  });

  it('are in order of beginning for what is to come', async () => {
    const from = (start: string) => ({ start_datetime: start, end_datetime: '2027-12-31T00:00:00Z' });
    await addAssigned('c', from('2027-01-01T00:00:00Z'));
    await addAssigned('b', from('2027-03-01T00:00:00Z'));
    await addAssigned('a', from('2027-03-01T00:00:00Z'));
    await addAssigned('d', from('2026-12-01T00:00:00Z'));
    expect(codesOf((await page(anApp().get(FUTURE))).results)).toEqual(['D', 'C', 'A', 'B']);
  });

  it('are 404 past the end, but for the first', async () => {
    const app = anApp();
    expect(await page(app.get(FUTURE))).toEqual({ count: 0, next: null, previous: null, results: [] });
    await add(2);
    for (const query of ['page=2', 'page=2&page_size=2', 'page=99999999999999999999', `page=1${'0'.repeat(400)}`]) {
      const response = await app.get(`${EXPIRED}?${query}`);
      expect([response.status, await errorsOf(response)]).toEqual([404, [['not_found', '']]]);
    }
  });

  it.each([
    ['page=0', ['page']],
    ['page=-1', ['page']],
    ['page=1.5', ['page']],
    ['page=', ['page']],
    ['page=x', ['page']],
    ['page=1e1', ['page']],
    ['page_size=0', ['page_size']],
    ['page_size=101', ['page_size']],
    ['page_size=', ['page_size']],
    ['page_size=1000', ['page_size']],
    ['page=0&page_size=0', ['page', 'page_size']],
  ])('refuse %s', async (query, fields) => {
    for (const path of [EXPIRED, FUTURE]) {
      const response = await anApp().get(`${path}?${query}`);
      expect(response.status).toBe(400);
      expect(await errorsOf(response)).toEqual(fields.map((field) => ['invalid_field', field]));
    }
    expect((await anApp().get(`${ACTIVE}?${query}`)).status).toBe(200);
  });

  it('show every offer once, whatever their size', async () => {
    await add(13);
    const app = anApp();
    for (const size of [1, 2, 5, 7, 13, 14]) {
      const seen: (string | null)[] = [];
      let path: string | undefined = `${EXPIRED}?page_size=${size}`;
      while (path !== undefined) {
        const { results, next } = await page(app.get(path));
        seen.push(...codesOf(results));
        path = next?.replace('https://adapter.test', '');
      }
      expect(seen).toEqual(codes(13, 1));
    }
  });
});

describe('languages', () => {
  it.each([
    [undefined, 'tr'],
    ['', 'tr'],
    ['en', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['EN-us', 'en'],
    ['ja, de;q=0.4, fr;q=0.7', 'fr'],
    ['de, fr', 'de'],
    ['ar;q=0', 'tr'],
    ['ru;q=0.2, *;q=0.1', 'ru'],
    ['en;q=0.2, *', 'tr'],
    ['ja', 'tr'],
    ['eng', 'tr'],
    ['__proto__', 'tr'],
  ])('are picked by Accept-Language: %j is %s', async (header, language) => {
    await addAssigned('it', {
      label: JSON.stringify(Object.fromEntries(Object.keys(labels).map((it) => [it, `label ${it}`]))),
    });
    const response = await anApp().get(ACTIVE, header === undefined ? {} : { 'accept-language': header });
    expect(response.headers.get('content-language')).toBe(language);
    const words = labels[language as keyof typeof labels];
    expect((await active(response)).discounts).toMatchObject([
      {
        ...{ label: `label ${language}`, status: { label: words.active } },
        ...{ offer_type: { label: words.coupon_code }, benefit_type: { label: words.fixed } },
      },
    ]);
  });

  it('of a label that does not speak it: Turkish, else whatever there is', async () => {
    await addAssigned('a', { label: '{"en":"english","tr":"turkish"}' });
    await addAssigned('b', { label: '{"de":"german"}' });
    await addAssigned('c', { label: '{}' });
    const { discounts } = await active(anApp().get(ACTIVE, { 'accept-language': 'fr' }));
    expect(discounts.map(({ label }) => label)).toEqual(['turkish', 'german', '']);
  });

  it('have the same words, and none is empty', () => {
    for (const words of Object.values(labels)) {
      expect(Object.keys(words)).toEqual(Object.keys(labels.en));
      expect(Object.values(words).every((word) => word !== '')).toBe(true);
    }
    expect(Object.keys(labels)).toEqual(['tr', 'en', 'ar', 'ru', 'de', 'fr']);
  });
});

describe('an answer', () => {
  it('is for this customer alone', async () => {
    const { headers } = await anApp().get(ACTIVE);
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(headers.get('vary')).toBe('Accept-Language, Origin, Authorization');
  });

  it('has no body for HEAD', async () => {
    const app = anApp();
    const headers = { authorization: `Bearer ${await aToken()}` };
    const response = await app.request(ACTIVE, { method: 'HEAD', headers });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('leaves one line in the log, without a word about the customer', async () => {
    await addEverything();
    const app = anApp();
    await app.get(`${EXPIRED}?page_size=1`);
    await app.get(EXPIRED, { authorization: `Bearer ${await aToken({ aud: 'x', email: 'ada@shop.example' })}` });
    expect(app.logged).toMatchObject([
      { level: 'info', event: 'request', route: EXPIRED, status: 200, durationMs: 0, offers: 1 },
      { level: 'info', event: 'request', route: EXPIRED, status: 401, reason: expect.stringContaining('"aud"') },
    ]);
    expect(JSON.stringify(app.logged)).not.toMatch(/ada@|555|eyJ|TRY|page_size/);
  });
});

describe('what is missing', () => {
  it('is CUSTOMER_HASH_KEY: these routes say so, /offers and /ready do without', async () => {
    const app = anApp({ env: { CUSTOMER_HASH_KEY: '' } });
    const response = await app.get(ACTIVE);
    expect([response.status, await errorsOf(response)]).toEqual([503, [['misconfigured', 'CUSTOMER_HASH_KEY']]]);
    expect((await app.request('/ready')).status).toBe(200);
  });

  it('is storage: 503, and a reason in the log', async () => {
    const gone = {
      prepare: () => {
        throw new Error('D1_ERROR: gone');
      },
    };
    const app = anApp({ env: { DB: gone } });
    const response = await app.get(ACTIVE);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await errorsOf(response)).toEqual([['upstream_unavailable', '']]);
    expect(app.logged).toMatchObject([{ level: 'error', event: 'request', reason: 'Error: D1_ERROR: gone' }]);
  });

  it('is a connector that lists them: 404 in words, for everybody', async () => {
    const app = anApp({ deps: using(aScriptedConnector({ offers: [] }).connector) });
    for (const headers of [{}, { authorization: 'Bearer x' }]) {
      const response = await app.get(ACTIVE, headers);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain('does not list the offers of customers');
    }
  });

  it('is an answer within the deadline', async () => {
    const { connector } = aScriptedConnector({ offers: [] });
    const listCustomerOffers = () => new Promise<never>(() => {});
    const app = anApp({
      env: { UPSTREAM_TIMEOUT_MS: '20' },
      deps: using({ ...connector, listCustomerOffers } as typeof connector),
    });
    const response = await app.get(ACTIVE);
    expect([response.status, await errorsOf(response)]).toEqual([504, [['upstream_timeout', '']]]);
  });
});

describe('the demo customer', () => {
  const demo = async (path: string, claim: Record<string, unknown>) => {
    const authorization = `Bearer ${await aToken({ phone: undefined, email: undefined, ...claim })}`;
    return anApp({ env: { CUSTOMER_HASH_KEY: 'local-only-hash-key' } }).get(path, { authorization });
  };

  it.each([{ phone: '+90 555 000 00 01' }, { email: 'demo@example.com' }])(
    'has every kind of offer, known by %j',
    async (claim) => {
      await loadDemoCatalog();
      const { total_discount, all_discounts } = await active(demo(ACTIVE, claim));
      expect(total_discount).toBe(350);
      expect(codesOf(all_discounts)).toEqual(['THANKS200', 'DISCOUNT20', 'FREESHIP', 'WELCOME150']);
      expect(codesOf((await page(demo(EXPIRED, claim))).results)).toEqual(['OCTOBER100']);
      expect(codesOf((await page(demo(FUTURE, claim))).results)).toEqual(['DECEMBER500']);
    },
  );

  it('is loaded with the campaigns, and never again', async () => {
    await loadDemoCatalog();
    await rows('DELETE FROM campaign_customers');
    await rows("DELETE FROM campaigns WHERE id = 'demo-discount-20'");
    await loadDemoCatalog();
    expect(await rows('SELECT * FROM campaign_customers')).toEqual([]);
    expect(await rows("SELECT 1 FROM campaigns WHERE id = 'demo-discount-20'")).toEqual([]);
  });
});

describe('what it costs', () => {
  it('is one statement, and the rows of the customer alone', async () => {
    const someone = { ...ADA, phone: null, emails: ['other@shop.example'] };
    for (let index = 0; index < 60; index++) await addAssigned(`other${index}`, {}, someone);
    await addAssigned('mine', {}, { ...ADA, phone: null });
    let read = 0;
    let statements = 0;
    const counting = {
      prepare: (sql: string) => {
        statements++;
        const statement = env.DB.prepare(sql);
        return {
          bind: (...values: unknown[]) => ({
            all: async () => {
              const result = await statement.bind(...values).all();
              read += result.meta.rows_read;
              return result;
            },
          }),
        };
      },
    };
    expect((await active(anApp({ env: { DB: counting } }).get(ACTIVE))).discounts).toHaveLength(1);
    expect(statements).toBe(1);
    expect(read).toBeLessThan(20);
  });
});
