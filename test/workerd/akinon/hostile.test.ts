import { describe, expect, it } from 'vitest';
import { anItem, anOffersRequest, aUsageRequest, rows } from '../support/builders.ts';
import { aTestApp, errorsOf } from '../support/http.ts';

const MIB = 1024 * 1024;
const ROUTES = ['/offers', '/use-offers'] as const;
const validFor = (route: string) => (route === '/offers' ? anOffersRequest() : aUsageRequest());

function streamOf(chunks: number, size: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent++ === chunks) controller.close();
      else controller.enqueue(new Uint8Array(size).fill(0x20));
    },
  });
}

/** Valid JSON of exactly so many bytes. */
function padded(route: string, bytes: number): string {
  const text = JSON.stringify(validFor(route));
  return text + ' '.repeat(bytes - text.length);
}

describe.each(ROUTES)('hostile input on POST %s', (route) => {
  it('takes 1 MiB and refuses a byte more, by its declared length', async () => {
    expect((await aTestApp().post(route, padded(route, MIB))).status).toBe(200);
    const response = await aTestApp().post(route, padded(route, MIB + 1));
    expect([response.status, await errorsOf(response)]).toEqual([413, [['body_too_large', '']]]);
  });

  it('goes by the declared length without reading', async () => {
    const declare = (bytes: number) => ({ 'content-length': String(bytes) });
    const fits = padded(route, MIB);
    expect((await aTestApp().post(route, fits, declare(MIB))).status).toBe(200);
    const response = await aTestApp().post(route, '{}', declare(MIB + 1));
    expect([response.status, await errorsOf(response)]).toEqual([413, [['body_too_large', '']]]);
  });

  it('answers invalid_json to a body that breaks off, and takes it for no bug of ours', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('gone')) });
    const app = aTestApp();
    const response = await app.post(route, body);
    expect([response.status, await errorsOf(response)]).toEqual([400, [['invalid_json', '']]]);
    expect(app.logged.filter(({ event }) => event === 'internal_error')).toEqual([]);
  });

  it('refuses a stream that grows too large while it is read', async () => {
    const response = await aTestApp().post(route, streamOf(40, 65_536));
    expect([response.status, await errorsOf(response)]).toEqual([413, [['body_too_large', '']]]);
  });

  it('refuses 100,000 nested brackets before any parser recurses', async () => {
    for (const text of ['['.repeat(100_000), `${'['.repeat(100_000)}${']'.repeat(100_000)}`, '{"a":'.repeat(100_000)]) {
      const response = await aTestApp().post(route, text);
      expect([response.status, await errorsOf(response)]).toEqual([400, [['invalid_json', '']]]);
    }
  });

  it('takes a depth of 32 and refuses 33, wherever it stands', async () => {
    const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;
    expect((await aTestApp().post(route, { ...validFor(route), x: nested(31) })).status).toBe(200);
    const response = await aTestApp().post(route, { ...validFor(route), x: nested(32) });
    expect(await errorsOf(response)).toEqual([['invalid_json', '']]);
  });

  it('does not count brackets inside text', async () => {
    const text = '[{'.repeat(100) + '\\"]'.repeat(3);
    expect((await aTestApp().post(route, { ...validFor(route), x: text, '[[[[': 1 })).status).toBe(200);
  });

  it.each([
    ['nothing', ''],
    ['a cut text', '{"basket":'],
    ['NaN', '{"basket":NaN}'],
    ['a NUL', '\u0000'],
    ['HTML', '<html></html>'],
    ['two values', '{} {}'],
  ])('answers invalid_json to %s', async (_name, text) => {
    const response = await aTestApp().post(route, text);
    expect([response.status, await errorsOf(response)]).toEqual([400, [['invalid_json', '']]]);
  });

  it('answers invalid_json to bytes that are not UTF-8', async () => {
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
    expect(await errorsOf(await aTestApp().post(route, bytes))).toEqual([['invalid_json', '']]);
  });

  it('skips a byte order mark', async () => {
    expect((await aTestApp().post(route, `\ufeff${JSON.stringify(validFor(route))}`)).status).toBe(200);
  });

  it('says where JSON breaks, and nothing of what stands there', async () => {
    const response = await aTestApp().post(route, '{"a":1,"secret" "b"}');
    const { errors } = (await response.json()) as { errors: { message: string }[] };
    expect(errors[0]?.message).toBe('The body is not JSON in UTF-8: see character 16. Send a JSON object.');
  });

  it.each(['null', '5', '"x"', '[]', 'true', '1e400'])('says that the JSON %s is no object', async (text) => {
    const response = await aTestApp().post(route, text);
    expect(await response.json()).toMatchObject({
      errors: [{ code: 'invalid_field', field: '', message: 'The body must be an object.' }],
    });
  });

  it.each(['{}', '{"basket":[]}'])('answers invalid_field to the JSON %s', async (text) => {
    const response = await aTestApp().post(route, text);
    expect(response.status).toBe(400);
    for (const [code] of await errorsOf(response)) expect(code).toBe('invalid_field');
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/vnd.akinon+json',
    '',
  ])('takes the content type %j', async (contentType) => {
    expect((await aTestApp().post(route, validFor(route), { 'content-type': contentType })).status).toBe(200);
  });

  it('takes no content type at all', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(validFor(route)));
    expect((await aTestApp().post(route, bytes, { 'content-type': null })).status).toBe(200);
  });

  it.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonx',
    'json',
  ])('answers 415 to the content type %s', async (contentType) => {
    const response = await aTestApp().post(route, validFor(route), { 'content-type': contentType });
    expect([response.status, await errorsOf(response)]).toEqual([415, [['unsupported_media_type', 'content-type']]]);
  });

  it.each([
    ['absent', null, 'missing_header'],
    ['empty', '', 'missing_header'],
    ['of 201 characters', 'x'.repeat(201), 'invalid_header'],
    ['with a space', 'a b', 'invalid_header'],
    ['beyond ASCII', 'é', 'invalid_header'],
  ])('refuses a request id that is %s', async (_name, requestId, code) => {
    const response = await aTestApp().post(route, validFor(route), { 'x-akinon-request-id': requestId });
    expect([response.status, await errorsOf(response)]).toEqual([400, [[code, 'x-akinon-request-id']]]);
  });

  it('takes a request id of 200 characters', async () => {
    const response = await aTestApp().post(route, validFor(route), { 'x-akinon-request-id': '~'.repeat(200) });
    expect(response.status).toBe(200);
  });

  it('names every header that is missing', async () => {
    const response = await aTestApp().post(route, validFor(route), {
      'x-akinon-request-id': null,
      'x-akinon-api-version': null,
      'x-app-device': '',
    });
    expect(await errorsOf(response)).toEqual([
      ['missing_header', 'x-akinon-request-id'],
      ['missing_header', 'x-akinon-api-version'],
      ['missing_header', 'x-app-device'],
    ]);
  });

  it('is not moved by __proto__, constructor or prototype', async () => {
    const text = JSON.stringify(validFor(route)).replace(
      /^{/,
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},',
    );
    expect((await aTestApp().post(route, text)).status).toBe(200);
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });
});

