/**
 * Every word of the console, by language: data, kept with the static assets because that is what weighs nothing in the
 * script. A test holds the languages to the same words.
 */
import type en from '../public/ops/texts/en.json';
import type { Language } from './format.ts';

/** What stands in braces is filled in. */
export type Texts = typeof en;

/** @returns reads a language once */
export function createTexts(assets: Fetcher): (language: Language) => Promise<Texts> {
  // Values only: a request that waits for another's promise may wait for ever.
  const read = new Map<Language, Texts>();
  return async (language) => {
    const known = read.get(language);
    if (known !== undefined) return known;
    const response = await assets.fetch(`https://assets/ops/texts/${language}.json`);
    if (!response.ok) throw new Error(`the words are not there: status ${response.status}`);
    const texts = (await response.json()) as Texts;
    read.set(language, texts);
    return texts;
  };
}

/** `Order {order}` → `Order TR-1`. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces));
}

/** The word for a code; the code itself where there is none. */
export function wordFor(words: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(words, code) ? (words[code] ?? code) : code;
}
