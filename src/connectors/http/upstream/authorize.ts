/** The auth section and the Worker's secrets → what every request carries to say who we are. */
import { isObject } from '../../../common/json.ts';
import type { CallContext, SecretReader } from '../../connector.ts';
import type { Auth } from './auth.ts';
import type { Answer, NoAnswer, Sent } from './call.ts';
import type { UpstreamRequest } from './request.ts';
import { HEADER_VALUE, toBasic } from './secrets.ts';
import { sign } from './sign.ts';
import { type NoToken, type Token, TokenStore } from './token.ts';

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

const DEFAULT_LIFE_SECONDS = 300;

export interface AuthDeps {
  readonly baseUrl: string;
  readonly secretOf: SecretReader;
  readonly describe: (answer: Answer | NoAnswer) => string;
}

/** @param deps `secretOf` has every secret that {@link readSecrets} asks for */
export function createAuthorization(auth: Auth, { baseUrl, secretOf, describe }: AuthDeps): Authorization {
  const read = (name: string) => secretOf(name) ?? '';
  const readAll = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(names).map(([header, name]) => [header, read(name)]));
  const always = (credentials: Credentials): Authorization => ({ for: async () => credentials, forget: () => {} });
  const withToken = (store: TokenStore, headersOf: (token: string) => Record<string, string>): Authorization => ({
    for: async (_request, ctx) => {
      const token = await store.get(ctx);
      return 'noToken' in token ? token : { headers: headersOf(token.text), token };
    },
    forget: (token) => store.forget(token),
  });
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
      const request = (): Sent => ({
        url: urlOf(auth.tokenUrl),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(auth.client === 'basic' && {
            authorization: toBasic(encodeURIComponent(id), encodeURIComponent(secret)),
          }),
        },
        text: form.toString(),
      });
      const store = new TokenStore(request, (body) => tokenAt(body, 'access_token', 'expires_in'), describe);
      return withToken(store, (token) => ({ authorization: `Bearer ${token}` }));
    }
    case 'login': {
      const body = Object.entries(auth.body).map(([key, part]) => [
        key,
        typeof part === 'string' ? part : read(part.secret),
      ]);
      const request = (): Sent => ({
        url: urlOf(auth.url),
        headers: {},
        text: JSON.stringify(Object.fromEntries(body)),
      });
      const store = new TokenStore(request, (answer) => tokenAt(answer, auth.token, auth.expiresIn), describe);
      return withToken(store, (token) => ({ [auth.header]: auth.prefix + token }));
    }
  }
}

function tokenAt(body: unknown, path: string, lifePath: string | undefined) {
  const text = valueAt(body, path);
  if (typeof text !== 'string' || !HEADER_VALUE.test(text)) return null;
  const life = Number(lifePath === undefined ? Number.NaN : valueAt(body, lifePath));
  return { text, lifeSeconds: life > 0 ? life : DEFAULT_LIFE_SECONDS };
}

/** @param path keys with dots between */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
}
