/**
 * The reference upstream as a Node server on loopback: what `npm run upstream` starts, and what tests put behind a
 * built Worker. How it is told to misbehave and what it can be asked is `CONTROL_HELP` in upstream/control.ts, which
 * `npm run upstream -- --help` prints; a test in the same process may use the returned `upstream` directly.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Upstream, type UpstreamOptions } from './upstream/core.ts';

export interface RunningUpstream {
  /** What to set as `UPSTREAM_URL`. */
  readonly url: string;
  readonly upstream: Upstream;
  /** Cuts every connection. */
  stop(): Promise<void>;
}

/** @param options port 0, the default, takes a free one */
export async function startUpstream(options: UpstreamOptions & { port?: number } = {}): Promise<RunningUpstream> {
  const upstream = new Upstream(options);
  const server = createServer((request, response) => {
    respond(upstream, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${options.basePath ?? ''}`,
    upstream,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(upstream: Upstream, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const call = {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    body: new Uint8Array(await buffer(request)),
  };
  const answer = await upstream.handle(call, gone.signal);
  if (answer === 'reset') return void response.destroy();
  response.writeHead(answer.status, answer.headers);
  try {
    for (const chunk of answer.body) {
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch {
    // It is to break off here, or nobody reads it any more. What was written leaves first.
    setImmediate(() => response.socket?.end());
  }
}
