/** Compiled templates against json-e itself: the same JSON, or a failure of both. */
import fc from 'fast-check';
import jsone from 'json-e';
import { describe, expect, it } from 'vitest';
import { CompileError, compileTemplate } from '../../../scripts/mapping/compile.ts';
import type { Json } from '../../../src/common/json.ts';
import { createTemplate } from '../../../src/connectors/http/mapping/evaluate.ts';
import { createHelpers } from '../../../src/connectors/http/mapping/helpers.ts';
import { TemplateError } from '../../../src/connectors/http/mapping/template-error.ts';

const CONTEXT = {
  n: 3,
  f: 0.5,
  s: 'text',
  e: '',
  t: true,
  nothing: null,
  list: [3, 1, 2],
  words: ['b', 'a'],
  people: [
    { name: 'Ayşe', age: 30 },
    { name: 'Bob', age: 20 },
  ],
  o: { a: 1, b: { c: 'deep', d: [1] } },
} as const;

const FAILED = Symbol('failed');
const attempt = <T>(work: () => T): T | typeof FAILED => {
  try {
    return work();
  } catch {
    return FAILED;
  }
};

const ours = (template: Json) => attempt(() => createTemplate(compileTemplate(template))(CONTEXT));
const theirs = (template: Json) => attempt(() => jsone(template as object, CONTEXT) as Json);

const leaf = fc.constantFrom(
  ...[
    'n',
    'f',
    's',
    'e',
    't',
    'nothing',
    'list',
    'words',
    'people',
    'o',
    'missing',
    'x',
    'i',
    '1',
    '0',
    '2.5',
    "'a'",
    '"b"',
  ],
  ...[
    'true',
    'false',
    'null',
    'o.a',
    'o.b.c',
    'o.zz',
    "o['a']",
    "o['zz']",
    'list[0]',
    'list[-1]',
    'list[9]',
    's[1]',
    's[1:3]',
    'list[:2]',
  ],
  ...[
    'list[1:]',
    'people[0].name',
    'x.name',
    '[]',
    '{}',
    '{a: 1}',
    "{'b': s}",
    '[n, s]',
    'len(list)',
    'len(s)',
    'str(n)',
    "number('7')",
  ],
  ...[
    'uppercase(s)',
    "lowercase('ÇA')",
    "strip(' a ')",
    "join(words, '-')",
    "split('a-b', '-')",
    'min(1, n)',
    'max(f)',
    'abs(-n)',
  ],
  ...[
    "defined('n')",
    "defined('zz')",
    'typeof(list)',
    'typeof(nothing)',
    'range(0, 3)',
    'range(3, 0, -1)',
    'floor(f)',
    'ceil(f)',
    'sqrt(n)',
  ],
);
const expression = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .tuple(
        tie('any'),
        fc.constantFrom(...['+', '-', '*', '/', '**', '<', '>', '<=', '>=', '==', '!=', '&&', '||', 'in']),
        tie('any'),
      )
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc
      .tuple(tie('any'), fc.constantFrom(' + ', ' * ', ' ** ', ' == ', ' && '), tie('any'))
      .map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('!', '-', '+'), tie('any')).map(([operator, of]) => `${operator}(${of})`),
  ),
})).any;

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', ' ', '$', '$${', '}'),
      expression.map((it) => `\${${it}}`),
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(''));

const template = fc
  .letrec<{ any: Json }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<Json>(1, true, null, 'plain', [], {}),
      text,
      expression.map((it) => ({ $eval: it })),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('k', 'l', '__proto__', '$$d', `k\${s}`, '$bad', 'toString'), tie('any'), {
        maxKeys: 3,
      }),
      // biome-ignore lint/suspicious/noThenProperty: json-e's own word
      fc.record({ $if: expression, then: tie('any'), else: tie('any') }, { requiredKeys: ['$if'] }),
      fc.record({ $let: fc.dictionary(fc.constantFrom('x', 'y'), tie('any'), { maxKeys: 2 }), in: tie('any') }),
      fc.record({ $map: tie('any'), 'each(x)': tie('any') }),
      fc.record({ $map: expression.map((it) => ({ $eval: it })), 'each(x,i)': tie('any') }),
      fc.record({ $reduce: tie('any'), initial: fc.constantFrom<Json>(0, '', []), 'each(x, i)': tie('any') }),
      fc.record({ $find: tie('any'), 'each(x)': expression }),
      fc.record({ $sort: tie('any') }),
      fc.record({ $sort: tie('any'), 'by(x)': expression }),
      fc.record({ $switch: fc.dictionary(fc.oneof(expression, fc.constant('$default')), tie('any'), { maxKeys: 2 }) }),
      fc.record({ $match: fc.dictionary(expression, tie('any'), { maxKeys: 2 }) }),
      ...['$flatten', '$flattenDeep', '$merge', '$json'].map((name) => tie('any').map((it) => ({ [name]: it }))),
      // json-e turns the list itself around and takes its first away: these get a copy.
      ...['$mergeDeep', '$reverse'].map((name) =>
        tie('any').map((it) => ({ [name]: { $map: it, 'each(x)': { $eval: 'x' } } })),
      ),
    ),
  }))
  .any.map((it) => JSON.parse(JSON.stringify(it)) as Json);

