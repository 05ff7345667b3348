/** Conflicts compared and settled, and everything replayed that a list shows, by forms as a browser sends them. */
import { describe, expect, it } from 'vitest';
import { aUsageRequest, rows } from '../support/builders.ts';
import { anApp, anOrder, get, stateOf, submit, text, VIEWER } from '../support/console.ts';
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
});
