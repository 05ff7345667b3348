/** POST /offers: headers → body → domain → answer. Credentials and settings were checked before. */
import type { Context } from 'hono';
import type { AppEnv, Deps } from '../deps.ts';
import { findOffers } from '../offers/find-offers.ts';
import { readJson } from './body.ts';
import { toErrorResponse } from './errors.ts';
import { readHeaders } from './headers.ts';
import { readOffersRequest } from './v2/read-offers-request.ts';
import { writeOffers } from './v2/write-offers.ts';

export async function offersRoute(c: Context<AppEnv>, deps: Deps): Promise<Response> {
  const { service } = deps;
  if (service.config === null) return toErrorResponse([{ kind: 'misconfigured' }]);
  const headers = readHeaders(c.req.raw.headers);
  if (!headers.ok) return toErrorResponse(headers.errors);
  const json = await readJson(c.req.raw);
  if (!json.ok) return toErrorResponse(json.errors);
  const request = readOffersRequest(json.value);
  if (!request.ok) return toErrorResponse(request.errors);

  const { config, connector } = service;
  const found = await findOffers(
    { ...headers.value, ...request.value },
    {
      connector,
      ledger: deps.ledger,
      maxPoints: config.GUARD_MAX_POINTS,
      priorityFirst: config.PRIORITY_FIRST,
      timeoutMs: config.UPSTREAM_TIMEOUT_MS,
      onFailure: config.OFFERS_ON_FAILURE,
      now: deps.now,
      fetch: deps.fetch,
      log: deps.log,
      waitUntil: (work) => c.executionCtx.waitUntil(work),
    },
  );
  const offers = 'offers' in found ? found.offers.length : 0;
  c.set('report', { basketId: request.value.basket.id, offers, ...found.report });
  if ('error' in found) return toErrorResponse([found.error]);
  return c.body(writeOffers(found.offers), 200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
}
