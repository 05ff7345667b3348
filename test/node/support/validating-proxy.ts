/**
 * Stands between a black-box test and the Worker, passes everything on, and notes what docs/openapi.json does not
 * declare. A connection that breaks behind it breaks in front of it too.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { judge } from './openapi.ts';

export interface ValidatingProxy {
  readonly url: string;
  /** Exchanges that were judged. */
  judged(): number;
  /** What was not declared, each once. */
  violations(): string[];
  close(): Promise<void>;
}

const flat = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function aValidatingProxy(target: string): Promise<ValidatingProxy> {
  const found = new Set<string>();
  let judged = 0;

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const sent: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => sent.push(chunk));
    const { method = 'GET', url: path = '/' } = incoming;
    // Compression is the transport's: the document is about what is inside.
    const headers = { ...incoming.headers, 'accept-encoding': 'identity' };
    const upstream = request(`${target}${path}`, { method, headers }, (answer) => {
      read(answer).then(
        (bytes) => {
          const exchange = {
            ...{ method, path, requestHeaders: flat(incoming.headers), requestBody: Buffer.concat(sent).toString() },
            ...{ status: answer.statusCode ?? 0, headers: flat(answer.headers), body: bytes.toString() },
          };
          judged++;
          for (const violation of judge(exchange)) found.add(violation);
          outgoing.writeHead(exchange.status, answer.rawHeaders);
          outgoing.end(bytes);
        },
        () => outgoing.destroy(),
      );
    });
    upstream.on('error', () => {
      if (!outgoing.headersSent) outgoing.destroy();
    });
    incoming.on('error', () => upstream.destroy());
    incoming.pipe(upstream);
  }

  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    judged: () => judged,
    violations: () => [...found],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
