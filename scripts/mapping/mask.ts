/** Credentials as ***, wherever they stand: in what is sent by place, in what an upstream says back by value. */
import type { Auth } from '../../src/connectors/http/upstream/auth.ts';

const HIDDEN = '***';

export interface Mask {
  readonly url: (url: string) => string;
  readonly header: (name: string, value: string) => string;
  readonly text: (text: string) => string;
}

/** @param secrets by name; may grow after this call */
export function createMask(auth: Auth, secrets: ReadonlyMap<string, string>): Mask {
  const named = auth.kind === 'headers' ? new Set(Object.keys(auth.headers).map((name) => name.toLowerCase())) : null;
  const text = (it: string) => {
    const forms = [...secrets.values(), pairOf(auth, secrets)].flatMap(asWritten).filter((form) => form !== '');
    // The longest first: one secret may be a part of another.
    forms.sort((one, other) => other.length - one.length);
    return forms.reduce((masked, form) => masked.replaceAll(form, HIDDEN), it);
  };
  return {
    text,
    header: (name, value) => {
      if (name === 'authorization') return value.replace(/^(\S+ )?.*$/s, `$1${HIDDEN}`);
      return named?.has(name) ? HIDDEN : text(value);
    },
    url: (it) => {
      if (auth.kind !== 'query') return text(it);
      const url = new URL(it);
      url.searchParams.set(auth.key, HIDDEN);
      return text(url.href);
    },
  };
}

/** Of Basic: what stands in the header. */
function pairOf(auth: Auth, secrets: ReadonlyMap<string, string>): string {
  if (auth.kind !== 'basic') return '';
  return Buffer.from(`${secrets.get(auth.username)}:${secrets.get(auth.password)}`).toString('base64');
}

/** A secret as it is, as JSON has it, and as a URL does. */
function asWritten(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  return [...new Set([secret, json, json.replaceAll('/', '\\/'), encodeURIComponent(secret), form])];
}
