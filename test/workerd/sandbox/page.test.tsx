import { reset } from 'cloudflare:test';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../src/sandbox/call-adapter.ts';
import { chooseGifts, giftChoices } from '../../../src/sandbox/gifts.ts';
import { Json } from '../../../src/sandbox/page/highlight.tsx';
import { toCurl } from '../../../src/sandbox/page/to-curl.ts';
import type { ShownOffer } from '../../../src/sandbox/state.ts';
import { anOffer, aShop, onEverything, openShop } from './shop.ts';

beforeEach(openShop);
afterEach(reset);

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const FORM = { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://shop.test' };

/** Of the form, as it stands. */
const SWITCHES = {
  ...{ adapter: 'configured', contractVersion: 'v2', device: 'default', priorityFirst: 'lowest' },
  ...{ useOffers: 'normal', delayMs: '0' },
};

/** What a reader sees of a page's JSON. */
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('JSON in the panel', () => {
  it('says what the wire said: the same values, indented', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        const shown = textOf(String(<Json text={json} />));
        expect(JSON.parse(shown)).toEqual(JSON.parse(json));
      }),
    );
  });

  it('leaves numbers as they were written, and lists that are empty on one line', () => {
    const shown = textOf(String(<Json text='{"a":25.50,"b":1e2,"c":[],"d":{},"e":[-0.0,true,null]}' />));
    expect(shown).toBe(
      [
        '{',
        '  "a": 25.50,',
        '  "b": 1e2,',
        '  "c": [],',
        '  "d": {},',
        '  "e": [',
        '    -0.0,',
        '    true,',
        '    null',
        '  ]',
        '}',
      ].join('\n'),
    );
  });

  it('tells keys from texts, and shows what is no JSON as it is', () => {
    expect(String(<Json text='{"k":"v:"}' />)).toContain(
      '<span class="key">&quot;k&quot;</span>: <span class="string">',
    );
    expect(textOf(String(<Json text="<h1>Sorry" />))).toBe('<h1>Sorry');
  });

  it('cuts what no browser should draw, and says so', () => {
    const shown = String(<Json text={JSON.stringify('x'.repeat(300_000))} />);
    expect(shown.length).toBeLessThan(25_000);
  });
});

describe('a call as a command', () => {
  const call = {
    ...{ method: 'POST', path: '/offers', requestId: 'r', contractVersion: 'v2', at: 0, durationMs: 1, status: 200 },
    ...{ answerHeaders: '{}', answerBody: '' },
  } as const;
  const credentials = { username: 'akinon', password: "it's $HOME" };

  const nobody = { phone: null, email: [], emailAllowed: false, smsAllowed: false, callAllowed: false };

  it('quotes whatever a header, a body or a password holds', () => {
    const record: CallRecord = { ...call, requestHeaders: '{"x-app-staff":"O\'Hara"}', requestBody: '{"a":"`id` \'"}' };
    expect(toCurl(record, 'http://localhost:1', credentials, nobody)).toBe(
      [
        `curl -i -u 'akinon:it'\\''s $HOME' 'http://localhost:1/offers'`,
        `-H 'x-app-staff: O'\\''Hara'`,
        `--data-raw '{"a":"\`id\` '\\''"}'`,
      ].join(' \\\n  '),
    );
  });

  it('of a customer has a new token, for who is a member now', () => {
    const record: CallRecord = {
      ...call,
      ...{
        method: 'GET',
        path: '/account/basket-offers/',
        requestHeaders: '{"accept-language":"en"}',
        requestBody: '',
      },
    };
    expect(
      toCurl(record, 'http://localhost:1', credentials, { ...nobody, phone: '+90 1', email: ['a@example.com'] }),
    ).toBe(
      [
        `curl -i -H "authorization: Bearer $(npm run -s customer-token -- --phone '+90 1' --email 'a@example.com')" 'http://localhost:1/account/basket-offers/'`,
        `-H 'accept-language: en'`,
      ].join(' \\\n  '),
    );
  });
});

