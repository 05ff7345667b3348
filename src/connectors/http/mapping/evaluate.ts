/**
 * Compiled templates → JSON. The language is json-e; its own parser compiles each mapping when the Worker is built
 * (`scripts/mapping/compile.ts`), because parsing at every request costs more than all else, and because here every step is counted:
 * whatever an upstream answers, a template ends within {@link MAX_STEPS}. A property test holds the results to json-e's.
 * @see json-e language reference, "Operators", "Expression syntax", "Built-in functions"
 */
import { isObject, type Json } from '../../../common/json.ts';
import { BUILTINS } from './builtins.ts';
import { counted, type Run, spend, spendText } from './steps.ts';
import { placed, TemplateError } from './template-error.ts';
import {
  BINARY,
  clamp,
  elementOf,
  flatten,
  type Helper,
  isTruthy,
  listOf,
  measure,
  mergeDeep,
  objectsOf,
  setOwn,
  sorted,
  type Value,
} from './values.ts';

/** What `compile.ts` makes of a template or an expression: an operator and its operands. */
export type Node =
  | readonly ['const', Json]
  | readonly ['var', string]
  | readonly ['prop', Node, string]
  | readonly ['index', Node, Node]
  | readonly ['slice', Node, Node | null, Node | null]
  | readonly ['call', string, readonly Node[]]
  | readonly ['unary', string, Node]
  | readonly ['binary', string, Node, Node]
  | readonly ['list', readonly Node[]]
  | readonly ['object', readonly (readonly [Node, Node])[]]
  | readonly ['text', readonly Node[]]
  | readonly ['if', Node, Node | null, Node | null]
  | readonly ['let', Node, Node]
  | readonly ['map', Node, string, string | null, Node]
  | readonly ['reduce', Node, readonly [string, string, string | null], Node, Json]
  | readonly ['find', Node, string, string | null, Node]
  | readonly ['sort', Node, string | null, Node | null]
  | readonly ['switch', readonly (readonly [Node, Node])[], Node | null]
  | readonly ['match', readonly (readonly [Node, Node])[]]
  | readonly ['flatten' | 'flattenDeep' | 'merge' | 'mergeDeep' | 'reverse' | 'json', Node];

/** Nodes, elements and characters (by the sixteen) that one evaluation may touch. */
const MAX_STEPS = 200_000;
/** Left out of the list or object that it stands in; elsewhere an empty object, as json-e has it. */
const NOTHING: Value = Object.freeze({});

interface Scope {
  readonly vars: Readonly<Record<string, Value>>;
  readonly run: Run;
}

type Compiled = (scope: Scope) => Value;

/** A template that is ready to be evaluated, any number of times. @throws TemplateError from the function it returns */
export type Template = (context: Readonly<Record<string, unknown>>) => Json;

/** @param helpers functions that templates may call, beside json-e's own */
export function createTemplate(node: Node, helpers: Readonly<Record<string, Helper>> = {}): Template {
  const evaluate = prepare(node);
  const functions: Record<string, Value> = Object.assign(Object.create(null), BUILTINS, helpers);
  return (context) => {
    const vars = Object.assign(Object.create(functions), context);
    const run = { steps: MAX_STEPS };
    try {
      const value = evaluate({ vars, run });
      measure(value, run);
      return value === NOTHING ? null : (value as Json);
    } catch (error) {
      // Of the engine: its stack, or the longest text that it has.
      throw error instanceof RangeError
        ? new TemplateError('the template asks for more than there is room for')
        : error;
    }
  };
}

function within(scope: Scope, more: Readonly<Record<string, Value>>): Scope {
  return { vars: Object.assign(Object.create(scope.vars), more), run: scope.run };
}

/** Every node once, when the Worker starts; what is returned runs at every request. */
function prepare(node: Node): Compiled {
  const compiled = COMPILERS[node[0]] as (node: Node) => Compiled;
  const evaluate = compiled(node);
  return (scope) => {
    spend(scope.run, 1);
    return evaluate(scope);
  };
}

const maybe = (node: Node | null): Compiled | null => (node === null ? null : prepare(node));

type Operator = Node[0];
type OfOperator<O extends Operator> = Node extends infer N
  ? N extends readonly [infer P, ...unknown[]]
    ? O extends P
      ? N
      : never
    : never
  : never;
type Compilers = { readonly [O in Operator]: (node: OfOperator<O>) => Compiled };

