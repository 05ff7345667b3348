/**
 * The shop's page. Everything works as forms that lead back to it; the script sends them without leaving it and puts in
 * what changed. What it does is what the basket API and `/sandbox` do, by the same functions.
 */
import { type Context, Hono } from 'hono';
import type { Child } from 'hono/jsx';
import { askForCustomerOffers } from '../account.ts';
import type { ShopBasket } from '../basket.ts';
import { listCalls, readSettings, writeSettings } from '../calls.sql.ts';
import { addItem, type Change, stepQuantity, withVoucher } from '../change-basket.ts';
import { ok, type Result } from '../errors.ts';
import { findOrder, listOrders } from '../orders.sql.ts';
import { placeOrder, tell } from '../place-order.ts';
import { loadCatalogue } from '../products.sql.ts';
import { type ShopEnv, withSession } from '../session.ts';
import { readStoredSettings, type Settings } from '../settings.ts';
import { writeState } from '../state.ts';
import { inField, updateBasket } from '../update-basket.ts';
import { FAULT_NAMES, type FaultName, findFault, setFault } from '../upstream.ts';
import { verifyVoucher } from '../verify-voucher.ts';
import { Account } from './account-page.tsx';
import { Basket } from './basket.tsx';
import { CallList, Calls } from './calls.tsx';
import { Frame } from './frame.tsx';
import { OrderDetails } from './order-page.tsx';
import { Orders } from './orders.tsx';
import { Products } from './products.tsx';
import { readGifts, readSettingsForm, readWhole } from './read-form.ts';
import { Switches } from './switches.tsx';

type C = Context<ShopEnv>;

const LISTED_CALLS = 30;
const LISTED_ORDERS = 10;

/** Nothing from elsewhere, nothing inline, and no frame around it. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

export const pageRoutes = new Hono<ShopEnv>();
for (const path of ['/', '/sandbox/order/*', '/sandbox/account', '/sandbox/panel', '/sandbox/do/*']) {
  pageRoutes.use(path, withSession);
}
pageRoutes.use('/sandbox/do/*', async (c, next) => {
  try {
    c.set('form', await c.req.formData());
  } catch {
    return answerShop(c, 'That was no form.', 400);
  }
  return next();
});

pageRoutes.get('/', (c) => answerShop(c));

pageRoutes.get('/sandbox/order/:number', async (c) => {
  const order = await findOrder(c.get('shop').db, c.req.param('number'), c.get('session'));
  return order === null ? answerShop(c, 'There is no such order.', 404) : answerOrder(c, order);
});

pageRoutes.get('/sandbox/account', (c) => answerAccount(c));

/** Calls that the page does not have yet, as they stand in its list. `?after=<id>` */
pageRoutes.get('/sandbox/panel', async (c) => {
  const after = Number(c.req.query('after') ?? 0);
  const calls = await listCalls(c.get('shop').db, Number.isSafeInteger(after) ? after : 0, LISTED_CALLS);
  const settings = await readSettings(c.get('shop').db);
  return c.html(String(<CallList calls={calls} {...reached(c, settings)} />), 200, HEADERS);
});

pageRoutes.get('/sandbox/:file{style\\.css|script\\.js}', async (c) => {
  const { body, headers } = await c.env.ASSETS.fetch(new URL(`/${c.req.param('file')}`, c.req.url));
  const type = headers.get('content-type') ?? 'text/plain';
  return new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-cache' } });
});

pageRoutes.post('/sandbox/do/add', async (c) => {
  const productId = readWhole(c.get('form'), 'product');
  if (productId === null) return answerShop(c, 'There is no such product.', 400);
  return answerChange(c, (basket, by) => addItem(basket, { productId, quantity: 1 }, by));
});

pageRoutes.post('/sandbox/do/step', async (c) => {
  const form = c.get('form');
  const [item, step] = [readWhole(form, 'item'), readWhole(form, 'by')];
  if (item === null || step === null) return answerShop(c, 'Say of which item there shall be more or fewer.', 400);
  return answerChange(c, (basket, by) => stepQuantity(basket, item, step, by));
});

/** With a `code` it is tried, without one the basket's is taken away. */
pageRoutes.post('/sandbox/do/voucher', async (c) => {
  const code = String(c.get('form').get('code') ?? '')
    .trim()
    .slice(0, 100);
  if (code !== '') {
    const verified = await verifyVoucher(c.get('shop'), c.get('session'), code);
    if (!verified.ok) return answerShop(c, sentence(verified.error.message), 400);
  }
  return answerChange(c, (basket, by) => ok(withVoucher(basket, code === '' ? null : code, by)));
});

pageRoutes.post('/sandbox/do/order', async (c) => {
  const form = c.get('form');
  const gifts = readGifts(form);
  const total = form.get('total')?.toString();
  const placed = gifts.ok ? await placeOrder(c.get('shop'), c.get('session'), { gifts: gifts.value, total }) : gifts;
  if (!placed.ok) return answerShop(c, sentence(placed.error.message), 400);
  return c.redirect(`/sandbox/order/${placed.value.number}`, 303);
});

