/**
 * One workerd with ours, the plain Workers and the counting one in it, so that a slow moment of the machine meets all.
 * `wrangler dev` is not used: its proxy costs ten times the Worker.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { ROOT } from './bundle.ts';

export const CREDENTIALS = { username: 'bench', password: 'bench-only' };

export type WorkerName = 'ours' | 'plain-offers' | 'plain-use-offers' | 'counting';

export interface Row {
  readonly [column: string]: string | number | null;
}

export interface Server {
  urlOf(name: WorkerName): URL;
  /** One statement on a Worker's own database. */
  query(name: WorkerName, sql: string, ...values: (string | number | null)[]): Promise<Row[]>;
  /** CPU time of workerd so far; null where the system does not tell. */
  cpuUs(): number | null;
  /** Throws when a Worker has logged a warning or an error. */
  assertQuiet(): void;
  stop(): Promise<void>;
}

export async function startServer(scripts: Readonly<Record<WorkerName, string>>): Promise<Server> {
  const complaints: string[] = [];
  const names = Object.keys(scripts) as WorkerName[];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      // No look-up of the machine's place on the network, nothing sent anywhere.
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ level, message }) => {
        if (level === 'warn' || level === 'error') complaints.push(message);
      },
      workers: names.map((name) => ({
        name,
        modules: true,
        script: scripts[name],
        compatibilityDate: readCompatibilityDate(),
        d1Databases: { DB: name },
        queueProducers: { DELIVERIES: `deliveries-of-${name}` },
        bindings: {
          AKINON_USERNAME: CREDENTIALS.username,
          AKINON_PASSWORD: CREDENTIALS.password,
          CUSTOMER_HASH_KEY: 'bench-only',
          CONNECTOR: 'catalog',
        },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      })),
    }),
  );
  try {
    await miniflare.ready;
    const urls = new Map<WorkerName, URL>();
    for (const name of names) {
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

function readCompatibilityDate(): string {
  const date = /^compatibility_date = "(.+)"$/m.exec(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))?.[1];
  if (date === undefined) throw new Error('wrangler.toml has no compatibility_date');
  return date;
}

/** The workerd that this process started, or null without a /proc to look in. */
function findWorkerd(): number | null {
  try {
    for (const entry of readdirSync('/proc')) {
      const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : null;
      if (stat?.name === 'workerd' && stat.parent === process.pid) return Number(entry);
    }
  } catch {
    // Not Linux.
  }
  return null;
}

/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

function readCpuUs(pid: number): number {
  const stat = readStat(pid);
  if (stat === null) throw new Error('workerd has ended');
  return (stat.ticks / TICKS_PER_SECOND) * 1_000_000;
}

/** @see proc_pid_stat(5): the name stands in brackets and may itself hold any character. */
function readStat(pid: number): { name: string; parent: number; ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    // Counted from field 3: ppid is field 4, utime and stime are 14 and 15.
    return {
      name: text.slice(text.indexOf('(') + 1, end),
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
    };
  } catch {
    return null;
  }
}
