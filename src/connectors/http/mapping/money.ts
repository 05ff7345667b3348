/**
 * How an upstream writes money, and the way there and back in exact decimals. Templates carry amounts through as they are
 * and never compute with them: `money(x)` marks one in a request, and what an answer says is read after it was mapped.
 */
import Big from 'big.js';
import { currencyDigits, type Decimal, decimalOfNumber, isDecimal } from '../../../offers/money.ts';
import { TemplateError } from './template-error.ts';

export interface MoneyForm {
  /** `minor`: 2550 is 25.50. */
  readonly unit: 'major' | 'minor';
  readonly as: 'string' | 'number';
  /** Minor digits; absent = the currency's own (TRY 2, JPY 0, KWD 3). */
  readonly digits?: number | undefined;
}

/** An amount in a request, until that is written. */
export class Money {
  readonly amount: Decimal;
  constructor(value: unknown) {
    if (!isDecimal(value)) throw new TemplateError('money() wants an amount, as decimal text');
    this.amount = value;
  }
}

/** @throws TemplateError for what the form cannot hold: half a minor unit, more digits than a JSON number keeps */
export function writeMoney({ amount }: Money, { unit, as, digits }: MoneyForm, currency: string): string | number {
  const places = digits ?? currencyDigits(currency);
  const exact = unit === 'minor' ? new Big(amount).times(new Big(10).pow(places)) : new Big(amount);
  if (unit === 'minor' && !exact.eq(exact.round(0))) throw new TemplateError(`${amount} has no whole minor units`);
  const text = exact.toFixed(unit === 'minor' ? 0 : Math.max(places, decimalPlaces(amount)));
  if (as === 'string') return text;
  if (decimalOfNumber(Number(text)) === null || !new Big(Number(text)).eq(exact)) {
    throw new TemplateError(`${amount} does not fit into a JSON number`);
  }
  return Number(text);
}

/**
 * What an answer says, in major units; `money(x)` says of what a template computed that it is in major units already.
 * @returns null for what is no amount; whether it may be given is the guard's question
 */
export function readMoney(value: unknown, { unit, digits }: MoneyForm, currency: string): Decimal | null {
  if (value instanceof Money) return value.amount;
  const text = toDecimal(value);
  if (text === null || unit === 'major') return text;
  const places = digits ?? currencyDigits(currency);
  const major = new Big(text).times(new Big(10).pow(-places)).toFixed();
  return new Big(major).toFixed(Math.max(places, decimalPlaces(major))) as Decimal;
}

/** Decimal text, or a JSON number as its shortest text. */
export function toDecimal(value: unknown): Decimal | null {
  if (typeof value === 'number') return decimalOfNumber(value);
  return isDecimal(value) ? value : null;
}

function decimalPlaces(text: string): number {
  return text.split('.')[1]?.length ?? 0;
}
