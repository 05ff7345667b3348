/** The auth section and the Worker's secrets → what every request carries to say who we are. */
import type { Json } from '../../../common/json.ts';
import type { CallContext, SecretReader } from '../../connector.ts';
import type { Auth, LoginPart } from './auth.ts';
import type { Answer, NoAnswer, Sent } from './call.ts';
import type { Clean } from './describe-answer.ts';
import type { UpstreamRequest } from './request.ts';
import { isSecret, toBasic } from './secrets.ts';
import { prefixOf, sign } from './sign.ts';
import { type NoToken, type Token, type TokenSource, TokenStore } from './token.ts';

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** A 401 may mean that it is over: another one is worth one more try. */
  readonly token?: Token;
}

export interface Authorization {
  for(request: UpstreamRequest, ctx: CallContext): Promise<Credentials | NoToken>;
  forget(token: Token): void;
}

export interface AuthDeps {
  readonly baseUrl: string;
  readonly secretOf: SecretReader;
  readonly describe: (answer: Answer | NoAnswer) => string;
  readonly clean: Clean;
}

/** @param deps `secretOf` has every secret that {@link readSecrets} asks for */
export function createAuthorization(auth: Auth, { baseUrl, secretOf, describe, clean }: AuthDeps): Authorization {
  const read = (name: string) => secretOf(name) ?? '';
  const readAll = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(names).map(([header, name]) => [header.toLowerCase(), read(name)]));
  const always = (credentials: Credentials): Authorization => ({ for: async () => credentials, forget: () => {} });
  const withToken = (source: TokenSource, header: string, prefix: string, fixed: Sent['headers']): Authorization => {
    const store = new TokenStore(source);
    return {
      for: async (_request, ctx) => {
        const token = await store.get(ctx);
        return 'noToken' in token ? token : { headers: { ...fixed, [header]: prefix + token.text }, token };
      },
      forget: (token) => store.forget(token),
    };
  };
  const urlOf = (address: string) => (address.startsWith('/') ? baseUrl + address : address);

  switch (auth.kind) {
    case 'none':
      return always({ headers: {} });
    case 'bearer':
      return always({ headers: { authorization: `Bearer ${read(auth.token)}` } });
    case 'basic':
      return always({ headers: { authorization: toBasic(read(auth.username), read(auth.password)) } });
    case 'headers':
      return always({ headers: readAll(auth.headers) });
    case 'query':
      return always({ headers: {}, query: { [auth.key]: read(auth.value) } });
    case 'hash':
    case 'hmac':
    case 'jwt': {
      const fixed = auth.kind === 'jwt' ? {} : readAll(auth.headers);
      return {
        for: async (request, { now }) => ({
          headers: { ...fixed, ...(await sign(auth, { request, baseUrl, at: now }, read)) },
        }),
        forget: () => {},
      };
    }
    case 'oauth2': {
      const [id, secret] = [read(auth.clientId), read(auth.clientSecret)];
      const form = new URLSearchParams({ grant_type: 'client_credentials', ...(auth.scope && { scope: auth.scope }) });
      if (auth.client === 'body') {
        form.set('client_id', id);
        form.set('client_secret', secret);
      }
      const fixed = readAll(auth.headers);
      const request = (): Sent => ({
        url: urlOf(auth.tokenUrl),
        headers: {
          ...fixed,
          'content-type': 'application/x-www-form-urlencoded',
          ...(auth.client === 'basic' && {
            authorization: toBasic(encodeURIComponent(id), encodeURIComponent(secret)),
          }),
        },
        text: form.toString(),
      });
      const source = { request, path: 'access_token', lifePath: 'expires_in', describe, clean };
      return withToken(source, 'authorization', 'Bearer ', fixed);
    }
    case 'login': {
      const fixed = readAll(auth.headers);
      const text = JSON.stringify(withSecrets(auth.body, read));
      const request = (): Sent => ({ url: urlOf(auth.url), headers: fixed, text });
      const source = { request, path: auth.token, lifePath: auth.expiresIn, describe, clean };
      return withToken(source, auth.header.toLowerCase(), prefixOf(auth), fixed);
    }
  }
}

/** Each `{"secret": "NAME"}` as its value. */
function withSecrets(part: LoginPart, read: (name: string) => string): Json {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map((one) => withSecrets(one, read));
  if (isSecret(part)) return read(part.secret);
  return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, withSecrets(one, read)]));
}
