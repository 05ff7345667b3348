/**
 * People that Cloudflare Access lets through: each of their requests brings a token that says who it is. It is verified
 * here all the same, because the Worker has addresses that Access does not guard. Who may come in is decided there, so
 * everybody who does is an operator.
 * @see Cloudflare One docs, "Validate JWTs" and "Application token"
 */
import { createKeySet, KeysUnavailable } from '../common/key-set.ts';
import type { Log } from '../common/log.ts';
import { verifyClaims } from '../common/signed-claims.ts';
import { isCleanId } from '../common/text.ts';
import type { OpsAccess } from './access.ts';

export interface AccessDeps {
  readonly now: () => number;
  readonly fetch: typeof fetch;
  readonly log: Log;
}

/** Not the cookie, which is not always passed. */
const HEADER = 'cf-access-jwt-assertion';
/** A browser has it in a cookie too, and those end at 4 KB. */
const MAX_TOKEN_LENGTH = 16 * 1024;
const CLOCK_TOLERANCE_S = 5;
/** The longest that an address can be. */
const MAX_EMAIL = 254;

/** @param issuer origin of the team domain, where its keys are as well */
export function createCloudflareAccess(issuer: string, audience: string, deps: AccessDeps): OpsAccess {
  const { now, log } = deps;
  const keyOf = createKeySet(`${issuer}/cdn-cgi/access/certs`, ['RS256'], deps);

  async function readEmail(token: string): Promise<string> {
    if (token.length > MAX_TOKEN_LENGTH) throw new Error('the token is too long');
    const { email } = await verifyClaims(token, keyOf, {
      ...{ algorithms: ['RS256'], issuer, audience },
      ...{ now: now(), toleranceSeconds: CLOCK_TOLERANCE_S },
    });
    // A service token has none, and a decision needs a person.
    if (isCleanId(email, MAX_EMAIL) && email.includes('@')) return email;
    throw new Error('no e-mail address: a service token?');
  }

  return {
    scheme: 'Cloudflare-Access',
    async identify(headers) {
      const token = headers.get(HEADER);
      if (token === null) return 'nothing_sent';
      try {
        return { name: await readEmail(token), role: 'operator' };
      } catch (error) {
        // The message alone: it names claims, while other fields of the error hold them.
        const reason = error instanceof Error ? error.message : '';
        if (error instanceof KeysUnavailable) {
          log('error', 'access_keys_unavailable', { reason });
          return 'keys_unavailable';
        }
        log('warn', 'access_refused', { reason });
        return 'wrong';
      }
    },
  };
}
