/** The session cookie, by which the shop knows whose basket it is. */
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { SandboxEnv } from './env.ts';
import type { Shop } from './shop.ts';

/** Akinon's documents do not name theirs. */
export const SESSION_COOKIE = 'sessionid';
const VALID = /^[\w-]{16,64}$/;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

export interface ShopEnv {
  Bindings: SandboxEnv;
  Variables: {
    session: string;
    shop: Shop;
    /** Of the page's own forms only. */
    form: FormData;
  };
}
export type ShopContext = Context<ShopEnv>;

export const withSession: MiddlewareHandler<ShopEnv> = async (c, next) => {
  const given = getCookie(c, SESSION_COOKIE);
  const session = given !== undefined && VALID.test(given) ? given : c.get('shop').newId();
  c.set('session', session);
  if (session !== given) {
    setCookie(c, SESSION_COOKIE, session, { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: YEAR_SECONDS });
  }
  await next();
};
