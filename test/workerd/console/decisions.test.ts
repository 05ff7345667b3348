/** Conflicts compared and settled, and everything replayed that a list shows, by forms as a browser sends them. */
import { describe, expect, it } from 'vitest';
import { aUsageRequest, rows } from '../support/builders.ts';
import { anApp, anOrder, get, OPERATOR, stateOf, submit, text, VIEWER } from '../support/console.ts';
import type { TestApp } from '../support/http.ts';

const read = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const hidden = (html: string) =>
  [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value.replaceAll('&quot;', '"').replaceAll('&amp;', '&')],
  );

/** Request `same` of order ONE came again for TWO. */
async function aConflict(app: TestApp, other: object = {}): Promise<[request: string, fingerprint: string]> {
  const headers = { 'x-akinon-request-id': 'same' };
  const request = aUsageRequest({ usedDiscounts: ['a', 'b'], order: { orderNumber: 'ONE' } });
  expect((await app.post('/use-offers', request, headers)).status).toBe(200);
  const again = aUsageRequest({ usedDiscounts: ['b', 'c'], order: { orderNumber: 'TWO' }, ...other });
  expect((await app.post('/use-offers', again, headers)).status).toBe(422);
  const [row] = await rows('SELECT request_id, fingerprint FROM usage_conflicts');
  return [row.request_id, row.fingerprint];
}

const hrefOf = ([request, fingerprint]: [string, string]) =>
  `/ops/conflict?${new URLSearchParams({ request, fingerprint })}`;

