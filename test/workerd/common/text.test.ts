import { describe, expect, it } from 'vitest';
import { withoutPersonalData } from '../../../src/common/text.ts';

describe('withoutPersonalData', () => {
  it.each([
    ['member ada.lovelace+shop@example.co.uk is blocked', 'member [e-mail] is blocked'],
    ['<mailto:ada@example.com>', '<mailto:[e-mail]>'],
    ['?user=ada%40example.com&x=1', '?user=[e-mail]'],
    ['{"email":"ada@example.com","çağrı@örnek.com"}', '{"email":"[e-mail]","[e-mail]"}'],
    ['ada@localhost', '[e-mail]'],
    ['call +90 (532) 000 00 17 now', 'call [number] now'],
    ['05320000017', '[number]'],
    ['532-000-0017', '[number]'],
    ['tel:0532/000.00.17', 'tel:[number]'],
    ['٠٥٣٢٠٠٠٠٠١٧', '[number]'],
    ['+90–532_000·00,17', '[number]'],
    ['2026-06-15 and 5551234', '2026-06-15 and [number]'],
  ])('takes out of %j', (text, clean) => {
    expect(withoutPersonalData(text)).toBe(clean);
  });

  it.each([
    'ORD-12345 was used up on 2026-06-15T09:30:00Z',
    'at 12:30, 15 % of 1,299.97 TRY',
    'meet @ noon',
    'status 503: busy',
    '',
  ])('leaves %j as it is', (text) => {
    expect(withoutPersonalData(text)).toBe(text);
  });

  it('takes no longer than its text is long', () => {
    const started = Date.now();
    withoutPersonalData(`${'a'.repeat(500_000)} ${'1 '.repeat(3)}${'- '.repeat(250_000)}`);
    // A pattern that backtracks over all of it would take minutes.
    expect(Date.now() - started).toBeLessThan(5000);
  });
});
