/**
 * The sandbox: a shop in front of the adapter, as Akinon would be. Its own routes are its page at `/`, the basket API and `/sandbox`;
 * everything else goes untouched to the adapter that is chosen, so that both have one address.
 */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { basketRoutes } from './basket-routes.ts';
import { readSettings } from './calls.sql.ts';
import { toErrorResponse } from './errors.ts';
import { pageRoutes } from './page/routes.tsx';
import { sandboxRoutes } from './sandbox-routes.ts';
import type { ShopContext, ShopEnv } from './session.ts';
import type { Shop } from './shop.ts';

export function createSandbox(shopOf: (c: ShopContext) => Shop): Hono<ShopEnv> {
  const app = new Hono<ShopEnv>();
  app.use('*', async (c, next) => {
    c.set('shop', shopOf(c));
    await next();
  });
  app.route('/', pageRoutes);
  app.route('/baskets', basketRoutes);
  app.route('/sandbox', sandboxRoutes);
  app.all('*', async (c) => {
    const { adapter, db } = c.get('shop');
    return adapter.fetch(c.req.raw, (await readSettings(db)).adapter);
  });
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    console.error(error);
    return toErrorResponse([{ code: 'internal_error', field: '', message: 'a bug of the sandbox: see its log' }]);
  });
  return app;
}