const COMPILERS = {
  const:
    ([, value]) =>
    () =>
      value,
  var: ([, name]) => {
    return ({ vars }) => {
      if (name in vars) return vars[name];
      throw new TemplateError(`there is no ${name}`);
    };
  },
  prop: ([, of, name]) => {
    const object = prepare(of);
    return (scope) => {
      const value = object(scope);
      if (!isObject(value)) throw new TemplateError(`.${name} is asked of what is no object`);
      if (!Object.hasOwn(value, name))
        throw new TemplateError(`there is no .${name}: get(object, '${name}', default) does without`);
      return value[name];
    };
  },
  index: ([, of, at]) => {
    const [list, index] = [prepare(of), prepare(at)];
    return (scope) => elementOf(list(scope), index(scope), scope.run);
  },
  slice: ([, of, from, to]) => {
    const [list, start, end] = [prepare(of), maybe(from), maybe(to)];
    return (scope) => {
      const value = list(scope);
      if (typeof value !== 'string' && !Array.isArray(value))
        throw new TemplateError('[:] is asked of what is no list and no text');
      const whole = typeof value === 'string' ? [...spendText(scope.run, value)] : value;
      const [left, right] = [start === null ? 0 : start(scope), end === null ? whole.length : end(scope)];
      if (!Number.isInteger(left) || !Number.isInteger(right)) throw new TemplateError('[:] wants whole numbers');
      const part = whole.slice(clamp(left as number, whole.length), clamp(right as number, whole.length));
      spend(scope.run, part.length);
      return typeof value === 'string' ? part.join('') : part;
    };
  },
  call: ([, name, nodes]) => {
    const args = nodes.map(prepare);
    return (scope) => {
      const callee = scope.vars[name];
      if (typeof callee !== 'function') throw new TemplateError(`there is no function ${name}`);
      const values = args.map((arg) => arg(scope));
      for (const value of values) {
        if (typeof value === 'string') spendText(scope.run, value);
        else if (Array.isArray(value)) spend(scope.run, value.length);
      }
      const result: unknown = name === 'defined' ? String(values[0]) in scope.vars : callee.apply(scope.run, values);
      if (typeof result === 'string') spendText(scope.run, result);
      if (Array.isArray(result)) spend(scope.run, result.length);
      return result;
    };
  },
  unary: ([, operator, of]) => {
    const operand = prepare(of);
    return (scope) => {
      const value = operand(scope);
      if (operator === '!') return !isTruthy(value, scope.run);
      if (typeof value !== 'number') throw new TemplateError(`${operator} wants a number`);
      return operator === '-' ? -value : value;
    };
  },
  binary: ([, operator, one, other]) => {
    const [left, right] = [prepare(one), prepare(other)];
    if (operator === '||') return (scope) => isTruthy(left(scope), scope.run) || isTruthy(right(scope), scope.run);
    if (operator === '&&') return (scope) => isTruthy(left(scope), scope.run) && isTruthy(right(scope), scope.run);
    const compute = BINARY[operator];
    if (compute === undefined) throw new TemplateError(`there is no operator ${operator}`);
    return (scope) => compute(left(scope), right(scope), scope.run);
  },
  list: ([, nodes]) => {
    const elements = nodes.map(prepare);
    return (scope) =>
      elements.map((element, at) => placed(at, () => element(scope))).filter((value) => value !== NOTHING);
  },
  object: ([, entries]) => {
    const parts = entries.map(([key, value]) => {
      return [prepare(key), prepare(value), key[0] === 'const' ? String(key[1]) : '…'] as const;
    });
    return (scope) => {
      const object: Record<string, Value> = {};
      for (const [key, value, place] of parts) {
        const made = placed(place, () => value(scope));
        if (made !== NOTHING) setOwn(object, String(key(scope)), made);
      }
      return object;
    };
  },
  text: ([, nodes]) => {
    const parts = nodes.map(prepare);
    return (scope) => {
      let text = '';
      for (const part of parts) {
        const value = part(scope);
        if (typeof value === 'object' && value !== null) {
          throw new TemplateError(
            'within a text stands a list, an object, or money() or sha256(), which are whole values',
          );
        }
        text += value === null ? '' : String(value);
      }
      return spendText(scope.run, text);
    };
  },
  if: ([, condition, yes, no]) => {
    const [test, then, otherwise] = [prepare(condition), maybe(yes), maybe(no)];
    return (scope) => {
      const branch = isTruthy(test(scope), scope.run) ? then : otherwise;
      return branch === null ? NOTHING : branch(scope);
    };
  },
  let: ([, names, body]) => {
    const [variables, inside] = [prepare(names), prepare(body)];
    return (scope) => {
      const more = variables(scope);
      if (!isObject(more)) throw new TemplateError('$let wants an object');
      for (const name of Object.keys(more)) {
        if (!/^[a-zA-Z_]\w*$/.test(name)) throw new TemplateError(`$let cannot name something ${name}`);
      }
      return inside(within(scope, more));
    };
  },
  map: ([, of, x, i, each]) => {
    const [source, body] = [prepare(of), prepare(each)];
    return (scope) => {
      const value = source(scope);
      if (Array.isArray(value)) {
        const made = value.map((element, index) =>
          placed(index, () => body(within(scope, named(x, element, i, index)))),
        );
        return made.filter((it) => it !== NOTHING);
      }
      if (!isObject(value)) throw new TemplateError('$map wants a list or an object');
      const object: Record<string, Value> = {};
      for (const [key, val] of Object.entries(value)) {
        const more = i === null ? { [x]: { key, val } } : { [x]: val, [i]: key };
        const made = placed(key, () => body(within(scope, more)));
        if (made === NOTHING) continue;
        if (!isObject(made)) throw new TemplateError(`$map of an object wants each(${x}) to be one`);
        for (const [name, part] of Object.entries(made)) setOwn(object, name, part);
      }
      return object;
    };
  },
  reduce: ([, of, [a, x, i], each, initial]) => {
    const [source, body] = [prepare(of), prepare(each)];
    return (scope) =>
      listOf(source(scope), '$reduce').reduce<Value>((sum, element, index) => {
        const made = body(within(scope, { [a]: sum, ...named(x, element, i, index) }));
        return made === NOTHING ? sum : made;
      }, initial);
  },
  find: ([, of, x, i, each]) => {
    const [source, test] = [prepare(of), prepare(each)];
    return (scope) => {
      const list = listOf(source(scope), '$find');
      const at = list.findIndex((element, index) =>
        isTruthy(test(within(scope, named(x, element, i, index))), scope.run),
      );
      return at < 0 ? NOTHING : list[at];
    };
  },
  sort: ([, of, x, by]) => {
    const [source, rank] = [prepare(of), maybe(by)];
    return (scope) => {
      const ranked = listOf(source(scope), '$sort').map((value) => {
        return { value, rank: rank === null || x === null ? value : rank(within(scope, { [x]: value })) };
      });
      const type = typeof ranked[0]?.rank;
      const isAlike = ranked.every((one) => typeof one.rank === type) && (type === 'number' || type === 'string');
      if (ranked.length > 0 && !isAlike) throw new TemplateError('$sort wants numbers alone, or texts alone');
      spend(scope.run, ranked.length * Math.log2(ranked.length + 1));
      const sorted = ranked.sort((one, other) => {
        const [p, q] = [one.rank as number, other.rank as number];
        return p < q ? -1 : Number(p > q);
      });
      return sorted.map(({ value }) => value);
    };
  },
  switch: ([, cases, otherwise]) => {
    const [tests, last] = [pairs(cases), maybe(otherwise)];
    return (scope) => {
      const meant = tests.filter(([test]) => isTruthy(test(scope), scope.run)).map(([, value]) => value);
      if (meant.length > 1) throw new TemplateError('$switch has two cases that are true');
      const branch = meant[0] ?? last;
      return branch === null ? NOTHING : branch(scope);
    };
  },
  match: ([, cases]) => {
    const tests = pairs(cases);
    return (scope) =>
      tests.filter(([test]) => isTruthy(test(scope), scope.run)).map(([, value], at) => placed(at, () => value(scope)));
  },
  flatten: ([, of]) => {
    const source = prepare(of);
    return (scope) => flatten(listOf(source(scope), '$flatten'), 1, scope.run);
  },
  flattenDeep: ([, of]) => {
    const source = prepare(of);
    return (scope) => flatten(listOf(source(scope), '$flattenDeep'), MAX_DEPTH, scope.run);
  },
  merge: ([, of]) => {
    const source = prepare(of);
    return (scope) => {
      const object: Record<string, Value> = {};
      for (const one of objectsOf(source(scope), '$merge')) {
        spend(scope.run, Object.keys(one).length);
        for (const [key, value] of Object.entries(one)) setOwn(object, key, value);
      }
      return object;
    };
  },
  mergeDeep: ([, of]) => {
    const source = prepare(of);
    return (scope) =>
      objectsOf(source(scope), '$mergeDeep').reduce<Value>((sum, one) => mergeDeep(sum, one, scope.run), {});
  },
  reverse: ([, of]) => {
    const source = prepare(of);
    return (scope) => counted(listOf(source(scope), '$reverse').toReversed(), scope.run);
  },
  json: ([, of]) => {
    const source = prepare(of);
    return (scope) => spendText(scope.run, JSON.stringify(sorted(source(scope), scope.run)));
  },
} satisfies Compilers;

const MAX_DEPTH = 32;

const pairs = (cases: readonly (readonly [Node, Node])[]) =>
  cases.map(([test, value]) => [prepare(test), prepare(value)] as const);

const named = (x: string, element: Value, i: string | null, index: number) =>
  i === null ? { [x]: element } : { [x]: element, [i]: index };