describe('a conflict', () => {
  it('is compared value by value, what differs first', async () => {
    const app = await anApp();
    const id = await aConflict(app);
    const list = await text(app, '/ops/conflicts');
    expect(list).toContain(hrefOf(id).replace('&', '&amp;'));
    const html = await text(app, hrefOf(id));
    const [, differs = '', alike = ''] = /What differs([\s\S]*?)<details([\s\S]*)/.exec(html) ?? [];
    expect(read(differs)).toContain('Order ONE TWO');
    expect(read(differs)).toContain('Discount a used –');
    expect(read(differs)).toContain('Discount c – used');
    expect(read(differs)).not.toContain('Discount b');
    expect(read(alike)).toContain('Discount b used used');
    expect(html).toMatch(/<a href="\/ops\/usages\/1">ONE<\/a>/);
  });

  it('shows what it holds as text, whatever that is', async () => {
    const app = await anApp();
    const evil = '"><script>alert(1)</script>\u202e';
    const id = await aConflict(app, { usedDiscounts: [evil], order: { orderNumber: evil } });
    const pages = [await text(app, hrefOf(id)), await text(app, '/ops/conflicts')];
    for (const html of pages) {
      expect(html).not.toContain('<script>alert');
      // What a form sends back is what was sent.
      expect(html.replace(/ value="[^"]*"/g, '')).not.toContain('\u202e');
      expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    }
  });

  it('says so when the first usage, or its basket, is not kept any more, and when it was settled', async () => {
    const app = await anApp();
    const id = await aConflict(app);
    await rows('UPDATE deliveries SET snapshot = NULL');
    expect(read(await text(app, hrefOf(id)))).toContain('The basket of the usage that stands is not kept any more');
    await rows('DELETE FROM usages');
    expect(read(await text(app, hrefOf(id)))).toContain('older than requests are kept');
    await rows('DELETE FROM usage_conflicts');
    expect((await get(app, hrefOf(id))).status).toBe(404);
    expect((await get(app, '/ops/conflict')).status).toBe(404);
  });

  it.each([
    ['replay', [{ order_key: 'o:TWO' }]],
    ['discard', []],
  ])('is settled with a reason (%s), once', async (decision, usages) => {
    const app = await anApp();
    await aConflict(app);
    const line = [...(await text(app, '/ops/conflicts')).matchAll(/name="line" value="([^"]*)"/g)][0]?.[1] ?? '';
    const chosen: [string, string][] = [
      ['line', line.replaceAll('&quot;', '"')],
      ['decision', decision],
    ];
    const plan = await (await submit(app, '/ops/conflicts/plan', chosen)).text();
    expect(read(plan)).toContain('Can be done: 1 of 1.');
    const form: [string, string][] = [...hidden(plan), ['reason', 'agreed']];
    const [first, second] = [
      await submit(app, '/ops/conflicts/decide', form),
      await submit(app, '/ops/conflicts/decide', form),
    ];
    for (const answer of [first, second]) {
      expect([answer?.status, answer?.headers.get('location')]).toEqual([303, '/ops/audit?decided=1&of=1']);
    }
    expect(await rows("SELECT order_key FROM usages WHERE order_key = 'o:TWO'")).toEqual(usages);
    expect(await rows('SELECT actor, action, order_key FROM audit_log')).toEqual([
      { actor: 'ayse', action: decision, order_key: 'o:TWO' },
    ]);
    expect(await rows('SELECT * FROM usage_conflicts')).toEqual([]);
  });

  it.each([
    ['an unknown decision', { decision: 'deliver' }],
    ['no reason', { reason: ' ' }],
    ['no plan', { at: '0' }],
    ['no line', { line: '[]' }],
  ])('is not settled with %s', async (_name, wrong) => {
    const app = await anApp();
    const [request, fingerprint] = await aConflict(app);
    const right = {
      decision: 'discard',
      reason: 'agreed',
      at: String(Date.now()),
      line: JSON.stringify([request, fingerprint, 'o:TWO']),
    };
    const answer = await submit(app, '/ops/conflicts/decide', Object.entries({ ...right, ...wrong }));
    expect(answer.status).toBe(400);
    expect((await rows('SELECT * FROM usage_conflicts')).length).toBe(1);
  });

  it('is planned with as many others as one decision takes, and the page says that there are more', async () => {
    const app = await anApp();
    await aConflict(app);
    const n = 'WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20)';
    await rows(`${n} INSERT INTO usage_conflicts (request_id, fingerprint, order_key, used_discounts, channel, first_at, last_at)
      SELECT 'r' || n, 'f', 'o:' || n, '[]', '{}', n, n FROM n`);
    const lines = [...(await text(app, '/ops/conflicts')).matchAll(/name="line" value="([^"]*)"/g)].map(
      ([, line = '']): [string, string] => ['line', line.replaceAll('&quot;', '"')],
    );
    expect(lines.length).toBe(21);
    const plan = await (await submit(app, '/ops/conflicts/plan', [...lines, ['decision', 'discard']])).text();
    expect(read(plan)).toContain('Can be done: 8 of 8. More may be found: these are the first 8');
    await submit(app, '/ops/conflicts/decide', [...hidden(plan), ['reason', 'a trial']]);
    expect((await rows('SELECT * FROM usage_conflicts')).length).toBe(13);
  });

  it('is not for viewers to settle, who are told so and noted', async () => {
    const app = await anApp();
    const [request, fingerprint] = await aConflict(app);
    const page = await text(app, '/ops/conflicts', { authorization: VIEWER });
    expect(page).not.toContain('<button');
    const form: [string, string][] = [
      ['decision', 'discard'],
      ['line', JSON.stringify([request, fingerprint, 'o:TWO'])],
    ];
    for (const path of ['/ops/conflicts/plan', '/ops/conflicts/decide']) {
      const answer = await submit(app, path, form, { origin: 'https://adapter.test', authorization: VIEWER });
      expect(answer.status).toBe(403);
    }
    expect(await rows('SELECT actor, action FROM audit_log')).toEqual(
      [1, 2].map(() => ({ actor: 'mehmet', action: 'denied' })),
    );
    expect((await rows('SELECT * FROM usage_conflicts')).length).toBe(1);
  });
});

