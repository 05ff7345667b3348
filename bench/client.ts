/** A small HTTP client on loopback with connections that stay open: what Akinon is to the Worker. */
import { Agent, request } from 'node:http';
import { CREDENTIALS } from './server.ts';

const AUTHORIZATION = `Basic ${Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64')}`;

export interface Call {
  readonly path: string;
  readonly requestId: string;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

export class Client {
  private readonly base: URL;
  private readonly agent: Agent;

  constructor(base: URL, connections: number) {
    this.base = base;
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send({ path, requestId, body }: Call, method = 'POST'): Promise<Reply> {
    const headers = {
      authorization: AUTHORIZATION,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-akinon-request-id': requestId,
      'x-akinon-api-version': 'v2',
      'x-app-device': 'default',
    };
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.base;
      const sent = request({ hostname, port, path, method, headers, agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Sends, and throws unless it is answered with 200. */
  async ask(call: Call): Promise<Reply> {
    const reply = await this.send(call);
    if (reply.status !== 200) throw new Error(`${call.path} answered ${reply.status}: ${reply.body.slice(0, 300)}`);
    return reply;
  }

  close(): void {
    this.agent.destroy();
  }
}
