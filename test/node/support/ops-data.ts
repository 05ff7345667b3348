/** A database as ops meets it, with an order in every state, and the commands that look at it. */
import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { wrangler } from '../../../scripts/local-worker.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A little while ago, so that what is counted by day is counted. */
export const NOW = Date.now() - HOUR;

/** What an upstream might say to take over a terminal. */
export const HOSTILE = '\u001b[2J\u009b31mno\u202e such member\u0007';
/** Hash of `jane@shop.example` under the key `ops-test-key`. */
export const JANE = 'fbdc40d5502ab847e2bdcc755201fc7bfd4ab6965e389ca8089c8dd9cfa21f33';

type Value = string | number | null;
const quoted = (value: Value) =>
  value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
const insert = (table: string, row: Record<string, Value>) =>
  `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(quoted).join(', ')});`;

const CHANNEL = '{"device":"default","storeId":"s-1","storeRemoteId":null,"staffId":"staff-9","staffRemoteId":null}';
let usageId = 0;

interface Line {
  state: string;
  type?: string;
  amount?: Value;
  currency?: string | null;
  reason?: string;
  uncertain?: 1;
  reference?: string;
  upstream_ref?: string;
}

function anOrder(
  orderKey: string,
  basketId: number,
  lines: Record<string, Line>,
  delivery: Record<string, Value> = {},
  at = NOW - DAY,
): string[] {
  const id = ++usageId;
  const ids = JSON.stringify(Object.keys(lines));
  return [
    insert('usages', {
      ...{ id, request_id: `req-${id}`, claim_id: `claim-${id}`, fingerprint: `print-${id}`, order_key: orderKey },
      ...{ basket_id: basketId, basket_version: 1, used_discounts: ids, channel: CHANNEL, received_at: at },
    }),
    ...Object.entries(lines).map(([discount_id, line]) =>
      insert('used_discounts', {
        ...{ order_key: orderKey, discount_id, usage_id: id, recorded_at: at },
        ...{ type: 'BASKET', amount: 2550, currency: 'TRY' },
        settled_at: ['due', 'unrecognised'].includes(line.state) ? null : at + MINUTE,
        ...line,
      }),
    ),
    insert('deliveries', {
      ...{ order_key: orderKey, usage_id: id, state: 'done', attempts: 1, opened_at: at, done_at: at + MINUTE },
      ...{ channel: CHANNEL, snapshot: `{"id":${basketId},"items":[]}`, ...delivery },
    }),
    insert('issued_baskets', { basket_id: basketId, version: 1, offers: '{}', seen_at: at }),
  ];
}

const attempt = (order_key: string, fence: number, outcome: string, detail: string | null, at = NOW - HOUR) =>
  insert('delivery_attempts', {
    ...{ order_key, fence, started_at: at, duration_ms: 184, outcome, detail },
    status: { delivered: 200, refused: 422 }[outcome] ?? 503,
  });

