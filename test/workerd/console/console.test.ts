/** The console as a browser meets it: who comes in, what is shown, what is decided, and what hostile text can do. */
import { describe, expect, it } from 'vitest';
import { MAX_EXPORTED, toJson } from '../../../src/console/export.ts';
import { anOffersRequest, aUsageRequest, rows } from '../support/builders.ts';
import { anApp, anOrder, get, OPERATOR, ORIGIN, stateOf, submit, text, VIEWER } from '../support/console.ts';
import { BASIC, errorsOf, type TestApp } from '../support/http.ts';

const lineOf = (order: string, id: string, state = 'dead'): [string, string] => [
  'line',
  JSON.stringify([`o:${order}`, id, state]),
];

describe('who comes in', () => {
  const PATHS = [
    '/ops',
    '/ops/usages',
    '/ops/usages/1',
    '/ops/usages.csv',
    '/ops/usages.json',
    '/ops/dead',
    '/ops/conflicts',
    '/ops/refused',
    '/ops/audit',
    '/ops/nowhere',
  ];

  it('nobody while OPS_USERS is unset', async () => {
    const app = await anApp({ env: { OPS_USERS: '' } });
    for (const path of PATHS) expect([path, (await get(app, path)).status]).toEqual([path, 503]);
  });

  it.each([
    ['nobody', {}],
    ["Akinon's credentials", { authorization: BASIC }],
    ['a wrong password', { authorization: `Basic ${btoa('ayse:pw-m')}` }],
  ])('not %s, to whatever page', async (_name, headers) => {
    const app = await anApp();
    for (const path of PATHS) {
      const response = await app.request(path, { headers });
      expect([path, response.status, response.headers.get('www-authenticate')?.slice(0, 5)]).toEqual([
        path,
        401,
        'Basic',
      ]);
    }
  });

  it('ops users, viewers too, and 404 for a page that there is not', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    for (const authorization of [OPERATOR, VIEWER]) {
      for (const path of PATHS.slice(1, -1)) {
        const response = await get(app, path, { authorization });
        await response.arrayBuffer();
        expect([path, response.status]).toEqual([path, 200]);
      }
      const nowhere = await get(app, '/ops/nowhere', { authorization });
      expect([nowhere.status, await nowhere.text()]).toEqual([404, expect.stringContaining('There is no such page.')]);
      expect((await get(app, '/ops/usages/99', { authorization })).status).toBe(404);
    }
  });

  it('nobody too often: requests and failed logins are limited by address', async () => {
    const asked: string[] = [];
    const limiter = (name: string, success: boolean) => ({
      limit: async ({ key }: { key: string }) => {
        asked.push(`${name} ${key}`);
        return { success };
      },
    });
    const address = { 'cf-connecting-ip': '203.0.113.7' };
    const tired = await anApp({ env: { OPS_REQUESTS: limiter('requests', false) } });
    const busy = await get(tired, '/ops/usages', address);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '60']);
    const guessed = await anApp({ env: { OPS_FAILED_LOGINS: limiter('logins', false) } });
    expect((await get(guessed, '/ops/usages', address)).status).toBe(200);
    expect((await get(guessed, '/ops/usages', { ...address, authorization: 'Basic eDp5' })).status).toBe(429);
    expect((await guessed.request('/ops/usages', { headers: address })).status).toBe(401);
    expect(asked).toEqual(['requests 203.0.113.7', 'logins 203.0.113.7']);
  });
});

