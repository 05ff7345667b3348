/** The delivery on real D1, with a clock that a test moves and a connector that does what the test says. */
import { createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { orderKeyOfNumber } from '../../../src/common/ids.ts';
import type {
  CallContext,
  Capabilities,
  Connector,
  UsageCommit,
  UsageFailure,
  UsageFound,
  UsageResult,
} from '../../../src/connectors/connector.ts';
import { type DeliveryDeps, handleQueue, handleSchedule, type Upkeep } from '../../../src/delivery/handlers.ts';
import { D1Ledger } from '../../../src/ledger/d1-ledger.ts';
import { D1Outbox } from '../../../src/ledger/d1-outbox.ts';
import { recordUsage } from '../../../src/usage/record-usage.ts';
import { rows } from './builders.ts';
import type { Logged } from './http.ts';

export const START = Date.UTC(2026, 5, 15, 9, 30);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export type Answer = UsageResult | UsageFailure;
export type Commit = (commit: UsageCommit, ctx: CallContext) => Answer | Promise<Answer>;

export interface WorldOptions {
  commit?: Commit;
  find?: (commit: UsageCommit) => UsageFound | Promise<UsageFound>;
  capabilities?: Partial<Capabilities>;
  db?: D1Database;
  timeoutMs?: number;
  maxPerMinute?: number;
  sleep?: (ms: number) => Promise<void>;
  wake?: DeliveryDeps['wake'];
  clock?: { now: number };
  upkeep?: Upkeep;
}

export const accepted = (commit: UsageCommit, ref?: string): UsageResult => ({
  outcomes: new Map(due(commit).map((id) => [id, { status: 'accepted', ...(ref && { upstreamRef: ref }) }])),
});
export const due = ({ discounts }: UsageCommit): string[] =>
  discounts.filter(({ state }) => state === 'due').map(({ id }) => id);
export const later: UsageFailure = { failed: 'later', detail: 'busy', status: 503 };
export const unknown: UsageFailure = { failed: 'unknown', detail: 'no answer' };
export const refused: UsageFailure = { failed: 'refused', detail: 'no such thing', status: 422 };
export const paused = (cause: 'credentials' | 'quota' | 'misconfigured'): UsageFailure => ({
  failed: 'paused',
  cause,
  detail: 'not us',
  status: 401,
});

export function aWorld(options: WorldOptions = {}) {
  const clock = options.clock ?? { now: START };
  const calls: UsageCommit[] = [];
  const logged: Logged[] = [];
  const wakes: { orderKey?: string; delaySeconds: number }[] = [];
  const world = { commit: options.commit ?? ((commit: UsageCommit) => accepted(commit)), inFlight: 0, most: 0 };
  const connector = {
    name: 'scripted',
    capabilities: {
      repeat: { by: 'key', ttlHours: null },
      commit: 'each',
      offersWithoutReference: true,
      readsBasketState: false,
      maxOffers: 50,
      callsPerCommit: 1,
      ...options.capabilities,
    },
    queryOffers: async () => ({ offers: [] }),
    commitUsage: async (commit, ctx) => {
      calls.push(commit);
      world.most = Math.max(world.most, ++world.inFlight);
      try {
        return await world.commit(commit, ctx);
      } finally {
        world.inFlight--;
      }
    },
    ...(options.find && { findUsage: async (commit: UsageCommit) => options.find?.(commit) }),
  } as Connector;
  const retry = { now: () => clock.now, random: () => 1, sleep: async () => {} };
  const deps: DeliveryDeps = {
    delivery: { connector, timeoutMs: options.timeoutMs ?? 10_000, maxPerMinute: options.maxPerMinute },
    problems: [],
    outbox: new D1Outbox(options.db ?? env.DB, retry),
    now: () => clock.now,
    random: () => 1,
    fetch: () => Promise.reject(new TypeError('no network here')),
    sleep:
      options.sleep ??
      (async (ms) => {
        clock.now += ms;
      }),
    log: (level, event, fields) => void logged.push({ level, event, ...fields }),
    wake: options.wake ?? (async (messages) => void wakes.push(...messages)),
  };
  const upkeep = options.upkeep ?? { keptCalls: 0, tasks: [] };
  const ledger = new D1Ledger(env.DB, retry);

  return Object.assign(world, {
    clock,
    calls,
    logged,
    wakes,
    deps,
    connector,
    async accept(order: string, ids: readonly string[], requestId: string = crypto.randomUUID()) {
      return recordUsage(
        {
          requestId: requestId as never,
          orderKey: orderKeyOfNumber(order),
          basketId: 7,
          basketVersion: 1,
          usedDiscounts: ids,
          basket: { id: 7, version: 1, currency: 'TRY', voucherCode: null, items: [] },
          channel: {
            ...{ device: 'default', storeId: null, storeRemoteId: null, staffId: null },
            ...{ staffRemoteId: null, staffEmail: null },
          },
          drift: [],
        },
        {
          ledger,
          whenNeverOffered: connector.capabilities.offersWithoutReference ? 'due' : 'unrecognised',
          now: () => clock.now,
          log: deps.log,
          wakeDelivery: async () => {},
          waitUntil: () => {},
        },
      );
    },
    sweep: () => handleSchedule(deps, upkeep),
    consume: () => handleQueue(createMessageBatch('offerbridge-deliveries', []) as MessageBatch, deps),
    /** Moves the clock, then sweeps. */
    async later(ms: number) {
      clock.now += ms;
      await handleSchedule(deps, upkeep);
    },
  });
}

export type World = ReturnType<typeof aWorld>;

/** Replays or discards `[order, discount or null for all]` as the command does; answers what was decided. */
export async function decide(
  statements: readonly string[],
  wanted: readonly (readonly [order: string, discount?: string | null])[],
  now: number,
  reason = 'because',
) {
  const asked = JSON.stringify(wanted.map(([order, discount = null]) => [`o:${order}`, discount]));
  const values = [asked, now, 'cli:ops', reason];
  // D1 counts parameters: each statement gets those that it names.
  const taken = (sql: string) => Math.max(...[...sql.matchAll(/\?(\d)/g)].map(([, at]) => Number(at)));
  const results = await env.DB.batch(statements.map((sql) => env.DB.prepare(sql).bind(...values.slice(0, taken(sql)))));
  return (results.at(-1)?.results ?? []).map((row) => (row as { discount_id: string }).discount_id);
}

export async function delivery(order: string) {
  const [row] = await rows('SELECT * FROM deliveries WHERE order_key = ?', `o:${order}`);
  return row;
}

/** `{ <discount id>: <state> }` of an order. */
export async function states(order: string): Promise<Record<string, string>> {
  const lines = await rows('SELECT discount_id, state FROM used_discounts WHERE order_key = ?', `o:${order}`);
  return Object.fromEntries(lines.map(({ discount_id, state }) => [discount_id, state]));
}

export async function attempts(order: string) {
  return rows('SELECT * FROM delivery_attempts WHERE order_key = ? ORDER BY fence', `o:${order}`);
}

export async function gate() {
  const [row] = await rows('SELECT * FROM delivery_gate');
  return row;
}
