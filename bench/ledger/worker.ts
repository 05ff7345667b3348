/** The counting Worker upon a database on disk, in a workerd of its own. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, Response } from 'miniflare';
import { bundleWorker, ROOT } from '../bundle.ts';
import { readCounts } from '../counts.ts';
import { CREDENTIALS, type Row, readCompatibilityDate } from '../server.ts';
import { startUpstream } from '../upstream.ts';

const NAME = 'counting';
/** Upon the same database, with the connector that has a page of its own. */
const CATALOG = 'counting-catalog';
const OPERATOR = 'bench:bench-only';
const digest = createHash('sha256').update(OPERATOR).digest('hex');

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly statements: number;
  readonly rowsRead: number;
  readonly ms: number;
}

export interface LedgerWorker {
  /** As an operator of the console. */
  ask(path: string, method?: string, form?: URLSearchParams): Promise<Answer>;
  query(sql: string, ...values: (string | number)[]): Promise<Row[]>;
  /** What it has logged as an error. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

export async function startLedgerWorker(stateDir: string): Promise<LedgerWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'offerbridge-bench-'));
  const complaints: string[] = [];
  const upstream = await startUpstream();
  try {
    const { script } = await bundleWorker(folder, 'bench/workers/counting.js');
    const miniflare = new Miniflare({
      ...convertV4MiniflareOptions({
        cf: false,
        telemetry: { enabled: false },
        handleStructuredLogs: ({ level, message }) => {
          if (level === 'error') complaints.push(message);
        },
        workers: [NAME, CATALOG].map((name) => ({
          name,
          modules: true,
          script,
          compatibilityDate: readCompatibilityDate(),
          // As wrangler names it, which has no database_id to go by.
          d1Databases: { DB: 'DB' },
          serviceBindings: {
            ASSETS: ({ url }) => new Response(readFileSync(join(ROOT, 'src/public', new URL(url).pathname))),
          },
          bindings: {
            AKINON_USERNAME: CREDENTIALS.username,
            AKINON_PASSWORD: CREDENTIALS.password,
            OPS_USERS: `bench:operator:${digest}`,
            CONNECTOR: name === CATALOG ? 'catalog' : 'http',
            UPSTREAM_URL: upstream.url,
            ALERT_WEBHOOK_URL: `${upstream.url}/alerts`,
            ALERT_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24).toString('base64')}`,
          },
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
        })),
      }),
      resourcePersistencePath: join(stateDir, 'v3'),
    });
    await miniflare.ready;
    const ours = await miniflare.unsafeGetDirectURL(NAME);
    const catalog = await miniflare.unsafeGetDirectURL(CATALOG);
    const database = await miniflare.getD1Database('DB', NAME);
    return {
      complaints,
      async ask(path, method = 'GET', form) {
        const url = path.startsWith('/ops/catalog') ? catalog : ours;
        const startedAt = performance.now();
        const response = await fetch(new URL(path, url), {
          method,
          redirect: 'manual',
          headers: { authorization: `Basic ${btoa(OPERATOR)}`, origin: url.origin },
          ...(form !== undefined && { body: form }),
        });
        const text = await response.text();
        const ms = performance.now() - startedAt;
        const { statements, rowsRead } = readCounts({ headers: Object.fromEntries(response.headers) });
        const type = response.headers.get('content-type') ?? '';
        return { status: response.status, type, text, statements, rowsRead, ms };
      },
      async query(sql, ...values) {
        const { results } = await database
          .prepare(sql)
          .bind(...values)
          .all();
        return results as unknown as Row[];
      },
      async stop() {
        await miniflare.dispose();
        await upstream.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