describe('hostile input', () => {
  it('answers half a million wrong elements with twenty errors', async () => {
    const wrong = `[${'0,'.repeat(400_000)}0]`;
    const text = JSON.stringify(anOffersRequest({ basketItems: [anItem({ appliedDiscounts: [] })] }));
    const inHistory = text.replace('"appliedDiscounts":[]', `"appliedDiscounts":${wrong}`);
    const response = await aTestApp().post('/offers', inHistory);
    expect(await errorsOf(response)).toEqual([['invalid_field', 'basket.basketItems[0].appliedDiscounts']]);
    const lists = `[${`{"discount":{"type":"x","discountedBasketItems":[${'0,'.repeat(900)}0]}},`.repeat(400)}0]`;
    const spread = await aTestApp().post(
      '/offers',
      text.replace('"appliedDiscounts":[]', `"appliedDiscounts":${lists}`),
    );
    expect(await errorsOf(spread)).toHaveLength(20);
  });

  it('keeps control characters and line breaks out of the log', async () => {
    const app = aTestApp();
    await app.post('/use-offers', { usedDiscounts: ['a\nFAKE LINE'], order: { orderNumber: 'x\u001b[31m' } });
    const lines: string[] = [];
    const { consoleLog } = await import('../../../src/common/log.ts');
    const original = console.warn;
    console.warn = (line: string) => void lines.push(line);
    consoleLog('warn', 'x', { error: 'a\nb\u001b[31m\u0085', fields: ['c\r\nd'] });
    console.warn = original;
    expect(lines).toEqual(['{"event":"x","error":"ab[31m","fields":["cd"]}']);
    console.warn = (line: string) => void lines.push(line);
    consoleLog('warn', 'x', { error: 'y'.repeat(1000) });
    console.warn = original;
    expect(JSON.parse(lines[1] ?? '').error).toHaveLength(300);
    expect(JSON.stringify(app.logged)).not.toMatch(/FAKE|\[31m/);
  });

  it('writes no phone, e-mail, staff e-mail or product attribute into D1 or the log', async () => {
    const app = aTestApp();
    const personal = { phone: '+905551112233', email: ['jane@person.test'] };
    const product = { id: 1, sku: 's', name: 'n', attributes: { engraving: 'FOR JANE' } };
    const extraArgs = { discount: '1.00', phone: '+905551112233', data: { coupon: 'C', email: 'jane@person.test' } };
    const appliedDiscounts = [{ discount: { type: 'BASKET', description: 'd', extraArgs } }];
    const basket = { basketItems: [anItem({ product, appliedDiscounts })] };
    const staff = { 'x-store-staff-email': 'staff@person.test', 'x-store-staff-id': 'staff@person.test' };
    await app.post('/offers', anOffersRequest(basket, personal), staff);
    await app.post(
      '/use-offers',
      { ...aUsageRequest({ basket: anOffersRequest(basket).basket }), user: personal },
      staff,
    );
    await app.post('/use-offers', { user: personal, basket: anOffersRequest(basket).basket, usedDiscounts: 5 }, staff);
    const stored: unknown[] = [app.logged];
    for (const { name } of await rows<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
    )) {
      stored.push(await rows(`SELECT * FROM ${name}`));
    }
    expect(await rows('SELECT * FROM refused_requests')).toHaveLength(1);
    const [delivery] = await rows('SELECT snapshot FROM deliveries');
    const [kept] = JSON.parse(delivery.snapshot).items[0].appliedDiscounts;
    expect(kept.extraArgs).toEqual({ discount: '1.00', data: { coupon: 'C' } });
    expect(JSON.stringify(stored)).not.toMatch(/5551112233|person\.test|JANE/);
  });
});
