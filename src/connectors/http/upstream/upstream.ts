/** The upstream as a connector reaches it: who we are is added here, and what it says is cleaned here. */
import type { CallContext, SecretReader, SettingProblem } from '../../connector.ts';
import type { Auth } from './auth.ts';
import { type Credentials, createAuthorization } from './authorize.ts';
import { type Answer, exchange, type NoAnswer, type Sent } from './call.ts';
import { type Clean, createClean, describeAnswer } from './describe-answer.ts';
import type { UpstreamRequest } from './request.ts';
import { readSecrets } from './secrets.ts';
import type { NoToken } from './token.ts';

export interface UpstreamDeps {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly auth: Auth;
  /** Names of secrets that are needed beside those of `auth`. */
  readonly alsoSecret?: readonly string[];
  readonly secretOf: SecretReader;
  /** Why a secret that is missing is needed: `UPSTREAM_AUTH is bearer`. */
  readonly reason: string;
}

export interface Upstream {
  /** @param refuses whether an answer says, in words of its own, that it does not know who asks; a 401 always does */
  send(
    request: UpstreamRequest,
    ctx: CallContext,
    refuses?: (answer: Answer) => boolean,
  ): Promise<Answer | NoAnswer | NoToken>;
  readonly clean: Clean;
  /** In a few words that may be kept and logged. */
  describe(answer: Answer | NoAnswer): string;
}

/** @returns one problem for each secret that is missing, or that cannot be sent */
export function createUpstream({
  baseUrl,
  auth,
  alsoSecret = [],
  secretOf,
  reason,
}: UpstreamDeps): Upstream | { readonly problems: readonly SettingProblem[] } {
  const { confidential, problems } = readSecrets(auth, alsoSecret, secretOf, reason);
  if (problems.length > 0) return { problems };
  let cleanOfSecrets = createClean(confidential);
  /** What the upstream was sent last may stand in what it answers. */
  let token = '';
  const clean: Clean = (...words) => cleanOfSecrets(...words);
  const describe = (answer: Answer | NoAnswer) => describeAnswer(answer, clean);
  const authorization = createAuthorization(auth, { baseUrl, secretOf, describe, clean });

  function toSent({ method, target, headers, body }: UpstreamRequest, credentials: Credentials): Sent {
    if (credentials.token !== undefined && credentials.token.text !== token) {
      token = credentials.token.text;
      cleanOfSecrets = createClean([...confidential, token]);
    }
    const url = withQuery(baseUrl + target, credentials.query);
    return { url, method, headers: { ...headers, ...credentials.headers }, text: body };
  }

  return {
    clean,
    describe,
    /** One try more where a token was refused, with another one: who refuses it has done nothing. */
    async send(request, ctx, refuses = () => false) {
      const credentials = await authorization.for(request, ctx);
      if ('noToken' in credentials) return credentials;
      const answer = await exchange(ctx, toSent(request, credentials));
      if (credentials.token === undefined || !('status' in answer)) return answer;
      if (answer.status !== 401 && !refuses(answer)) return answer;
      authorization.forget(credentials.token);
      const renewed = await authorization.for(request, ctx);
      return 'noToken' in renewed ? renewed : exchange(ctx, toSent(request, renewed));
    },
  };
}

function withQuery(address: string, query: Credentials['query']): string {
  if (query === undefined) return address;
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