function seed(): string {
  usageId = 0;
  return [
    ...anOrder('o:ORD-1001', 31, {
      'spring-15': { state: 'delivered', upstream_ref: 'r_8812', reference: '{"memberId":"m-17"}' },
      'free-shipping': { state: 'not_required', type: 'SHIPPING', amount: null, currency: null },
    }),
    attempt('o:ORD-1001', 1, 'delivered', null, NOW - DAY),
    ...anOrder('o:ORD-1002', 32, {
      'points-100': { state: 'dead', type: 'LOYALTY_POINT', amount: '100.5', currency: null, reason: 'exhausted' },
    }),
    attempt('o:ORD-1002', 1, 'later', 'status 503: upstream busy'),
    ...anOrder('o:ORD-1003', 33, { 'birthday-50': { state: 'unrecognised', amount: null, currency: null } }),
    ...anOrder(
      'o:ORD-1004',
      34,
      { 'spring-15': { state: 'due' }, 'tea-10': { state: 'due', amount: 1000 } },
      { state: 'due', due_at: NOW + 2 * HOUR, done_at: null, attempts: 3, last_outcome: 'later' },
      NOW - HOUR,
    ),
    attempt('o:ORD-1004', 3, 'later', 'status 503: upstream busy'),
    ...anOrder(
      'o:ORD-1005',
      35,
      {
        'spring-15': { state: 'dead', reason: 'exhausted', uncertain: 1 },
        'tea-10': { state: 'rejected', amount: 1000, reason: HOSTILE, reference: '{"memberId":"m-18"}' },
      },
      { last_outcome: 'unknown', call_lines: '["spring-15"]', unknown_call: 'the very text' },
    ),
    ...anOrder(
      'o:ORD-1006',
      36,
      { 'spring-15': { state: 'due' }, 'tea-10': { state: 'dead', reason: 'crash_loop' } },
      { state: 'leased', due_at: NOW + 2 * HOUR, done_at: null, fence: 2 },
    ),
    ...anOrder('o:ORD-1007', 37, { 'tea-10': { state: 'rejected', amount: 1000, reason: 'the campaign is over' } }),
    attempt('o:ORD-1007', 1, 'refused', 'status 422: the campaign is over'),
    ...anOrder('b:77:1758310922044282', 77, { 'yen-5': { state: 'delivered', amount: 500, currency: 'JPY' } }),
    ...anOrder('o:7', 78, { a: { state: 'rejected', reason: 'seven' } }),
    ...anOrder('o:o:7', 79, { b: { state: 'rejected', reason: 'a number with a colon' } }),
    insert('usage_conflicts', {
      ...{ request_id: 'req-1', fingerprint: 'other', order_key: 'o:ORD-1999', basket_id: 31, channel: CHANNEL },
      ...{ used_discounts: '["spring-15","tea-10"]', times: 2, first_at: NOW, last_at: NOW, snapshot: '{"id":31}' },
    }),
    insert('refused_requests', {
      ...{ day: Math.floor(NOW / DAY), digest: 'd1', request_id: 'req-refused', first_at: NOW, last_at: NOW },
      errors: '[{"code":"invalid_field","field":"usedDiscounts"}]',
      payload: '{"order":{"orderNumber":"ORD-1001"},"usedDiscounts":"[text]","basket":{"id":31,"version":1}}',
    }),
    insert('refused_requests', {
      ...{ day: Math.floor(NOW / DAY), digest: 'd2', request_id: null, first_at: NOW, last_at: NOW },
      errors: '[{"code":"missing_header","field":"x-akinon-request-id"}]',
      payload: '{"order":{"orderNumber":"ORD-1007"},"usedDiscounts":["tea-10"],"basket":{"id":37,"basketIt',
    }),
    `UPDATE delivery_gate SET state = 'paused', reason = 'credentials', detail = 'status 401: token expired',
       paused_at = ${NOW}, until = ${NOW + MINUTE};`,
  ].join('\n');
}

export interface OpsData {
  readonly stateDir: string;
  /** From the file itself, because wrangler takes a second for each question. */
  query<T = Record<string, Value>>(sql: string): T[];
  /** One of the commands, as npm runs it. */
  run(script: 'usages' | 'erase', ...args: string[]): Promise<{ status: number; stdout: string; stderr: string }>;
  /** A copy to change things in. */
  copy(): OpsData;
  dispose(): void;
}

export async function anOpsDatabase(more = ''): Promise<OpsData> {
  const stateDir = mkdtempSync(join(tmpdir(), 'offerbridge-ops-'));
  const where = ['DB', '--local', '--persist-to', stateDir];
  await wrangler('d1', 'migrations', 'apply', ...where);
  const file = join(stateDir, 'seed.sql');
  writeFileSync(file, `${seed()}\n${more}`);
  await wrangler('d1', 'execute', ...where, '--yes', '--file', file);
  return openOpsData(stateDir);
}

function openOpsData(stateDir: string): OpsData {
  return {
    stateDir,
    query<T>(sql: string) {
      const folder = join(stateDir, 'v3/d1/miniflare-D1DatabaseObject');
      const [file] = globSync('*[0-9a-f].sqlite', { cwd: folder }).filter((name) => !name.startsWith('metadata'));
      const database = new DatabaseSync(join(folder, file ?? ''));
      try {
        return database
          .prepare(sql)
          .all()
          .map((row) => ({ ...row })) as T[];
      } finally {
        database.close();
      }
    },
    run: (script, ...args) => runScript(script, ...args, '--persist-to', stateDir),
    copy() {
      const folder = mkdtempSync(join(tmpdir(), 'offerbridge-ops-'));
      cpSync(stateDir, folder, { recursive: true });
      return openOpsData(folder);
    },
    dispose: () => rmSync(stateDir, { recursive: true, force: true }),
  };
}

/** Runs in a copy, which a test may change. */
export async function inCopyOf(db: OpsData, test: (copy: OpsData) => Promise<void>): Promise<void> {
  const copy = db.copy();
  try {
    await test(copy);
  } finally {
    copy.dispose();
  }
}

/** @param args the command's arguments; an object sets variables of its environment */
export function runScript(script: 'usages' | 'erase', ...args: (string | Record<string, string>)[]) {
  const words = args.filter((arg) => typeof arg === 'string');
  const env = Object.assign(
    { ...process.env, CUSTOMER_HASH_KEY: 'ops-test-key' },
    ...args.filter((it) => typeof it === 'object'),
  );
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile('node', [`scripts/${script}.ts`, ...words], { env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
