/** Words of the upstream that are kept or logged: cleaned, short, without credentials and personal data. */
import { isJson } from '../../../common/json.ts';
import { cleanText, withoutEmails, withoutPersonalData } from '../../../common/text.ts';
import type { Answer, NoAnswer } from './call.ts';

export const MAX_DETAIL = 200;
const MAX_DEPTH = 32;
/** Enough that nothing is cut in the middle that had to be taken out whole. */
const LOOKED_AT = 4096;

/** @param what `reference`: an id of the upstream's, in which long numbers are what it is about */
export type Clean = (text: string, max: number, what?: 'words' | 'reference') => string;

/** @param secrets our own credentials: an upstream's error page may show what it was sent */
export function createClean(secrets: readonly string[]): Clean {
  const hide = createHide(secrets, '[credentials]');
  return (text, max, what = 'words') => {
    const clean = hide(cleanText(text, LOOKED_AT));
    return cleanText(what === 'words' ? withoutPersonalData(clean) : withoutEmails(clean), max);
  };
}

/** All forms in one pass: one secret may be a part of another, or of what stands in its place. */
export function createHide(secrets: readonly string[], instead: string): (text: string) => string {
  const forms = [...new Set(secrets.flatMap(asWritten))].filter((form) => form !== '');
  if (forms.length === 0) return (text) => text;
  forms.sort((one, other) => other.length - one.length);
  const pattern = new RegExp(forms.map((form) => form.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'gi');
  return (text) => text.replace(pattern, instead);
}

/** As it is, on one line, and as JSON (some writers escape slashes, too), URLs, forms and HTML have it. */
function asWritten(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret.replace(/[&<>"']/g, (letter) => HTML[letter] ?? letter);
  const urls = secret.isWellFormed()
    ? [encodeURIComponent(secret), new URLSearchParams({ '': secret }).toString().slice(1)]
    : [];
  return [secret, secret.replace(/\s+/g, ' ').trim(), json, json.replaceAll('/', '\\/'), html, ...urls];
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** `status 503: upstream busy` */
export function describeAnswer(answer: Answer | NoAnswer, clean: Clean): string {
  if ('noAnswer' in answer) return clean(answer.noAnswer, MAX_DETAIL);
  const { status, body } = answer;
  const words = 'text' in body ? body.text.slice(0, LOOKED_AT).replace(/\s+/g, ' ').trim() : `body ${body.flaw}`;
  return clean(words === '' ? `status ${status}` : `status ${status}: ${words}`, MAX_DETAIL);
}

/** A text as it is, other JSON as its text; undefined for nothing. */
export function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value === undefined || value === null || !isJson(value, MAX_DEPTH) ? undefined : JSON.stringify(value);
}
