/** Words of the upstream that are kept or logged: cleaned, short, without credentials and personal data. */
import { isJson } from '../../../common/json.ts';
import { cleanText, withoutEmails, withoutPersonalData } from '../../../common/text.ts';
import type { Answer, NoAnswer } from './call.ts';

export const MAX_DETAIL = 200;
const MAX_DEPTH = 32;
/** Of a text, beside what the longest secret may take up. */
const LOOKED_AT = 4096;

/** @param what `reference`: an id of the upstream's, in which long numbers are what it is about */
export type Clean = (text: string, max: number, what?: 'words' | 'reference') => string;

/** @param secrets our own credentials: an upstream's error page may show what it was sent */
export function createClean(secrets: readonly string[]): Clean {
  const { hide, longest } = createHide(secrets, '[credentials]');
  return (text, max, what = 'words') => {
    const seen = text.slice(0, LOOKED_AT + longest);
    const hidden = hide(cleanText(seen.replace(/\s+/g, ' ').trim(), seen.length));
    // At the end may stand the first half of a secret.
    const whole = seen.length === text.length ? hidden : hidden.slice(0, Math.max(0, hidden.length - longest));
    return cleanText(what === 'words' ? withoutPersonalData(whole) : withoutEmails(whole), max).trim();
  };
}

export interface Hide {
  readonly hide: (text: string) => string;
  /** Characters that a secret takes up at most, however it is written. */
  readonly longest: number;
}

/** A JSON Web Token, whoever made it: it lets in whoever reads it. @see RFC 7515, section 7.1 */
const MAX_JWT = 2048;
const JWT = String.raw`\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*`;

/** All in one pass: one secret may be a part of another, or of what stands in its place. */
export function createHide(secrets: readonly string[], instead: string): Hide {
  const known = [...new Set(secrets.map((secret) => secret.trim()))].filter((secret) => secret !== '');
  known.sort((one, other) => other.length - one.length);
  const pattern = new RegExp([...known.map(asWritten), JWT].join('|'), 'gi');
  return {
    hide: (text) => text.replace(pattern, instead),
    longest: Math.max(MAX_JWT, ...known.map(({ length }) => MAX_WRITTEN * length)),
  };
}

/** Of one character: `&#x00027;`, and JSON within JSON within JSON. */
const MAX_WRITTEN = 12;
const NAMES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

const encoder = new TextEncoder();
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

const SPACE = String.raw`(?:\s|\+|%20|%0[9ad]|\\+(?:[nrt]|u00(?:09|0a|0d|20))|&#0*(?:9|10|13|32);|&#x0*(?:9|a|d|20);)+`;

/** Enough to know a secret by: a pattern of all of a long one is more than the engine takes. */
const KNOWN_BY = 200;

/** A pattern of a secret as it is, on one line, and as JSON, URLs, forms and HTML have it, each character for itself. */
function asWritten(secret: string): string {
  const rest = Math.max(0, secret.length - KNOWN_BY);
  const begin = secret.slice(0, KNOWN_BY).replace(/\s+|\\+|[^a-z0-9]/giu, (part) => {
    if (/^\s/.test(part)) return SPACE;
    if (part.startsWith('\\')) return String.raw`(?:\\|%5c|&#92;|&#x5c;)+`;
    const point = part.codePointAt(0) ?? 0;
    const units = part.split('').map((unit) => hex(unit.charCodeAt(0), 4));
    const ways = [
      String.raw`\\{0,3}` + part.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&'),
      units.map((unit) => String.raw`\\{1,3}u${unit}`).join(''),
      `&#0{0,4}${point};`,
      `&#x0{0,4}${hex(point, 1)};`,
      [...encoder.encode(part)].map((byte) => `%${hex(byte, 2)}`).join(''),
      ...(NAMES[part] === undefined ? [] : [`&${NAMES[part]};`]),
    ];
    return `(?:${ways.join('|')})`;
  });
  return rest === 0 ? begin : `${begin}[^]{0,${3 * rest}}`;
}

/** `status 503: upstream busy` */
export function describeAnswer(answer: Answer | NoAnswer, clean: Clean): string {
  if ('noAnswer' in answer) return clean(answer.noAnswer, MAX_DETAIL);
  const { status, body } = answer;
  const words = 'text' in body ? body.text : `body ${body.flaw}`;
  return clean(/\S/.test(words) ? `status ${status}: ${words}` : `status ${status}`, MAX_DETAIL);
}

/** A text as it is, other JSON as its text; undefined for nothing. */
export function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value === undefined || value === null || !isJson(value, MAX_DEPTH) ? undefined : JSON.stringify(value);
}
