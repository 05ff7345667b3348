/**
 * Every word of the console, by language: data, kept with the static assets because that is what weighs nothing in the
 * script. A test holds the languages to the same words.
 */
import { createAssetReader } from '../common/asset.ts';
import type en from '../public/ops/texts/en.json';
import type { Language } from './format.ts';

/** What stands in braces is filled in. */
export type Texts = typeof en;

export function createTexts(assets: Fetcher): (language: Language) => Promise<Texts> {
  const read = createAssetReader<Texts>(assets);
  return (language) => read(`ops/texts/${language}.json`);
}

/** `Order {order}` → `Order TR-1`. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces));
}

/** The word for a code; the code itself where there is none. */
export function wordFor(words: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(words, code) ? (words[code] ?? code) : code;
}