describe('every answer', () => {
  it('lets nothing in from elsewhere, is framed by nobody and kept by nobody', async () => {
    const app = await anApp();
    const answers = [
      await get(app, '/ops/usages'),
      await get(app, '/ops/style.css'),
      await get(app, '/ops/icon.svg'),
      await get(app, '/ops/usages.csv'),
      await get(app, '/ops/nowhere'),
      await app.request('/ops/usages'),
      await submit(app, '/ops/decide', []),
    ];
    for (const answer of answers) {
      const { headers } = answer;
      await answer.arrayBuffer();
      const policy = headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|http/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('has nothing inline that the policy would have to allow', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    for (const path of ['/ops/usages', '/ops/usages/1', '/ops/dead']) {
      expect(await text(app, path)).not.toMatch(/<script>|<style|\son\w+=|\sstyle=|javascript:/);
      expect(await text(app, path)).toMatch(/^<!doctype html><html lang="en">/);
    }
  });

  it('shows text of strangers as text, wherever it stands', async () => {
    const app = await anApp();
    const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
    const device = { 'x-app-device': hostile, 'x-store-id': hostile };
    const request = aUsageRequest({ usedDiscounts: [hostile, `${hostile}\u202e`], order: { orderNumber: hostile } });
    await app.post('/use-offers', request, { ...device, 'x-akinon-request-id': 'twice' });
    await app.post('/use-offers', { ...request, usedDiscounts: [`${hostile}2`] }, { 'x-akinon-request-id': 'twice' });
    await rows("UPDATE used_discounts SET state = 'dead', reason = ?, upstream_ref = ?", hostile, hostile);
    await app.post('/use-offers', { usedDiscounts: hostile, order: { orderNumber: hostile } });
    const reason: [string, string] = ['reason', hostile];
    const at: [string, string] = ['at', String(Date.now() - 1)];
    const line: [string, string] = ['line', JSON.stringify([`o:${hostile}`, hostile, 'dead'])];
    await submit(app, '/ops/decide', [['decision', 'discard'], line, reason, at]);
    const pages = await Promise.all(
      [
        '/ops/usages',
        '/ops/usages/1',
        '/ops/dead',
        '/ops/conflicts',
        '/ops/refused',
        '/ops/audit',
        `/ops/usages?q=${encodeURIComponent(hostile)}&store=${encodeURIComponent(hostile)}`,
      ].map((path) => text(app, path)),
    );
    for (const page of [...pages, await (await submit(app, '/ops/plan', [['decision', 'replay'], line])).text()]) {
      expect(page).toContain('&lt;script&gt;');
      expect(page).not.toMatch(/<script>|<img/);
      // What is sent back must be what it was; what is read must look like what it is.
      expect(page.replace(/value="[^"]*"/g, '')).not.toContain('\u202e');
    }
  });
});

describe('the list', () => {
  it('has the newest first, in the shop’s time, with exact money, and a link to each', async () => {
    const app = await anApp({ now: () => Date.parse('2026-11-25T22:30:00Z') });
    await anOrder(app, 'ONE', { a: 'dead' });
    const page = await text(app, '/ops/usages');
    expect(page).toContain('<time datetime="2026-11-25T22:30:00.000Z">26 Nov 2026, 01:30:00</time>');
    expect(page).toContain('<a href="/ops/usages/1">ONE</a>');
    expect(page).toMatch(/TRY\s1,234\.56/);
    expect(await text(app, '/ops/usages', { 'accept-language': 'tr-TR,tr;q=0.9' })).toMatch(/₺1\.234,56/);
  });

  it('keeps what was asked in its form, its exports and its pages', async () => {
    const app = await anApp();
    for (let i = 0; i < 51; i++) await anOrder(app, `N-${i}`, { common: 'dead' });
    const page = await text(
      app,
      '/ops/usages?q=common&state=dead&from=2020-01-01&to=2090-01-01&device=default&nonsense=1',
    );
    expect(page).toContain('name="q" value="common"');
    expect(page).toContain('<option value="dead" selected="">');
    expect(page).toContain('value="2020-01-01"');
    const query = 'q=common&amp;state=dead&amp;from=2020-01-01&amp;to=2090-01-01&amp;device=default';
    expect(page).toContain(`/ops/usages.csv?${query}"`);
    expect(page).toContain(`/ops/usages?${query}&amp;before=2"`);
    expect(page.match(/<a href="\/ops\/usages\/\d+"/g)).toHaveLength(50);
    expect((await text(app, '/ops/usages?q=common&before=2')).match(/<a href="\/ops\/usages\/\d+"/g)).toHaveLength(1);
  });

  it('takes no notice of what cannot be a filter', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    expect(await text(app, '/ops/usages?state=burnt&type=X&from=yesterday&to=2026-02-30&before=-1')).toContain('>ONE<');
  });

  it('counts days as the shop does, the last one included', async () => {
    const app = await anApp({ now: () => Date.parse('2026-11-25T22:30:00Z') });
    await anOrder(app, 'ONE', { a: 'dead' });
    expect(await text(app, '/ops/usages?from=2026-11-26&to=2026-11-26')).toContain('>ONE<');
    expect(await text(app, '/ops/usages?to=2026-11-25')).not.toContain('>ONE<');
    const elsewhere = await anApp({ env: { SHOP_TIMEZONE: 'America/New_York' } });
    expect(await text(elsewhere, '/ops/usages?to=2026-11-25')).toContain('>ONE<');
  });

  it('speaks the language of the browser, or the one that was switched to', async () => {
    const app = await anApp();
    expect(await text(app, '/ops/usages')).toContain('<h1>Usages</h1>');
    expect(await text(app, '/ops/usages', { 'accept-language': 'tr' })).toContain('<html lang="tr">');
    const switched = await get(app, '/ops/usages?lang=tr');
    expect(await switched.text()).toContain('<h1>Kullanımlar</h1>');
    expect(switched.headers.get('set-cookie')).toMatch(/^ops_lang=tr; .*HttpOnly; SameSite=Strict/);
    expect(await text(app, '/ops/usages', { cookie: 'ops_lang=tr' })).toContain('<html lang="tr">');
  });
});

describe('one usage', () => {
  it('tells everything in the order of time', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead', b: 'delivered' });
    await rows(
      "INSERT INTO delivery_attempts (order_key, fence, started_at, duration_ms, outcome, status, detail) VALUES ('o:ONE', 1, ?, 184, 'later', 503, 'busy')",
      Date.now() + 1000,
    );
    await app.post('/use-offers', aUsageRequest({ order: { orderNumber: 'ONE' } }), { 'x-akinon-request-id': 'again' });
    await app.post('/use-offers', aUsageRequest({ order: { orderNumber: 'TWO' } }), { 'x-akinon-request-id': 'again' });
    const page = await text(app, '/ops/usages/1');
    const told = [
      'Akinon told that the order used a, b',
      'The same request id came with another meaning',
      'Attempt, 184 ms: later (HTTP 503)',
      'busy',
    ];
    const places = told.map((part) => page.indexOf(part));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(page).toContain('<code>o:ONE</code>');
  });

  it('says when its turn comes, and while nothing is delivered that nothing is', async () => {
    const app = await anApp();
    await anOrder(app, 'WAITS', { a: 'due' });
    await rows("UPDATE deliveries SET state = 'due', done_at = NULL, due_at = ?", Date.now());
    for (const address of ['/ops/usages/1', '/ops/order?key=o%3AWAITS']) {
      const before = await text(app, address);
      expect(before).toContain('Next attempt at');
      await rows("UPDATE delivery_gate SET state = 'paused', reason = 'credentials', paused_at = 1, until = 2");
      const after = await text(app, address);
      expect(after).toContain('Deliveries are stopped. <a href="/ops">');
      expect(after).not.toContain('Next attempt at');
      await rows("UPDATE delivery_gate SET state = 'open'");
    }
  });

  it('leads from an order to the basket that was told of before it', async () => {
    const app = await anApp();
    const usage = aUsageRequest({ usedDiscounts: ['told'] });
    await app.post('/use-offers', { ...usage, order: undefined });
    await app.post('/use-offers', { ...usage, order: { orderNumber: 'LATER' } });
    expect(await text(app, '/ops/usages?q=LATER')).toMatch(/LATER<.*>told</s);
    expect(await text(app, '/ops/usages/2')).toContain('<a href="/ops/usages/1">The same basket was told of');
    expect(await text(app, '/ops/usages/1')).not.toContain('The same basket was told of');
  });
});

describe('a decision', () => {
  async function planned(app: TestApp, decision: string, ...lines: [string, string][]) {
    const page = await (await submit(app, '/ops/plan', [['decision', decision], ...lines])).text();
    const at = /name="at" value="(\d+)"/.exec(page)?.[1] ?? '';
    return { page, at: ['at', at] as [string, string] };
  }

  it('shows first how many it is about, and why not the others', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead', b: 'delivered' });
    const { page } = await planned(app, 'replay', lineOf('ONE', 'a'), lineOf('ONE', 'b', 'delivered'));
    expect(page).toContain('Can be done: 1 of 2.');
    expect(page).toContain('ONE b: there is nothing to decide');
    expect(await stateOf('a')).toBe('dead');
  });

  it.each([
    ['replay', 'due'],
    ['discard', 'discarded'],
    ['deliver', 'delivered'],
  ])('to %s makes the lines %s, once however often it is sent, and is written down', async (decision, state) => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead', b: 'delivered' });
    const { at } = await planned(app, decision, lineOf('ONE', 'a'));
    const form: [string, string][] = [
      ['decision', decision],
      lineOf('ONE', 'a'),
      lineOf('ONE', 'b', 'delivered'),
      ['reason', ' seen  in\nthe upstream '],
      at,
    ];
    for (let i = 0; i < 3; i++) {
      const response = await submit(app, '/ops/decide', form);
      expect([response.status, response.headers.get('location')]).toEqual([303, '/ops/audit?decided=1&of=2']);
    }
    expect([await stateOf('a'), await stateOf('b')]).toEqual([state, 'delivered']);
    expect(await rows('SELECT actor, action, order_key, discount_id, reason FROM audit_log')).toEqual([
      { actor: 'ayse', action: decision, order_key: 'o:ONE', discount_id: 'a', reason: 'seen in the upstream' },
    ]);
    expect(await text(app, '/ops/audit')).toContain('seen in the upstream');
    expect(app.sent.filter((message) => JSON.stringify(message) === '{}')).toHaveLength(decision === 'replay' ? 3 : 0);
  });

  it('is about what was there when it was planned: what was settled since is left alone', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    const { at } = await planned(app, 'replay', lineOf('ONE', 'a'));
    await rows("UPDATE used_discounts SET settled_at = ? WHERE discount_id = 'a'", Number(at[1]) + 1);
    await submit(app, '/ops/decide', [['decision', 'replay'], lineOf('ONE', 'a'), ['reason', 'x'], at]);
    expect(await stateOf('a')).toBe('dead');
    expect(await rows('SELECT * FROM audit_log')).toEqual([]);
  });

  it('never undoes what another operator decided since', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'rejected' });
    const mine = await planned(app, 'discard', lineOf('ONE', 'a', 'rejected'));
    const theirs = await planned(app, 'replay', lineOf('ONE', 'a', 'rejected'));
    const send = (decision: string, at: [string, string]) =>
      submit(app, '/ops/decide', [['decision', decision], lineOf('ONE', 'a', 'rejected'), ['reason', 'because'], at]);
    await send('replay', theirs.at);
    const late = await send('discard', mine.at);
    expect(late.headers.get('location')).toBe('/ops/audit?decided=0&of=1');
    expect(await stateOf('a')).toBe('due');
    expect(await text(app, '/ops/audit?decided=0&of=1')).toContain('Decided: 0 of 1.');
  });

  it.each([
    ['no reason', { reason: ' \n ' }],
    ['a reason that is too long', { reason: 'x'.repeat(501) }],
    ['a time to come', { at: String(Date.now() + 60_000) }],
    ['a plan of yesterday', { at: String(Date.now() - 16 * 60_000) }],
    ['a reason without a letter', { reason: '\u200b\u200d --' }],
    ['no time', { at: 'soon' }],
    ['no line', { line: '' }],
    ['a line that is none', { line: '{"a":1}' }],
    ['a line without its state', { line: '["o:ONE","a"]' }],
    ['a decision that there is not', { decision: 'erase' }],
  ])('needs more than %s', async (_name, change: Record<string, string>) => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    const { at } = await planned(app, 'replay', lineOf('ONE', 'a'));
    const form = Object.fromEntries([['decision', 'replay'], lineOf('ONE', 'a'), ['reason', 'x'], at]);
    const response = await submit(app, '/ops/decide', Object.entries({ ...form, ...change }));
    expect(response.status).toBe(400);
    expect(await stateOf('a')).toBe('dead');
  });

  it('is for 200 lines at a time: more are planned without the rest, and none is decided', async () => {
    const app = await anApp();
    const ids = Array.from({ length: 201 }, (_, at) => `a${at}`);
    for (const some of [ids.slice(0, 100), ids.slice(100, 200), ids.slice(200)]) {
      await anOrder(app, 'ONE', Object.fromEntries(some.map((id) => [id, 'dead'])));
    }
    const lines = ids.map((id) => lineOf('ONE', id));
    const plan = await (await submit(app, '/ops/plan', [['decision', 'discard'], ...lines])).text();
    expect(plan).toContain('Can be done: 200 of 200.');
    expect(plan).toContain('these are the first 200');
    const form: [string, string][] = [['decision', 'discard'], ['reason', 'x'], ['at', String(Date.now())], ...lines];
    expect((await submit(app, '/ops/decide', form)).status).toBe(400);
    expect(await rows('SELECT DISTINCT state FROM used_discounts')).toEqual([{ state: 'dead' }]);
  });

  it('is refused to a viewer, who sees no buttons, and the attempt is written down', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    const as = { ...ORIGIN, authorization: VIEWER };
    for (const path of ['/ops/plan', '/ops/decide']) {
      const form: [string, string][] = [['decision', 'replay'], lineOf('ONE', 'a'), ['reason', 'x'], ['at', '1']];
      expect((await submit(app, path, form, as)).status).toBe(403);
    }
    for (const path of ['/ops/dead', '/ops/usages/1']) {
      expect(await text(app, path, { authorization: VIEWER })).not.toMatch(
        /<button[^>]*name="decision"|type="checkbox"/,
      );
    }
    expect(await stateOf('a')).toBe('dead');
    expect((await rows('SELECT actor, action, reason FROM audit_log')).map((row) => Object.values(row))).toEqual([
      ['mehmet', 'denied', 'replay 1: o:ONE,a,dead'],
      ['mehmet', 'denied', 'replay 1: o:ONE,a,dead'],
    ]);
  });

  it.each([
    ['another site', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }],
    ['a page of nobody', { origin: 'null' }],
    ['a client that says nothing of itself', {}],
  ])('is refused when the form comes from %s', async (_name, headers) => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    const form: [string, string][] = [
      ['decision', 'discard'],
      lineOf('ONE', 'a'),
      ['reason', 'x'],
      ['at', String(Date.now())],
    ];
    expect((await submit(app, '/ops/decide', form, headers as Record<string, string>)).status).toBe(403);
    expect(await stateOf('a')).toBe('dead');
  });
});

