/** Names in a template that nothing stands behind: found when it is read, not when its branch is reached. */
import { BUILTINS } from '../../src/connectors/http/mapping/builtins.ts';
import type { Node } from '../../src/connectors/http/mapping/evaluate.ts';
import { createHelpers } from '../../src/connectors/http/mapping/helpers.ts';

const FUNCTIONS: ReadonlySet<string> = new Set([...Object.keys(BUILTINS), ...Object.keys(createHelpers(undefined))]);

/** What templates see, and the fields of what always has the same; null where they are not known. */
export type Names = Readonly<Record<string, readonly string[] | null>>;

export interface UnknownName {
  /** Within the template: of the value where the name stands, or of one around it. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** @returns what is wrong, once for each name */
export function findUnknownNames(node: Node, known: Names): UnknownName[] {
  const found = new Map<string, UnknownName>();
  const visit = (one: Node, names: Names, path: UnknownName['path']): void => {
    const complain = (message: string) => {
      if (!found.has(message)) found.set(message, { path, message });
    };
    switch (one[0]) {
      case 'var':
        if (!Object.hasOwn(names, one[1])) {
          complain(`there is no ${one[1]} here; there are ${Object.keys(known).join(', ')}`);
        }
        return;
      case 'prop': {
        const [, of, field] = one;
        const fields = of[0] === 'var' && Object.hasOwn(names, of[1]) ? names[of[1]] : null;
        if (fields && !fields.includes(field)) {
          complain(`there is no ${of[1]}.${field}; there are ${fields.join(', ')}`);
        }
        visit(of, names, path);
        return;
      }
      case 'call':
        if (!FUNCTIONS.has(one[1])) {
          complain(`there is no function ${one[1]}(); there are ${[...FUNCTIONS].join(', ')}`);
        }
        for (const argument of one[2]) visit(argument, names, path);
        return;
      case 'object':
        for (const [key, value] of one[1]) {
          visit(key, names, path);
          visit(value, names, key[0] === 'const' ? [...path, String(key[1])] : path);
        }
        return;
      case 'list':
        for (const [index, element] of one[1].entries()) visit(element, names, [...path, index]);
        return;
      case 'let': {
        visit(one[1], names, [...path, '$let']);
        const added = namesOf(one[1]);
        // Names that are computed are known at run time only.
        if (added !== null) visit(one[2], withNames(names, added), [...path, 'in']);
        return;
      }
      case 'map':
      case 'find': {
        visit(one[1], names, [...path, `$${one[0]}`]);
        const each = one[3] === null ? `each(${one[2]})` : `each(${one[2]},${one[3]})`;
        visit(one[4], withNames(names, [one[2], one[3]]), [...path, each]);
        return;
      }
      case 'reduce':
        visit(one[1], names, [...path, '$reduce']);
        visit(one[3], withNames(names, one[2]), path);
        return;
      case 'sort':
        visit(one[1], names, [...path, '$sort']);
        if (one[3] !== null) visit(one[3], withNames(names, [one[2]]), path);
        return;
      default:
        for (const part of partsOf(one)) visit(part, names, path);
    }
  };
  visit(node, known, []);
  return [...found.values()];
}

/** Names that a template gives hide those that are there already. */
function withNames(names: Names, added: readonly (string | null)[]): Names {
  const more = added.filter((name) => name !== null).map((name) => [name, null]);
  return { ...names, ...Object.fromEntries(more) };
}

/** Does it send what tells one redemption from another: `key`, or the `key` of a line? */
export function sendsKeys(nodes: readonly (Node | undefined)[]): boolean {
  const holds = (one: Node): boolean => {
    const isKey = (one[0] === 'var' && /^keys?$/.test(one[1])) || (one[0] === 'prop' && one[2] === 'key');
    return isKey || partsOf(one).some(holds);
  };
  return nodes.some((node) => node !== undefined && holds(node));
}

/** Of a $let whose names stand there; null where they are computed. */
function namesOf(node: Node): string[] | null {
  if (node[0] === 'const') return typeof node[1] === 'object' && node[1] !== null ? Object.keys(node[1]) : [];
  if (node[0] !== 'object') return null;
  const names = node[1].map(([key]) => (key[0] === 'const' && typeof key[1] === 'string' ? key[1] : null));
  return names.every((name) => name !== null) ? names : null;
}

/** Nodes within a node, whatever its operator. */
function partsOf(node: Node): Node[] {
  if (node[0] === 'const') return [];
  // Its names and its beginning are no nodes.
  if (node[0] === 'reduce') return [node[1], node[3]];
  const found: Node[] = [];
  const collect = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === 'string' && OPERATORS.has(value[0]) && value.length > 1)
      found.push(value as unknown as Node);
    else for (const one of value) collect(one);
  };
  for (const operand of node.slice(1)) collect(operand);
  return found;
}

const OPERATORS: ReadonlySet<string> = new Set([
  ...[
    'const',
    'var',
    'prop',
    'index',
    'slice',
    'call',
    'unary',
    'binary',
    'list',
    'object',
    'text',
    'if',
    'let',
    'map',
  ],
  ...['reduce', 'find', 'sort', 'switch', 'match', 'flatten', 'flattenDeep', 'merge', 'mergeDeep', 'reverse', 'json'],
]);
