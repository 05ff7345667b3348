import { describe, expect, it } from 'vitest';
import { orderKeyOfBasket, orderKeyOfNumber } from '../../../src/common/ids.ts';
import { deriveDiscountKey, fingerprintUsage } from '../../../src/usage/keys.ts';

const ORDER = orderKeyOfNumber('ORD-1');

describe('deriveDiscountKey', () => {
  it('never changes: an upstream may have stored it years ago', async () => {
    expect(await deriveDiscountKey(ORDER, 'spring-15', 0)).toBe(
      'ce37d991b56557d0613deab7d7acf74d47a7af14085a483818b3ada466c4c172',
    );
  });

  it('differs by order, discount and generation, and parts cannot run into each other', async () => {
    const keys = await Promise.all([
      deriveDiscountKey(ORDER, 'a', 0),
      deriveDiscountKey(ORDER, 'a', 1),
      deriveDiscountKey(ORDER, 'b', 0),
      deriveDiscountKey(orderKeyOfNumber('ORD-2'), 'a', 0),
      deriveDiscountKey(orderKeyOfNumber('1:2'), 'a', 0),
      deriveDiscountKey(orderKeyOfBasket(1, 2), 'a', 0),
      deriveDiscountKey(orderKeyOfNumber('ORD-1","a'), 'x', 0),
      deriveDiscountKey(orderKeyOfNumber('ORD-1'), 'a","x', 0),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('fingerprintUsage', () => {
  it('means the order and the set of discounts, nothing else', async () => {
    const one = await fingerprintUsage(ORDER, ['a', 'b']);
    expect(await fingerprintUsage(ORDER, ['b', 'a', 'b'])).toBe(one);
    expect(await fingerprintUsage(ORDER, ['a'])).not.toBe(one);
    expect(await fingerprintUsage(ORDER, ['a,b'])).not.toBe(one);
    expect(await fingerprintUsage(orderKeyOfNumber('ORD-2'), ['a', 'b'])).not.toBe(one);
  });
});
