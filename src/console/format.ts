/** Times in the shop's zone, money and counts as the reader's language writes them. Money stays exact: text in, text out. */
import { currencyDigits, fromMinorUnits } from '../offers/money.ts';

export type Language = 'en' | 'tr';

/** Of a Date. */
const MAX_TIME_MS = 8.64e15;

/** British: day before month, like the other language. */
const LOCALE: Readonly<Record<Language, string>> = { en: 'en-GB', tr: 'tr-TR' };

export interface Amount {
  readonly type: string | null;
  /** BASKET: minor units; LOYALTY_POINT: decimal text. */
  readonly amount: number | string | null;
  readonly currency: string | null;
}

export interface Format {
  readonly language: Language;
  readonly timeZone: string;
  time(ms: number): string;
  /** Of `YYYY-MM-DD`. */
  day(day: string): string;
  count(value: number): string;
  money(minor: number | string, currency: string): string;
  /** Of decimal text in major units. */
  price(major: string, currency: string): string;
  /** Of decimal text. */
  decimal(text: string): string;
  amount(of: Amount): string;
  milliseconds(ms: number): string;
}

export function createFormat(language: Language, timeZone: string): Format {
  const locale = LOCALE[language];
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const number = new Intl.NumberFormat(locale);
  const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 40 });
  const decimal = (text: string) => exact.format(text as unknown as number);

  // The text, not a number: every digit counts.
  const price = (major: string, currency: string) =>
    new Intl.NumberFormat(locale, { style: 'currency', currency }).format(major as unknown as number);
  const money = (minor: number | string, currency: string) => {
    try {
      return price(fromMinorUnits(String(minor), currencyDigits(currency)), currency);
    } catch {
      // What is no currency spoils its own cell alone.
      return `${minor} ${currency}`;
    }
  };
  return {
    language,
    timeZone,
    // A moment that no calendar has spoils its own cell alone.
    time: (ms) => (Math.abs(ms) <= MAX_TIME_MS ? time.format(ms) : '–'),
    day: (text) => day.format(Date.parse(`${text}T00:00:00Z`)),
    count: (value) => number.format(value),
    money,
    price,
    decimal,
    amount({ type, amount, currency }) {
      if (amount === null) return '–';
      if (currency !== null) return money(amount, currency);
      return type === 'LOYALTY_POINT' ? decimal(String(amount)) : String(amount);
    },
    milliseconds: (ms) => (ms < 10_000 ? `${number.format(ms)} ms` : `${decimal((ms / 1000).toFixed(1))} s`),
  };
}

/** `YYYY-MM-DD` of a moment in a zone. */
export function dayIn(timeZone: string, ms: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(ms);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** `YYYY-MM-DD` of the days up to one, which is the last. */
export function daysUpTo(last: string, count: number): string[] {
  const end = Date.parse(`${last}T00:00:00Z`);
  return Array.from({ length: count }, (_, at) => new Date(end - (count - 1 - at) * DAY_MS).toISOString().slice(0, 10));
}

/** The moment a day begins in a zone, also where the clocks change that night. */
export function startOfDay(day: string, timeZone: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const offsetAt = (ms: number) => {
    const parts = new Intl.DateTimeFormat('en-CA', { timeZone, timeZoneName: 'longOffset' }).formatToParts(ms);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  };
  const guess = midnight - offsetAt(midnight);
  const start = midnight - offsetAt(guess);
  // Where clocks jump at midnight the day begins an hour later.
  return dayIn(timeZone, start) < day ? guess : start;
}
