/**
 * Who asks for a customer's offers: a token that the storefront's backend signed for the customer it has logged in. It is
 * short-lived, so that one that leaks from a browser is soon worth nothing, and it is verified in the one way that the
 * settings name: a token must not choose between a shared secret and a public key.
 * @see RFC 8725, "JSON Web Token Best Current Practices"; docs/storefront.md
 */
import { accepted, type Checked, refused } from '../common/errors.ts';
import { createKeySet, KeysUnavailable } from '../common/key-set.ts';
import type { Log } from '../common/log.ts';
import { ClaimRefused, verifyClaims } from '../common/signed-claims.ts';
import type { ParsedConfig } from '../config.ts';
import type { CustomerOffersQuestion } from '../connectors/connector.ts';

/** Of whom, and in which currency the shop is looked at. */
export type TokenCustomer = Pick<CustomerOffersQuestion, 'customer' | 'currency'>;

export interface CustomerTokens {
  /**
   * @param authorization the header as sent, or undefined
   * @returns refused as `authentication_failed`, or `upstream_unavailable` when the keys cannot be fetched; the message
   *   names claims and never what they say
   */
  read(authorization: string | undefined): Promise<Checked<TokenCustomer>>;
}

const AUDIENCE = 'offerbridge';
const PUBLIC_KEYS = ['RS256', 'ES256'] as const;
const MAX_LIFE_S = 600;
/** So far may the clock of who signs be ahead. The end counts to the second. */
const CLOCK_TOLERANCE_S = 30;
const MAX_LENGTH = 8 * 1024;
const CHALLENGE = 'Bearer realm="offerbridge"';

/** Null while neither setting is there, or one is wrong: then nobody is let in. */
export function createCustomerTokens(
  { values, problems }: ParsedConfig,
  { now, fetch, log }: { readonly now: () => number; readonly fetch: typeof globalThis.fetch; readonly log: Log },
): CustomerTokens | null {
  const { CUSTOMER_TOKEN_SECRET: secret, CUSTOMER_TOKEN_JWKS_URL: url } = values;
  if (problems.some(({ setting }) => setting.startsWith('CUSTOMER_TOKEN_'))) return null;
  if (secret === undefined && url === undefined) return null;
  const shared = new TextEncoder().encode(secret);
  const keyOf = url && createKeySet(url.href, PUBLIC_KEYS, { now, fetch });

  async function verify(token: string): Promise<TokenCustomer> {
    const at = now();
    const { iat, exp, phone, email, currency } = await verifyClaims(token, keyOf || (() => shared), {
      ...{ algorithms: keyOf ? PUBLIC_KEYS : ['HS256'], audience: AUDIENCE },
      ...{ now: at, toleranceSeconds: CLOCK_TOLERANCE_S },
    });
    if (iat === undefined) throw new ClaimRefused('iat', 'missing');
    if (exp * 1000 <= at) throw new ClaimRefused('exp', 'over');
    if (iat > at / 1000 + CLOCK_TOLERANCE_S) throw new Refused('"iat" is in the future');
    if (!(exp >= iat && exp - iat <= MAX_LIFE_S))
      throw new Refused(`"exp" is not within ${MAX_LIFE_S} seconds after "iat"`);
    if (typeof currency !== 'string' || !/^[a-z]{3}$/i.test(currency))
      throw new Refused('"currency" is not three letters');
    const customer = { phone: readText('phone', phone), emails: [readText('email', email) ?? []].flat() };
    if (customer.phone === null && customer.emails.length === 0)
      throw new Refused('neither "phone" nor "email" is there');
    return { customer, currency: currency.toUpperCase() };
  }

  return {
    async read(authorization) {
      const token = /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) {
        const message = 'Send the token of the customer: Authorization: Bearer <JWT>.';
        return refused({ kind: 'authentication_failed', message, challenge: CHALLENGE });
      }
      try {
        if (token.length > MAX_LENGTH) throw new Refused('it is too long');
        return accepted(await verify(token));
      } catch (error) {
        if (error instanceof KeysUnavailable) {
          log('error', 'customer_keys_unavailable', { reason: error.message });
          const message = 'The keys of customer tokens cannot be fetched. Try again shortly.';
          return refused({ kind: 'upstream_unavailable', message });
        }
        const message = `The token is refused: ${reasonOf(error)}.`;
        return refused({ kind: 'authentication_failed', message, challenge: `${CHALLENGE}, error="invalid_token"` });
      }
    },
  };
}

class Refused extends Error {}

/** In words of our own: those of jose repeat what stands in the token. */
function reasonOf(error: unknown): string {
  if (error instanceof Refused || error instanceof ClaimRefused) return error.message;
  if (error instanceof SyntaxError || error instanceof TypeError) return 'it cannot be read';
  switch ((error as { code?: string }).code) {
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'its signature is wrong';
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return '"alg" is not the one that is set up';
    case undefined:
      return 'its key is unknown';
    default:
      return 'it cannot be read';
  }
}

/** Null and an empty text are as good as none. */
function readText(claim: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new Refused(`"${claim}" is not text`);
  return value.trim() || null;
}
