import { describe, expect, it } from 'vitest';
import { preferredLanguage } from '../../../src/common/language.ts';

const LANGUAGES = ['tr', 'en', 'ar', 'ru', 'de', 'fr'] as const;
const preferred = (header: string | null) => preferredLanguage(header, LANGUAGES, 'tr');

describe('the preferred language', () => {
  it.each([
    [null, 'tr'],
    ['', 'tr'],
    ['en', 'en'],
    ['EN-gb', 'en'],
    ['es', 'tr'],
    ['es, de;q=0.5, fr; q=0.7', 'fr'],
    ['de;q=0.5,fr;q=0.5', 'de'],
    ['*', 'tr'],
    ['en;q=0, *;q=0.1', 'tr'],
    ['en;q=x', 'tr'],
    ['en;level=1', 'tr'],
    ['english', 'tr'],
    [', ,;', 'tr'],
  ])('of %j is %s', (header, language) => {
    expect(preferred(header)).toBe(language);
  });

  it('is looked for in the first thousand characters', () => {
    expect(preferred(`${' '.repeat(998)}en`)).toBe('en');
    expect(preferred(`${' '.repeat(1000)}en`)).toBe('tr');
  });
});
