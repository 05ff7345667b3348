/**
 * Exact decimals. Money, points and quantities travel as checked decimal text and become a `Big` only where something
 * is computed: most of what a basket says is passed on, never calculated. No `number` ever holds money.
 */
import Big from 'big.js';

declare const decimal: unique symbol;

/** Plain ASCII decimal without exponent, at most 40 characters, with the digits it was sent with: `500.00`, `0.2`, `7`. */
export type Decimal = string & { readonly [decimal]: true };

export const MAX_DECIMAL_LENGTH = 40;
const DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?$/;
const NONZERO = /[1-9]/;

export function isDecimal(value: unknown): value is Decimal {
  return typeof value === 'string' && value.length <= MAX_DECIMAL_LENGTH && DECIMAL.test(value);
}

/** Below zero; `-0.00` is not. */
export function isNegative(value: Decimal): boolean {
  return value.charCodeAt(0) === 45 /* - */ && NONZERO.test(value);
}

export function isPositive(value: Decimal): boolean {
  return value.charCodeAt(0) !== 45 /* - */ && NONZERO.test(value);
}

/**
 * The shortest plain text of a JSON number, or null where it has none within 40 characters (`1e400`, `NaN`).
 * A number is accepted only as the text it was parsed to; how many digits it may have is the caller's rule.
 */
export function decimalOfNumber(value: number): Decimal | null {
  if (!Number.isFinite(value)) return null;
  const text = String(value);
  const plain = text.includes('e') ? new Big(text).toFixed() : text;
  return plain.length <= MAX_DECIMAL_LENGTH ? (plain as Decimal) : null;
}

/** A decimal of so many significant digits comes through a JSON number unchanged; of more, it may not. */
export const JSON_NUMBER_DIGITS = 15;

/** Digits that carry value: leading and trailing zeros do not. */
export function significantDigits(value: Decimal): number {
  return value.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length;
}

const digitsByCurrency = new Map<string, number>();

/** Minor digits of an ISO 4217 currency (TRY 2, JPY 0, KWD 3), as `Intl` knows them; 2 for codes it does not know. */
export function currencyDigits(currency: string): number {
  let digits = digitsByCurrency.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
    digits = format.maximumFractionDigits ?? 2;
    digitsByCurrency.set(currency, digits);
  }
  return digits;
}

/** Down to the currency's minor unit: what is given away is never rounded up. */
export function roundDown(amount: Big, digits: number): Big {
  return amount.round(digits, Big.roundDown);
}

/** Decimal text with the currency's places: `25.5` → `25.50`. */
export function formatAmount(amount: Big, digits: number): Decimal {
  return amount.toFixed(digits, Big.roundDown) as Decimal;
}

/** Text of the integer number of minor units: `25.50` → `2550`. Text, because it may pass 2^53. */
export function toMinorUnits(amount: Big, digits: number): string {
  return amount.times(new Big(10).pow(digits)).toFixed(0, Big.roundDown);
}

/** The decimal that `minor` units stand for: `2550` → `25.50`. Inverse of {@link toMinorUnits}. */
export function fromMinorUnits(minor: string, digits: number): Decimal {
  return new Big(minor).div(new Big(10).pow(digits)).toFixed(digits) as Decimal;
}
