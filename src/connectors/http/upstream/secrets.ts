/** The secrets that an auth section names: whether they are there, and whether a request can carry them. */
import type { SecretReader, SettingProblem } from '../../connector.ts';
import type { Auth, LoginPart } from './auth.ts';

/** What is wrong with a value, or null. */
type Rule = (value: string) => string | null;

interface Need {
  readonly name: string;
  readonly rule: Rule;
  /** It may stand in a text that is kept: a user name is a word like others. */
  readonly isPublic?: boolean;
}

/**
 * @param reason why one that is missing is needed
 * @returns `confidential`: what must not stand in a text that we keep, should the upstream repeat it
 */
export function readSecrets(
  auth: Auth,
  alsoSecret: readonly string[],
  secretOf: SecretReader,
  reason: string,
): { readonly confidential: readonly string[]; readonly problems: readonly SettingProblem[] } {
  const problems: SettingProblem[] = [];
  const confidential: string[] = [];
  for (const { name, rule, isPublic } of [...needsOf(auth), ...toNeeds(alsoSecret, anything)]) {
    const value = secretOf(name);
    const message = value === undefined ? `is not set, and ${reason}` : rule(value);
    if (message !== null) problems.push({ setting: name, message });
    else if (value !== undefined && !isPublic) confidential.push(value);
  }
  // An upstream may show what it was sent as it was sent.
  const read = (name: string) => secretOf(name) ?? '';
  if (auth.kind === 'basic') confidential.push(pairOf(read(auth.username), read(auth.password)));
  if (auth.kind === 'oauth2') {
    confidential.push(pairOf(encodeURIComponent(read(auth.clientId)), encodeURIComponent(read(auth.clientSecret))));
  }
  return { confidential, problems };
}

/** Of the UTF-8 bytes. @see RFC 7617, section 2 */
export function toBasic(username: string, password: string): string {
  return `Basic ${pairOf(username, password)}`;
}

function pairOf(username: string, password: string): string {
  return new TextEncoder().encode(`${username}:${password}`).toBase64();
}

/** The names, each once. */
export function secretsOf(auth: Auth): string[] {
  return [...new Set(needsOf(auth).map(({ name }) => name))];
}

const toNeeds = (names: readonly string[], rule: Rule): Need[] => names.map((name) => ({ name, rule }));

const inHeaders = (headers: Readonly<Record<string, string>>) => toNeeds(Object.values(headers), headerValue);

export const isSecret = (part: object): part is { readonly secret: string } => Object.hasOwn(part, 'secret');

function secretsIn(part: LoginPart): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return !Array.isArray(part) && isSecret(part) ? [part.secret] : Object.values(part).flatMap(secretsIn);
}

function needsOf(auth: Auth): readonly Need[] {
  switch (auth.kind) {
    case 'none':
      return [];
    case 'basic':
      return [{ name: auth.username, rule: userName, isPublic: true }, ...toNeeds([auth.password], withoutControls)];
    case 'bearer':
      return toNeeds([auth.token], headerValue);
    case 'headers':
      return inHeaders(auth.headers);
    case 'query':
      return toNeeds([auth.value], anything);
    case 'oauth2':
      return [...toNeeds([auth.clientId, auth.clientSecret], anything), ...inHeaders(auth.headers)];
    case 'login':
      return [...toNeeds(secretsIn(auth.body), anything), ...inHeaders(auth.headers)];
    case 'jwt':
      return toNeeds([auth.secret], anything);
    case 'hash':
    case 'hmac': {
      const parts = auth.parts.flatMap((part) => (typeof part === 'object' && 'secret' in part ? [part.secret] : []));
      const own = auth.kind === 'hmac' ? [auth.secret] : [];
      return [...toNeeds([...parts, ...own], anything), ...inHeaders(auth.headers)];
    }
  }
}

const anything: Rule = () => null;

/** Visible ASCII, spaces only inside: what a header carries as it is, and no line break that was pasted along. */
export const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const headerValue: Rule = (value) =>
  HEADER_VALUE.test(value) ? null : 'must be visible ASCII characters, without a space or line break at either end';

const withoutControls: Rule = (text) => (/\p{Cc}/u.test(text) ? 'must not contain control characters' : null);

/** @see RFC 7617, section 2 */
const userName: Rule = (name) =>
  name.includes(':') ? 'must not contain a colon: Basic auth ends the user name there' : withoutControls(name);
