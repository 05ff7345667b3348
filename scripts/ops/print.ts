/** Texts for a terminal. What upstreams and callers said is hostile: nothing of it may move the cursor or change colours. */
import { currencyDigits, fromMinorUnits } from '../../src/offers/money.ts';
import type { SqlValue } from './d1.ts';

/** Control characters, and those that turn the direction of text or have no width. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const MAX_CELL = 80;

export function clean(text: string): string {
  return text.replace(UNPRINTABLE, '').toWellFormed();
}

/** JSON of which no character is more than text for a terminal. */
export function toJson(value: unknown): string {
  const toEscapes = (text: string) =>
    Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
  return JSON.stringify(value, null, 2).replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, toEscapes);
}

/** UTC, to the second: `2026-06-15 09:30:00`; `–` for none. */
export function time(ms: SqlValue | undefined): string {
  if (typeof ms !== 'number' || Math.abs(ms) > 8.64e15) return '–';
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** Of a used discount: money in major units, points, or `–`. */
export function amount(line: { amount?: SqlValue; currency?: SqlValue; type?: SqlValue }): string {
  const { amount: value = null, currency = null, type } = line;
  if (value === null) return '–';
  if (typeof currency !== 'string') return type === 'LOYALTY_POINT' ? `${value} points` : String(value);
  return `${fromMinorUnits(String(value), currencyDigits(currency))} ${currency}`;
}

/** `1 line`, `2 lines` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Aligned columns, `–` for what is empty; the last one is as wide as it likes, the others are cut at 80 characters. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const last = head.length - 1;
  const filled = rows.map((row) => row.map((cell) => clean(cell) || '–'));
  const cells = [head, ...filled].map((row) => row.map((cell, at) => cut(cell, at === last)));
  const widths = head.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))));
  return cells
    .map((row) => row.map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell)))))
    .map((row) => `  ${row.join('  ').trimEnd()}`)
    .join('\n');
}

function cut(text: string, isLast: boolean): string {
  const characters = [...text];
  return isLast || characters.length <= MAX_CELL ? text : `${characters.slice(0, MAX_CELL - 1).join('')}…`;
}

const widthOf = (text: string) => [...text].length;
