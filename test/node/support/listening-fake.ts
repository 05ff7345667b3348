/** A fake upstream as a server of its own: what it throws is a socket that closes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { MappedUpstream } from '../../workerd/support/fakes/mapped-upstreams.ts';

const servers: Server[] = [];

/** @returns the fake's base URL, as it is reached */
export async function listen({ fetch: answer, baseUrl }: MappedUpstream): Promise<string> {
  const { origin, pathname } = new URL(baseUrl);
  const server = createServer((request, response) => void handle(request, response));
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const body = method === 'GET' ? null : await text(request);
    try {
      const answered = await answer(origin + url, { method, body, headers: headers as Record<string, string> });
      response.writeHead(answered.status, Object.fromEntries(answered.headers));
      response.end(await answered.text());
    } catch {
      request.socket.destroy();
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}${pathname.replace(/\/$/, '')}`;
}

export function stopListening(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}
