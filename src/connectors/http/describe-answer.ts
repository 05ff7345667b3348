/** Words of the upstream that are kept or logged: cleaned, short, without credentials and personal data. */
import { isJson } from '../../common/json.ts';
import { cleanText, withoutPersonalData } from '../../common/text.ts';
import type { Answer, NoAnswer } from './call.ts';

export const MAX_DETAIL = 200;
const MAX_DEPTH = 32;
/** Enough that nothing is cut in the middle that had to be taken out whole. */
const LOOKED_AT = 4096;

export type Clean = (text: string, max: number) => string;

/** @param secrets our own credentials: an upstream's error page may show what it was sent */
export function createClean(secrets: readonly string[]): Clean {
  return (text, max) => {
    let clean = cleanText(text, LOOKED_AT);
    for (const secret of secrets) clean = clean.replaceAll(secret, '[credentials]');
    return cleanText(withoutPersonalData(clean), max);
  };
}

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
