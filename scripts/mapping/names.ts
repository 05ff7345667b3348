/** Names in a template that nothing stands behind: found when it is read, not when its branch is reached. */
import { BUILTINS } from '../../src/connectors/http/mapping/builtins.ts';
import type { Node } from '../../src/connectors/http/mapping/evaluate.ts';
import { createHelpers } from '../../src/connectors/http/mapping/helpers.ts';

const FUNCTIONS: ReadonlySet<string> = new Set([...Object.keys(BUILTINS), ...Object.keys(createHelpers(undefined))]);

/** @returns what is wrong, once for each name */
export function findUnknownNames(node: Node, known: readonly string[]): string[] {
  const problems = new Set<string>();
  const visit = (one: Node, names: ReadonlySet<string>): void => {
    switch (one[0]) {
      case 'var':
        if (!names.has(one[1])) problems.add(`there is no ${one[1]} here; there are ${known.join(', ')}`);
        return;
      case 'call':
        if (!FUNCTIONS.has(one[1]))
          problems.add(`there is no function ${one[1]}(); there are ${[...FUNCTIONS].join(', ')}`);
        for (const argument of one[2]) visit(argument, names);
        return;
      case 'let': {
        visit(one[1], names);
        const added = namesOf(one[1]);
        // Names that are computed are known at run time only.
        if (added !== null) visit(one[2], new Set([...names, ...added]));
        return;
      }
      case 'map':
      case 'find':
        visit(one[1], names);
        visit(one[4], new Set([...names, one[2], ...(one[3] === null ? [] : [one[3]])]));
        return;
      case 'reduce':
        visit(one[1], names);
        visit(one[3], new Set([...names, ...one[2].filter((name) => name !== null)]));
        return;
      case 'sort':
        visit(one[1], names);
        if (one[3] !== null) visit(one[3], new Set([...names, one[2] ?? '']));
        return;
      default:
        for (const part of partsOf(one)) visit(part, names);
    }
  };
  visit(node, new Set(known));
  return [...problems];
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
