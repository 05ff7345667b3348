/**
 * Tells a person what does not mend itself: one signed POST a cause. At least once: what was not answered 2xx is sent
 * again by the next sweep, under the same `webhook-id` for the receiver to know it by.
 */
import { hashParts } from '../common/hash.ts';
import { describeError, type Log } from '../common/log.ts';
import { VERSION } from '../version.ts';
import { CLAIM_ALERTS, MARK_SENT } from './alerts.sql.ts';
import { type Alert, type AlertPayload, type AlertWords, describeAlert } from './describe-alert.ts';
import { signWebhook } from './sign-webhook.ts';

const TIMEOUT_MS = 10_000;

/** D1 statements and fetches of one call at most: find, mark, and a POST for each of five causes. */
export const ALERT_CALLS = 7;

export interface AlertDeps {
  readonly db: D1Database;
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Without both nothing is done. */
  readonly url: URL | undefined;
  /** `whsec_` and a key in base64. */
  readonly secret: string | undefined;
  readonly log: Log;
  readonly words: () => Promise<AlertWords>;
  readonly timeoutMs?: number;
}

interface AlertRow {
  cause: string;
  raised_at: number;
  since: number;
  count: number | null;
  detail: string | null;
}

/** Throws what D1 throws; a webhook that fails is logged. */
export async function sendAlerts(deps: AlertDeps): Promise<void> {
  const { db, now, url, secret } = deps;
  if (url === undefined || secret === undefined) return;
  const { results } = await db.prepare(CLAIM_ALERTS).bind(now).all<AlertRow>();
  const words = results.length === 0 ? null : await deps.words().catch(() => null);
  const sent = await Promise.all(
    results.map(async ({ raised_at: raisedAt, ...row }) => {
      const arrived = await post(describeAlert({ ...row, raisedAt }, words), { ...row, raisedAt }, url, secret, deps);
      return arrived ? [row.cause] : [];
    }),
  );
  if (sent.flat().length > 0) await db.prepare(MARK_SENT).bind(JSON.stringify(sent.flat()), now).run();
}

async function post(
  payload: AlertPayload,
  { cause, raisedAt }: Alert,
  url: URL,
  secret: string,
  { fetch, now, log, timeoutMs = TIMEOUT_MS }: AlertDeps,
): Promise<boolean> {
  const id = `msg_${(await hashParts(cause, raisedAt)).slice(0, 32)}`;
  const body = JSON.stringify(payload);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': `offerbridge/${VERSION}`,
        ...(await signWebhook(secret, id, now, body)),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { ok, status } = response;
    await response.body?.cancel().catch(() => {});
    log(ok ? 'info' : 'error', ok ? 'alert_sent' : 'alert_failed', { reason: cause, status });
    return ok;
  } catch (error) {
    // The address of a webhook is often its secret.
    const text = describeError(error).replaceAll(url.href, url.origin);
    log('error', 'alert_failed', { reason: cause, error: text });
    return false;
  }
}
