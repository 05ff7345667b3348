import { describe, expect, it } from 'vitest';
import { createFormat, startOfDay } from '../../../src/console/format.ts';

describe('the start of a day', () => {
  it.each([
    ['2026-11-25', 'Europe/Istanbul', '2026-11-24T21:00:00.000Z'],
    ['2026-07-01', 'America/New_York', '2026-07-01T04:00:00.000Z'],
    // The clocks change in the night of these days.
    ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z'],
    ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00.000Z'],
    ['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
    ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
    ['2026-03-08', 'America/Havana', '2026-03-08T05:00:00.000Z'],
    ['2026-01-01', 'Asia/Kathmandu', '2025-12-31T18:15:00.000Z'],
    ['2026-01-01', 'UTC', '2026-01-01T00:00:00.000Z'],
  ])('%s in %s is %s', (day, zone, expected) => {
    expect(new Date(startOfDay(day, zone)).toISOString()).toBe(expected);
  });
});

describe('an amount', () => {
  const en = createFormat('en', 'UTC');
  const tr = createFormat('tr', 'UTC');

  it('keeps every digit, with the places of its currency, in the words of its reader', () => {
    expect(en.money('123456789012345678', 'TRY')).toMatch(/^TRY\s1,234,567,890,123,456\.78$/);
    expect(tr.money(2550, 'TRY')).toBe('₺25,50');
    expect(en.money(500, 'JPY')).toBe('JP¥500');
    expect(tr.money(12345, 'KWD')).toMatch(/12,345/);
  });

  it('is points without a currency, and nothing where there is none', () => {
    expect(en.amount({ type: 'LOYALTY_POINT', amount: '1000000.125', currency: null })).toBe('1,000,000.125');
    expect(en.amount({ type: 'POINT', amount: null, currency: null })).toBe('–');
  });
});