pageRoutes.post('/sandbox/do/tell/:number', async (c) => {
  const shop = c.get('shop');
  const order = await findOrder(shop.db, c.req.param('number'), c.get('session'));
  if (order === null || order.request === null || order.requestId === null) {
    return answerShop(c, 'There is no such order, or nothing to tell of it.', 404);
  }
  const { number, request, requestId } = order;
  await tell(shop, { number, request, requestId, settings: readStoredSettings(order.settings) });
  return c.redirect(`/sandbox/order/${number}`, 303);
});

pageRoutes.post('/sandbox/do/settings', async (c) => {
  const change = readSettingsForm(c.get('form'));
  if (!change.ok) return answerShop(c, sentence(change.error.message), 400);
  const { db } = c.get('shop');
  await writeSettings(db, readStoredSettings(JSON.stringify({ ...(await readSettings(db)), ...change.value })));
  return back(c);
});

pageRoutes.post('/sandbox/do/fault', async (c) => {
  const wanted = String(c.get('form').get('fault'));
  const name = FAULT_NAMES.find((fault) => fault === wanted);
  const { UPSTREAM_URL } = c.env;
  if (name === undefined || UPSTREAM_URL === undefined) return answerShop(c, 'There is no such fault to set.', 400);
  await setFault(UPSTREAM_URL, name);
  return back(c);
});

async function answerChange(c: C, change: (basket: ShopBasket, by: Change) => Result<ShopBasket>): Promise<Response> {
  const changed = await updateBasket(c.get('shop'), c.get('session'), (basket, by) => inField(change(basket, by)));
  return changed.ok ? back(c) : answerShop(c, sentence(changed.error.message), 400);
}

/** To the page that the form stood on; it is read again and asks the adapter where that is due. */
function back(c: C): Response {
  const from = URL.parse(c.req.header('referer') ?? '');
  const path = from?.pathname ?? '/';
  return c.redirect(/^\/sandbox\/(?:order\/|account$)/.test(path) ? path : '/', 303);
}

async function answerShop(c: C, problem: string | null = null, status: 200 | 400 | 404 = 200): Promise<Response> {
  const shop = c.get('shop');
  // First the basket: that may call the adapter, and the panel shows the call.
  const state = await writeState(shop, c.get('session'));
  const [catalogue, orders, calls, fault] = await Promise.all([
    loadCatalogue(shop.db),
    listOrders(shop.db, c.get('session'), LISTED_ORDERS),
    listCalls(shop.db, 0, LISTED_CALLS),
    faultOf(c),
  ]);
  const page = (
    <Frame title="Shop" problem={problem}>
      <div class="shop">
        <Products products={[...catalogue.values()]} />
        <div>
          <Basket
            {...{ state, catalogue }}
            fault={toldFault(state.settings, fault)}
            voucherExample={shop.voucherExamples[state.settings.adapter]}
          />
          <Orders orders={orders} />
        </div>
      </div>
      <aside aria-label="The adapter">
        <Switches settings={state.settings} fault={fault} />
        <Calls calls={calls} {...reached(c, state.settings)} />
      </aside>
    </Frame>
  );
  return c.html(`<!doctype html>${page}`, status, HEADERS);
}

async function answerOrder(c: C, order: NonNullable<Awaited<ReturnType<typeof findOrder>>>): Promise<Response> {
  const catalogue = await loadCatalogue(c.get('shop').db);
  return answerBeside(c, `Order ${order.number}`, (settings) => (
    <OrderDetails order={order} settings={settings} catalogue={catalogue} />
  ));
}

async function answerAccount(c: C): Promise<Response> {
  const shop = c.get('shop');
  const found = await askForCustomerOffers(shop, await readSettings(shop.db));
  return answerBeside(c, 'My offers', () => <Account found={found} />);
}

/** A page of one part, with switches and calls beside it. */
async function answerBeside(c: C, title: string, draw: (settings: Settings) => Child): Promise<Response> {
  const { db } = c.get('shop');
  const [settings, calls, fault] = await Promise.all([readSettings(db), listCalls(db, 0, LISTED_CALLS), faultOf(c)]);
  const page = (
    <Frame title={title}>
      {draw(settings)}
      <aside aria-label="The adapter">
        <Switches settings={settings} fault={fault} />
        <Calls calls={calls} {...reached(c, settings)} />
      </aside>
    </Frame>
  );
  return c.html(`<!doctype html>${page}`, 200, HEADERS);
}

/** Where the reference upstream is asked, and does not work. */
function toldFault({ adapter }: Settings, fault: FaultName | null | undefined): string | null {
  if (adapter !== 'reference' || fault === undefined || fault === 'none') return null;
  return fault ?? 'fails in another way';
}

function faultOf(c: C) {
  return c.env.UPSTREAM_URL === undefined ? undefined : findFault(c.env.UPSTREAM_URL);
}

/** Under another name than this machine's own the credentials stay out: whoever has that name may read the page. */
function reached(c: C, { customer }: Settings) {
  const { origin, hostname } = new URL(c.req.url);
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  const credentials = isHere ? c.get('shop').adapter : { username: 'USERNAME', password: 'PASSWORD' };
  return { origin, credentials, customer };
}

/** `6 of Gitar are in stock` → `6 of Gitar are in stock.` */
function sentence(message: string): string {
  return `${message.charAt(0).toLocaleUpperCase('en')}${message.slice(1)}.`;
}
