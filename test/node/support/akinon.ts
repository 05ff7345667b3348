/** Akinon's calls over real sockets, and a Worker to send them to. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDatabase, signalGroup, spawnWorker, untilHealthy, wrangler } from '../../../scripts/local-worker.ts';

const AUTHORIZATION = `Basic ${Buffer.from('akinon:local-only-password').toString('base64')}`;

export function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(`test/fixtures/akinon/${name}.json`, 'utf8')) as Record<string, unknown>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface LocalWorker {
  readonly url: string;
  readonly stateDir: string;
  post(path: string, body: unknown, requestId: string): Promise<Response>;
  /** Rows of the database on disk; the Worker may be running or not. */
  query<T>(sql: string): Promise<T[]>;
  /** SIGKILL to wrangler and workerd at once, and until they are gone. */
  kill(): Promise<void>;
  /** Starts again on the same state. */
  restart(): Promise<void>;
  /** Ends everything and removes the state. */
  dispose(): Promise<void>;
}

/** The built Worker under `wrangler dev`, on a fresh database with the demo catalog. */
export async function aLocalWorker(): Promise<LocalWorker> {
  const stateDir = mkdtempSync(join(tmpdir(), 'offerbridge-'));
  await prepareDatabase(stateDir);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess;

  async function start(): Promise<void> {
    child = spawnWorker({ port, stateDir, envFile: '.dev.vars.example', stdio: 'pipe', ownGroup: true });
    // An unread pipe would stop the Worker once it is full.
    child.stdout?.resume();
    child.stderr?.resume();
    await untilHealthy(url, child);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const gone = new Promise((resolve) => child.once('close', resolve));
    signalGroup(child, signal);
    await gone;
  }

  await start();
  return {
    url,
    stateDir,
    post: (path, body, requestId) =>
      fetch(url + path, {
        method: 'POST',
        headers: {
          authorization: AUTHORIZATION,
          'content-type': 'application/json',
          'x-akinon-request-id': requestId,
          'x-akinon-api-version': 'v2',
          'x-app-device': 'default',
        },
        body: JSON.stringify(body),
      }),
    async query<T>(sql: string) {
      const output = await wrangler(
        'd1',
        'execute',
        'DB',
        '--local',
        '--persist-to',
        stateDir,
        '--json',
        '--command',
        sql,
      );
      const [{ results }] = JSON.parse(output.slice(output.indexOf('['))) as [{ results: T[] }];
      return results;
    },
    kill: () => end('SIGKILL'),
    restart: start,
    async dispose() {
      await end('SIGKILL').catch(() => {});
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
