/** Akinon's calls over real sockets, and a Worker to send them to. */
import type { ChildProcess } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { prepareDatabase, signalGroup, spawnWorker, sweep, untilHealthy } from '../../../scripts/local-worker.ts';
import { DEFAULT_SETTINGS } from '../../support/default-settings.ts';
import { aValidatingProxy } from './validating-proxy.ts';

const SECRETS = '.dev.vars.example';
const secrets = readFileSync(SECRETS, 'utf8');
const DEFAULT_VARS = Object.fromEntries(
  Object.entries(DEFAULT_SETTINGS).filter(([name]) => !secrets.includes(`\n${name}=`)),
);

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
  /** Of a proxy that holds every exchange against docs/openapi.json; what it finds fails `dispose`. */
  readonly url: string;
  readonly stateDir: string;
  /** Exchanges that the proxy has held against the document. */
  judged(): number;
  post(path: string, body: unknown, requestId: string): Promise<Response>;
  /** What cron would do each minute. */
  sweep(): Promise<void>;
  /** One statement on the database on disk; the Worker may be running or not. */
  query<T>(sql: string): Promise<T[]>;
  /** SIGKILL to wrangler and workerd at once, and until they are gone. */
  kill(): Promise<void>;
  /** Starts again on the same state. */
  restart(): Promise<void>;
  /** Ends everything and removes the state. */
  dispose(): Promise<void>;
}

/** Where the local D1 keeps its one database. */
function databaseFile(stateDir: string): string {
  const [file] = globSync(join(stateDir, 'v3/d1/*/*.sqlite')).filter((name) => !name.endsWith('metadata.sqlite'));
  if (file === undefined) throw new Error(`no database below ${stateDir}`);
  return file;
}

/** The built Worker under `wrangler dev`, on a fresh database with the demo catalog. */
export async function aLocalWorker(changed: Readonly<Record<string, string>> = {}): Promise<LocalWorker> {
  const vars = { ...DEFAULT_VARS, ...changed };
  const stateDir = mkdtempSync(join(tmpdir(), 'offerbridge-'));
  await prepareDatabase(stateDir);
  const port = await freePort();
  const own = `http://127.0.0.1:${port}`;
  const proxy = await aValidatingProxy(own);
  const { url } = proxy;
  let child: ChildProcess;

  async function start(): Promise<void> {
    child = spawnWorker({ port, stateDir, envFile: SECRETS, vars, stdio: 'pipe', ownGroup: true });
    // An unread pipe would stop the Worker once it is full.
    child.stdout?.resume();
    child.stderr?.resume();
    await untilHealthy(own, child);
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
    judged: proxy.judged,
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
    sweep: () => sweep(own),
    async query<T>(sql: string) {
      const database = new DatabaseSync(databaseFile(stateDir), { timeout: 5000 });
      try {
        return database.prepare(sql).all() as T[];
      } finally {
        database.close();
      }
    },
    kill: () => end('SIGKILL'),
    restart: start,
    async dispose() {
      await end('SIGKILL').catch(() => {});
      await proxy.close();
      rmSync(stateDir, { recursive: true, force: true });
      const violations = proxy.violations();
      if (violations.length > 0) throw new Error(`not as docs/openapi.json says:\n${violations.join('\n')}`);
    },
  };
}
