/**
 * One call to the adapter, as Akinon makes it: Basic auth and every header that the settings have a value for. Each is
 * kept for the panel of calls, with its request and its answer but without the credentials.
 * @see Akinon Basket Offer Flows v2, "Request Headers"
 */
import type { AdapterName, Settings } from './settings.ts';

export type CallPath = '/offers' | '/use-offers';

export interface Call {
  readonly path: CallPath;
  readonly requestId: string;
  readonly settings: Settings;
  readonly body: unknown;
}

export interface CallRecord {
  readonly path: CallPath;
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

export async function callAdapter(call: Call, { adapter, now, record }: CallDeps): Promise<Answer> {
  const headers = toHeaders(call);
  const requestBody = JSON.stringify(call.body);
  const at = now();
  let status: number | null = null;
  let answerHeaders: [string, string][] = [];
  let answerBody = '';
  try {
    // The host is the service binding's business; the path is what counts.
    const response = await adapter.fetch(
      new Request(`http://adapter.sandbox${call.path}`, {
        method: 'POST',
        headers: { ...headers, authorization: basicAuth(adapter) },
        body: requestBody,
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
    path: call.path,
    requestId: call.requestId,
    contractVersion: call.settings.contractVersion,
    at,
    durationMs: now() - at,
    status,
    requestHeaders: JSON.stringify(headers),
    requestBody,
    answerHeaders: JSON.stringify(Object.fromEntries(answerHeaders)),
    answerBody,
  });
  return { status, body: answerBody };
}

function toHeaders({ requestId, settings }: Call): Record<string, string> {
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
