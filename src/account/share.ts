/**
 * Which storefronts may read the account's answers in a browser (CORS). Listed origins only, on every answer, errors too,
 * because else a browser hides them. Never with credentials: a token is sent by hand.
 * @see Fetch Standard, "CORS protocol"
 */
import type { MiddlewareHandler } from 'hono';

/** Methods of these routes, for `Allow` as well. */
export const METHODS = 'GET, HEAD, OPTIONS';
/** The longest that any browser keeps a preflight. */
const MAX_AGE_S = '86400';

export function shareWith(originsOf: (env: Env) => readonly string[]): MiddlewareHandler<{ Bindings: Env }> {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    headers.set('vary', 'Accept-Language, Origin, Authorization');
    const origin = c.req.header('origin');
    if (origin === undefined || !originsOf(c.env).includes(origin)) return;
    headers.set('access-control-allow-origin', origin);
    if (c.req.method === 'OPTIONS') {
      headers.set('access-control-allow-methods', METHODS);
      headers.set('access-control-allow-headers', 'Authorization, Accept-Language');
      headers.set('access-control-max-age', MAX_AGE_S);
    } else headers.set('access-control-expose-headers', 'Retry-After, WWW-Authenticate');
  };
}
