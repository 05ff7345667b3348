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
