/** json-e's own functions. @see json-e, "Built-in functions" */

import { TemplateError } from './template-error.ts';
import type { Helper, Value } from './values.ts';

function takes<const T extends readonly string[]>(name: string, types: T, compute: (...args: never[]) => unknown) {
  return (...args: unknown[]) => {
    if (args.length < types.length) throw new TemplateError(`${name} wants ${types.length} arguments`);
    types.forEach((type, index) => {
      if (!type.split('|').includes(typeOf(args[index]))) {
        throw new TemplateError(`${name} wants ${type.replaceAll('|', ' or ')} as argument ${index + 1}`);
      }
    });
    return compute(...(args as never[]));
  };
}

function typeOf(value: Value): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const MAX_RANGE = 1000;
const MAX_TEXT = 1_000_000;

export const BUILTINS: Readonly<Record<string, Helper>> = {
  max: (...values: number[]) => extreme('max', values),
  min: (...values: number[]) => extreme('min', values),
  sqrt: takes('sqrt', ['number'], Math.sqrt),
  ceil: takes('ceil', ['number'], Math.ceil),
  floor: takes('floor', ['number'], Math.floor),
  abs: takes('abs', ['number'], Math.abs),
  lowercase: takes('lowercase', ['string'], (text: string) => text.toLowerCase()),
  uppercase: takes('uppercase', ['string'], (text: string) => text.toUpperCase()),
  str: takes('str', ['string|number|boolean|null'], String),
  number: takes('number', ['string'], Number),
  len: takes('len', ['string|array'], (value: string | unknown[]) => Array.from(value).length),
  strip: takes('strip', ['string'], (text: string) => text.trim()),
  rstrip: takes('rstrip', ['string'], (text: string) => text.trimEnd()),
  lstrip: takes('lstrip', ['string'], (text: string) => text.trimStart()),
  split: takes('split', ['string', 'string|number'], (text: string, by: string) => text.split(by)),
  join: takes('join', ['array', 'string|number'], (list: unknown[], by: string) => {
    if (list.some((one) => typeof one === 'object' && one !== null))
      throw new TemplateError('join wants a list of texts');
    // Counted before it is made.
    const length = list.reduce((sum: number, one) => sum + String(by).length + String(one).length, 0);
    if (length > MAX_TEXT) throw new TemplateError(`join makes ${MAX_TEXT} characters at most`);
    return list.join(by);
  }),
  range: takes('range', ['number', 'number'], (from: number, to: number, step = 1) => {
    const length = Math.ceil((to - from) / step);
    if (![from, to, step].every(Number.isInteger) || !(length <= MAX_RANGE)) {
      throw new TemplateError(`range wants whole numbers, ${MAX_RANGE} of them at most`);
    }
    return Array.from({ length: Math.max(0, length) }, (_, index) => from + index * step);
  }),
  typeof: (value: Value) => typeOf(value),
  /** By the name of it: {@link COMPILERS}.call knows. */
  defined: () => false,
};

function extreme(name: 'max' | 'min', values: readonly unknown[]): number {
  if (values.length === 0 || !values.every((one) => typeof one === 'number'))
    throw new TemplateError(`${name} wants numbers`);
  return Math[name](...(values as number[]));
}