describe('everything that a list shows', () => {
  const planOf = async (app: TestApp, path: string) => {
    const [form = ''] = /<form method="post" action="\/ops\/plan"[\s\S]*?<\/form>/.exec(await text(app, path)) ?? [];
    const answer = await submit(app, '/ops/plan', [...hidden(form), ['decision', 'replay']]);
    return answer.text();
  };

  it('is replayed by its filters: those lines and no others', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead', b: 'delivered', c: 'rejected' });
    await anOrder(app, 'TWO', { d: 'dead' });
    await anOrder(app, 'THREE', { e: 'dead' });
    await rows('UPDATE usages SET channel = \'{"device":"kiosk"}\' WHERE order_key = \'o:THREE\'');
    await rows("UPDATE used_discounts SET type = 'POINT' WHERE discount_id = 'd'");
    expect(read(await planOf(app, '/ops/usages?state=dead'))).toContain('Can be done: 3 of 3.');
    expect(read(await planOf(app, '/ops/usages?state=dead&type=BASKET'))).toContain('Can be done: 2 of 2.');
    const plan = await planOf(app, '/ops/usages?state=dead&device=kiosk');
    expect(hidden(plan).filter(([name]) => name === 'line')).toEqual([['line', '["o:THREE","e","dead"]']]);
    await submit(app, '/ops/decide', [...hidden(plan), ['reason', 'the kiosk is mended']]);
    expect([await stateOf('e'), await stateOf('a')]).toEqual(['due', 'dead']);
  });

  it('is the discount alone that was searched for', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { wanted: 'dead', other: 'dead' });
    const plan = await planOf(app, '/ops/usages?state=dead&q=wanted');
    expect(hidden(plan).filter(([name]) => name === 'line')).toEqual([['line', '["o:ONE","wanted","dead"]']]);
  });

  it('is capped, and says so', async () => {
    const app = await anApp();
    for (const order of ['ONE', 'TWO', 'THREE']) {
      await anOrder(app, order, Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`${order}-${at}`, 'dead'])));
    }
    const plan = read(await planOf(app, '/ops/usages?state=dead'));
    expect(plan).toContain('Can be done: 200 of 200. More may be found: these are the first 200');
  });

  it('goes on from the page that shows it, however far back that is', async () => {
    const app = await anApp();
    await anOrder(app, 'OLD', { old: 'dead' });
    const n = 'WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 2000)';
    await rows(`${n} INSERT INTO usages (id, request_id, claim_id, fingerprint, order_key, used_discounts, channel, received_at)
      SELECT n, 'r' || n, 'c', 'f', 'o:' || n, '[]', '{}', ${Date.now()} + n FROM n`);
    expect(await text(app, '/ops/usages?state=dead')).not.toContain('action="/ops/plan"');
    const plan = await planOf(app, '/ops/usages?state=dead&before=400');
    expect(hidden(plan).filter(([name]) => name === 'line')).toEqual([['line', '["o:OLD","old","dead"]']]);
  });

  it.each(['/ops/usages', '/ops/usages?state=delivered', '/ops/usages?state=due'])(
    'is not offered for %s',
    async (path) => {
      const app = await anApp();
      await anOrder(app, 'ONE', { a: 'delivered', b: 'due' });
      expect(await text(app, path)).not.toContain('action="/ops/plan"');
      const answer = await submit(app, '/ops/plan', [
        ['decision', 'replay'],
        ['filter', path.split('?')[1] ?? ''],
      ]);
      expect(answer.status).toBe(400);
    },
  );
});

