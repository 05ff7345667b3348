/**
 * GET /account/…-basket-offers/: token → connector → answer. For the customer's own pages in the storefront, in the shape
 * of Akinon's API of the same name.
 * @see Akinon, "Basket Offers" of the account; docs/storefront.md
 */
import type { Context } from 'hono';
import { toErrorResponse } from '../akinon/errors.ts';
import type { AdapterError } from '../common/errors.ts';
import { preferredLanguage } from '../common/language.ts';
import type { CampaignTime, OffersFailure } from '../connectors/connector.ts';
import type { AppEnv, Deps } from '../deps.ts';
import { type TimedOut, withinDeadline } from '../offers/ask-connector.ts';
import type labels from '../public/account/labels.json';
import type { CustomerTokens } from './customer-token.ts';
import { readPaging } from './read-paging.ts';
import { LANGUAGES, writeActive, writePage } from './write-offers.ts';

export interface AccountDeps {
  /** Null while it is not set up how tokens are signed. */
  readonly tokens: CustomerTokens | null;
  /** Of storefronts, as browsers send them. */
  readonly origins: readonly string[];
  readonly labels: () => Promise<typeof labels>;
}

/** What each path lists; with and without the slash at its end. */
export const LISTS = {
  '/account/basket-offers': 'active',
  '/account/expired-basket-offers': 'past',
  '/account/future-basket-offers': 'upcoming',
} as const satisfies Record<string, CampaignTime>;

/** The active ones have no pages: nobody has more. */
const MAX_ACTIVE = 200;

export async function basketOffersRoute(c: Context<AppEnv>, deps: Deps, when: CampaignTime): Promise<Response> {
  const { account, service } = deps;
  const fail = (error: AdapterError, reason?: string) => {
    if (reason !== undefined) c.set('report', { reason });
    return toErrorResponse([error]);
  };
  const { config, connector } = service;
  const list = connector?.listCustomerOffers;
  if (connector !== null && list === undefined) {
    return fail({ kind: 'not_found', message: 'The connector of this adapter does not list the offers of customers.' });
  }
  if (account.tokens === null) return fail(NO_TOKENS);
  const token = await account.tokens.read(c.req.header('authorization'));
  if (!token.ok) {
    const [error] = token.errors;
    return fail(error, 'message' in error ? error.message : '');
  }
  if (config === null || list === undefined) return fail({ kind: 'misconfigured' });
  const url = new URL(c.req.url);
  const isActive = when === 'active';
  const paging = readPaging(isActive ? new URLSearchParams() : url.searchParams);
  if (!paging.ok) return toErrorResponse(paging.errors);

  const { page, pageSize } = paging.value;
  const language = preferredLanguage(c.req.header('accept-language'), LANGUAGES, 'tr');
  const limit = isActive ? MAX_ACTIVE : pageSize;
  const question = { ...token.value, when, language, limit, offset: Math.min((page - 1) * pageSize, MAX_OFFSET) };
  const found = await withinDeadline(config.UPSTREAM_TIMEOUT_MS, (signal) =>
    list(question, { signal, now: deps.now(), fetch: deps.fetch }),
  );
  if ('failed' in found) return fail(toError(found), found.detail);
  if (page > 1 && found.offers.length === 0) {
    return fail({ kind: 'not_found', message: 'There are fewer pages.' });
  }
  c.set('report', { offers: found.offers.length });
  const words = (await account.labels())[language];
  const body = isActive
    ? writeActive(found.offers, words)
    : writePage(found, paging.value, url.origin + url.pathname, when === 'past' ? 'expired' : 'future', words);
  return Response.json(body, { headers: { 'cache-control': 'private, no-store', 'content-language': language } });
}

/** Beyond every list, and a number that D1 takes. */
const MAX_OFFSET = 1e9;

const NO_TOKENS: AdapterError = {
  kind: 'misconfigured',
  field: 'CUSTOMER_TOKEN_SECRET',
  message: 'One of CUSTOMER_TOKEN_SECRET and CUSTOMER_TOKEN_JWKS_URL must be set, and right.',
};

function toError(failure: OffersFailure | TimedOut): AdapterError {
  if (failure.failed !== 'misconfigured') {
    return { kind: `upstream_${failure.failed === 'unaskable' ? 'error' : failure.failed}` };
  }
  const { setting: field, detail } = failure;
  return { kind: 'misconfigured', field, message: `${field} ${detail}.` };
}