function holdsNoNumber(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNoNumber);
}

describe('a compiled template', () => {
  it('comes to what json-e comes to, or fails where that fails', () => {
    fc.assert(
      fc.property(template, (it) => {
        const made = theirs(it);
        // json-e writes NaN, which becomes null on its way: ours fails.
        const expected = holdsNoNumber(made) ? FAILED : made;
        // What json-e finds out when it gets there, the compiler finds out before.
        if (expected !== FAILED && !isRefused(it)) expect(ours(it)).toEqual(expected);
        if (expected === FAILED) expect(ours(it)).toBe(FAILED);
      }),
      { numRuns: Number(process.env.RUNS ?? 2000) },
    );
  });
});

describe('a template that means harm', () => {
  const range = { $eval: 'range(0, 1000)' };
  const doubling = { $reduce: range, initial: 'x', 'each(sum, x)': { $eval: 'sum + sum' } };
  const big = 'x'.repeat(1_000_000);

  it.each<[string, Json]>([
    ['loops in loops', { $map: range, 'each(a)': { $map: range, 'each(b)': { $map: range, 'each(c)': 1 } } }],
    ['counts far', { $eval: 'range(0, 1000000000)' }],
    ['counts back', { $eval: 'range(1000000000, 0, -1)' }],
    ['stands still', { $eval: 'range(0, 1, 0)' }],
    ['doubles a text', doubling],
    [
      'doubles a list',
      { $reduce: range, initial: [1], 'each(sum, x)': { $flatten: [{ $eval: 'sum' }, { $eval: 'sum' }] } },
    ],
    [
      'doubles an object',
      { $reduce: range, initial: { a: [1] }, 'each(sum, x)': { $mergeDeep: [{ $eval: 'sum' }, { $eval: 'sum' }] } },
    ],
    [
      'writes its own text again and again',
      { $reduce: range, initial: '', 'each(sum, x)': { $json: [{ $eval: 'sum' }, { $eval: 'sum' }] } },
    ],
    ['joins what is long, often', { $map: range, 'each(x)': { $eval: 'join([big, big], big)' } }],
    ['takes a long text apart', { $map: range, 'each(x)': { $eval: "split(big, '')" } }],
    ['compares long texts, often', { $map: range, 'each(x)': { $eval: 'big == other' } }],
    ['looks for a text in a long one, often', { $map: range, 'each(x)': { $eval: "'y' in big" } }],
    ['shows a large part in many places', { $map: { $eval: 'range(0, 300)' }, 'each(x)': { $eval: 'wide' } }],
    [
      'flattens a long list in many places',
      { $flatten: { $map: { $eval: 'range(0, 300)' }, 'each(x)': { $eval: 'long' } } },
    ],
    ['merges more and more keys', { $mergeDeep: { $eval: 'objects' } }],
    ['compares wide objects, often', { $map: range, 'each(x)': { $eval: 'wide == alike' } }],
    ['writes a long text in many places', { $json: { $map: range, 'each(x)': { $eval: 'big' } } }],
    ['joins with what is long', { $eval: 'join(range(0, 900), big)' }],
    ['sorts in loops', { $map: range, 'each(x)': { $sort: range } }],
    ['looks through a list in loops', { $map: range, 'each(x)': { $eval: "'1' in get(holder, 'long.*.a', [])" } }],
    ['asks in loops whether an object is empty', { $map: range, 'each(x)': { $switch: { wide: 1 } } }],
    ['asks in loops by !', { $map: range, 'each(x)': { $eval: '!wide || wide && wide' } }],
    ['follows a path that has no end', { $map: range, 'each(x)': { $eval: 'get(wide, path)' } }],
    [
      'asks a calendar too often',
      { $map: range, 'each(x)': { $map: range, 'each(y)': { $eval: "date(0, 'day', 'Asia/Tokyo')" } } },
    ],
  ])('is stopped when it %s', (_what, it) => {
    const run = createTemplate(compileTemplate(it), createHelpers('90'));
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, at]));
    const objects = Array.from({ length: 2000 }, (_, at) => ({ [`k${at}`]: at }));
    const long = Array.from({ length: 100_000 }, () => 1);
    const path = 'a.'.repeat(2000);
    const context = {
      path,
      holder: { long },
      big,
      other: `${big.slice(1)}y`,
      wide,
      alike: { ...wide, k49999: 'x' },
      objects,
      long,
    };
    expect(() => run(context)).toThrow(/too many steps|range wants|join makes/);
  });

  it.each([
    ['is', { $reduce: { $eval: 'long' }, initial: [], 'each(a,x)': [{ $eval: 'a' }] }],
    ['is written as JSON', { $json: { $reduce: { $eval: 'long' }, initial: [], 'each(a,x)': [{ $eval: 'a' }] } }],
    ['is merged', { $mergeDeep: [{ $eval: 'deep' }, { $eval: 'deep' }] }],
  ])('fails where what comes out %s nested without end', (_what, it) => {
    const long = Array.from({ length: 9000 }, () => 1);
    const deep = long.reduce<object>((inner) => ({ inner }), {});
    const run = createTemplate(compileTemplate(it));
    expect(() => run({ long, deep })).toThrow(TemplateError);
  });

  it('makes nothing that is nested deeper than 200', () => {
    const run = createTemplate(
      compileTemplate({ $reduce: { $eval: 'list' }, initial: [], 'each(a,x)': [{ $eval: 'a' }] }),
    );
    const list = Array.from({ length: 200 }, () => 1);
    expect(run({ list: list.slice(1) })).toHaveLength(1);
    expect(() => run({ list: [...list, 1] })).toThrow('nested deeper than 200');
  });

  it.each(["number('abc')", '10 ** 999', '-(10 ** 999)'])('makes no JSON of %s', (source) => {
    expect(() => createTemplate(compileTemplate({ $eval: source }))({})).toThrow('is no number of JSON');
  });

  it.each([
    ...['o.__proto__', "o['__proto__']", 'o.constructor', "o['constructor']", 'o.toString', 'list.length', 's.length'],
    ...[
      'constructor',
      '__proto__',
      'toString',
      'globalThis',
      'this',
      "get(o, '__proto__')",
      'o.hasOwnProperty("a")',
      'len.constructor',
    ],
  ])('reaches nothing but its data: %s', (source) => {
    const seen = attempt(() =>
      createTemplate(compileTemplate({ $eval: source }), { get: (() => null) as never })(CONTEXT),
    );
    expect([FAILED, null]).toContain(seen);
  });

  it('cannot write a prototype, and its keys are keys', () => {
    const made = ours({ $merge: [{ a: 1 }, { $eval: 'parsed' }] }) as object | typeof FAILED;
    expect(made).toBe(FAILED);
    const run = createTemplate(compileTemplate({ $merge: [{ a: 1 }, { $eval: 'parsed' }] }));
    const merged = run({ parsed: JSON.parse('{"__proto__": {"polluted": true}}') });
    expect(Object.keys(merged as object)).toEqual(['a', '__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['is no operator', { $unheard: 1 }, /there is no operator \$unheard/],
    ['reads the clock', { $fromNow: '1 day' }, /there is no operator \$fromNow/],
    ['is no expression', { a: [{ $eval: 'b +' }] }, /is no expression|is missing/],
    ['is not closed', { a: 'x ${b' }, /not closed|is no expression/],
    ['calls what has no name', { $eval: 'o.f(1)' }, /only a function by its name/],
    ['is deep', Array.from({ length: 40 }).reduce<Json>((inner) => [inner], 1), /at most 32 deep/],
    ['is long', { $eval: `1${' + 1'.repeat(400)}` }, /at most 1000 characters/],
  ] as [string, Json, RegExp][])('is refused before it runs when it %s', (_what, it, message) => {
    expect(() => compileTemplate(it)).toThrow(message);
  });
});

/** Wrong in a branch that json-e never read. */
function isRefused(it: Json): boolean {
  try {
    compileTemplate(it);
    return false;
  } catch (error) {
    return error instanceof CompileError;
  }
}
