/** What no shop of Akinon has: the sandbox's switches, its orders, and what was said to the adapter. */
import { Hono } from 'hono';
import { listCalls, readSettings, writeSettings } from './calls.sql.ts';
import { toErrorResponse } from './errors.ts';
import { drawImage } from './image.ts';
import { findOrder, listOrders } from './orders.sql.ts';
import { placeOrder, tell } from './place-order.ts';
import { changeProduct, loadCatalogue } from './products.sql.ts';
import { orderSchema, productPatchSchema, readBody } from './read-request.ts';
import { type ShopEnv, withSession } from './session.ts';
import { readStoredSettings, settingsChangeSchema } from './settings.ts';
import { writeState } from './state.ts';
import { askControl } from './upstream.ts';

const LISTED = 50;

export const sandboxRoutes = new Hono<ShopEnv>();
sandboxRoutes.use('*', withSession);

/** Everything that a page shows beside the basket. Asks the adapter where the basket API would. */
sandboxRoutes.get('/state', async (c) => c.json(await writeState(c.get('shop'), c.get('session'))));

/** The newest first. `?after=<id>` leaves out what is known already. */
sandboxRoutes.get('/calls', async (c) => {
  const after = Number(c.req.query('after') ?? 0);
  return c.json({ calls: await listCalls(c.get('shop').db, Number.isSafeInteger(after) ? after : 0, LISTED) });
});

sandboxRoutes.post('/settings', async (c) => {
  const body = await readBody(c.req.raw, settingsChangeSchema);
  if (!body.ok) return toErrorResponse(body.errors);
  const { db } = c.get('shop');
  const settings = readStoredSettings(JSON.stringify({ ...(await readSettings(db)), ...body.value }));
  await writeSettings(db, settings);
  return c.json({ settings });
});

sandboxRoutes.get('/orders', async (c) => {
  const orders = await listOrders(c.get('shop').db, c.get('session'), LISTED);
  return c.json({
    orders: orders.map(({ number, placedAt, timesTold, ...texts }) => ({
      ...{ number, placedAt, timesTold, basket: JSON.parse(texts.basket) },
      ...{ usedDiscounts: JSON.parse(texts.usedDiscounts), gifts: JSON.parse(texts.gifts) },
    })),
  });
});

sandboxRoutes.post('/orders', async (c) => {
  const hasBody = c.req.raw.body !== null && c.req.header('content-length') !== '0';
  const body = hasBody ? await readBody(c.req.raw, orderSchema) : null;
  if (body?.ok === false) return toErrorResponse(body.errors);
  const placed = await placeOrder(c.get('shop'), c.get('session'), body?.value);
  return placed.ok ? c.json({ order: placed.value }, 201) : toErrorResponse([placed.error]);
});

/** Tells the adapter again, or at last, in the same words and under the same request id. */
sandboxRoutes.post('/orders/:number/use-offers', async (c) => {
  const shop = c.get('shop');
  const order = await findOrder(shop.db, c.req.param('number'), c.get('session'));
  if (order === null || order.request === null || order.requestId === null) {
    return toErrorResponse([
      { code: 'not_found', field: 'number', message: 'no such order, or nothing to tell of it' },
    ]);
  }
  const { number, request, requestId, settings } = order;
  const status = await tell(shop, { number, request, requestId, settings: readStoredSettings(settings) });
  return c.json({ status });
});

sandboxRoutes.get('/products', async (c) =>
  c.json({ products: [...(await loadCatalogue(c.get('shop').db)).values()] }),
);

/** Dearer, sold out, or not sold any more: what the basket API then says of it. */
sandboxRoutes.patch('/products/:id', async (c) => {
  const body = await readBody(c.req.raw, productPatchSchema);
  if (!body.ok) return toErrorResponse(body.errors);
  const { db } = c.get('shop');
  const id = Number(c.req.param('id'));
  if (Number.isSafeInteger(id) && (await changeProduct(db, id, body.value))) {
    return c.json({ product: (await loadCatalogue(db)).get(id) });
  }
  return toErrorResponse([{ code: 'not_found', field: 'id', message: 'no such product' }]);
});

sandboxRoutes.get('/images/:name', async (c) => {
  const id = Number(/^(\d+)\.svg$/.exec(c.req.param('name'))?.[1]);
  const product = (await loadCatalogue(c.get('shop').db)).get(id);
  if (product === undefined)
    return toErrorResponse([{ code: 'not_found', field: '', message: 'there is nothing here' }]);
  const headers = { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=3600' };
  return c.body(drawImage(product), 200, headers);
});

/** The reference upstream's controls, faults among them: `npm run upstream -- --help` has them all. */
sandboxRoutes.all('/upstream/:control', async (c) => {
  const { UPSTREAM_URL } = c.env;
  if (UPSTREAM_URL === undefined)
    return toErrorResponse([{ code: 'not_found', field: '', message: 'the reference upstream does not run' }]);
  const { method } = c.req.raw;
  const body = method === 'GET' || method === 'HEAD' ? null : await c.req.text();
  const answer = await askControl(UPSTREAM_URL, c.req.param('control'), { method, body });
  return new Response(answer.body, { status: answer.status, headers: { 'content-type': 'application/json' } });
});

sandboxRoutes.all('*', () => toErrorResponse([{ code: 'not_found', field: '', message: 'there is nothing here' }]));