describe('a form that cannot be read', () => {
  const broken = (app: TestApp, authorization: string) =>
    app.request('/ops/decide', {
      method: 'POST',
      headers: { authorization, origin: 'https://adapter.test', 'content-type': 'multipart/form-data' },
      body: 'nonsense',
    });

  it('is the operator’s mistake, and the viewer’s attempt', async () => {
    const app = await anApp();
    expect((await broken(app, OPERATOR)).status).toBe(400);
    expect(await rows('SELECT * FROM audit_log')).toEqual([]);
    expect((await broken(app, VIEWER)).status).toBe(403);
    expect(await rows('SELECT actor, action FROM audit_log')).toEqual([{ actor: 'mehmet', action: 'denied' }]);
  });

  it('has no file for a reason', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    const form = new FormData();
    for (const [name, value] of Object.entries({
      decision: 'discard',
      at: String(Date.now()),
      line: '["o:ONE","a","dead"]',
    })) {
      form.set(name, value);
    }
    form.set('reason', new File(['x'], 'reason.txt'));
    const headers = { authorization: OPERATOR, origin: 'https://adapter.test' };
    expect((await app.request('/ops/decide', { method: 'POST', headers, body: form })).status).toBe(400);
    expect(await stateOf('a')).toBe('dead');
  });

  it('holds what the largest decision needs, and says so where it is larger', async () => {
    const app = await anApp();
    const id = 'ş'.repeat(200);
    const lines = (count: number) =>
      Array.from({ length: count }, (_, at): [string, string] => [
        'line',
        JSON.stringify([`o:${at}${id}`, id, 'dead']),
      ]);
    expect((await submit(app, '/ops/plan', [['decision', 'replay'], ...lines(200)])).status).toBe(200);
    const larger = await submit(app, '/ops/plan', [['decision', 'replay'], ...lines(500)]);
    expect([larger.status, await larger.text()]).toEqual([413, 'Refused: the form is too large. Choose fewer.']);
  });
});

describe('one usage', () => {
  it('shows the key of each discount, its basket, and the way to the other usages and conflicts of its order', async () => {
    const app = await anApp();
    const id = await aConflict(app);
    await app.post('/use-offers', aUsageRequest({ usedDiscounts: ['later'], order: { orderNumber: 'ONE' } }));
    const html = await text(app, '/ops/usages/1');
    const { deriveDiscountKey } = await import('../../../src/usage/keys.ts');
    expect(html).toContain(await deriveDiscountKey('o:ONE' as never, 'a', 0));
    expect(html).toContain('<a href="/ops/usages/2">');
    expect(html).not.toContain('<a href="/ops/usages/1">');
    expect(html).toContain(hrefOf(id).replace('&', '&amp;'));
    const [, basket = ''] = /The basket([\s\S]*)/.exec(html) ?? [];
    expect(read(basket)).toContain('Unit price');
    await rows("UPDATE deliveries SET generation = 2 WHERE order_key = 'o:ONE'");
    expect(await text(app, '/ops/usages/1')).toContain(await deriveDiscountKey('o:ONE' as never, 'a', 2));
  });

  it('shows every key that a settled discount may have gone out with, and only the newest of one that is due', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { done: 'delivered', open: 'due' });
    await rows("UPDATE deliveries SET generation = 1 WHERE order_key = 'o:ONE'");
    const html = await text(app, '/ops/usages/1');
    const { deriveDiscountKey } = await import('../../../src/usage/keys.ts');
    const key = (id: string, generation: number) => deriveDiscountKey('o:ONE' as never, id, generation);
    expect(html).toContain(`generation 0: ${await key('done', 0)}`);
    expect(html).toContain(`generation 1: ${await key('done', 1)}`);
    expect(html).toContain(await key('open', 1));
    expect(html).not.toContain(await key('open', 0));
  });

  it('is its order still when its request is gone, from a list, by search and in the decisions', async () => {
    const app = await anApp();
    await anOrder(app, 'OLD', { a: 'rejected' });
    await rows('DELETE FROM usages');
    const link = '<a href="/ops/order?key=o%3AOLD">OLD</a>';
    expect(await text(app, '/ops/dead?state=rejected')).toContain(link);
    expect(await text(app, '/ops/usages?q=OLD')).toContain(link);
    expect(await text(app, '/ops/usages?q=NEVER')).not.toContain('/ops/order');
    const html = await text(app, '/ops/order?key=o:OLD');
    expect(read(html)).toMatch(/Order OLD .* rejected/);
    expect((await get(app, '/ops/order?key=o:NEVER')).status).toBe(404);
  });

  it('shows the newest attempts of many, and says that there are more', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'due' });
    expect(await text(app, '/ops/usages/1')).not.toContain('more than can be shown');
    await rows(`WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 260)
      INSERT INTO delivery_attempts (order_key, fence, started_at, duration_ms, outcome, detail)
      SELECT 'o:ONE', 100 + n, ${Date.now()} + n, 5, 'later', 'busy-' || n || '.' FROM n`);
    const html = await text(app, '/ops/usages/1');
    expect([html.includes('busy-260.'), html.includes('busy-60.')]).toEqual([true, false]);
    expect(read(html)).toContain('the newest 200 of each kind are');
  });
});

