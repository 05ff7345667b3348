import { execFile, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../../conformance/checks/index.ts';
import { toCurl } from '../../../conformance/curl.ts';
import type { Exchange } from '../../../conformance/exchange.ts';
import { IN_ENVIRONMENT } from './command.ts';
import { CREDENTIALS, listen, type ReferenceServer } from './reference-server.ts';
import { runOn } from './run-suite.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** What arrives, without what every client says in its own way. */
interface Arrived {
  readonly line: string;
  readonly headers: string[];
  readonly body: string;
}

describe.skipIf(!hasCurl)('a request as a curl command', () => {
  const arrived: Arrived[] = [];
  let server: ReferenceServer;
  let exchanges: readonly Exchange[];

  beforeAll(async () => {
    server = await listen(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = Object.entries(request.headers)
        .filter(([name, value]) => !(name === 'x-akinon-request-id' && value === '') && !OWN_HEADERS.includes(name))
        .map(([name, value]) => `${name}: ${value}`);
      arrived.push({
        line: `${request.method} ${request.url}`,
        headers: headers.sort(),
        body: Buffer.concat(chunks).toString(),
      });
      response.setHeader('content-type', 'application/json').end('[]');
    });
    // One of each kind is enough: the first request of every check but the plain ones.
    ({ exchanges } = await runOn(server.url, { version: 'v2' }));
  });
  afterAll(() => server.close());

  it('sends again what was sent', async () => {
    const first = CHECKS.map(({ id }) => exchanges.findIndex(({ origin }) => origin.check === id)).filter(
      (index) => index >= 0,
    );
    for (const index of first) {
      const exchange = exchanges[index] as Exchange;
      const command = toCurl(exchange);
      expect(command.length).toBeLessThan(20_000);
      if (/too long to show/.test(command)) continue;
      const before = arrived.length;
      await sh(command);
      expect(arrived.slice(before), exchange.origin.check).toEqual([arrived[index]]);
    }
  });

  it('never holds the password', () => {
    const token = Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64');
    for (const exchange of exchanges) {
      expect(toCurl(exchange)).not.toContain(CREDENTIALS.password);
      expect(toCurl(exchange)).not.toContain(token);
    }
  });
});

const OWN_HEADERS = ['user-agent', 'connection', 'content-length', 'host', 'expect'];

function sh(command: string): Promise<void> {
  const env = { ...process.env, ...IN_ENVIRONMENT };
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', command], { env, maxBuffer: 1e6 }, (error) => (error === null ? resolve() : reject(error)));
  });
}
