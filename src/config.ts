/**
 * Vars and secrets, parsed once with valibot. A bad value never falls back in silence: it becomes a problem that names
 * the setting (never its value) for `/ready` and the log, and the routes that need it answer `misconfigured`.
 */
import Big from 'big.js';
import * as v from 'valibot';
import { utf8Bytes } from './common/json.ts';
import { parseOpsUsers } from './console/ops-users.ts';
import { isDecimal, isPositive } from './offers/money.ts';

/** An empty text is an unset setting: a secret that is empty must never be accepted as one. */
const optionalText = v.pipe(
  v.optional(v.string('must be text'), ''),
  v.transform((text) => (text === '' ? undefined : text)),
);

const requiredText = v.pipe(v.string('is not set'), v.nonEmpty('is empty'));

/** https, or http where nothing leaves the machine. A secret in it would end up in logs. */
const optionalUrl = v.pipe(
  optionalText,
  v.check((text) => text === undefined || URL.canParse(text), 'must be a URL, such as https://loyalty.example.com/api'),
  v.transform((text) => (text === undefined ? undefined : new URL(text))),
  v.check((url) => url === undefined || isSafe(url), 'must begin with https:// (http:// only for this machine)'),
  v.check((url) => !url?.username && !url?.password, 'must not contain credentials: they have settings of their own'),
);

/** @see Standard Webhooks, "Signature scheme" */
function isWebhookSecret(text: string): boolean {
  const [, key = ''] = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(text) ?? [];
  const bytes = (key.replace(/=+$/, '').length * 3) >> 2;
  return bytes >= 24 && bytes <= 64;
}

/** Access has its tokens and keys under no other name. http is for a team on this machine. */
function toTeamOrigin(text: string): string | null {
  const team = /^(?:https:\/\/)?((?:[a-z0-9-]+\.)+cloudflareaccess\.com)\/?$/i.exec(text)?.[1];
  if (team !== undefined) return `https://${team.toLowerCase()}`;
  const url = URL.parse(text);
  const isLocal = url?.protocol === 'http:' && isLoopback(url) && url.href === `${url.origin}/`;
  return isLocal ? url.origin : null;
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined;
  } catch {
    return false;
  }
}

function isSafe(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

/** Null where one of them is not the origin of a page, as a browser writes it. */
function toOrigins(text: string): readonly string[] | null {
  const urls = text.split(',').map((part) => URL.parse(part.trim()));
  // A star would be taken for a letter of a name.
  const isOrigin = (url: URL | null) =>
    url !== null && isSafe(url) && !/\*/.test(url.host) && url.href === `${url.origin}/`;
  return urls.every(isOrigin) ? urls.flatMap((url) => url?.origin ?? []) : null;
}

function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function wholeNumber(fallback: string, from: number, to: number, unit: string) {
  const message = `must be whole ${unit} from ${from} to ${to}`;
  return v.pipe(
    v.optional(v.string('must be text'), fallback),
    v.regex(/^(?:0|[1-9]\d{0,8})$/, message),
    v.transform(Number),
    v.minValue(from, message),
    v.maxValue(to, message),
  );
}

function optionalOneOf<const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) {
  return v.optional(v.picklist(values, `must be one of ${values.join(', ')}`), fallback);
}