describe('gifts', () => {
  const offer = (id: string, products: number[], allowedQuantity: number) =>
    ({
      ...{ id, label: id, type: 'SAMPLE_PRODUCT' },
      extraArgs: { sampleProducts: products.map((product) => ({ id: product })), allowedQuantity },
    }) as unknown as ShownOffer;
  const applied = [offer('kit', [1, 2, 3], 2), offer('tea', [9], 1)];

  it('are those that the applied offers give', () => {
    expect(giftChoices([...applied, { ...offer('x', [], 1), type: 'POINT' }])).toEqual([
      { offer: 'kit', label: 'kit', products: [1, 2, 3], allowed: 2 },
      { offer: 'tea', label: 'tea', products: [9], allowed: 1 },
    ]);
  });

  it.each([
    [[], null],
    [
      [
        ['kit', 1],
        ['kit', 3],
        ['tea', 9],
      ],
      null,
    ],
    [
      [
        ['kit', 1],
        ['kit', 2],
        ['kit', 3],
      ],
      'too_many_gifts',
    ],
    [[['kit', 9]], 'unknown_gift'],
    [[['gone', 1]], 'unknown_gift'],
  ] as const)('of %j are chosen, or refused with %s', (chosen, code) => {
    const result = chooseGifts(
      chosen.map(([from, product]) => ({ offer: from, product })),
      applied,
    );
    expect(result.ok ? null : result.error.code).toBe(code);
  });
});

