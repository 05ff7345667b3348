/** One request and what came back, as it was on the wire, and what can be read from it. */

export type Version = 'v1' | 'v2';
/** `contract` is what Akinon's documents say, `practice` what a careful engineer adds. */
export type Level = 'contract' | 'practice';

/** Who a request says it is. Parts that are not given are the real ones, which no report may show. */
export type Auth =
  | { readonly kind: 'basic'; readonly scheme?: string; readonly username?: string; readonly password?: string }
  | { readonly kind: 'made-up'; readonly value: string }
  | { readonly kind: 'none' };

export interface Body {
  readonly bytes: Buffer;
  /** A shell command that prints the same bytes, for a body too large to be shown. */
  readonly shell?: string;
}

export interface Ask {
  readonly method: string;
  /** From the given URL on: `/offers`. */
  readonly path: string;
  /** Without `authorization`, which comes from `auth`, and without `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: Auth;
  readonly body: Body | null;
  /** Sent in chunks, without `content-length`. */
  readonly chunked?: boolean;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case; a repeated header is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Which check sent it. */
export interface Origin {
  readonly check: string;
  readonly level: Level;
  readonly version: Version;
}

export interface Exchange {
  readonly origin: Origin;
  readonly url: string;
  readonly ask: Ask;
  readonly ms: number;
  /** Null when not even a status came back. With an `error` it is what had arrived until then. */
  readonly answer: Answer | null;
  /** Why there is no complete answer, in words; null when there is one. */
  readonly error: string | null;
}

/** The body as text, or null when it is not UTF-8. */
export function textOf({ bytes }: Answer): string | null {
  try {
    // A byte order mark is no JSON (RFC 8259, 8.1).
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Reviews read each answer of the run again. What is large is parsed again, because it would take many times its room. */
const PARSED = new WeakMap<Answer, unknown>();
const MAX_PARSED_BYTES = 64 * 1024;

/** The body as JSON, or undefined when it is none. Not to be changed: everyone gets the same value. */
export function jsonOf(answer: Answer | null): unknown {
  if (answer === null) return undefined;
  if (answer.bytes.length > MAX_PARSED_BYTES) return parse(textOf(answer));
  if (!PARSED.has(answer)) PARSED.set(answer, parse(textOf(answer)));
  return PARSED.get(answer);
}

function parse(text: string | null): unknown {
  try {
    return text === null || isTooDeep(text) ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Beyond this nobody means what is nested, and whoever reads it ends up without a stack. */
const MAX_DEPTH = 1000;

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/gs)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Value at a dotted path, `basket.basketItems.0.id`; undefined when the way there is missing. */
export function at(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** A JSON value in a few words, for a reason. */
export function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
