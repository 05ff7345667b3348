/**
 * One call to the adapter, by its real fetch handler. Each is kept for the panel of calls, with its request and its answer
 * but without the credentials.
 */
import type { AdapterName, Settings } from './settings.ts';

export interface Call {
  readonly method: 'GET' | 'POST';
  /** And query. */
  readonly path: string;
  /** All but `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: string;
  /** JSON text; absent for GET. */
  readonly body?: string;
  readonly settings: Settings;
}

export interface CallRecord {
  readonly method: string;
  readonly path: string;
  /** Akinon's; empty where a call has none. */
  readonly requestId: string;
  readonly contractVersion: string;
  readonly at: number;
  readonly durationMs: number;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly requestHeaders: string;
  readonly requestBody: string;
  readonly answerHeaders: string;
  readonly answerBody: string;
}

export interface Adapter {
  readonly fetch: (request: Request, name: AdapterName) => Promise<Response>;
  readonly username: string;
  readonly password: string;
}

export interface CallDeps {
  readonly adapter: Adapter;
  readonly now: () => number;
  readonly record: (call: CallRecord) => Promise<void>;
}

export interface Answer {
  readonly status: number | null;
  readonly body: string;
}

/** To one of Akinon's two routes. */
export interface FlowCall {
  readonly path: '/offers' | '/use-offers';
  readonly requestId: string;
  readonly settings: Settings;
  readonly body: unknown;
}

/**
 * As Akinon does: Basic auth and every header that the settings have a value for.
 * @see Akinon Basket Offer Flows v2, "Request Headers"
 */
export function callAsAkinon({ path, body, ...call }: FlowCall, deps: CallDeps): Promise<Answer> {
  const [headers, authorization] = [toHeaders(call), basicAuth(deps.adapter)];
  return callAdapter(
    { method: 'POST', path, headers, authorization, body: JSON.stringify(body), settings: call.settings },
    deps,
  );
}

export async function callAdapter(call: Call, { adapter, now, record }: CallDeps): Promise<Answer> {
  const { method, headers, authorization, body = '' } = call;
  const at = now();
  let status: number | null = null;
  let answerHeaders: [string, string][] = [];
  let answerBody = '';
  try {
    // The host is the service binding's business; the path is what counts.
    const response = await adapter.fetch(
      new Request(`http://adapter.sandbox${call.path}`, {
        method,
        headers: { ...headers, authorization },
        ...(method === 'POST' && { body }),
      }),
      call.settings.adapter,
    );
    status = response.status;
    answerHeaders = [...response.headers];
    answerBody = await response.text();
  } catch (error) {
    status = null;
    answerBody = error instanceof Error ? error.message : String(error);
  }
  await record({
    ...{ method, path: call.path, requestId: headers['x-akinon-request-id'] ?? '' },
    contractVersion: call.settings.contractVersion,
    at,
    durationMs: now() - at,
    status,
    requestHeaders: JSON.stringify(headers),
    requestBody: body,
    answerHeaders: JSON.stringify(Object.fromEntries(answerHeaders)),
    answerBody,
  });
  return { status, body: answerBody };
}

function toHeaders({ requestId, settings }: Pick<FlowCall, 'requestId' | 'settings'>): Record<string, string> {
  const optional = {
    'x-store-id': settings.storeId,
    'x-store-remote-id': settings.storeRemoteId,
    'x-store-staff-id': settings.staffId,
    'x-store-staff-remote-id': settings.staffRemoteId,
    'x-store-staff-email': settings.staffEmail,
  };
  return {
    'content-type': 'application/json',
    'x-akinon-request-id': requestId,
    'x-akinon-api-version': settings.contractVersion,
    // v1 does not ask for it, and forbids it neither.
    'x-app-device': settings.device,
    ...Object.fromEntries(Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== null)),
  };
}

function basicAuth({ username, password }: Adapter): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${bytes.toBase64()}`;
}
