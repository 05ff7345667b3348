/** A fake upstream as a server of its own, on this machine: what it throws is a socket that closes. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { MappedUpstream } from './fakes/mapped-upstreams.ts';

export interface ListeningFake {
  /** The fake's base URL, as it is reached. */
  readonly url: string;
  stop(): Promise<void>;
}

interface Options {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** @param status null where the connection was closed instead */
  readonly onCall?: (method: string, path: string, status: number | null) => void;
}

export async function listen(
  { fetch: answer, baseUrl }: MappedUpstream,
  { port = 0, onCall = () => {} }: Options = {},
): Promise<ListeningFake> {
  const { origin, pathname } = new URL(baseUrl);
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const body = method === 'GET' ? null : await text(request);
    try {
      const answered = await answer(origin + url, { method, body, headers: headers as Record<string, string> });
      onCall(method, url, answered.status);
      response.writeHead(answered.status, Object.fromEntries(answered.headers));
      response.end(await answered.text());
    } catch {
      onCall(method, url, null);
      request.socket.destroy();
    }
  }
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname.replace(/\/$/, '')}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
