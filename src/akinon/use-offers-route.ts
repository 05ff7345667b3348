/**
 * POST /use-offers: the order exists, so a request that must be refused is kept for ops before it is. The answer is
 * 200 without a body, and only after the commit.
 */
import type { Context } from 'hono';
import type { AdapterError, Checked } from '../common/errors.ts';
import { describeError } from '../common/log.ts';
import { whenNeverOffered } from '../connectors/connector.ts';
import type { AppEnv, Deps } from '../deps.ts';
import { StorageUnavailable } from '../ledger/ledger.ts';
import { recordUsage } from '../usage/record-usage.ts';
import { readJson } from './body.ts';
import { toErrorResponse, toWireError } from './errors.ts';
import { peekRequestId, readHeaders } from './headers.ts';
import { toKeepablePayload } from './keepable-payload.ts';
import { readUsageRequest } from './read-usage-request.ts';
import { reportDrift, reportUnknownVersion } from './report-drift.ts';

export async function useOffersRoute(c: Context<AppEnv>, deps: Deps): Promise<Response> {
  const request = c.req.raw;
  const headers = readHeaders(request.headers);
  const json = await readJson(request);
  try {
    if (!headers.ok) {
      reportUnknownVersion(c, deps, '/use-offers', headers);
      if (json.ok) await keepRefused(request, headers, json.value, deps);
      return toErrorResponse(headers.errors);
    }
    if (!json.ok) return toErrorResponse(json.errors);
    const { version, ...call } = headers.value;
    reportDrift(c, deps, '/use-offers', version, json.value);
    const usage = readUsageRequest(json.value, version);
    if (!usage.ok) {
      await keepRefused(request, usage, json.value, deps);
      return toErrorResponse(usage.errors);
    }
    const { orderKey, usedDiscounts } = usage.value;
    const startedAt = deps.now();
    const verdict = await recordUsage(
      { ...call, ...usage.value },
      {
        ledger: deps.ledger,
        whenNeverOffered: whenNeverOffered(deps.service.connector),
        now: deps.now,
        log: deps.log,
        wakeDelivery: deps.wakeDelivery,
        waitUntil: (work) => c.executionCtx.waitUntil(work),
      },
    );
    const storageMs = deps.now() - startedAt;
    c.set('report', { orderKey, discounts: usedDiscounts.length, outcome: verdict.outcome, storageMs });
    if (verdict.outcome === 'conflict') return toErrorResponse([{ kind: 'request_id_reused' }]);
    return new Response(null, {
      status: 200,
      headers: {
        'content-length': '0',
        // A type that nothing on the way compresses: "no body" would become one of twenty bytes.
        'content-type': 'application/octet-stream',
        'cache-control': 'no-store',
        ...(verdict.outcome === 'replayed' && { 'idempotent-replayed': 'true' }),
      },
    });
  } catch (error) {
    if (!(error instanceof StorageUnavailable)) throw error;
    deps.log('error', 'usage_not_stored', { error: describeError(error) });
    return toErrorResponse([{ kind: 'storage_unavailable' }]);
  }
}

/** Kept before it is answered; if that fails, 503 makes the caller send it again. */
async function keepRefused(
  request: Request,
  refusal: Extract<Checked<unknown>, { ok: false }>,
  json: unknown,
  deps: Deps,
): Promise<void> {
  const errors = refusal.errors.map((error: AdapterError) => {
    const { code, field } = toWireError(error);
    return { code, field };
  });
  const requestId = peekRequestId(request.headers);
  const kept = await deps.ledger.keepRefusedRequest({
    requestId,
    errors,
    payload: toKeepablePayload(json),
    receivedAt: deps.now(),
  });
  deps.log('warn', 'usage_refused', {
    ...(requestId !== null && { requestId }),
    outcome: kept ? 'kept' : 'daily_limit_reached',
    fields: errors.map(({ field }) => field),
  });
}
