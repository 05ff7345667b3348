/** The console of a whole app: who asks, and orders to look at. */
import { aUsageRequest, rows } from './builders.ts';
import { aScriptedConnector, using } from './connectors.ts';
import { aTestApp, type TestApp, type TestAppOptions } from './http.ts';

export const digestOf = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toHex();
export const OPERATOR = `Basic ${btoa('ayse:pw-a')}`;
export const VIEWER = `Basic ${btoa('mehmet:pw-m')}`;
export const ORIGIN = { origin: 'https://adapter.test' };

export async function anApp(options: TestAppOptions = {}): Promise<TestApp> {
  const OPS_USERS = `ayse:operator:${await digestOf('ayse:pw-a')},mehmet:viewer:${await digestOf('mehmet:pw-m')}`;
  const { connector } = aScriptedConnector({ offers: [] });
  return aTestApp({ deps: using(connector), ...options, env: { OPS_USERS, ...options.env } });
}

export const get = (app: TestApp, path: string, headers: Record<string, string> = {}) =>
  app.request(path, { headers: { authorization: OPERATOR, ...headers } });
export const text = async (app: TestApp, path: string, headers = {}) => (await get(app, path, headers)).text();

export function submit(
  app: TestApp,
  path: string,
  fields: [string, string][],
  headers: Record<string, string> = ORIGIN,
) {
  return app.request(path, {
    method: 'POST',
    headers: { authorization: OPERATOR, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
    redirect: 'manual',
  });
}

/** An order whose discounts are in these states. */
export async function anOrder(app: TestApp, orderNumber: string, states: Record<string, string>): Promise<void> {
  await app.post('/use-offers', aUsageRequest({ usedDiscounts: Object.keys(states), order: { orderNumber } }));
  for (const [id, state] of Object.entries(states)) {
    await rows(
      `UPDATE used_discounts SET state = ?, type = 'BASKET', amount = 123456, currency = 'TRY', settled_at = recorded_at
       WHERE order_key = ? AND discount_id = ?`,
      ...[state, `o:${orderNumber}`, id],
    );
  }
  await rows("UPDATE deliveries SET state = 'done', due_at = NULL WHERE order_key = ?", `o:${orderNumber}`);
}

export const stateOf = async (id: string) =>
  (await rows('SELECT state FROM used_discounts WHERE discount_id = ?', id))[0]?.state;
