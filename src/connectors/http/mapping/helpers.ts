/** Functions that templates may call, beside json-e's own: pure, small, and the same for every mapping. docs/connectors.md */
import Big from 'big.js';
import { Money, toDecimal } from './money.ts';
import { counted, type Run, spend } from './steps.ts';
import { TemplateError } from './template-error.ts';
import type { Helper } from './values.ts';

const MAX_DIGITS = 20;
/** A calendar costs more than a look. */
const STEPS_OF_DATE = 20;

/** A hash that is computed once the template is through: the platform has none that does not wait. */
export class Hash {
  readonly text: string;
  constructor(value: unknown) {
    if (typeof value !== 'string') throw new TemplateError('sha256() wants a text');
    this.text = value;
  }
}

/** @param country calling code of numbers without one, of `identity.country` */
export function createHelpers(country: string | undefined): Readonly<Record<string, Helper>> {
  return {
    get(object: unknown, path: unknown, fallback: unknown = null) {
      const keys = Array.isArray(path) ? path.map(String) : text('get', path).split('.');
      spend(this, keys.length);
      return valueAt(object, keys, 0, this) ?? fallback;
    },
    add: (one: unknown, other: unknown) => decimal('add', one).plus(decimal('add', other)).toFixed(),
    subtract: (one: unknown, other: unknown) => decimal('subtract', one).minus(decimal('subtract', other)).toFixed(),
    multiply: (one: unknown, other: unknown) => decimal('multiply', one).times(decimal('multiply', other)).toFixed(),
    round: (value: unknown, digits: unknown = 0) => {
      if (!Number.isInteger(digits) || (digits as number) < 0 || (digits as number) > MAX_DIGITS) {
        throw new TemplateError(`round() wants 0 to ${MAX_DIGITS} digits`);
      }
      return decimal('round', value).toFixed(digits as number, Big.roundHalfUp);
    },
    money: (value: unknown) => (value === null ? null : new Money(value)),
    sha256: (value: unknown) => new Hash(value),
    lower: (value: unknown) => text('lower', value).toLowerCase(),
    upper: (value: unknown) => text('upper', value).toUpperCase(),
    e164: (value: unknown) => (value === null ? null : toE164(text('e164', value), country)),
    date(value: unknown, form: unknown = 'iso', zone: unknown = 'UTC') {
      spend(this, STEPS_OF_DATE);
      return writeDate(value, form, zone);
    },
    encode: (value: unknown) => {
      const plain = value === null ? '' : String(value);
      if (!plain.isWellFormed()) throw new TemplateError('half a character cannot stand in a URL');
      return encodeURIComponent(plain);
    },
  };
}

function decimal(name: string, value: unknown): Big {
  const text = toDecimal(value);
  if (text === null) throw new TemplateError(`${name}() wants decimals, as text or as numbers`);
  return new Big(text);
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TemplateError(`${name}() wants a text`);
  return value;
}

/**
 * @param path names and numbers with dots between, `member.cards.0`, or a list of them where a name has a dot in it. `*` is
 *   every element of a list: what is found in them is a list, and those in which it is missing are left out
 */
function valueAt(value: unknown, keys: readonly string[], at: number, run: Run): unknown {
  spend(run, 1);
  const key = keys[at];
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (key === '*' && Array.isArray(value)) {
    const found = value
      .map((element) => valueAt(element, keys, at + 1, run))
      .filter((one) => one !== undefined && one !== null);
    return keys.includes('*', at + 1) ? counted(found.flat(), run) : found;
  }
  return Object.hasOwn(value, key) ? valueAt((value as Record<string, unknown>)[key], keys, at + 1, run) : undefined;
}

/**
 * Digits with a plus. A number that begins with 00 or + has its country; another one gets the default, in place of what is
 * dialled at home only.
 * @returns null for what is no number of 8 to 15 digits
 * @see ITU-T E.164
 */
export function toE164(phone: string, country: string | undefined): string | null {
  // What follows a letter is an extension.
  const [number = ''] = phone.split(/\p{L}/u);
  const isWhole = /^\s*(?:\+|00)/.test(number);
  const digitsOf = (text: string) => text.replace(/\D/g, '').replace(isWhole ? /^00/ : '', '');
  const keepsZero = ZERO_STAYS.some((code) => (isWhole ? digitsOf(number).startsWith(code) : code === country));
  // A 0 in brackets is dialled at home.
  const digits = digitsOf(keepsZero ? number : number.replace('(0)', ''));
  if (isWhole) return withPlus(digits);
  if (country === undefined) return digits.startsWith('0') ? null : withPlus(digits);
  const local = keepsZero ? digits : digits.replace(AT_HOME[country] ?? /^0+/, '');
  const hasCode = local === digits && digits.startsWith(country) && digits.length > MAX_LOCAL;
  return withPlus(hasCode ? digits : country + local);
}

const withPlus = (digits: string) => (/^[1-9]\d{7,14}$/.test(digits) ? `+${digits}` : null);

/** Whose numbers have their 0 from abroad, too: Italy, San Marino, the Vatican; Benin, Côte d'Ivoire, Gabon, Congo. */
const ZERO_STAYS = ['39', '378', '379', '229', '225', '241', '242'];
/** What is dialled before a number at home, where that is no 0: Russia and Kazakhstan, Hungary. */
const AT_HOME: Readonly<Record<string, RegExp>> = { 7: /^8(?=\d{10}$)/, 36: /^06/ };
/** A number with more digits that begins with the country's code has it already. */
const MAX_LOCAL = 10;

function writeDate(value: unknown, form: unknown, zone: unknown): string | number {
  const date = new Date(typeof value === 'number' || typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw new TemplateError('date() wants milliseconds, or a date as text');
  switch (form) {
    case 'iso':
      return date.toISOString();
    case 'day':
      return dayIn(text('date', zone), date);
    case 'ms':
      return date.getTime();
    case 'unix':
      return Math.floor(date.getTime() / 1000);
    default:
      throw new TemplateError("date() writes 'iso', 'day', 'ms' or 'unix'");
  }
}

/** By time zone: making one takes longer than using it. */
const calendars = new Map<string, Intl.DateTimeFormat>();
const MAX_CALENDARS = 20;

/** `2026-01-31` */
function dayIn(timeZone: string, date: Date): string {
  try {
    const calendar = calendars.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone });
    if (calendars.size < MAX_CALENDARS) calendars.set(timeZone, calendar);
    return calendar.format(date);
  } catch {
    throw new TemplateError(`date() knows no time zone ${timeZone}: Europe/Istanbul is one`);
  }
}
