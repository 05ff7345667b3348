import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  currencyDigits,
  type Decimal,
  decimalOfNumber,
  formatAmount,
  fromMinorUnits,
  isDecimal,
  isNegative,
  isPositive,
  significantDigits,
  toMinorUnits,
} from '../../../src/offers/money.ts';

describe('currencyDigits', () => {
  it.each([
    ['TRY', 2],
    ['EUR', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['KWD', 3],
    ['BHD', 3],
    ['XZZ', 2],
  ])('of %s is %i', (currency, digits) => {
    expect(currencyDigits(currency)).toBe(digits);
  });
});

describe('decimals', () => {
  it('are plain ASCII text without exponent', () => {
    for (const text of ['0', '7', '500.00', '-12.32', '0.2', '007']) expect(isDecimal(text)).toBe(true);
    for (const text of ['', '-', '.5', '5.', '1e3', '1_000', '1 000', '５', 'Infinity', '0x1', '1.2.3', '5\n'])
      expect(isDecimal(text)).toBe(false);
  });

  it('know their sign, and a negative zero is no sign', () => {
    expect([isNegative('-0.00' as Decimal), isNegative('-0.01' as Decimal), isPositive('0.00' as Decimal)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('of a number are its shortest plain text, or none', () => {
    expect([1e-7, 1e21, 25.5, -0].map(decimalOfNumber)).toEqual(['0.0000001', '1000000000000000000000', '25.5', '0']);
    expect([Number.NaN, Number.POSITIVE_INFINITY, 1e60].map(decimalOfNumber)).toEqual([null, null, null]);
  });

  it('count the digits that carry value', () => {
    expect(['0.00', '1000', '0.0010', '123.450', '-12'].map((text) => significantDigits(text as Decimal))).toEqual([
      0, 1, 1, 5, 2,
    ]);
  });
});

describe('minor units', () => {
  it('come back as they went, in every currency', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 30n });
    fc.assert(
      fc.property(amount, fc.constantFrom(0, 2, 3), (minor, digits) => {
        const decimal = fromMinorUnits(String(minor), digits);
        expect(toMinorUnits(new Big(decimal), digits)).toBe(String(minor));
        expect(formatAmount(new Big(decimal), digits)).toBe(decimal);
      }),
    );
  });
});