describe('the page', () => {
  it('shows what an adapter says as text', async () => {
    const evil = '<script>alert(1)</script>';
    const shop = aShop({
      answer: (said) => [
        onEverything(anOffer({ label: evil, successMessage: evil, upsellMessage: evil }, { description: evil }), said),
      ],
    });
    await shop.json('POST', '/baskets/basket/', { product: 1309, quantity: 1 });
    const response = await shop.request('GET', '/');
    const html = await response.text();
    expect(html).toContain('&lt;script&gt;alert(1)');
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/);
  });

  it('takes no form of another site', async () => {
    const shop = aShop({ answer: () => [] });
    const from = (origin: string) =>
      shop.request('POST', '/sandbox/do/add', form({ product: '1309' }), { ...FORM, origin });
    expect((await from('https://evil.example')).status).toBe(403);
    expect((await shop.json('GET', '/baskets/basket/')).basket.total_quantity).toBe(0);
    expect((await from('http://shop.test')).status).toBe(303);
    expect((await shop.json('GET', '/baskets/basket/')).basket.total_quantity).toBe(1);
  });

  it.each([
    ['POST', '/sandbox/orders'],
    ['POST', '/sandbox/upstream/reset'],
    ['POST', '/sandbox/orders/SBX-1/use-offers'],
    ['DELETE', '/baskets/basket/'],
    ['POST', '/sandbox/do/order'],
  ])('takes no %s %s of another site', async (method, path) => {
    const response = await aShop({ answer: () => [] }).request(method, path, undefined, {
      origin: 'http://localhost:1',
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ errors: [{ code: 'other_site' }] });
  });

  it.each([
    ['application/json', '{"product":1309}'],
    ['text/plain', 'product=1309'],
    ['multipart/form-data; boundary=x', '--x\r\nbroken'],
    ['multipart/form-data', ''],
  ])('answers 400 to %s, which is no form', async (type, body) => {
    const shop = aShop({ answer: () => [] });
    const response = await shop.request('POST', '/sandbox/do/add', body, { 'content-type': type });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('That was no form.');
  });

  it('orders nothing at another sum than was shown', async () => {
    const shop = aShop({ answer: () => [] });
    await shop.json('POST', '/baskets/basket/', { product: 1309, quantity: 1 });
    await shop.json('PATCH', '/sandbox/products/1309', { price: '130.00' });
    const order = (total: string) => shop.request('POST', '/sandbox/do/order', form({ total }), FORM);
    const refused = await order('120.00');
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('It comes to 130.00 now, and was 120.00.');
    expect((await order('130.00')).status).toBe(303);
  });

  it('names a voucher code only where the adapter is known to have it', async () => {
    const shop = aShop({ answer: () => [] });
    await shop.json('POST', '/baskets/basket/', { product: 1309, quantity: 1 });
    const label = async () => /<label for="code">([^<]*)</.exec(await (await shop.request('GET', '/')).text())?.[1];
    expect(await label()).toBe('Voucher code, such as WELCOME150');
    await shop.json('POST', '/sandbox/settings', { adapter: 'reference' });
    expect(await label()).toBe('Voucher code');
  });

  it('shows the credentials to nobody who has another name for this machine', async () => {
    const shop = aShop({ answer: () => [] });
    await shop.json('POST', '/baskets/basket/', { product: 1309, quantity: 1 });
    const html = await (await shop.request('GET', '/')).text();
    expect(html).toContain('USERNAME:PASSWORD');
    expect(html).not.toContain('correct:horse');
  });

  it.each([
    ['add', { product: '7' }, /No product 7\./],
    ['add', {}, /no such product/],
    ['add', { product: '2007' }, /0 of Seramik kupa are in stock\./],
    ['step', { item: '1', by: '1' }, /No item 1 in the basket\./],
    ['step', { item: 'x' }, /Say of which item/],
    ['voucher', { code: 'NONSENSE' }, /class="problem"/],
    ['order', {}, /There is nothing to order\./],
    ['order', { gift: 'x' }, /Choose gifts from the list\./],
    ['settings', { device: '' }, /class="problem"/],
    ['fault', { fault: 'hangs' }, /no such fault to set/],
  ])('answers a %s of %j in words and changes nothing', async (to, fields, words) => {
    const shop = aShop({ answer: () => [] });
    const before = await shop.json('GET', '/sandbox/state');
    const response = await shop.request('POST', `/sandbox/do/${to}`, form(fields), FORM);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(words);
    expect(await shop.json('GET', '/sandbox/state')).toEqual(before);
  });

  it('gives the panel only the calls that it does not have', async () => {
    const shop = aShop({ answer: () => [] });
    await shop.json('POST', '/baskets/basket/', { product: 1309, quantity: 1 });
    const [{ id }] = (await shop.json('GET', '/sandbox/calls')).calls;
    expect(await (await shop.request('GET', `/sandbox/panel?after=${id - 1}`)).text()).toContain(`data-call="${id}"`);
    expect(await (await shop.request('GET', `/sandbox/panel?after=${id}`)).text()).toBe('');
  });

  it('asks for a member’s offers with a token of its own, and keeps that to itself', async () => {
    const shop = aShop({
      answer: ({ path }) =>
        path === '/account/basket-offers/' ? { total_discount: 0, all_discounts: [] } : { results: [] },
    });
    const look = async () => (await shop.request('GET', '/sandbox/account')).text();
    expect(await look()).toContain('A guest has no offers of its own');
    const customer = { phone: null, email: ['m@example.com'], emailAllowed: true, smsAllowed: true, callAllowed: true };
    await shop.json('POST', '/sandbox/settings', { customer });
    const page = await look();
    expect(page).toMatch(/come to <strong class="amount">0/);
    const [first] = shop.said;
    const token = first?.headers.authorization?.split(' ')[1] ?? '';
    const { aud, email, iat, exp } = JSON.parse(atob(token.split('.')[1] ?? ''));
    expect([aud, email, exp - iat]).toEqual(['offerbridge', 'm@example.com', 60]);
    expect(page).toContain('GET /account/basket-offers/');
    expect(page).not.toContain(token.split('.')[2]);
  });

  it('says what the adapter answered in place of a member’s offers', async () => {
    const errors = [{ code: 'not_found', field: '', message: 'Nobody lists <them>.' }];
    const shop = aShop({ answer: () => Response.json({ errors }, { status: 404 }) });
    await shop.request('POST', '/sandbox/do/settings', form({ ...SWITCHES, who: 'member', phone: '+90 1' }), FORM);
    const page = await (await shop.request('GET', '/sandbox/account')).text();
    expect(page).toContain('The adapter answered 404: Nobody lists &lt;them&gt;.');
  });

  it('has no page of an order that is none', async () => {
    expect((await aShop({ answer: () => [] }).request('GET', '/sandbox/order/SBX-1')).status).toBe(404);
  });
});
