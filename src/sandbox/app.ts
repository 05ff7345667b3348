/**
 * The sandbox: a shop in front of the adapter, as Akinon would be. Its own routes are the basket API and `/sandbox`;
 * everything else goes to the adapter untouched, so that both have one address.
 */
import { Hono } from 'hono';
import { basketRoutes } from './basket-routes.ts';
import { toErrorResponse } from './errors.ts';
import { sandboxRoutes } from './sandbox-routes.ts';
import type { ShopContext, ShopEnv } from './session.ts';
import type { Shop } from './shop.ts';

export function createSandbox(shopOf: (c: ShopContext) => Shop): Hono<ShopEnv> {
  const app = new Hono<ShopEnv>();
  app.use('*', async (c, next) => {
    c.set('shop', shopOf(c));
    await next();
  });
  app.route('/baskets', basketRoutes);
  app.route('/sandbox', sandboxRoutes);
  app.all('*', (c) => c.env.ADAPTER.fetch(c.req.raw));
  app.onError((error) => {
    console.error(error);
    return toErrorResponse([{ code: 'internal_error', field: '', message: 'a bug of the sandbox: see its log' }]);
  });
  return app;
}
