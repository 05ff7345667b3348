import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decimal } from '../../../src/offers/money.ts';
import { distribute, type Recipient, sumOf } from '../../../src/sandbox/distribute.ts';

const line = (itemId: number, quantity: string, room: bigint): Recipient => ({
  itemId,
  quantity: quantity as Decimal,
  room,
});
const shares = (minor: bigint, ...lines: Recipient[]) => [...distribute(minor, lines).values()];

describe('distribute', () => {
  it('gives by quantity, to the minor unit', () => {
    expect(shares(1232n, line(1, '1', 50_000n), line(2, '7', 350_000n))).toEqual([154n, 1078n]);
  });

  it('gives what does not divide to who lost most, the first of equals first', () => {
    expect(shares(100n, line(1, '1', 999n), line(2, '1', 999n), line(3, '1', 999n))).toEqual([34n, 33n, 33n]);
    expect(shares(10n, line(1, '0.3', 999n), line(2, '0.25', 999n))).toEqual([5n, 5n]);
  });

  it('takes no more of a line than it has, and gives the rest to the others', () => {
    expect(shares(100n, line(1, '1', 10n), line(2, '1', 500n), line(3, '2', 500n))).toEqual([10n, 30n, 60n]);
    expect(shares(100n, line(1, '5', 0n), line(2, '1', 500n))).toEqual([0n, 100n]);
  });

  it('gives all there is where that is less than the discount', () => {
    expect(shares(100n, line(1, '1', 10n), line(2, '9', 20n))).toEqual([10n, 20n]);
    expect(shares(100n)).toEqual([]);
  });

  it('stays exact beyond what a number holds', () => {
    const huge = 10n ** 30n + 1n;
    expect(shares(huge, line(1, '1', huge), line(2, '1', huge))).toEqual([5n * 10n ** 29n + 1n, 5n * 10n ** 29n]);
  });

  it('sums to the discount or to all the room, within each room, and near to the quantity', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });
    const quantity = fc
      .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 999 }))
      .map((parts) => parts.join('.'));
    const lines = fc
      .array(fc.tuple(quantity, fc.bigInt({ min: 0n, max: 10n ** 10n })), { maxLength: 12 })
      .map((all) => all.map(([text, room], index) => line(index + 1, text, room)));
    fc.assert(
      fc.property(amount, lines, (minor, recipients) => {
        const given = distribute(minor, recipients);
        const room = sumOf(recipients.filter((each) => /[1-9]/.test(each.quantity)).map((each) => each.room));
        expect(sumOf(given.values())).toBe(minor < room ? minor : room);
        for (const { itemId, room: most } of recipients) {
          expect(given.get(itemId)).toBeGreaterThanOrEqual(0n);
          expect(given.get(itemId)).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 500 },
    );
  });
});
