/** What every request of the console goes through: headers, language, limits, and who asks. */
import type { MiddlewareHandler } from 'hono';
import { preferredLanguage } from '../common/language.ts';
import type { Log } from '../common/log.ts';
import type { Connector } from '../connectors/connector.ts';
import type { NewUsage } from '../ledger/ledger.ts';
import type { Closed, OpsAccess } from './access.ts';
import { createFormat, type Language } from './format.ts';
import type { Reader } from './page.tsx';
import { fill, type Texts } from './texts.ts';

export interface ConsoleDeps {
  readonly db: D1Database;
  readonly access: OpsAccess | Closed;
  readonly timeZone: string;
  readonly texts: (language: Language) => Promise<Texts>;
  /** Counts one more of a key, and says whether that is still allowed. */
  readonly limits: { readonly requests: Limiter; readonly failedLogins: Limiter };
  readonly log: Log;
  readonly now: () => number;
  /** Null where the connector holds no campaigns. */
  readonly listCampaigns: NonNullable<Connector['listCampaigns']> | null;
  /** Of a discount that the basket was never offered; depends on the connector. */
  readonly whenNeverOffered: NewUsage['whenNeverOffered'];
  /** Tells the delivery that something waits. */
  readonly wake: () => Promise<unknown>;
}

export type Limiter = (key: string) => Promise<boolean>;

export interface ConsoleEnv {
  Bindings: Env;
  Variables: { deps: ConsoleDeps; language: Language; texts: Texts; reader: Reader };
}

const YEAR_S = 365 * 24 * 60 * 60;

/** Nothing from elsewhere, nothing inline, no frame around it, and nothing kept. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=15552000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

export const guardAnswer: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
};

/** The switch, else what was switched before, else the browser's language. */
export const speak: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const asked = c.req.query('lang');
  const [, remembered] = /(?:^|;)\s*ops_lang=(en|tr)\s*(?:;|$)/.exec(c.req.header('cookie') ?? '') ?? [];
  const isLanguage = (text: string | undefined): text is Language => text === 'en' || text === 'tr';
  if (isLanguage(asked)) {
    c.header('set-cookie', `ops_lang=${asked}; Path=/ops; Max-Age=${YEAR_S}; HttpOnly; SameSite=Strict`);
  }
  // English where the browser likes neither.
  const browser = preferredLanguage(c.req.header('accept-language'), ['en', 'tr'], 'en');
  const language = isLanguage(asked) ? asked : isLanguage(remembered) ? remembered : browser;
  c.set('language', language);
  c.set('texts', await c.var.deps.texts(language));
  await next();
};

const addressOf = (headers: Headers) => headers.get('cf-connecting-ip') ?? 'unknown';

export const limitRequests: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  if (await c.var.deps.limits.requests(addressOf(c.req.raw.headers))) return next();
  return c.text(c.var.texts.tooMany, 429, { 'retry-after': '60' });
};

export const letIn: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const { access, limits, timeZone, listCampaigns } = c.var.deps;
  const { texts, language } = c.var;
  if ('closedBy' in access)
    return c.text(fill(texts.closed, { setting: access.closedBy }), 503, { 'retry-after': '60' });
  const { headers } = c.req.raw;
  const actor = await access.identify(headers);
  if (actor === 'keys_unavailable') return c.text(texts.keysUnavailable, 503, { 'retry-after': '5' });
  if (actor === 'wrong' && !(await limits.failedLogins(addressOf(headers)))) {
    return c.text(texts.tooMany, 429, { 'retry-after': '60' });
  }
  if (typeof actor === 'string') {
    return access.scheme === 'Basic'
      ? c.text(texts.denied, 401, { 'www-authenticate': 'Basic realm="offerbridge ops", charset="UTF-8"' })
      : c.text(texts.deniedByAccess, 401, { 'www-authenticate': access.scheme });
  }
  const format = createFormat(language, timeZone);
  c.set('reader', {
    actor,
    texts,
    format,
    here: c.req.method === 'POST' ? null : new URL(c.req.url),
    hasCatalog: listCampaigns !== null,
  });
  return next();
};