describe('an export', () => {
  it('has a discount once, however often it was told of', async () => {
    const app = await anApp();
    const told = (more: object) => app.post('/use-offers', aUsageRequest({ usedDiscounts: ['a'], ...more }));
    await told({ order: { orderNumber: 'ONE' } });
    await told({ order: { orderNumber: 'ONE' } });
    await told({ order: undefined });
    const { rows: exported } = (await (await get(app, '/ops/usages.json')).json()) as { rows: { order: string }[] };
    const lines = await rows('SELECT order_key FROM used_discounts');
    expect(exported.length).toBe(lines.length);
    expect((await text(app, '/ops/usages')).match(/<span class="id">a<\/span>/g)?.length).toBe(3);
  });
});

describe('what a browser asks for', () => {
  it.each([
    ['tr', 'tr'],
    ['tr-TR,en;q=0.5', 'tr'],
    ['de-DE,tr;q=0.9,en;q=0.5', 'tr'],
    ['en;q=0.1,tr;q=0.9', 'tr'],
    ['tr;q=0,en', 'en'],
    ['fr', 'en'],
    ['', 'en'],
    ['trx,en', 'en'],
  ])('is the language that it likes best of ours: %j is %s', async (header, language) => {
    const html = await text(await anApp(), '/ops/usages', { 'accept-language': header });
    expect(/<html lang="(\w+)"/.exec(html)?.[1]).toBe(language);
  });

  it('may end in a slash', async () => {
    const app = await anApp();
    for (const [path, to] of [
      ['/ops/', '/ops'],
      ['/ops/usages/?q=a', '/ops/usages?q=a'],
    ]) {
      const answer = await app.request(path ?? '', { headers: { authorization: OPERATOR }, redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')]).toEqual([302, to]);
    }
  });

  it('is a language after a form too: the switch leads to the list', async () => {
    const app = await anApp();
    await anOrder(app, 'ONE', { a: 'dead' });
    const plan = await (
      await submit(app, '/ops/plan', [
        ['decision', 'replay'],
        ['line', '["o:ONE","a","dead"]'],
      ])
    ).text();
    expect(plan).toContain('href="/ops/dead?lang=tr"');
  });
});

describe('one row that is not what it should be', () => {
  it.each([
    ["UPDATE usage_conflicts SET used_discounts = '{'"],
    ["UPDATE usage_conflicts SET snapshot = '{', channel = '['"],
    ["UPDATE deliveries SET snapshot = '{'"],
    ['UPDATE deliveries SET snapshot = \'{"items":7}\''],
    ["UPDATE usages SET used_discounts = '[]', drift = '{'"],
    [`UPDATE usage_conflicts SET snapshot = '${'['.repeat(900)}${']'.repeat(900)}'`],
  ])('spoils no page: %s', async (sql) => {
    const app = await anApp();
    const id = await aConflict(app);
    await rows(sql);
    for (const path of ['/ops', '/ops/conflicts', hrefOf(id), '/ops/usages/1'])
      expect([path, (await get(app, path)).status]).toEqual([path, 200]);
  });

  it('nor does a moment that no calendar has', async () => {
    await rows("UPDATE delivery_gate SET state = 'paused', reason = 'outage', paused_at = 1, until = 9000000000000000");
    expect(read(await text(await anApp(), '/ops'))).toContain('One order tries again at –.');
  });
});
