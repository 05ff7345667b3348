/**
 * One workerd with all Workers in it, ours and those it is held against, so that a slow moment of the machine meets all.
 * `wrangler dev` is not used: its proxy costs ten times the Worker.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, Response } from 'miniflare';
import { ROOT } from './bundle.ts';
import { findWorkerd, readCpuUs } from './cpu.ts';
import type { Message, Queue } from './queue.ts';

export const CREDENTIALS = { username: 'bench', password: 'bench-only' };

export type WorkerName =
  | 'ours'
  | 'mapped'
  | 'signed'
  | 'pass-through'
  | 'plain-use-offers'
  | 'counting'
  | 'counting-catalog'
  | 'draining';

export interface Setup {
  readonly script: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes what the Worker sends to `env.QUEUE`. */
  readonly queue?: Queue;
}

export interface Row {
  readonly [column: string]: string | number | null;
}

export interface Server {
  urlOf(name: WorkerName): URL;
  /** One statement on a Worker's own database. */
  query(name: WorkerName, sql: string, ...values: (string | number | null)[]): Promise<Row[]>;
  /** CPU time of workerd so far; null where the system does not tell. */
  cpuUs(): number | null;
  /** Where a debugger attaches; only when the server was started for one. */
  inspectorUrlOf(name: WorkerName): Promise<URL>;
  /** Throws when a Worker has logged a warning or an error. */
  assertQuiet(): void;
  stop(): Promise<void>;
}

/** @param inspected slower; for profiles */
export async function startServer(
  setups: Readonly<Partial<Record<WorkerName, Setup>>>,
  upstreamUrl: string,
  inspected = false,
): Promise<Server> {
  const complaints: string[] = [];
  const workers = Object.entries(setups) as [WorkerName, Setup][];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      // No look-up of the machine's place on the network, nothing sent anywhere.
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ level, message }) => {
        if (level === 'warn' || level === 'error') complaints.push(message);
      },
      ...(inspected && { inspectorPort: 0 }),
      workers: workers.map(([name, { script, settings, queue }]) => ({
        name,
        modules: true,
        script,
        compatibilityDate: readCompatibilityDate(),
        d1Databases: { DB: name },
        queueProducers: { DELIVERIES: `deliveries-of-${name}` },
        ...(queue && {
          serviceBindings: {
            QUEUE: async (request) => {
              queue.send((await request.json()) as Message[]);
              return new Response(null, { status: 204 });
            },
          },
        }),
        bindings: {
          AKINON_USERNAME: CREDENTIALS.username,
          AKINON_PASSWORD: CREDENTIALS.password,
          CUSTOMER_HASH_KEY: 'bench-only',
          CONNECTOR: 'http',
          UPSTREAM_URL: upstreamUrl,
          // A slow moment of the machine is no failure of the upstream.
          UPSTREAM_TIMEOUT_MS: '30000',
          ...settings,
        },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      })),
    }),
  );
  try {
    await miniflare.ready;
    const urls = new Map<WorkerName, URL>();
    for (const [name] of workers) {
      urls.set(name, await miniflare.unsafeGetDirectURL(name));
      await prepareDatabase(miniflare, name);
    }
    const pid = findWorkerd();
    return {
      urlOf: (name) => urls.get(name) as URL,
      query: async (name, sql, ...values) => {
        const database = await miniflare.getD1Database('DB', name);
        const { results } = await database
          .prepare(sql)
          .bind(...values)
          .all();
        return results as unknown as Row[];
      },
      inspectorUrlOf: async (name) => new URL(`/core:user:${name}`, await miniflare.getInspectorURL()),
      cpuUs: () => (pid === null ? null : readCpuUs(pid)),
      assertQuiet: () => {
        if (complaints.length > 0) throw new Error(`a Worker complained: ${complaints.slice(0, 3).join('\n')}`);
      },
      stop: () => miniflare.dispose(),
    };
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
}

async function prepareDatabase(miniflare: Miniflare, name: WorkerName): Promise<void> {
  const database = await miniflare.getD1Database('DB', name);
  const migrations = readdirSync(join(ROOT, 'migrations'))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => join(ROOT, 'migrations', file));
  for (const file of [...migrations, join(ROOT, 'src/connectors/catalog/demo.sql')]) {
    // A whole file at once: local D1 runs all its statements, and a trigger's body need not be told from them.
    await database.prepare(readFileSync(file, 'utf8')).run();
  }
  const row = await database.prepare('SELECT count(*) AS campaigns FROM campaigns').first();
  if (!((row as { campaigns: number } | null)?.campaigns ?? 0)) throw new Error(`no demo campaigns in ${name}`);
}

export function readCompatibilityDate(): string {
  const date = /^compatibility_date = "(.+)"$/m.exec(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))?.[1];
  if (date === undefined) throw new Error('wrangler.toml has no compatibility_date');
  return date;
}
