/** The upstream as both halves of a mapping reach it: who we are is added here, and what it says is cleaned here. */
import type { CallContext, SettingProblem } from '../../connector.ts';
import { type Answer, exchange, type NoAnswer, parseBody, type Sent } from '../call.ts';
import { type Clean, createClean, describeAnswer } from '../describe-answer.ts';
import { type Credentials, createAuthorization, secretsOf } from './authorize.ts';
import type { MappingDeps } from './connector.ts';
import type { RenderedRequest } from './render-request.ts';
import type { Auth } from './schema.ts';
import type { NoToken } from './token.ts';

export interface MappedUpstream {
  send(request: RenderedRequest, ctx: CallContext): Promise<Answer | NoAnswer | NoToken>;
  readonly clean: Clean;
  /** In a few words that may be kept and logged. */
  describe(answer: Answer | NoAnswer): string;
}

/** @returns one problem for each secret that the auth section names and that is missing, or that cannot be sent */
export function createUpstream(
  auth: Auth,
  { baseUrl, secretOf }: MappingDeps,
): MappedUpstream | { readonly problems: readonly SettingProblem[] } {
  const { values, problems } = secretsOf(auth, secretOf);
  if (problems.length > 0) return { problems };
  const cleanOfSecrets = createClean(values);
  /** What the upstream was sent last may stand in what it answers. */
  let token = '';
  const clean: Clean = (text, max, what) =>
    cleanOfSecrets(token === '' ? text : text.replaceAll(token, '[credentials]'), max, what);
  const describe = (answer: Answer | NoAnswer) => describeAnswer(answer, clean);
  const authorization = createAuthorization(auth, { baseUrl, secretOf, describe });

  function toSent({ method, target, headers, body }: RenderedRequest, credentials: Credentials): Sent {
    token = credentials.token?.text ?? '';
    const url = new URL(baseUrl + target);
    for (const [name, value] of Object.entries(credentials.query ?? {})) url.searchParams.set(name, value);
    return { url: url.href, method, headers: { ...headers, ...credentials.headers }, text: body };
  }

  return {
    clean,
    describe,
    /** One try more where a token was refused, with another one: a 401 has done nothing. */
    async send(request, ctx) {
      const credentials = await authorization.for(request, ctx);
      if ('noToken' in credentials) return credentials;
      const answer = await exchange(ctx, toSent(request, credentials));
      if (credentials.token === undefined || !('status' in answer) || answer.status !== 401) return answer;
      authorization.forget(credentials.token);
      const renewed = await authorization.for(request, ctx);
      return 'noToken' in renewed ? renewed : exchange(ctx, toSent(request, renewed));
    },
  };
}

/** What rules and templates see of an answer, beside what was asked. `body` is null for what is no JSON. */
export function withAnswer(context: Readonly<Record<string, unknown>>, { status, body }: Answer) {
  return { ...context, status, body: parseBody(body) ?? null };
}
