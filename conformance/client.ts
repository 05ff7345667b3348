/**
 * Sends requests, and only to the given URL. On node:http rather than fetch: an answer that comes while a large body is
 * still being sent must be seen, a redirect must not be followed, and the bytes must be those that were sent. Each
 * request has a connection of its own, so that a server closing an idle one is no failure.
 */
import http from 'node:http';
import https from 'node:https';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Answer, Ask, Auth, Exchange, Origin } from './exchange.ts';

/** A full run of both versions sends about 500; a server that settles slowly is asked more often. */
export const MAX_REQUESTS = 700;
/** A server that answers in half a second is judged completely within it. */
export const MAX_RUN_MS = 5 * 60_000;
/** So many refused connections one after the other: nobody is there any more. */
const GONE_AFTER = 5;
/** No answer of the contract comes near it. */
export const MAX_ANSWER_BYTES = 1024 * 1024;
/** All answers are kept until the end, where they are judged together. */
export const MAX_KEPT_BYTES = 32 * 1024 * 1024;
/** Larger bodies are sent piece by piece, so that an early answer is read before a write fails. */
const PIECE_BYTES = 64 * 1024;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface ClientOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
  /** Ends the run: the request under way is given up and no other is sent. */
  readonly signal?: AbortSignal | undefined;
  readonly maxRequests?: number | undefined;
  readonly maxRunMs?: number | undefined;
}

export interface Client {
  readonly url: string;
  readonly credentials: Credentials;
  readonly exchanges: readonly Exchange[];
  /** Why nothing is sent any more; null while something is. */
  stopped(): string | null;
  /** Never rejects: what went wrong is in the exchange. */
  send(ask: Ask, origin: Origin): Promise<Exchange>;
}

export function createClient(options: ClientOptions): Client {
  const { url, credentials, timeoutMs, signal, maxRequests = MAX_REQUESTS, maxRunMs = MAX_RUN_MS } = options;
  const exchanges: Exchange[] = [];
  const startedAt = performance.now();
  let sent = 0;
  let keptBytes = 0;

  const stopped = () => {
    if (signal?.aborted) return 'the run was interrupted';
    if (keptBytes > MAX_KEPT_BYTES) return `the answers are larger than ${MAX_KEPT_BYTES / 1024 / 1024} MB together`;
    if (isGone(exchanges)) return `nothing listens there any more (${GONE_AFTER} connections in a row were refused)`;
    if (sent >= maxRequests) return `the run has sent its ${maxRequests} requests`;
    if (performance.now() - startedAt >= maxRunMs) return `the run has taken its ${Math.round(maxRunMs / 1000)} s`;
    return null;
  };

  return {
    url,
    credentials,
    exchanges,
    stopped,
    async send(ask, origin) {
      const target = url + ask.path;
      const why = stopped();
      if (why !== null) return { origin, url: target, ask, ms: 0, answer: null, error: `not sent: ${why}` };
      sent += 1;
      const leftMs = Math.max(1, maxRunMs - (performance.now() - startedAt));
      const before = performance.now();
      const outcome = await transmit(target, ask, credentials, Math.min(timeoutMs, leftMs), signal);
      const exchange = { origin, url: target, ask, ms: performance.now() - before, ...outcome };
      exchanges.push(exchange);
      keptBytes += exchange.answer?.bytes.length ?? 0;
      return exchange;
    },
  };
}

function isGone(exchanges: readonly Exchange[]): boolean {
  const last = exchanges.slice(-GONE_AFTER);
  return last.length === GONE_AFTER && last.every(({ error }) => error === REFUSED);
}

/** The header's value, or null for none. */
export function authorizationOf(auth: Auth, credentials: Credentials): string | null {
  if (auth.kind === 'none') return null;
  if (auth.kind === 'made-up') return auth.value;
  const { scheme = 'Basic', username = credentials.username, password = credentials.password } = auth;
  return `${scheme} ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function headersOf({ headers, auth, body, chunked }: Ask, credentials: Credentials): Record<string, string> {
  const authorization = authorizationOf(auth, credentials);
  return {
    ...headers,
    ...(authorization === null ? {} : { authorization }),
    ...(body === null
      ? {}
      : chunked
        ? { 'transfer-encoding': 'chunked' }
        : { 'content-length': `${body.bytes.length}` }),
  };
}

type Outcome = Pick<Exchange, 'answer' | 'error'>;

function transmit(url: string, ask: Ask, credentials: Credentials, timeoutMs: number, signal?: AbortSignal) {
  return new Promise<Outcome>((resolve) => {
    const send = url.startsWith('https:') ? https.request : http.request;
    const request = send(url, { method: ask.method, headers: headersOf(ask, credentials), agent: false });
    const chunks: Buffer[] = [];
    let head: Omit<Answer, 'bytes'> | null = null;
    let size = 0;
    let isOver = false;

    const finish = (error: string | null) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      request.destroy();
      resolve({ answer: head === null ? null : { ...head, bytes: Buffer.concat(chunks) }, error });
    };
    const onAbort = () => finish('the run was interrupted');
    const timer = setTimeout(() => finish(`no complete answer within ${Math.round(timeoutMs)} ms`), timeoutMs);
    signal?.addEventListener('abort', onAbort);

    request.on('response', (response) => {
      head = { status: response.statusCode ?? 0, headers: joined(response.rawHeaders) };
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) finish(`the answer is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MB`);
        else chunks.push(chunk);
      });
      response.on('end', () => finish(response.complete ? null : CUT));
      response.on('error', () => finish(CUT));
      response.on('close', () => finish(CUT));
    });
    // Once an answer has begun, its own events tell how it ended.
    request.on('error', (error) => head === null && finish(inWords(error)));
    request.on('close', () => head === null && finish('the connection was closed without an answer'));
    write(request, ask.body?.bytes ?? null).catch(() => {});
  });
}

const REFUSED = 'nothing listens there (connection refused)';
const CUT = 'the connection was cut before the answer was complete';

async function write(request: http.ClientRequest, bytes: Buffer | null): Promise<void> {
  if (bytes === null || bytes.length <= PIECE_BYTES) {
    request.end(bytes ?? undefined);
    return;
  }
  for (let from = 0; from < bytes.length && !request.destroyed; from += PIECE_BYTES) {
    const hasRoom = request.write(bytes.subarray(from, from + PIECE_BYTES));
    if (!hasRoom) await untilDrained(request);
    await nextTurn();
  }
  if (!request.destroyed) request.end();
}

function untilDrained(request: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      request.off('drain', go).off('close', go);
      resolve();
    };
    request.on('drain', go).on('close', go);
  });
}

function joined(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

function inWords(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return REFUSED;
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'the host name is not known';
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return 'the connection was closed without an answer';
  if (error.code?.startsWith('HPE_')) return `the answer is not HTTP (${error.code})`;
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(error.code ?? '')) return `its certificate is not trusted (${error.code})`;
  if (error.code === 'EPROTO') return 'there is no TLS there (is it http:// ?)';
  return error.message || String(error.code);
}
