/**
 * The basket API. Each answer but that of a single item is the whole basket, read anew: after a change the adapter is
 * asked before the customer sees a total.
 * @see Akinon, "Basket"; what is assumed: docs/sandbox.md
 */
import { Hono } from 'hono';
import { addItem, emptyBasket, setQuantity, withVoucher } from './change-basket.ts';
import { changeItem } from './change-item.ts';
import { ok, type Result, refused, toErrorResponse } from './errors.ts';
import { readBasket } from './read-basket.ts';
import { itemPatchSchema, patchSchema, postSchema, putSchema, readBody } from './read-request.ts';
import { type ShopContext, type ShopEnv, withSession } from './session.ts';
import { inField, updateBasket } from './update-basket.ts';
import { verifyVoucher } from './verify-voucher.ts';
import { decideVoucher } from './voucher.ts';
import { writeBasket, writeItem } from './write-basket.ts';

export const basketRoutes = new Hono<ShopEnv>();
basketRoutes.use('*', withSession);

for (const path of ['/basket', '/basket/']) {
  basketRoutes.get(path, (c) => answerBasket(c));

  basketRoutes.post(path, async (c) => {
    const body = await readBody(c.req.raw, postSchema);
    if (!body.ok) return toErrorResponse(body.errors);
    return answer(c, await change(c, (basket, by) => inField(addItem(basket, body.value, by))));
  });

  basketRoutes.put(path, async (c) => {
    const body = await readBody(c.req.raw, putSchema);
    if (!body.ok) return toErrorResponse(body.errors);
    return answer(c, await change(c, (basket, by) => inField(setQuantity(basket, body.value, by, 'add'))));
  });

  basketRoutes.patch(path, async (c) => {
    const body = await readBody(c.req.raw, patchSchema);
    if (!body.ok) return toErrorResponse(body.errors);
    const { wanted, voucher } = body.value;
    const decision = decideVoucher(voucher);
    if (decision.do === 'verify') {
      const verified = await verifyVoucher(c.get('shop'), c.get('session'), decision.code);
      if (!verified.ok) return toErrorResponse([verified.error]);
    }
    // One change of both: what is refused of either changes nothing.
    const changed = await change(c, (basket, by) => {
      const sized = wanted === null ? ok(basket) : setQuantity(basket, wanted, by, 'refuse');
      return inField(sized.ok && decision.do !== 'keep' ? ok(withVoucher(sized.value, decision.code, by)) : sized);
    });
    return answer(c, changed);
  });

  basketRoutes.delete(path, async (c) =>
    answer(c, await change(c, (basket, by) => ok({ basket: emptyBasket(basket, by) }))),
  );
  basketRoutes.all(path, () => methodNotAllowed('GET, HEAD, POST, PATCH, PUT, DELETE'));
}

for (const path of ['/basket_items', '/basket_items/', '/basket_items/:id', '/basket_items/:id/']) {
  basketRoutes.patch(path, async (c) => {
    const body = await readBody(c.req.raw, itemPatchSchema);
    if (!body.ok) return toErrorResponse(body.errors);
    // The path, where it names an item, is what was asked for.
    const named = c.req.param('id');
    const id = named === undefined ? body.value.id : /^\d{1,15}$/.test(named) ? Number(named) : undefined;
    if (id === undefined || (named !== undefined && body.value.id !== undefined && body.value.id !== id)) {
      return toErrorResponse([{ code: 'unknown_item', field: 'id', message: 'must name one item of the basket' }]);
    }
    const changed = await change(c, (basket, by) => changeItem(basket, { ...body.value, id }, by));
    if (!changed.ok) return toErrorResponse([changed.error]);
    return answerItem(c, changed.value.itemId);
  });
  basketRoutes.all(path, () => methodNotAllowed('PATCH'));
}

type Changing<T> = Parameters<typeof updateBasket<T & { basket: Parameters<typeof emptyBasket>[0] }>>[2];

function change<T>(c: ShopContext, changing: Changing<T>) {
  return updateBasket(c.get('shop'), c.get('session'), changing);
}

async function answer(c: ShopContext, result: Result<unknown>): Promise<Response> {
  return result.ok ? answerBasket(c) : toErrorResponse([result.error]);
}

async function answerBasket(c: ShopContext): Promise<Response> {
  return c.json(writeBasket(await readBasket(c.get('shop'), c.get('session'))));
}

/** "A new basket item is produced as a response." */
async function answerItem(c: ShopContext, itemId: number): Promise<Response> {
  const reading = await readBasket(c.get('shop'), c.get('session'));
  const { items, unavailable } = reading.priced;
  const line = [...items, ...unavailable].find(({ item }) => item.id === itemId);
  const gone = refused('unknown_item', 'id', `item ${itemId} is not in the basket any more`);
  return line === undefined ? toErrorResponse([gone.error]) : c.json(writeItem(line, reading));
}

function methodNotAllowed(allow: string): Response {
  const error = { code: 'method_not_allowed', field: '', message: `use ${allow}` } as const;
  return toErrorResponse([error], { allow });
}
