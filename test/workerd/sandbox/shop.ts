/** The sandbox on real D1, in front of the whole adapter or of one that answers what a test says. */
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createSandbox } from '../../../src/sandbox/app.ts';
import { BasketStore } from '../../../src/sandbox/baskets.sql.ts';
import { recordCall } from '../../../src/sandbox/calls.sql.ts';
import type { SandboxEnv } from '../../../src/sandbox/env.ts';
import type { AdapterName } from '../../../src/sandbox/settings.ts';
import type { Shop } from '../../../src/sandbox/shop.ts';
import type { Loose } from '../support/builders.ts';
import { aTestApp, type TestApp } from '../support/http.ts';

export interface Said {
  readonly to: AdapterName;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Loose;
}

export interface TestShop {
  /** As one browser: cookies are kept. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  json(method: string, path: string, body?: unknown): Promise<Loose>;
  /** What the adapter was told, oldest first. */
  readonly said: Said[];
  /** Another browser. */
  other(): TestShop;
  /** Until nothing goes on after an answer. */
  settled(): Promise<void>;
  readonly clock: { now: number };
  readonly slept: number[];
}

export interface TestShopOptions {
  /** In place of the adapter. Its answer is JSON with status 200, unless it is a response. */
  answer?: (said: Said) => unknown;
  adapter?: TestApp;
}

/** Of the adapter in front of which it stands. */
const TOKEN_SECRET = 'a-secret-of-the-shop-and-the-adapter';

export const openShop = () => applyD1Migrations(env.SHOP, env.SHOP_MIGRATIONS);

export function aShop({ answer, adapter = aTestApp() }: TestShopOptions = {}): TestShop {
  const said: Said[] = [];
  const slept: number[] = [];
  const clock = { now: Date.UTC(2026, 5, 15, 9, 30) };
  const later: Promise<unknown>[] = [];
  const send = async (request: Request, to: AdapterName): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const headers = Object.fromEntries(request.headers);
    const one = { to, path: pathname, headers, body: text === '' ? null : JSON.parse(text) };
    said.push(one);
    if (answer === undefined) {
      return adapter.request(pathname + search, {
        method: request.method,
        headers,
        ...(request.method !== 'GET' && { body: text }),
      });
    }
    const given = await answer(one);
    return given instanceof Response ? given : Response.json(given);
  };
  const shop: Shop = {
    db: env.SHOP,
    baskets: new BasketStore(env.SHOP),
    adapter: { fetch: send, username: 'akinon', password: 'correct:horse' },
    record: (call) => recordCall(env.SHOP, call),
    now: () => clock.now++,
    newId: () => crypto.randomUUID(),
    customerTokenSecret: TOKEN_SECRET,
    voucherExamples: { configured: 'WELCOME150', reference: null },
    sleep: async (ms) => void slept.push(ms),
    waitUntil: (work) => void later.push(work),
  };
  const app = createSandbox(() => shop);

  function browser(): TestShop {
    let cookie = '';
    const request: TestShop['request'] = async (method, path, body, more = {}) => {
      const response = await app.fetch(
        new Request(`http://shop.test${path}`, {
          method,
          headers: { cookie, 'content-type': 'application/json', ...more },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
        {} as SandboxEnv,
      );
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
      return response;
    };
    return {
      request,
      json: async (...args) => (await request(...args)).json(),
      other: browser,
      settled: async () => void (await Promise.all(later)),
      ...{ said, slept, clock },
    };
  }
  return browser();
}

/** One offer of the adapter's v2 answer. */
export function anOffer(overrides: Record<string, unknown> = {}, discount: Record<string, unknown> = {}): Loose {
  return {
    notifyAfterOrderCreation: true,
    discount: {
      id: 'ten',
      type: 'BASKET',
      description: 'Ten off',
      discountedBasketItems: [],
      conditionConsumedBasketItems: [],
      extraArgs: { discount: '10.00' },
      ...discount,
    },
    priority: 1,
    label: 'Ten',
    isMergeable: true,
    successMessage: '',
    upsellMessage: '',
    ...overrides,
  };
}

/** The offer, on every item of the basket that is asked about. */
export const onEverything = (offer: Loose, { body }: Said): Loose => ({
  ...offer,
  discount: {
    ...offer.discount,
    discountedBasketItems: body.basket.basketItems.map(({ id, quantity }: Loose) => ({
      pk: id,
      quantity: `${quantity}`,
    })),
  },
});