const SETTINGS = {
  AKINON_USERNAME: v.pipe(
    requiredText,
    v.check((name) => !name.includes(':'), 'must not contain a colon: Basic auth ends the user name there'),
  ),
  AKINON_PASSWORD: requiredText,
  AKINON_PASSWORD_PREVIOUS: optionalText,
  OPS_USERS: v.pipe(
    optionalText,
    v.transform((text) => (text === undefined ? undefined : parseOpsUsers(text))),
    v.check((users) => users !== null, 'must be name:role:digest, separated by commas: npm run ops-user makes it'),
    v.transform((users) => users ?? undefined),
  ),
  OPS_ACCESS_TEAM_DOMAIN: v.pipe(
    optionalText,
    v.transform((text) => (text === undefined ? undefined : toTeamOrigin(text))),
    v.check((origin) => origin !== null, 'must be the team domain, such as myteam.cloudflareaccess.com'),
    v.transform((origin) => origin ?? undefined),
  ),
  OPS_ACCESS_AUD: v.pipe(
    optionalText,
    v.check(
      (text) => text === undefined || /^[!-~]{1,200}$/.test(text),
      'must be the audience tag (AUD) of the Access application',
    ),
  ),
  SHOP_TIMEZONE: v.pipe(
    v.optional(v.string('must be text'), 'Europe/Istanbul'),
    v.check(isTimeZone, 'must be the name of a time zone, such as Europe/Istanbul'),
  ),
  CONNECTOR: v.optional(v.pipe(v.string('must be text'), v.nonEmpty('is empty')), 'catalog'),
  MAPPING: optionalText,
  UPSTREAM_URL: optionalUrl,
  UPSTREAM_AUTH: optionalOneOf(['none', 'bearer', 'basic', 'header'], 'none'),
  UPSTREAM_TOKEN: optionalText,
  UPSTREAM_USERNAME: optionalText,
  UPSTREAM_PASSWORD: optionalText,
  UPSTREAM_HEADER: optionalText,
  UPSTREAM_TIMEOUT_MS: wholeNumber('1500', 1, 99_999, 'milliseconds'),
  USAGE_TIMEOUT_MS: wholeNumber('10000', 1, 99_999, 'milliseconds'),
  UPSTREAM_MAX_PER_MINUTE: v.pipe(
    optionalText,
    v.check((text) => text === undefined || /^[1-9]\d{0,5}$/.test(text), 'must be a whole number from 1 to 999999'),
    v.transform((text) => (text === undefined ? undefined : Number(text))),
  ),
  OFFERS_ON_FAILURE: optionalOneOf(['empty', 'stale', 'error'], 'empty'),
  OFFERS_CACHE_SECONDS: wholeNumber('0', 0, 3600, 'seconds'),
  GUARD_MAX_POINTS: v.pipe(
    v.optional(v.string('must be text'), '1000000'),
    v.check((text) => isDecimal(text) && isPositive(text), 'must be a positive decimal, such as 1000000'),
    v.transform((text) => new Big(text)),
  ),
  PRIORITY_FIRST: optionalOneOf(['lowest', 'highest'], 'lowest'),
  CUSTOMER_HASH_KEY: optionalText,
  CUSTOMER_TOKEN_SECRET: v.pipe(
    optionalText,
    // RFC 7518, 3.2: a key of HS256 is as long as its hash.
    v.check((text) => text === undefined || utf8Bytes(text) >= 32, 'must be at least 32 bytes: openssl rand -hex 32'),
  ),
  CUSTOMER_TOKEN_JWKS_URL: optionalUrl,
  CORS_ORIGINS: v.pipe(
    optionalText,
    v.transform((text) => (text === undefined ? [] : toOrigins(text))),
    v.check(
      (origins) => origins !== null,
      'must be origins, such as https://www.shop.example, separated by commas (http:// only for this machine)',
    ),
    v.transform((origins) => origins ?? []),
  ),
  ALERT_WEBHOOK_URL: optionalUrl,
  ALERT_WEBHOOK_SECRET: v.pipe(
    optionalText,
    v.check(
      (text) => text === undefined || isWebhookSecret(text),
      'must be whsec_ followed by 24 to 64 bytes in base64',
    ),
  ),
  REQUEST_RETENTION_DAYS: wholeNumber('90', 1, 36_500, 'days'),
  ISSUED_RETENTION_DAYS: wholeNumber('30', 1, 36_500, 'days'),
  RETENTION_DAYS: wholeNumber('800', 1, 36_500, 'days'),
};

const ConfigSchema = v.object(SETTINGS);

export type Config = v.InferOutput<typeof ConfigSchema>;

export interface Problem {
  readonly setting: string;
  readonly message: string;
}

export interface ParsedConfig {
  /** What could be parsed; a setting with a problem is absent. */
  readonly values: Partial<Config>;
  /** Every setting is there and right. */
  readonly complete: Config | null;
  readonly problems: readonly Problem[];
}

/** @param env the Worker's bindings; what is not a setting is ignored */
export function parseConfig(env: object): ParsedConfig {
  // Absent settings are given as such, so that each says itself that it is not set.
  const settings = Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [name, (env as Record<string, unknown>)[name]]),
  );
  const result = v.safeParse(ConfigSchema, settings);
  if (result.success) {
    const problems = findContradictions((name) => result.output[name] !== undefined);
    return { values: result.output, complete: problems.length === 0 ? result.output : null, problems };
  }
  const problems = result.issues.map((issue) => ({ setting: v.getDotPath(issue) ?? '', message: issue.message }));
  const wrong = new Set(problems.map(({ setting }) => setting));
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(SETTINGS)) {
    if (!wrong.has(name)) values[name] = v.parse(schema, settings[name]);
  }
  const others = findContradictions((name) => values[name] !== undefined).filter(({ setting }) => !wrong.has(setting));
  return { values: values as Partial<Config>, complete: null, problems: [...problems, ...others] };
}

/**
 * Secrets that a connector's own settings name. What the adapter itself is set up with is not to be had that way: a file
 * that bridges an upstream must not be able to send it Akinon's password.
 */
export function secretReader(env: object): (name: string) => string | undefined {
  return (name) => {
    if (Object.hasOwn(SETTINGS, name) && !name.startsWith('UPSTREAM_')) return undefined;
    const value = (env as Record<string, unknown>)[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
}

/** One is of no use without the other. */
const PAIRS = [
  ['ALERT_WEBHOOK_URL', 'ALERT_WEBHOOK_SECRET'],
  ['OPS_ACCESS_TEAM_DOMAIN', 'OPS_ACCESS_AUD'],
] as const;

/** What is right by itself and not beside another. */
export function findContradictions(isSet: (name: keyof Config) => boolean): Problem[] {
  const halves = PAIRS.flatMap(([one, other]) => {
    if (isSet(one) === isSet(other)) return [];
    const [missing, present] = isSet(one) ? [other, one] : [one, other];
    return [{ setting: missing, message: `is not set, and ${present} is` }];
  });
  // Whose tokens count must not depend on which of two is looked at first.
  const isTwice = isSet('CUSTOMER_TOKEN_SECRET') && isSet('CUSTOMER_TOKEN_JWKS_URL');
  const message = 'is set, and CUSTOMER_TOKEN_SECRET is too: tokens are signed in one way';
  return isTwice ? [...halves, { setting: 'CUSTOMER_TOKEN_JWKS_URL', message }] : halves;
}
