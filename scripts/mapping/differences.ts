/** What was expected and what came, as JSON, compared part by part. */
import type { Json } from '../../src/common/json.ts';
import { isObject } from '../../src/common/json.ts';
import type { JsonPath } from './locate.ts';

/** Stands for whatever is there: a hash, a time. */
export const ANY = '<any>';

export interface Difference {
  /** Of what was expected. */
  readonly path: JsonPath;
  readonly message: string;
}

/** @param got undefined for nothing */
export function findDifferences(expected: unknown, got: unknown, path: JsonPath = []): Difference[] {
  if (expected === ANY && got !== undefined) return [];
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length = Math.max(expected.length, got.length);
    return Array.from({ length }, (_, index) => findDifferences(expected[index], got[index], [...path, index])).flat();
  }
  if (isObject(expected) && isObject(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)]);
    const own = (object: Record<string, unknown>, key: string) =>
      Object.hasOwn(object, key) ? object[key] : undefined;
    return [...keys].flatMap((key) => findDifferences(own(expected, key), own(got, key), [...path, key]));
  }
  if (Object.is(expected, got)) return [];
  return [{ path, message: `expected ${show(expected)}, got ${show(got)}` }];
}

const MAX_SHOWN = 200;

export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value as Json);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
