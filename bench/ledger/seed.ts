/** Fills a local D1 with generated data, straight into the file: through D1 itself it would take an hour. */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { wrangler } from '../../scripts/local-worker.ts';
import { CommandError } from '../../scripts/ops/d1.ts';
import { group } from '../table.ts';
import { generate } from './generated.sql.ts';

/** Beside the database, once everything is in it. */
const MARK = 'generated.json';
/** Rows of a transaction, and of a line of progress. */
const CHUNK = 250_000;

export interface Seeded {
  readonly orders: number;
  /** Epoch milliseconds: when it was filled. */
  readonly now: number;
}

/**
 * Migrates, and fills a ledger that is empty.
 * @param orders undefined = as many as there are, or a million
 */
export async function seedOnce(stateDir: string, orders?: number): Promise<Seeded> {
  await wrangler('d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', stateDir);
  const mark = join(stateDir, MARK);
  if (existsSync(mark)) {
    const seeded = JSON.parse(readFileSync(mark, 'utf8')) as Seeded;
    if (orders === undefined || orders === seeded.orders) return seeded;
    throw new CommandError(
      `${stateDir} holds ${group(seeded.orders)} generated orders: remove it, or name another --state-dir`,
    );
  }
  const seeded = { orders: orders ?? 1_000_000, now: Date.now() };
  const database = new DatabaseSync(findDatabase(stateDir));
  try {
    // What is there is somebody's, or was left by a run that did not come to its end.
    if (database.prepare('SELECT 1 FROM usages UNION ALL SELECT 1 FROM issued_baskets LIMIT 1').get() !== undefined) {
      throw new CommandError(`${stateDir} holds data that is not, or not wholly, generated: name an empty --state-dir`);
    }
    fill(database, seeded);
  } finally {
    database.close();
  }
  const about = 'Everything in the database of this folder is generated: npm run bench:ledger';
  writeFileSync(mark, `${JSON.stringify({ about, ...seeded }, null, 2)}\n`);
  return seeded;
}

function fill(database: DatabaseSync, { orders, now }: Seeded): void {
  // A run that is cut short leaves no mark, and begins anew.
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY');
  for (const { name, count, sql } of generate(orders, now).steps) {
    const insert = database.prepare(sql);
    let rows = 0;
    for (let from = 1; from <= count; from += CHUNK) {
      // As integers: a number would arrive as a float.
      rows += Number(insert.run(BigInt(from), BigInt(Math.min(count, from + CHUNK - 1))).changes);
    }
    console.log(`… ${name}: ${group(rows)}`);
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** Miniflare's file of the only D1 that wrangler.toml has. */
function findDatabase(stateDir: string): string {
  const folder = join(stateDir, 'v3/d1/miniflare-D1DatabaseObject');
  const [file] = globSync('*[0-9a-f].sqlite', { cwd: folder }).filter((name) => !name.startsWith('metadata'));
  if (file === undefined) throw new Error(`there is no database in ${folder}`);
  return join(folder, file);
}
