/** Credentials as ***, wherever they stand: in what is sent by place, in what an upstream says back by value. */
import type { Auth } from '../../src/connectors/http/upstream/auth.ts';
import { createHide } from '../../src/connectors/http/upstream/describe-answer.ts';
import { valueAt } from '../../src/connectors/http/upstream/token.ts';
import { headersOf } from './auth-headers.ts';

const HIDDEN = '***';

export interface Mask {
  readonly url: (url: string) => string;
  readonly header: (name: string, value: string) => string;
  readonly text: (text: string) => string;
  /** A token that an answer hands out is hidden from then on. */
  readonly learn: (answer: string) => void;
}

/** @param secrets by name; may grow after this call */
export function createMask(auth: Auth, secrets: ReadonlyMap<string, string>): Mask {
  const named = new Set(headersOf(auth).map((name) => name.toLowerCase()));
  const tokens = new Set<string>();
  const text = (it: string) => createHide([...secrets.values(), ...tokens, pairOf(auth, secrets)], HIDDEN).hide(it);
  const schemes = ['Basic ', 'Bearer ', 'prefix' in auth && auth.prefix ? auth.prefix : 'Bearer '];
  return {
    text,
    header: (name, value) => {
      if (!named.has(name)) return text(value);
      return (auth.kind === 'headers' ? '' : (schemes.find((scheme) => value.startsWith(scheme)) ?? '')) + HIDDEN;
    },
    learn: (answer) => {
      const token = auth.kind === 'oauth2' ? 'access_token' : auth.kind === 'login' ? auth.token : null;
      const found = token === null ? null : valueAt(parse(answer), token);
      if (typeof found === 'string') tokens.add(found);
    },
    url: (it) => {
      if (auth.kind !== 'query') return text(it);
      const url = new URL(it);
      url.searchParams.set(auth.key, HIDDEN);
      return text(url.href);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Of Basic: what stands in the header. */
function pairOf(auth: Auth, secrets: ReadonlyMap<string, string>): string {
  if (auth.kind !== 'basic') return '';
  return Buffer.from(`${secrets.get(auth.username)}:${secrets.get(auth.password)}`).toString('base64');
}
