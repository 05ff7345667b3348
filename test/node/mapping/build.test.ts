/** What is wrong with a mapping and no run of a fixture need find out. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileMapping, MAPPINGS } from '../../../scripts/mapping/build.ts';
import { compileExpression } from '../../../scripts/mapping/compile.ts';
import type { Json } from '../../../src/common/json.ts';
import { createTemplate } from '../../../src/connectors/http/mapping/evaluate.ts';
import { createHelpers, toE164 } from '../../../src/connectors/http/mapping/helpers.ts';
import { readAmounts } from '../../../src/connectors/http/mapping/read-offers.ts';

type Loose = Record<string, never>;
const theExample = () =>
  JSON.parse(readFileSync(`${MAPPINGS}/in-house-crm.json`, 'utf8')) as { offers: Loose; usages: Loose };

function problemsOf(change: (mapping: Record<string, Record<string, unknown>>) => void): string[] {
  const mapping = theExample();
  change(mapping);
  const made = compileMapping('x', mapping as Json);
  return 'problems' in made ? made.problems.map(({ path, message }) => `${path.join('.')}: ${message}`) : [];
}

describe('a mapping', () => {
  it('that is right has no problem', () => {
    expect(problemsOf(() => {})).toEqual([]);
  });

  it.each([
    [
      'offers',
      'body',
      { $eval: 'customr.phone' },
      /^offers\.body: there is no customr here; there are requestId, now, basket/,
    ],
    ['offers', 'body', { $eval: 'status' }, /there is no status here/],
    [
      'offers',
      'body',
      { a: [1, { $eval: 'customer.phon' }] },
      /^offers\.body\.a\.1: there is no customer\.phon; there/,
    ],
    ['offers', 'body', { $eval: 'customer.emailHash' }, /there is no customer\.emailHash/],
    ['offers', 'body', { $eval: 'tables.sorts' }, /there is no tables\.sorts; there are types/],
    [
      'usages',
      'body',
      { keys: { $eval: 'keys' }, of: { $eval: 'basket.currencyType' } },
      /^usages\.body\.of: there is no/,
    ],
    ['offers', 'path', `/a/\${key}`, /^offers\.path: there is no key here/],
    ['offers', 'offers', { $if: 'true', else: { $eval: 'nofunc(1)' } }, /there is no function nofunc\(\)/],
    [
      'usages',
      'outcomes',
      { $map: [], 'each(x)': { $eval: 'y.id' } },
      /^usages\.outcomes\.each\(x\): there is no y here/,
    ],
    ['usages', 'rules', [{ when: 'requestId == 1', means: 'later' }], /^usages\.rules\.0\.when: there is no requestId/],
  ])('names what is not there: %s.%s %j', (section, part, value, message) => {
    const found = problemsOf((mapping) => Object.assign(mapping[section] ?? {}, { [part]: value }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it.each<[Json]>([
    [{ $let: { a: 1, b: { $eval: 'basket' } }, in: [{ $eval: 'a' }, { $eval: 'b.id' }] }],
    [{ $map: { $eval: 'basket.items' }, 'each(item, n)': [{ $eval: 'item.id' }, { $eval: 'n' }] }],
    [{ $reduce: { $eval: 'basket.items' }, initial: 0, 'each(list, x)': { $eval: 'list + len(x.sku)' } }],
    [{ $sort: { $eval: 'basket.items' }, 'by(x)': 'x.sku' }],
    [{ $find: { $eval: 'basket.items' }, 'each(x)': "x.sku == 'a'" }],
    [{ $map: { $eval: 'basket.items' }, 'each(customer)': { $eval: 'customer.sku' } }],
    [{ $switch: { 'customer.isGuest': 1, $default: { $eval: "get(tables, 'a.b')" } } }],
  ])('knows the names that a template makes: %j', (body) => {
    expect(problemsOf((mapping) => Object.assign(mapping.offers ?? {}, { body }))).toEqual([]);
  });

  it.each([
    ['offers', { method: 'GET' }, /^offers\.body: a GET has none/],
    [
      'usages',
      { headers: { 'Content-Length': '3' } },
      /^usages\.headers\.Content-Length: is a header of the connection/,
    ],
    ['offers', { headers: { 'x-ü': '1' } }, /^offers\.headers\.x-ü: must be the name of a header/],
    ['offers', { headers: { Authorization: 'x' } }, /^offers\.headers\.Authorization: is set by auth already/],
  ])('sends no request that cannot be sent: %s %j', (section, parts, message) => {
    const found = problemsOf((mapping) => Object.assign(mapping[section] ?? {}, parts));
    expect(
      found.find((one) => message.test(one)),
      found.join('\n'),
    ).toBeDefined();
  });

  it('can tell by a look-up what was done, and what was not', () => {
    const found = problemsOf((mapping) => {
      Object.assign(mapping.usages ?? {}, { repeat: 'lookup', lookup: { path: '/orders', rules: [] } });
    });
    expect(found).toEqual([
      expect.stringMatching(/^usages\.lookup\.outcomes: is missing/),
      expect.stringMatching(/^usages\.lookup\.rules: say of no answer that it means "absent"/),
    ]);
  });

  it('that relies on keys sends one', () => {
    const without = { headers: {}, body: { order: { $eval: 'orderNumber' } } };
    const found = problemsOf((mapping) => Object.assign(mapping.usages ?? {}, without));
    expect(found).toEqual([
      expect.stringMatching(/^usages\.repeat: says that the upstream remembers keys, and none is sent/),
    ]);
    for (const body of [
      { k: `\${key}` },
      { k: { $eval: 'keys[0]' } },
      { $map: { $eval: 'discounts' }, 'each(d)': `\${d.key}` },
    ]) {
      expect(problemsOf((mapping) => Object.assign(mapping.usages ?? {}, { ...without, body }))).toEqual([]);
    }
  });

  it('tells the time that it signs', () => {
    const auth = { kind: 'hmac', secret: 'S', parts: ['timestamp', 'body'], header: 'x-signature' };
    const withAuth = (more: object) => problemsOf((mapping) => Object.assign(mapping, { auth: { ...auth, ...more } }));
    expect(withAuth({})).toEqual([expect.stringMatching(/^auth\.parts: .*timestampHeader/)]);
    expect(withAuth({ timestampHeader: 'x-time' })).toEqual([]);
  });
});

describe('an amount that a template computed', () => {
  it.each(['major', 'minor'] as const)('is one in major units, where the upstream writes %s', (unit) => {
    const node = [
      'call',
      'money',
      [
        [
          'call',
          'round',
          [
            [
              'call',
              'multiply',
              [
                ['const', '99.90'],
                ['const', '0.1'],
              ],
            ],
            ['const', 2],
          ],
        ],
      ],
    ] as const;
    const discount = createTemplate(node, createHelpers(undefined))({});
    const offer = readAmounts({ extraArgs: { discount } } as Json, { unit, as: 'string' }, 'TRY');
    expect(offer).toEqual({ extraArgs: { discount: '9.99' } });
  });
});

describe('a helper', () => {
  const evaluate = (source: string, context: Readonly<Record<string, unknown>> = {}) =>
    createTemplate(compileExpression(source), createHelpers('90'))(context);
  const body = { 'T.1': { ok: 1 }, errors: [{ causes: [{ code: 'A' }, {}] }, {}, { causes: [{ code: 'B' }] }] };

  it.each<[string, Json]>([
    ["get(body, ['T.1', 'ok'])", 1],
    ["get(body, 'T.1.ok', 'none')", 'none'],
    ["get(body, 'errors.*.causes.*.code', [])", ['A', 'B']],
    ["'B' in get(body, 'errors.*.causes.*.code', [])", true],
    ["get(body, 'errors.2.causes.0.code')", 'B'],
    ["get(body, 'nothing.*.code', [])", []],
    ["date('2026-01-01T00:00:00+03:00', 'day')", '2025-12-31'],
    ["date('2026-01-01T00:00:00+03:00', 'day', 'Europe/Istanbul')", '2026-01-01'],
  ])('%s', (source, expected) => {
    expect(evaluate(source, { body })).toEqual(expected);
  });

  it.each([
    ["date('2026-01-01', 'day', 'Mars/Olympus')", /no time zone Mars\/Olympus/],
    ['get(body, 7)', /get\(\) wants a text/],
    ['encode(half)', /half a character/],
  ])('%s fails', (source, message) => {
    expect(() => evaluate(source, { body, half: '\ud83d' })).toThrow(message);
  });

  it.each([
    ['0532 000 00 01', '90', '+905320000001'],
    ['905320000001', '90', '+905320000001'],
    ['5320000001', '90', '+905320000001'],
    ['0211 234567', '49', '+49211234567'],
    ['04921 1234567', '49', '+4949211234567'],
    ['+49 (0)30 1234567', '49', '+49301234567'],
    ['06 6982 1234', '39', '+390669821234'],
    ['0039 06 6982 1234', '39', '+390669821234'],
    ['347 123 4567', '39', '+393471234567'],
    ['+39 (0)6 6982 1234', '90', '+390669821234'],
    ['(0)6 6982 1234', '39', '+390669821234'],
    ['07 12 34 56 78', '225', '+2250712345678'],
    ['8 912 345 67 89', '7', '+79123456789'],
    ['912 345 67 89', '7', '+79123456789'],
    ['06 20 123 4567', '36', '+36201234567'],
    ['0532 000 00 01', undefined, null],
    ['905320000001', undefined, '+905320000001'],
    ['+90 532 000 00 01 ext 5', '90', '+905320000001'],
    ['n/a', '90', null],
  ])('e164 takes %s in +%s for %s', (phone, country, expected) => {
    expect(toE164(phone, country)).toBe(expected);
  });
});
