/**
 * json-e templates → nodes that the Worker evaluates (`src/connectors/http/mapping/evaluate.ts`). Expressions are read by
 * json-e's own parser, so that what is not json-e does not become a mapping.
 */
import { createRequire } from 'node:module';
import type { Json } from '../../src/common/json.ts';
import type { Node } from '../../src/connectors/http/mapping/evaluate.ts';

/** What is wrong with a template, and where. */
export class CompileError extends Error {
  /** From the template's root. */
  readonly path: readonly (string | number)[];
  constructor(message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.path = path;
  }
}

interface Token {
  readonly kind: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** @see json-e, src/AST.js */
interface Ast {
  readonly constructorName: string;
  readonly token: Token;
  readonly left: Ast | null;
  readonly right: Ast | null;
  readonly expr: Ast;
  readonly name: Ast;
  readonly args: readonly Ast[];
  readonly list: readonly Ast[];
  readonly arr: Ast;
  readonly isInterval: boolean;
  readonly obj: Readonly<Record<string, Ast>>;
}

interface Parser {
  current_token: Token | null;
  parse(): Ast;
}

const require = createRequire(import.meta.url);
const { Parser: JsonEParser } = require('json-e/src/parser.js') as {
  Parser: new (tokenizer: unknown, source: string) => Parser;
};
const Tokenizer = require('json-e/src/tokenizer.js') as new (grammar: object) => unknown;

/** The lexical grammar of json-e's expressions. @see json-e, src/index.js */
const tokenizer = new Tokenizer({
  ignore: '\\s+',
  patterns: {
    number: '[0-9]+(?:\\.[0-9]+)?',
    identifier: '[a-zA-Z_][a-zA-Z_0-9]*',
    string: '\'[^\']*\'|"[^"]*"',
    ...Object.fromEntries(['true', 'false', 'in', 'null'].map((word) => [word, `${word}(?![a-zA-Z_0-9])`])),
  },
  tokens: [
    ...['**', ...'+-*/[].(){}:,', '>=', '<=', '<', '>', '==', '!=', '!', '&&', '||'],
    ...['true', 'false', 'in', 'null', 'number', 'identifier', 'string'],
  ],
});

const MAX_EXPRESSION = 1000;
const MAX_DEPTH = 32;

/** @throws CompileError */
export function compileTemplate(template: Json): Node {
  return compile(template, []);
}

/** @throws CompileError */
export function compileExpression(source: string): Node {
  const { node, rest } = readExpression(source);
  if (rest !== null) throw new CompileError(`unexpected ${rest.value} at character ${rest.start + 1} of "${source}"`);
  return node;
}

function readExpression(source: string): { node: Node; rest: Token | null } {
  if (source.length > MAX_EXPRESSION) throw new CompileError(`an expression has at most ${MAX_EXPRESSION} characters`);
  try {
    const parser = new JsonEParser(tokenizer, source);
    const ast = parser.parse();
    return { node: toNode(ast), rest: parser.current_token };
  } catch (error) {
    if (error instanceof CompileError) throw error;
    // json-e's parser looks beyond the end of what is not finished.
    const why = error instanceof TypeError ? 'it ends too early' : error instanceof Error ? error.message : error;
    throw new CompileError(`"${source}" is no expression: ${why}`);
  }
}

function toNode(ast: Ast | null | undefined): Node {
  // The parser leaves out what it has not found.
  if (ast === null || ast === undefined) throw new CompileError('something is missing in an expression');
  const { token } = ast;
  switch (ast.constructorName) {
    case 'ASTNode':
      return ['const', primitive(token)];
    case 'ContextValue':
      return ['var', token.value];
    case 'UnaryOp':
      return ['unary', token.kind, toNode(ast.expr)];
    case 'BinOp':
      if (token.kind === '.') return ['prop', toNode(ast.left), ast.right?.token.value ?? ''];
      // json-e has the operands of ** the other way round.
      if (token.kind === '**') return ['binary', '**', toNode(ast.right), toNode(ast.left)];
      return ['binary', token.kind, toNode(ast.left), toNode(ast.right)];
    case 'ValueAccess':
      if (!ast.isInterval) return ['index', toNode(ast.arr), toNode(ast.left)];
      return ['slice', toNode(ast.arr), ast.left && toNode(ast.left), ast.right && toNode(ast.right)];
    case 'FunctionCall':
      if (ast.name.constructorName !== 'ContextValue')
        throw new CompileError(
          'only a function by its name can be called; after ! or - the call stands in parentheses',
        );
      return ['call', ast.name.token.value, ast.args.map(toNode)];
    case 'List':
      return ['list', ast.list.filter((element) => element !== undefined).map(toNode)];
    case 'Object':
      return ['object', Object.entries(ast.obj).map(([key, value]): [Node, Node] => [['const', key], toNode(value)])];
    default:
      throw new CompileError(`cannot compile ${ast.constructorName}`);
  }
}

function primitive({ kind, value }: Token): Json {
  switch (kind) {
    case 'number':
      return Number(value);
    case 'string':
      return value.slice(1, -1);
    case 'true':
      return true;
    case 'false':
      return false;
    default:
      return null;
  }
}

type Path = readonly (string | number)[];

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function compile(template: Json, path: Path): Node {
  if (path.length > MAX_DEPTH) throw new CompileError(`a template is at most ${MAX_DEPTH} deep`, path);
  if (typeof template === 'string') return at(path, () => compileText(template));
  if (typeof template !== 'object' || template === null) return ['const', template];
  if (isList(template)) {
    return constantOr(['list', template.map((element, index) => compile(element, [...path, index]))]);
  }
  const operators = Object.keys(template).filter((key) => Object.hasOwn(OPERATORS, key));
  if (operators.length > 1) throw new CompileError(`only one of ${operators.join(', ')} can stand here`, path);
  const [operator] = operators;
  if (operator !== undefined) return at(path, () => OPERATORS[operator]?.(template, path) as Node);
  const entries = Object.entries(template).map(([key, value]): readonly [Node, Node] => {
    if (/^\$[a-zA-Z][a-zA-Z0-9]*$/.test(key))
      throw new CompileError(`there is no operator ${key}; a key that begins with $ is written $${key}`, [
        ...path,
        key,
      ]);
    const name: Node = key.startsWith('$$') ? ['const', key.slice(1)] : at([...path, key], () => compileText(key));
    return [name, compile(value, [...path, key])];
  });
  return constantOr(['object', entries]);
}

/** What holds no expression is itself. */
function constantOr(node: Node): Node {
  if (node[0] === 'list' && node[1].every(([kind]) => kind === 'const')) {
    return ['const', node[1].map(([, value]) => value as Json)];
  }
  if (node[0] === 'object' && node[1].every(([key, value]) => key[0] === 'const' && value[0] === 'const')) {
    const entries = node[1].map(([key, value]) => [key[1] as string, value[1] as Json]);
    if (entries.every(([key]) => key !== '__proto__')) return ['const', Object.fromEntries(entries) as Json];
  }
  return node;
}

function at<T>(path: Path, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CompileError && error.path.length === 0) throw new CompileError(error.message, path);
    throw error;
  }
}

