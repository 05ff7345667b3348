/** What of a request the contract does not say: fields it does not name, and values of another JSON type. */
import { withoutPersonalData } from '../common/text.ts';
import type { Finding } from '../drift/drift.ts';
import type { Shape } from './contract-shape.ts';
import type { JsonType } from './schema-parts.ts';

/** Of each list; a drift that begins later is found with another basket. */
const MAX_ELEMENTS = 100;
/** Names that are looked at beyond those of the contract, in each object: a caller that makes up names costs no more. */
const MAX_UNKNOWN = 20;
/** Findings of one request; past it only other types are looked for, of which there are not so many. */
const MAX_FOUND = 100;

type Found = Omit<Finding, 'version' | 'route'>;

export function findDrift(body: unknown, shape: Shape): Found[] {
  const found = new Map<string, Found>();
  walk(body, shape, found);
  return [...found.values()];
}

function walk(value: unknown, shape: Shape, found: Map<string, Found>): void {
  const type = typeOf(value);
  if (!shape.types.has(type)) {
    const problem = shape.types.size === 0 ? 'unknown_field' : 'other_type';
    note(found, { path: shape.path || '(body)', problem, found: type, expected: [...shape.types].join(' or ') });
    return;
  }
  if (type === 'array') {
    if (shape.element === undefined) return;
    const list = value as unknown[];
    const end = Math.min(list.length, MAX_ELEMENTS);
    for (let i = 0; i < end; i++) walk(list[i], shape.element, found);
  } else if (shape.fields !== undefined && type === 'object') {
    const object = value as Record<string, unknown>;
    let unknown = 0;
    for (const name in object) {
      const field = shape.fields.get(name);
      if (field !== undefined) walk(object[name], field, found);
      else if (unknown++ < MAX_UNKNOWN) noteUnknown(found, shape.path, name, object[name]);
    }
  }
}

/** A name as a program gives it. Whatever else a caller makes up may hold anything, a person among it. */
const NAME = /^[\p{L}_$][\p{L}\p{N}_$-]{0,59}$/u;

function noteUnknown(found: Map<string, Found>, parent: string, name: string, value: unknown): void {
  if (found.size >= MAX_FOUND) return;
  const told = NAME.test(name) && withoutPersonalData(name) === name ? name : '[name]';
  const path = parent === '' ? told : `${parent}.${told}`;
  note(found, { path, problem: 'unknown_field', found: typeOf(value), expected: '' });
}

function note(found: Map<string, Found>, finding: Found): void {
  found.set(`${finding.path} ${finding.found}`, finding);
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}
