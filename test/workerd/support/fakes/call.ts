/** The HTTP half that the fakes' connectors share: one call, and what its failure means to the port. */
import { describeError } from '../../../../src/common/log.ts';
import type { CallContext, OffersFailure, UsageFailure } from '../../../../src/connectors/connector.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed; null when there was none. */
  readonly body: unknown;
}

/** No answer that could be read to its end. */
export interface Lost {
  readonly lost: string;
}

export async function call(ctx: CallContext, url: string, init: RequestInit): Promise<Reply | Lost> {
  try {
    const response = await ctx.fetch(url, { ...init, signal: ctx.signal, redirect: 'manual' });
    const text = await response.text();
    const { status, headers } = response;
    if (text === '') return { status, headers, body: null };
    try {
      return { status, headers, body: JSON.parse(text) };
    } catch (error) {
      return response.ok ? { lost: describeError(error) } : { status, headers, body: null };
    }
  } catch (error) {
    return { lost: describeError(error) };
  }
}

/** @param changes the call may have changed something, so that silence does not mean that nothing was done */
export function toUsageFailure(reply: Reply | Lost, changes: boolean): UsageFailure {
  if ('lost' in reply) return { failed: changes ? 'unknown' : 'later', detail: reply.lost };
  const { status, headers } = reply;
  const detail = `status ${status}`;
  switch (status) {
    case 400:
      return changes ? { failed: 'refused', detail } : { failed: 'paused', cause: 'misconfigured', detail };
    case 401:
    case 403:
      return { failed: 'paused', cause: 'credentials', detail };
    case 402:
      return { failed: 'paused', cause: 'quota', detail };
    case 409:
    case 429: {
      const seconds = Number(headers.get('retry-after') ?? Number.NaN);
      return { failed: 'later', detail, ...(seconds >= 0 && { afterMs: seconds * 1000 }) };
    }
  }
  if (status >= 500) return { failed: changes ? 'unknown' : 'later', detail };
  return { failed: 'paused', cause: 'misconfigured', detail };
}

/** @param setting to name when the upstream does not know us */
export function toOffersFailure(reply: Reply | Lost, setting: string): OffersFailure {
  if ('lost' in reply) return { failed: 'unavailable', detail: reply.lost };
  const detail = `status ${reply.status}`;
  if (reply.status === 401 || reply.status === 403) return { failed: 'misconfigured', setting, detail };
  return { failed: 'error', detail };
}