/** `a ${b} c`; `$${` is a `${` that is meant. */
function compileText(text: string): Node {
  const parts: Node[] = [];
  let rest = text;
  for (let found = rest.search(/\$?\$\{/); found !== -1; found = rest.search(/\$?\$\{/)) {
    if (found > 0) parts.push(['const', rest.slice(0, found)]);
    if (rest[found + 1] === '$') {
      parts.push(['const', '${']);
      rest = rest.slice(found + 3);
      continue;
    }
    const inside = rest.slice(found + 2);
    const { node, rest: end } = readExpression(inside);
    if (end === null) throw new CompileError(`\${ is not closed in "${text}"`);
    if (end.kind !== '}') throw new CompileError(`unexpected ${end.value} in "${text}"`);
    parts.push(node);
    rest = inside.slice(end.start + 1);
  }
  if (rest !== '' || parts.length === 0) parts.push(['const', rest]);
  const isConstant = parts.every(([kind, value]) => kind === 'const' && typeof value === 'string');
  return isConstant ? ['const', parts.map(([, value]) => value).join('')] : ['text', parts];
}

type ObjectTemplate = Readonly<Record<string, Json>>;

const ID = '[a-zA-Z_]\\w*';

function only(template: ObjectTemplate, path: Path, ...allowed: string[]): void {
  const others = Object.keys(template).filter((key) => !allowed.includes(key));
  if (others.length > 0) throw new CompileError(`${allowed[0]} has no ${others.join(', ')}`, path);
}

function part(template: ObjectTemplate, path: Path, key: string): Node {
  if (!(key in template)) throw new CompileError(`${key} is missing`, path);
  return compile(template[key] as Json, [...path, key]);
}

function expression(template: ObjectTemplate, path: Path, key: string): Node {
  const source = template[key];
  if (typeof source !== 'string') throw new CompileError(`${key} wants an expression as text`, [...path, key]);
  return at([...path, key], () => compileExpression(source));
}

/** The key `each(x)`, `each(x,i)` or `by(x)`, and its names. */
function named(template: ObjectTemplate, path: Path, form: string): { key: string; names: (string | null)[] } {
  const pattern = new RegExp(`^${form}$`);
  const operator = Object.keys(template).find((key) => key.startsWith('$')) ?? '';
  const others = Object.keys(template).filter((key) => key !== operator && key !== 'initial');
  const [key = ''] = others;
  const match = pattern.exec(key);
  if (match === null || others.length !== 1)
    throw new CompileError(`${operator} wants one key like ${example(operator)}`, path);
  return { key, names: match.slice(1).map((name) => name ?? null) };
}

const example = (operator: string) => ({ $reduce: 'each(sum, x)', $sort: 'by(x)' })[operator] ?? 'each(x)';

const EACH = `each\\((${ID})(?:,\\s*(${ID}))?\\)`;
const EACH_OF_SUM = `each\\((${ID}),\\s*(${ID})(?:,\\s*(${ID}))?\\)`;
const BY = `by\\((${ID})\\)`;

function cases(template: ObjectTemplate, path: Path, operator: string): [Node, Node][] {
  const table = template[operator];
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw new CompileError(`${operator} wants an object`, [...path, operator]);
  }
  return Object.keys(table)
    .filter((key) => operator !== '$switch' || key !== '$default')
    .sort()
    .map((key) => {
      const here = [...path, operator, key];
      return [at(here, () => compileExpression(key)), compile((table as ObjectTemplate)[key] as Json, here)];
    });
}

const OPERATORS: Readonly<Record<string, (template: ObjectTemplate, path: Path) => Node>> = {
  $eval: (template, path) => {
    only(template, path, '$eval');
    return expression(template, path, '$eval');
  },
  $if: (template, path) => {
    only(template, path, '$if', 'then', 'else');
    const branch = (key: string) => (key in template ? part(template, path, key) : null);
    return ['if', expression(template, path, '$if'), branch('then'), branch('else')];
  },
  $let: (template, path) => {
    only(template, path, '$let', 'in');
    if (template.in === null) throw new CompileError('in is null', path);
    return ['let', part(template, path, '$let'), part(template, path, 'in')];
  },
  $map: (template, path) => {
    const { key, names } = named(template, path, EACH);
    return ['map', part(template, path, '$map'), names[0] ?? '', names[1] ?? null, part(template, path, key)];
  },
  $reduce: (template, path) => {
    const { key, names } = named(template, path, EACH_OF_SUM);
    if (!('initial' in template)) throw new CompileError('$reduce wants initial', path);
    const variables = [names[0] ?? '', names[1] ?? '', names[2] ?? null] as const;
    return ['reduce', part(template, path, '$reduce'), variables, part(template, path, key), template.initial as Json];
  },
  $find: (template, path) => {
    const { key, names } = named(template, path, EACH);
    return ['find', part(template, path, '$find'), names[0] ?? '', names[1] ?? null, expression(template, path, key)];
  },
  $sort: (template, path) => {
    if (Object.keys(template).length === 1) return ['sort', part(template, path, '$sort'), null, null];
    const { key, names } = named(template, path, BY);
    return ['sort', part(template, path, '$sort'), names[0] ?? null, expression(template, path, key)];
  },
  $switch: (template, path) => {
    only(template, path, '$switch');
    const table = template.$switch as ObjectTemplate;
    const tests = cases(template, path, '$switch');
    const last = '$default' in table ? compile(table.$default as Json, [...path, '$switch', '$default']) : null;
    return ['switch', tests, last];
  },
  $match: (template, path) => {
    only(template, path, '$match');
    return ['match', cases(template, path, '$match')];
  },
  ...Object.fromEntries(
    (['flatten', 'flattenDeep', 'merge', 'mergeDeep', 'reverse', 'json'] as const).map((name) => [
      `$${name}`,
      (template: ObjectTemplate, path: Path): Node => {
        only(template, path, `$${name}`);
        return [name, part(template, path, `$${name}`)];
      },
    ]),
  ),
};