describe('an export', () => {
  it('is CSV with a mark for spreadsheets, a row for each discount, and no formula', async () => {
    const app = await anApp({ now: () => Date.parse('2026-11-25T22:30:00Z') });
    await anOrder(app, '=1+2', { 'a,"b"': 'dead', '@sum': 'delivered' });
    await rows("UPDATE used_discounts SET upstream_ref = 'r_1', reason = '=cmd' WHERE discount_id = '@sum'");
    const settled = '2026-11-25T22:30:00.000Z';
    await app.post('/use-offers', aUsageRequest({ usedDiscounts: [], order: { orderNumber: 'NONE' } }));
    const response = await get(app, '/ops/usages.csv');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="offerbridge-usages.csv"');
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const [, ...lines] = new TextDecoder().decode(bytes).split('\r\n');
    const [id] = await rows("SELECT request_id FROM usages WHERE order_key = 'o:=1+2'");
    const start = `2026-11-25T22:30:00.000Z,"'=1+2",${id.request_id},7,,default`;
    expect(lines).toEqual([
      `${start},"a,""b""",dead,BASKET,1234.56,TRY,${settled},,`,
      `${start},"'@sum",delivered,BASKET,1234.56,TRY,${settled},r_1,"'=cmd"`,
      '',
    ]);
  });

  it('is JSON with the filters of the list, over many pages', async () => {
    const app = await anApp();
    const n = 'WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1203)';
    await rows(`${n} INSERT INTO usages (id, request_id, claim_id, fingerprint, order_key, used_discounts, channel, received_at)
      SELECT n, 'r' || n, 'c', 'f', 'o:' || n, '["a"]', json_object('device', iif(n % 3, 'web', 'app'), 'storeId', NULL), n FROM n`);
    await rows(`${n} INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at)
      SELECT 'o:' || n, 'a', n, 'delivered', 1 FROM n`);
    const file = (await (await get(app, '/ops/usages.json?device=app')).json()) as {
      rows: Record<string, unknown>[];
      cut: boolean;
    };
    expect([file.rows.length, file.cut]).toEqual([401, false]);
    expect(file.rows[0]).toMatchObject({ order: '1203', discount_id: 'a', state: 'delivered', amount: null });
    expect(new Set(file.rows.map(({ order }) => order)).size).toBe(401);
  });

  it('ends after a hundred pages whatever it finds, and says so', async () => {
    const app = await anApp();
    const n = 'WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 90000)';
    await rows(`${n} INSERT INTO usages (id, request_id, claim_id, fingerprint, order_key, used_discounts, channel, received_at)
      SELECT n, 'r' || n, 'c', 'f', 'o:' || n, '["a"]', '{}', n FROM n`);
    await rows(`${n} INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at)
      SELECT 'o:' || n, 'a', n, 'delivered', 1 FROM n`);
    const file = (await (await get(app, '/ops/usages.json?state=dead')).json()) as { rows: unknown[]; cut: boolean };
    expect(file).toEqual({ rows: [], cut: true });
  });

  it('says so where its limit falls within the last page', async () => {
    const usage = {
      id: 1,
      requestId: 'r',
      orderKey: 'o:1',
      basketId: null,
      storeId: null,
      device: null,
      receivedAt: 0,
    };
    const line = {
      id: 'a',
      state: 'delivered',
      type: null,
      amount: null,
      currency: null,
      orderKey: 'o:1',
      usageId: 1,
    } as const;
    const discounts = [{ ...line, settledAt: null, upstreamRef: null, reason: null }];
    const usages = Array.from({ length: 300 }, () => ({ ...usage, discounts }));
    let left = MAX_EXPORTED + 100;
    const file = await toJson(
      async () => {
        left -= 300;
        return { usages, next: left > 0 ? left : null, lookedBackTo: null };
      },
      () => {},
    );
    const { rows: told, cut } = (await new Response(file).json()) as { rows: unknown[]; cut: boolean };
    expect([told.length, cut]).toEqual([MAX_EXPORTED, true]);
  });

  it('that cannot be read is an error, and no broken file', async () => {
    const app = await anApp();
    await rows('ALTER TABLE usages RENAME TO elsewhere');
    const response = await get(app, '/ops/usages.csv');
    expect([response.status, response.headers.get('x-frame-options')]).toEqual([503, 'DENY']);
    expect(app.logged).toContainEqual(expect.objectContaining({ event: 'console_failed' }));
  });

  it('has no formula where a semicolon ends a cell', async () => {
    const app = await anApp();
    await anOrder(app, 'x;=cmd|calc!A1', { '＝f': 'dead', 'a; +b': 'dead' });
    const file = await text(app, '/ops/usages.csv');
    expect(file).toContain("x;'=cmd|calc!A1");
    expect(file).toContain("'＝f");
    expect(file).toContain("a; '+b");
    expect(file).not.toMatch(/(^|[;,|\r\n])\s*[=+@＝]/m);
  });

  it('ends at its limit and says so', async () => {
    const app = await anApp();
    const n = `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${MAX_EXPORTED + 1})`;
    await rows(`${n} INSERT INTO usages (id, request_id, claim_id, fingerprint, order_key, used_discounts, channel, received_at)
      SELECT n, 'r' || n, 'c', 'f', 'o:' || n, '["a"]', '{}', n FROM n`);
    await rows(`${n} INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at)
      SELECT 'o:' || n, 'a', n, 'delivered', 1 FROM n`);
    const file = (await (await get(app, '/ops/usages.json')).json()) as { rows: unknown[]; cut: boolean };
    expect([file.rows.length, file.cut]).toEqual([MAX_EXPORTED, true]);
    const [head = '', ...lines] = (await text(app, '/ops/usages.csv')).trimEnd().split('\r\n');
    expect(lines.at(-1)).toBe(`"There is more: narrow the filters, or choose earlier days."${','.repeat(13)}`);
    expect(head.split(',').length).toBe(14);
  });
});

describe('the rest of the adapter', () => {
  it('does not let ops users in as Akinon', async () => {
    expect((await (await anApp()).post('/offers', anOffersRequest(), { authorization: OPERATOR })).status).toBe(401);
  });

  it.each(['Mars/Olympus', ''])('names SHOP_TIMEZONE when it is %j', async (SHOP_TIMEZONE) => {
    const response = await (await anApp({ env: { SHOP_TIMEZONE } })).request('/ready');
    expect(await errorsOf(response)).toEqual([['misconfigured', 'SHOP_TIMEZONE']]);
  });
});
