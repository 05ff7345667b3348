/** POST /offers: headers → body → domain → answer. Credentials and settings were checked before. */
import type { Context } from 'hono';
import type { AppEnv, Deps } from '../deps.ts';
import { findOffers } from '../offers/find-offers.ts';
import type { FindOffersReport } from '../offers/report.ts';
import { readJson } from './body.ts';
import { toErrorResponse } from './errors.ts';
import { readHeaders } from './headers.ts';
import { readOffersRequest } from './read-offers-request.ts';
import { reportDrift, reportUnknownVersion } from './report-drift.ts';

export async function offersRoute(c: Context<AppEnv>, deps: Deps): Promise<Response> {
  const startedAt = deps.now();
  const { service } = deps;
  if (service.config === null) return toErrorResponse([{ kind: 'misconfigured' }]);
  const headers = readHeaders(c.req.raw.headers);
  if (!headers.ok) {
    reportUnknownVersion(c, deps, '/offers', headers);
    return toErrorResponse(headers.errors);
  }
  const json = await readJson(c.req.raw);
  if (!json.ok) return toErrorResponse(json.errors);
  const { version, ...call } = headers.value;
  reportDrift(c, deps, '/offers', version, json.value);
  const request = readOffersRequest(json.value, version);
  if (!request.ok) return toErrorResponse(request.errors);

  const { config, connector } = service;
  const found = await findOffers(
    { ...call, ...request.value, ...(version.exactDigits !== undefined && { exactDigits: version.exactDigits }) },
    {
      connector,
      ledger: deps.ledger,
      memory: deps.offersMemory,
      maxPoints: config.GUARD_MAX_POINTS,
      priorityFirst: config.PRIORITY_FIRST,
      timeoutMs: config.UPSTREAM_TIMEOUT_MS,
      onFailure: config.OFFERS_ON_FAILURE,
      cacheMs: config.OFFERS_CACHE_SECONDS * 1000,
      now: deps.now,
      fetch: deps.fetch,
      log: deps.log,
      waitUntil: (work) => c.executionCtx.waitUntil(work),
    },
  );
  const offers = 'offers' in found ? found.offers.length : 0;
  c.set('report', { basketId: request.value.basket.id, offers, ...found.report });
  const response =
    'error' in found
      ? toErrorResponse([found.error])
      : c.body(version.writeOffers(found.offers), 200, {
          'content-type': 'application/json',
          'cache-control': 'no-store',
        });
  response.headers.set('server-timing', toServerTiming(found.report, deps.now() - startedAt));
  return response;
}

/** `upstream;dur=12, storage;dur=3, total;dur=16`; parts that nobody waited for are absent. */
function toServerTiming({ upstreamMs, storageMs, cache }: FindOffersReport, totalMs: number): string {
  const parts = [`total;dur=${totalMs}`];
  if (storageMs !== undefined) parts.unshift(`storage;dur=${storageMs}`);
  if (upstreamMs !== undefined) parts.unshift(`upstream;dur=${upstreamMs}`);
  if (cache !== undefined) parts.push(`cache;desc=${cache}`);
  return parts.join(', ');
}
