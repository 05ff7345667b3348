/** Valibot pieces that both contract versions are made of, and how a violation is told to the caller. */
import * as v from 'valibot';
import type { AdapterError } from '../common/errors.ts';
import { isObject } from '../common/json.ts';
import {
  decimalOfNumber,
  isDecimal,
  isNegative,
  JSON_NUMBER_DIGITS,
  MAX_DECIMAL_LENGTH,
  significantDigits,
} from '../offers/money.ts';

/** Collected for one answer; past it, looking further is only work. */
export const MAX_VIOLATIONS = 20;

/** What `typeof` and friends tell of a JSON value. */
export type JsonType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null';

/** What the contract itself says, where our schema takes more: for the drift report and the OpenAPI document. */
export interface Documented {
  /** None: the contract version does not name the field, and we read it all the same. */
  readonly documented: readonly JsonType[];
}

export function documented<T extends v.GenericSchema>(schema: T, ...types: JsonType[]): T & Documented {
  return { ...schema, documented: types };
}

export const object = <const E extends v.ObjectEntries>(entries: E) => v.object(entries, 'must be an object');

/** A decimal as either version sends it: text, or a number whose text stands for it. */
export type WireDecimal = string | number;

interface DecimalRule {
  readonly negative: boolean;
  /** On /use-offers the order exists: a number counts as the text it was parsed to. */
  readonly anyPrecision: boolean;
  /** How the contract version writes it. */
  readonly as: 'string' | 'number';
}

export type DecimalSchema = ReturnType<typeof decimalSchema>;

export function decimalSchema({ negative, anyPrecision, as }: DecimalRule) {
  const form = negative ? 'decimal' : 'decimalNotNegative';
  const example = as === 'string' ? '"12.50"' : '12.5';
  const message = `must be a plain decimal of at most ${MAX_DECIMAL_LENGTH} characters${negative ? '' : ', not negative'}, such as ${example}${anyPrecision ? '' : `; a number of at most ${JSON_NUMBER_DIGITS} digits`}`;
  const schema = v.custom<WireDecimal>((value) => {
    const text = typeof value === 'number' ? decimalOfNumber(value) : value;
    if (!isDecimal(text)) return false;
    if (!negative && isNegative(text)) return false;
    return anyPrecision || typeof value === 'string' || significantDigits(text) <= JSON_NUMBER_DIGITS;
  }, message);
  return { ...documented(schema, as), form } as const;
}

export const idSchema = v.pipe(v.number('must be an integer'), v.safeInteger('must be an integer below 2^53'));

export const currencySchema = v.pipe(
  v.string('must be text'),
  v.regex(/^[A-Za-z]{3}$/, 'must be a currency code of three letters, such as "TRY"'),
);

export const textSchema = v.string('must be text');
export const flagSchema = v.boolean('must be true or false');

type LooseObject = Record<string, unknown> | Record<string, unknown>[];

function isLooseObject(value: unknown): value is LooseObject {
  return isObject(value) || (Array.isArray(value) && value.every(isObject));
}

/** Any object, passed on as it is; an array of objects means all of them together (contract traps 4 and 6). */
export const looseObjectSchema = {
  ...v.custom<LooseObject>(isLooseObject, 'must be an object'),
  form: 'objects',
} as const;

/**
 * The arguments of a discount, of whatever type. A number among them must be exact too (trap 17a).
 * @param as how the contract version writes amounts
 */
export function extraArgsSchema(anyPrecision: boolean, as: DecimalRule['as']) {
  const amount = documented(textSchema, as);
  const message = `must be an object; a number in it has at most ${JSON_NUMBER_DIGITS} digits`;
  const schema = v.custom<LooseObject>((value) => {
    if (!isLooseObject(value)) return false;
    return anyPrecision || hasExactNumbers(value);
  }, message);
  /** What the document names, for all types together; nothing is validated by it. */
  const inside = object({
    discount: amount,
    loyaltyData: object({ amount, benefitCoefficient: textSchema, validFrom: textSchema, validUntil: textSchema }),
    sampleProducts: v.array(object({ id: idSchema })),
    allowedQuantity: idSchema,
    data: object({ coupon: textSchema }),
  });
  return { ...schema, form: 'objects', inside } as const;
}

