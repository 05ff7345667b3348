/** The `http` connector's settings: where the upstream is, and how we say who we are. No problem shows a value. */
import type { Config, Problem } from '../../config.ts';

export interface UpstreamSettings {
  readonly offersUrl: string;
  readonly usagesUrl: string;
  /** What the auth kind adds to every call. */
  readonly authHeaders: Readonly<Record<string, string>>;
  /** What must not stand in a text that we keep, should an upstream repeat it. */
  readonly secrets: readonly string[];
}

type Credential = 'UPSTREAM_TOKEN' | 'UPSTREAM_USERNAME' | 'UPSTREAM_PASSWORD' | 'UPSTREAM_HEADER';
/** What is wrong with a value, or null. */
type Rule = (value: string) => string | null;

/**
 * @param settings one that is absent has a problem of its own already; one that is undefined is not set
 * @returns the settings, or the problems that are not known yet: none, where a known one is the reason
 */
export function readSettings(settings: Partial<Config>): UpstreamSettings | readonly Problem[] {
  const { UPSTREAM_AUTH: kind } = settings;
  const problems: Problem[] = [];
  const complain = (setting: string, message: string) => void problems.push({ setting, message });

  /** The setting's text; where there is none or a wrong one, a problem, and `''` that nobody gets to see. */
  function need(setting: Credential, rule: Rule): string {
    const value = settings[setting];
    const message = value === undefined ? `is not set, and UPSTREAM_AUTH is ${kind}` : rule(value);
    if (message !== null) complain(setting, message);
    return value ?? '';
  }

  const base = readBase(settings);
  if (base.url === undefined && base.problem !== null) problems.push(base.problem);
  const auth = kind === undefined ? null : readAuth(kind, need);
  if (base.url === undefined || auth === null || problems.length > 0) return problems;
  return { offersUrl: `${base.url}/offers`, usagesUrl: `${base.url}/usages`, ...auth };
}

/** Null for a URL that has a problem already: it is missing from the settings. */
export type Base = { readonly url: string } | { readonly url?: never; readonly problem: Problem | null };

/** Where the upstream is, without a slash at the end. */
export function readBase(settings: Partial<Config>): Base {
  const { UPSTREAM_URL: url } = settings;
  const problem = (message: string) => ({ setting: 'UPSTREAM_URL', message });
  if (url === undefined) {
    const isUnset = Object.hasOwn(settings, 'UPSTREAM_URL');
    return { problem: isUnset ? problem('is not set, and CONNECTOR is http') : null };
  }
  if (url.search !== '' || url.hash !== '') {
    return { problem: problem('must not have a query or a fragment: what is asked for is added to its path') };
  }
  return { url: url.origin + url.pathname.replace(/\/+$/, '') };
}

function readAuth(
  kind: Config['UPSTREAM_AUTH'],
  need: (setting: Credential, rule: Rule) => string,
): Pick<UpstreamSettings, 'authHeaders' | 'secrets'> {
  switch (kind) {
    case 'none':
      return { authHeaders: {}, secrets: [] };
    case 'bearer': {
      const token = need('UPSTREAM_TOKEN', headerValue);
      return { authHeaders: { authorization: `Bearer ${token}` }, secrets: [token] };
    }
    case 'header': {
      const token = need('UPSTREAM_TOKEN', headerValue);
      return { authHeaders: { [need('UPSTREAM_HEADER', headerName)]: token }, secrets: [token] };
    }
    case 'basic': {
      const password = need('UPSTREAM_PASSWORD', withoutControls);
      const encoded = toBase64(`${need('UPSTREAM_USERNAME', userName)}:${password}`);
      return { authHeaders: { authorization: `Basic ${encoded}` }, secrets: [encoded, password] };
    }
  }
}

/** Visible ASCII, spaces only inside: what a header carries as it is, and no line break that was pasted along. */
const headerValue: Rule = (value) =>
  /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)
    ? null
    : 'must be visible ASCII characters, without a space or line break at either end';

/** Headers that mean something already, to the protocol or to the connection. */
const TAKEN =
  /^(?:accept|connection|content-.*|expect|host|idempotency-key|keep-alive|te|trailer|transfer-encoding|upgrade|user-agent)$/i;

/** @see RFC 9110, section 5.1 */
const headerName: Rule = (name) => {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return 'must be the name of a header, such as x-api-key';
  return TAKEN.test(name) ? 'must not be a header that every call has already' : null;
};

/** @see RFC 7617, section 2 */
const userName: Rule = (name) =>
  name.includes(':') ? 'must not contain a colon: Basic auth ends the user name there' : withoutControls(name);

const withoutControls: Rule = (text) => (/\p{Cc}/u.test(text) ? 'must not contain control characters' : null);

/** Of the UTF-8 bytes, as RFC 7617 advises for what is no ASCII. */
function toBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
