/** Two payloads side by side, value by value, so that a person sees at once what is different. */
import { isObject } from '../common/json.ts';
import type { Meaning } from '../ledger/conflicts.ts';
import { idsOf, nameOfOrder, objectOf } from './page.tsx';
import { fill, type Texts, wordFor } from './texts.ts';

export interface Compared {
  readonly what: string;
  /** Null where a side has none. */
  readonly stands: string | null;
  readonly came: string | null;
}

/** Everything that either side has; the two may have nothing in common. */
export function compare(stands: Meaning | null, came: Meaning, texts: Texts): Compared[] {
  const [left, right] = [stands === null ? new Map<string, string>() : flatten(stands, texts), flatten(came, texts)];
  const names = new Set([...left.keys(), ...right.keys()]);
  return [...names].map((what) => ({ what, stands: left.get(what) ?? null, came: right.get(what) ?? null }));
}

export const differs = ({ stands, came }: Compared) => stands !== came;

function flatten(meaning: Meaning, { conflict: { fields, used } }: Texts): Map<string, string> {
  const values = new Map<string, string>([[fields.order, nameOfOrder(meaning.order_key)]]);
  if (meaning.basket_id !== null) values.set(fields.basket, String(meaning.basket_id));
  if (meaning.basket_version !== null) values.set(fields.version, String(meaning.basket_version));
  for (const id of idsOf(meaning.used_discounts)) values.set(fill(fields.discount, { id }), used);
  for (const [name, value] of Object.entries(objectOf(meaning.channel))) {
    if (value !== null) values.set(wordFor(fields, name), String(value));
  }
  const { items = [], id: _id, version: _version, ...basket } = objectOf(meaning.snapshot);
  addLeaves(values, basket, (field) => wordFor(fields, field));
  for (const item of Array.isArray(items) ? items.filter(isObject) : []) {
    addLeaves(values, item, (field) => fill(fields.item, { id: String(item.id), field }));
  }
  return values;
}

/** Baskets are not as deep. */
const MAX_PATH = 300;

/** `{ a: [{ b: 1 }] }` → `a.0.b` 1; what is empty is nothing. */
function addLeaves(into: Map<string, string>, value: unknown, nameOf: (path: string) => string, path = ''): void {
  if (typeof value === 'object' && value !== null) {
    if (path.length > MAX_PATH) return;
    for (const [key, part] of Object.entries(value))
      addLeaves(into, part, nameOf, path === '' ? key : `${path}.${key}`);
  } else if (value !== null && value !== undefined && value !== '') {
    into.set(nameOf(path), String(value));
  }
}
