/** Whoever hands out tokens, played: fixtures and dry runs get past it to the request that they are about. */
import type { Json } from '../../src/common/json.ts';
import type { Auth } from '../../src/connectors/http/upstream/auth.ts';

const TOKEN = '<token>';

/** @returns the answer to a request for a token; null for another request, or another kind of auth */
export function answerWithToken(auth: Auth, baseUrl: string, url: string): Json | null {
  if (auth.kind !== 'oauth2' && auth.kind !== 'login') return null;
  const address = auth.kind === 'oauth2' ? auth.tokenUrl : auth.url;
  if (url !== (address.startsWith('/') ? baseUrl + address : address)) return null;
  if (auth.kind === 'oauth2') return { access_token: TOKEN };
  return auth.token.split('.').reduceRight<Json>((inner, key) => ({ [key]: inner }), TOKEN);
}
