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

/** @param secrets our own credentials: an upstream's error page may show what it was sent, in JSON as well */
export function createClean(secrets: readonly string[]): Clean {
  const forms = new Set(secrets.flatMap(asWritten));
  return (text, max, what = 'words') => {
    let clean = cleanText(text, LOOKED_AT);
    for (const form of forms) clean = clean.replaceAll(form, '[credentials]');
    return cleanText(what === 'words' ? withoutPersonalData(clean) : withoutEmails(clean), max);
  };
}

/** A text as it is, and as JSON has it: some writers escape slashes, too. */
function asWritten(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [secret, json, json.replaceAll('/', '\\/')];
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
