/** The only file that turns bindings, clock and fetch into what the other rooms receive. */

import type { AccountDeps } from './account/basket-offers-route.ts';
import { createCustomerTokens } from './account/customer-token.ts';
import { type Authenticator, createAuthenticator } from './akinon/authenticate.ts';
import type { AlertWords } from './alerts/describe-alert.ts';
import { createAssetReader } from './common/asset.ts';
import { consoleLog, type Log, type LogFields } from './common/log.ts';
import { type Config, type ParsedConfig, type Problem, parseConfig, secretReader } from './config.ts';
import { type Connector, whenNeverOffered } from './connectors/connector.ts';
import { createConnector } from './connectors/registry.ts';
import type { Closed, OpsAccess } from './console/access.ts';
import { createOpsAccess } from './console/create-access.ts';
import type { ConsoleDeps } from './console/guard.ts';
import { createTexts } from './console/texts.ts';
import type { DeliveryDeps, DeliverySettings, Upkeep } from './delivery/handlers.ts';
import { D1DriftStore } from './drift/drift.sql.ts';
import { DriftReport } from './drift/drift.ts';
import { D1Ledger } from './ledger/d1-ledger.ts';
import { D1Outbox } from './ledger/d1-outbox.ts';
import type { Ledger } from './ledger/ledger.ts';
import { createOffersMemory, type OffersMemory } from './offers/memory.ts';
import type labels from './public/account/labels.json';
import { createUpkeep } from './upkeep.ts';
import type { DeliveryMessage } from './usage/record-usage.ts';

/** What /offers needs beyond the ledger: all settings right, or nothing. The connector may be there without. */
export type Service =
  | { readonly config: Config; readonly connector: Connector }
  | { readonly config: null; readonly connector: Connector | null };

export interface Deps {
  /** Null while Akinon's credentials are not configured. */
  readonly authenticator: Authenticator | null;
  /** To what only ops may see. */
  readonly opsAccess: OpsAccess | Closed;
  readonly console: ConsoleDeps;
  /** Of the routes that customers ask. */
  readonly account: AccountDeps;
  readonly service: Service;
  /** Settings that are missing or wrong. */
  readonly problems: readonly Problem[];
  readonly ledger: Ledger;
  readonly offersMemory: OffersMemory;
  readonly drift: DriftReport;
  readonly wakeDelivery: (message: DeliveryMessage) => Promise<unknown>;
  /** For the queue and cron entries. */
  readonly delivery: DeliveryDeps;
  readonly upkeep: Upkeep;
  readonly now: () => number;
  readonly fetch: typeof fetch;
  readonly log: Log;
}

export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** What a route wants in the request's log line. */
    report?: LogFields;
  };
}

export interface Outside {
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly fetch: typeof fetch;
  readonly log: Log;
}

const WORKER: Outside = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms) => scheduler.wait(ms),
  fetch: (...request) => fetch(...request),
  log: consoleLog,
};

/** @param outside replaced in tests; in the Worker the platform's own */
export function createDeps(env: Env, outside: Partial<Outside> = {}): Deps {
  const { now, random, sleep, fetch, log } = { ...WORKER, ...outside };
  const parsed = parseConfig(env);
  const { service, problems } = createService(parsed, env);
  const opsAccess = createOpsAccess(parsed, { now, fetch, log });
  const readWords = createAssetReader<AlertWords>(env.ASSETS);
  const words = () => readWords('alerts.json');
  const readLabels = createAssetReader<typeof labels>(env.ASSETS);
  const timeZone = parsed.values.SHOP_TIMEZONE ?? 'UTC';
  return {
    authenticator: createAuthenticator(parsed.values),
    opsAccess,
    console: {
      db: env.DB,
      access: opsAccess,
      timeZone,
      texts: createTexts(env.ASSETS),
      listCampaigns: service.connector?.listCampaigns ?? null,
      whenNeverOffered: whenNeverOffered(service.connector),
      now,
      wake: () => env.DELIVERIES.send({}),
      limits: { requests: limiter(env.OPS_REQUESTS), failedLogins: limiter(env.OPS_FAILED_LOGINS) },
      log,
    },
    account: {
      tokens: createCustomerTokens(parsed, { now, fetch, log }),
      origins: parsed.values.CORS_ORIGINS ?? [],
      labels: () => readLabels('account/labels.json'),
    },
    service,
    problems,
    ledger: new D1Ledger(env.DB, { now, random, sleep }),
    offersMemory: createOffersMemory(),
    drift: new DriftReport({ store: new D1DriftStore(env.DB), now, log }),
    wakeDelivery: (message) => env.DELIVERIES.send(message),
    delivery: {
      delivery: toDeliverySettings(service),
      problems,
      outbox: new D1Outbox(env.DB, { now, random, sleep }),
      wake: (wakes) => env.DELIVERIES.sendBatch(wakes.map(({ delaySeconds, ...body }) => ({ body, delaySeconds }))),
      ...{ now, random, sleep, fetch, log },
    },
    upkeep: createUpkeep({ db: env.DB, settings: parsed.values, timeZone, words, now, fetch, log }),
    now,
    fetch,
    log,
  };
}

/** A deployment without the binding limits nothing. */
function limiter(binding: RateLimit | undefined): (key: string) => Promise<boolean> {
  return async (key) => binding === undefined || (await binding.limit({ key })).success;
}

function createService(parsed: ParsedConfig, env: Env): { service: Service; problems: readonly Problem[] } {
  const { values, complete, problems } = parsed;
  if (values.CONNECTOR === undefined) return { service: { config: null, connector: null }, problems };
  const created = createConnector(values.CONNECTOR, {
    ...{ db: env.DB, settings: values, secretOf: secretReader(env) },
  });
  if ('problems' in created) {
    return { service: { config: null, connector: null }, problems: [...problems, ...created.problems] };
  }
  const { connector } = created;
  return { service: complete === null ? { config: null, connector } : { config: complete, connector }, problems };
}

function toDeliverySettings({ config, connector }: Service): DeliverySettings | null {
  if (config === null) return null;
  return { connector, timeoutMs: config.USAGE_TIMEOUT_MS, maxPerMinute: config.UPSTREAM_MAX_PER_MINUTE };
}
