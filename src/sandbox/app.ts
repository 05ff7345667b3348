/**
 * The sandbox: a shop in front of the adapter, as Akinon would be. Its own routes are its page at `/`, the basket API and `/sandbox`;
 * everything else goes untouched to the adapter that is chosen, so that both have one address.
 */
import { Hono, type MiddlewareHandler } from 'hono';
import { basketRoutes } from './basket-routes.ts';
import { readSettings } from './calls.sql.ts';
import { toErrorResponse } from './errors.ts';
import { pageRoutes } from './page/routes.tsx';
import { sandboxRoutes } from './sandbox-routes.ts';
import type { ShopContext, ShopEnv } from './session.ts';
import type { Shop } from './shop.ts';

/** A page of another site may not shop here, whatever it sends; what is no browser has no origin. */
const refuseOtherSites: MiddlewareHandler<ShopEnv> = async (c, next) => {
  const origin = c.req.header('origin');
  const isLook = c.req.method === 'GET' || c.req.method === 'HEAD';
  if (isLook || origin === undefined || origin === new URL(c.req.url).origin) return next();
  return toErrorResponse([{ code: 'other_site', field: 'origin', message: 'only its own page may change the shop' }]);
};

export function createSandbox(shopOf: (c: ShopContext) => Shop): Hono<ShopEnv> {
  const app = new Hono<ShopEnv>();
  app.use('*', async (c, next) => {
    c.set('shop', shopOf(c));
    await next();
  });
  app.use('/baskets/*', refuseOtherSites);
  app.use('/sandbox/*', refuseOtherSites);
  app.route('/', pageRoutes);
  app.route('/baskets', basketRoutes);
  app.route('/sandbox', sandboxRoutes);
  app.all('*', async (c) => {
    const { adapter, db } = c.get('shop');
    return adapter.fetch(c.req.raw, (await readSettings(db)).adapter);
  });
  app.onError((error) => {
    console.error(error);
    return toErrorResponse([{ code: 'internal_error', field: '', message: 'a bug of the sandbox: see its log' }]);
  });
  return app;
}