/** No deeper than a body may be. */
function hasExactNumbers(value: unknown): boolean {
  if (typeof value === 'number') {
    const text = decimalOfNumber(value);
    return Number.isSafeInteger(value) || (text !== null && significantDigits(text) <= JSON_NUMBER_DIGITS);
  }
  return typeof value !== 'object' || value === null || Object.values(value).every(hasExactNumbers);
}

/** Entry by entry, because assigning would let a key `__proto__` set a prototype. */
export function mergeObjects(value: LooseObject): Record<string, unknown> {
  return Array.isArray(value) ? Object.fromEntries(value.flatMap((part) => Object.entries(part))) : value;
}

/**
 * A valibot array that looks at no more elements than it may have, and at none after {@link MAX_VIOLATIONS}: a hostile
 * list of half a million wrong elements costs what twenty cost.
 */
export function listSchema<T extends v.GenericSchema>(
  item: T,
  maxLength: number,
): v.ArraySchema<T, string> & { readonly maxLength: number } {
  const whole = v.array(item, 'must be a list');
  return {
    ...whole,
    maxLength,
    '~run'(dataset, config) {
      const input = dataset.value;
      if (!Array.isArray(input)) return whole['~run'](dataset, config);
      if (input.length > maxLength) {
        return fail([ownIssue(input, `must have at most ${maxLength} elements`)]);
      }
      const value: v.InferOutput<T>[] = [];
      const issues: v.BaseIssue<unknown>[] = [];
      for (let key = 0; key < input.length && issues.length < MAX_VIOLATIONS; key++) {
        const element = item['~run']({ value: input[key] }, config);
        value.push(element.value as v.InferOutput<T>);
        for (const issue of element.issues ?? []) issues.push(within(input, key, issue));
      }
      return issues.length === 0 ? { typed: true, value } : fail(issues);
    },
  };
}

function fail<T extends v.GenericSchema>(issues: v.BaseIssue<unknown>[]) {
  return { typed: false, value: [], issues: issues as [v.InferIssue<T>, ...v.InferIssue<T>[]] } as const;
}

function ownIssue(input: unknown[], message: string): v.ArrayIssue {
  return { kind: 'schema', type: 'array', input, expected: 'Array', received: 'Array', message };
}

/** The violation as seen from the list that holds the element. */
function within(input: unknown[], key: number, issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const step: v.ArrayPathItem = { type: 'array', origin: 'value', input, key, value: input[key] };
  return { ...issue, path: [step, ...(issue.path ?? [])] };
}

/** `basket.basketItems[0].unitPrice` */
export function toField(issue: v.BaseIssue<unknown>): string {
  let field = '';
  for (const { key } of issue.path ?? []) {
    if (typeof key === 'number') field += `[${key}]`;
    else field += field === '' ? String(key) : `.${String(key)}`;
  }
  return field;
}

/** One error for each violated field, at most {@link MAX_VIOLATIONS}. */
export function toInvalidFields(issues: readonly v.BaseIssue<unknown>[]): [AdapterError, ...AdapterError[]] {
  const byField = new Map<string, AdapterError>();
  for (const issue of issues) {
    const field = toField(issue);
    if (!byField.has(field)) byField.set(field, { kind: 'invalid_field', field, message: toMessage(field, issue) });
    if (byField.size === MAX_VIOLATIONS) break;
  }
  return [...byField.values()] as [AdapterError, ...AdapterError[]];
}

function toMessage(field: string, issue: v.BaseIssue<unknown>): string {
  const subject = field === '' ? 'The body' : field;
  return issue.input === undefined ? `${subject} is missing.` : `${subject} ${issue.message}.`;
}
