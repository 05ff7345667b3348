/** What of a request the contract does not say: fields it does not name, and values of another JSON type. */
import { cleanText, withoutPersonalData } from '../common/text.ts';
import type { Finding } from '../drift/drift.ts';
import type { Shape } from './contract-shape.ts';
import type { JsonType } from './schema-parts.ts';

/** Of each list; a drift that begins later is found with another basket. */
const MAX_ELEMENTS = 100;
/** Different ones of one request: a caller that makes up names shall not fill the report. */
const MAX_FINDINGS = 20;
const MAX_NAME = 60;

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
    note(found, { path: shape.path, problem, found: type, expected: [...shape.types].join(' or ') });
    return;
  }
  if (shape.fields !== undefined) {
    const object = value as Record<string, unknown>;
    for (const name in object) {
      const field = shape.fields.get(name);
      if (field !== undefined) walk(object[name], field, found);
      else noteUnknown(found, shape.path, name, object[name]);
    }
  } else if (shape.element !== undefined) {
    const list = value as unknown[];
    const end = Math.min(list.length, MAX_ELEMENTS);
    for (let i = 0; i < end; i++) walk(list[i], shape.element, found);
  }
}

/** A made-up name may hold anything, a person among it. */
function noteUnknown(found: Map<string, Found>, parent: string, name: string, value: unknown): void {
  if (found.size >= MAX_FINDINGS) return;
  const told = withoutPersonalData(cleanText(name, MAX_NAME));
  const path = parent === '' ? told : `${parent}.${told}`;
  note(found, { path, problem: 'unknown_field', found: typeOf(value), expected: '' });
}

function note(found: Map<string, Found>, finding: Found): void {
  if (found.size < MAX_FINDINGS) found.set(`${finding.path} ${finding.found}`, finding);
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}
