/** Values of templates: JSON, but for functions and marks, and what json-e says of them. */
import { isObject } from '../../../common/json.ts';
import { type Run, spend, spendText } from './steps.ts';
import { TemplateError } from './template-error.ts';

export type Value = unknown;
/** A function that templates may call. What it walks through, it spends. */
export type Helper = (this: Run, ...args: never[]) => unknown;

/** An own property whatever its name: a key `__proto__` is a key. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

export function elementOf(value: Value, at: Value, run: Run): Value {
  if (isObject(value)) {
    if (typeof at !== 'string') throw new TemplateError('a key of an object is a text');
    return Object.hasOwn(value, at) ? value[at] : null;
  }
  if (typeof value !== 'string' && !Array.isArray(value))
    throw new TemplateError('[] is asked of what is no list, text or object');
  if (!Number.isInteger(at)) throw new TemplateError('[] wants a whole number');
  const whole = typeof value === 'string' ? [...spendText(run, value)] : value;
  const index = clamp(at as number, whole.length);
  if (index >= whole.length) throw new TemplateError(`there is no element ${at}`);
  return whole[index];
}

/** From the end where it is negative. */
export const clamp = (index: number, length: number) => (index < 0 ? Math.max(0, length + index) : index);

export type Binary = (left: Value, right: Value, run: Run) => Value;

const numeric =
  (operator: string, compute: (left: number, right: number) => number): Binary =>
  (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return compute(left, right);
    throw new TemplateError(`${operator} wants two numbers`);
  };

const ordering =
  (operator: string, compare: (left: number, right: number) => boolean): Binary =>
  (left, right) => {
    const type = typeof left;
    if (type === typeof right && (type === 'number' || type === 'string'))
      return compare(left as number, right as number);
    throw new TemplateError(`${operator} wants two numbers or two texts`);
  };

/** By operator. */
export const BINARY: Readonly<Record<string, Binary>> = {
  '+': (left, right, run) => {
    if (typeof left === 'string' && typeof right === 'string') return spendText(run, left + right);
    if (typeof left === 'number' && typeof right === 'number') return left + right;
    throw new TemplateError('+ wants two numbers or two texts');
  },
  '-': numeric('-', (left, right) => left - right),
  '*': numeric('*', (left, right) => left * right),
  '/': numeric('/', (left, right) => {
    if (right === 0) throw new TemplateError('division by zero');
    return left / right;
  }),
  '**': numeric('**', (left, right) => left ** right),
  '<': ordering('<', (left, right) => left < right),
  '>': ordering('>', (left, right) => left > right),
  '<=': ordering('<=', (left, right) => left <= right),
  '>=': ordering('>=', (left, right) => left >= right),
  '==': (left, right, run) => isEqual(left, right, run),
  '!=': (left, right, run) => !isEqual(left, right, run),
  in: (left, right, run) => {
    if (Array.isArray(right)) return right.some((one) => isEqual(left, one, run));
    if (typeof left !== 'string') throw new TemplateError('in wants a text on its left');
    if (typeof right === 'string') return spendText(run, right).includes(left);
    if (isObject(right)) return Object.hasOwn(right, left);
    throw new TemplateError('in wants a list, text or object on its right');
  },
};

function isEqual(one: Value, other: Value, run: Run): boolean {
  spend(run, 1);
  if (typeof one === 'string') spendText(run, one);
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((it, index) => isEqual(it, other[index], run));
  }
  if (isObject(one) && isObject(other)) {
    const keys = Object.keys(one);
    spend(run, keys.length);
    if (keys.length !== Object.keys(other).length) return false;
    return keys.every((key) => Object.hasOwn(other, key) && isEqual(one[key], other[key], run));
  }
  return one === other;
}

/** Whether an object is empty takes as long as it has keys. */
export function isTruthy(value: Value, run: Run): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (!isObject(value)) return Boolean(value);
  const { length } = Object.keys(value);
  spend(run, length);
  return length > 0;
}

/** What reads it later goes as deep: settling, validating, writing. */
const MAX_DEPTH_MADE = 200;

export function listOf(value: Value, operator: string): Value[] {
  if (Array.isArray(value)) return value;
  throw new TemplateError(`${operator} wants a list`);
}

export function objectsOf(value: Value, operator: string): Record<string, Value>[] {
  const list = listOf(value, operator);
  if (list.every(isObject)) return list;
  throw new TemplateError(`${operator} wants a list of objects`);
}

export function mergeDeep(one: Value, other: Value, run: Run): Value {
  spend(run, 1);
  if (Array.isArray(one) && Array.isArray(other)) {
    spend(run, one.length + other.length);
    return [...one, ...other];
  }
  if (!isObject(one) || !isObject(other)) return other;
  const merged: Record<string, Value> = {};
  spend(run, Object.keys(one).length);
  for (const [key, value] of Object.entries(one)) setOwn(merged, key, value);
  for (const [key, value] of Object.entries(other)) {
    setOwn(merged, key, Object.hasOwn(one, key) ? mergeDeep(one[key], value, run) : value);
  }
  return merged;
}

/** What came out, as large as it will be written: a part that stands in it a hundred times counts as often. */
export function measure(value: Value, run: Run, depth = 0): void {
  spend(run, 1);
  if (depth > MAX_DEPTH_MADE) throw new TemplateError(`what comes out is nested deeper than ${MAX_DEPTH_MADE}`);
  if (typeof value === 'string') spendText(run, value);
  else if (Array.isArray(value)) for (const part of value) measure(part, run, depth + 1);
  else if (isObject(value)) for (const key in value) measure(value[key], run, depth + 1);
  else if (typeof value === 'function') throw new TemplateError('a function was named, but not called');
  else if (typeof value === 'number' && !Number.isFinite(value))
    throw new TemplateError(`${value} is no number of JSON`);
}

export function flatten(list: readonly Value[], depth: number, run: Run): Value[] {
  spend(run, list.length);
  return list.flatMap((one) => (Array.isArray(one) && depth > 0 ? flatten(one, depth - 1, run) : [one]));
}

/** Keys in order, as json-e writes them. */
export function sorted(value: Value, run: Run): Value {
  spend(run, 1);
  if (typeof value === 'string') spendText(run, value);
  if (Array.isArray(value)) return value.map((one) => sorted(one, run));
  if (!isObject(value)) return value;
  const object: Record<string, Value> = {};
  for (const key of Object.keys(value).sort()) setOwn(object, key, sorted(value[key], run));
  return object;
}
