/** Compiled templates against json-e itself: the same JSON, or a failure of both. */
import fc from 'fast-check';
import jsone from 'json-e';
import { describe, expect, it } from 'vitest';
import { CompileError, compileTemplate } from '../../../scripts/mapping/compile.ts';
import type { Json } from '../../../src/common/json.ts';
import { createTemplate } from '../../../src/connectors/http/mapping/evaluate.ts';

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

describe('a compiled template', () => {
  it('comes to what json-e comes to, or fails where that fails', () => {
    fc.assert(
      fc.property(template, (it) => {
        const expected = theirs(it);
        // What json-e finds out when it gets there, the compiler finds out before.
        if (expected !== FAILED && !isRefused(it)) expect(ours(it)).toEqual(expected);
        if (expected === FAILED) expect(ours(it)).toBe(FAILED);
      }),
      { numRuns: Number(process.env.RUNS ?? 2000) },
    );
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
