/**
 * A small server that follows the contract in both versions, written from the documents. It shows that every check can
 * be passed; with faults, see broken-servers.ts, that every check can fail.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { offersFor, type Version } from './reference-offers.ts';
import { type Fault, read } from './reference-reading.ts';

export const CREDENTIALS = { username: 'reference', password: 's3cret:with colon & "quotes"' } as const;
const MAX_BODY_BYTES = 1024 * 1024;

export interface Incoming {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Names as they were sent. */
  readonly names: readonly string[];
  body: string;
}

export interface Outgoing {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

type Answered = Outgoing | 'hang up';

/** What a broken server does otherwise. */
export interface Faults {
  /** Changes a request before the server looks at it, answers in its place, or hangs up. */
  readonly request?: (incoming: Incoming) => undefined | Answered;
  readonly answer?: (outgoing: Outgoing, incoming: Incoming) => Answered | Promise<Answered>;
  /** What tells one redemption from another; the order by default. */
  readonly redemptionKey?: (usage: Usage) => string;
  /** What tells one usage from another under the same request id; the order and the set of discounts by default. */
  readonly fingerprint?: (usage: Usage) => string;
}

export interface Usage {
  readonly requestId: string;
  readonly order: string;
  readonly basketId: number;
  readonly usedDiscounts: readonly string[];
  readonly text: string;
}

export interface ReferenceServer {
  readonly url: string;
  readonly requests: () => number;
  close(): Promise<void>;
}

export async function startReferenceServer(faults: Faults = {}): Promise<ReferenceServer> {
  const answer = createAnswers(faults);
  let requests = 0;
  return listen(
    async (request, response) => {
      requests += 1;
      const body = await readBody(request);
      const outgoing = await answer(toIncoming(request, body ?? ''), body === null);
      if (outgoing === 'hang up') response.destroy();
      else reply(response, outgoing);
    },
    () => requests,
  );
}

/** Any handler on a free port of loopback. */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
  requests = () => 0,
): Promise<ReferenceServer> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Null when it is too large; the rest is read and thrown away, so that the answer arrives. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.on('error', () => {})) {
    size += (chunk as Buffer).length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk as Buffer);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString();
}

function toIncoming(request: IncomingMessage, body: string): Incoming {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
  return { method: request.method ?? '', path: request.url ?? '', headers, names, body };
}

function reply(response: ServerResponse, { status, headers, body }: Outgoing): void {
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers }).end(body);
}

const JSON_TYPE = { 'content-type': 'application/json' };

export function problem(status: number, code: string, field: string, message: string): Outgoing {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ errors: [{ code, field, message }] }) };
}

function createAnswers(faults: Faults) {
  /** Redemptions of a basket: keys of order and discount. */
  const redeemed = new Map<number, Set<string>>();
  const seen = new Map<string, string>();

  const answerTo = (incoming: Incoming): Answered => {
    const own = faults.request?.(incoming);
    if (own !== undefined) return own;
    const refused = refuseHead(incoming);
    if (refused !== null) return refused;
    const version = incoming.headers['x-akinon-api-version'] as Version;
    const request = read(incoming.body, incoming.path === '/offers' ? 'offers' : 'usage');
    if (request.fault !== null) return badField(request.fault);
    if (incoming.path === '/offers') {
      const count = redeemed.get(request.basketId)?.size ?? 0;
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify(offersFor(request.items, version, count)) };
    }
    return use({ ...request, requestId: incoming.headers['x-akinon-request-id'] ?? '', text: incoming.body });
  };

  const use = (usage: Usage): Outgoing => {
    const { fingerprint = ordinary, redemptionKey = ({ order }) => order } = faults;
    const known = seen.get(usage.requestId);
    if (known !== undefined && known !== fingerprint(usage)) {
      return problem(422, 'request_id_reused', 'x-akinon-request-id', 'used before for something else');
    }
    seen.set(usage.requestId, fingerprint(usage));
    const own = redeemed.get(usage.basketId) ?? new Set();
    own.add(redemptionKey(usage));
    redeemed.set(usage.basketId, own);
    return { status: 200, headers: known === undefined ? {} : { 'idempotent-replayed': 'true' }, body: '' };
  };

  return async (incoming: Incoming, isTooLarge: boolean): Promise<Answered> => {
    const outgoing = isTooLarge ? problem(413, 'too_large', '', 'at most 1 MB') : answerTo(incoming);
    return outgoing === 'hang up' || faults.answer === undefined ? outgoing : faults.answer(outgoing, incoming);
  };
}

const ordinary = ({ order, usedDiscounts }: Usage) => JSON.stringify([order, [...usedDiscounts].sort()]);

function badField({ field, message }: Fault): Outgoing {
  return problem(400, field === '' ? 'invalid_json' : 'invalid_field', field, message);
}

/** Path, method, credentials and headers, in this order, before the body. */
function refuseHead({ path, method, headers }: Incoming): Outgoing | null {
  if (path !== '/offers' && path !== '/use-offers') return problem(404, 'not_found', '', 'no such path');
  if (method !== 'POST') {
    const refused = problem(405, 'method_not_allowed', '', 'use POST');
    return { ...refused, headers: { ...refused.headers, allow: 'POST' } };
  }
  const [scheme = '', token = ''] = (headers.authorization ?? '').split(' ');
  const wanted = Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64');
  if (scheme.toLowerCase() !== 'basic' || token !== wanted) {
    const refused = problem(401, 'authentication_failed', '', 'send the right user name and password');
    return { ...refused, headers: { ...refused.headers, 'www-authenticate': 'Basic realm="reference"' } };
  }
  const version = headers['x-akinon-api-version'];
  const mandatory = ['x-akinon-request-id', 'x-akinon-api-version', ...(version === 'v2' ? ['x-app-device'] : [])];
  const missing = mandatory.find((name) => (headers[name] ?? '') === '');
  if (missing !== undefined) return problem(400, 'missing_header', missing, 'the header is mandatory');
  if (version !== 'v1' && version !== 'v2')
    return problem(400, 'unsupported_version', 'x-akinon-api-version', 'v1 or v2');
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return problem(415, 'unsupported_media_type', 'content-type', 'send application/json');
  }
  return null;
}
