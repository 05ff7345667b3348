/** What the cron does besides delivering: tells people what needs them, adds up days, and removes what is too old. */
import { ALERT_CALLS, sendAlerts } from './alerts/alerts.ts';
import type { AlertWords } from './alerts/describe-alert.ts';
import type { Log } from './common/log.ts';
import type { Config } from './config.ts';
import { dayIn } from './console/format.ts';
import type { Budget } from './delivery/budget.ts';
import type { Upkeep } from './delivery/handlers.ts';
import { countDays, TOTALS_STATEMENTS } from './ledger/daily-totals.ts';
import { RETENTION_STATEMENTS, removeExpired } from './ledger/retention.ts';

export type UpkeepSettings = Pick<
  Config,
  'ALERT_WEBHOOK_URL' | 'ALERT_WEBHOOK_SECRET' | 'REQUEST_RETENTION_DAYS' | 'ISSUED_RETENTION_DAYS' | 'RETENTION_DAYS'
>;

export interface UpkeepDeps {
  readonly now: () => number;
  readonly fetch: typeof fetch;
  readonly log: Log;
  readonly db: D1Database;
  /** What could be parsed: whatever else is wrong is what an alert is for. */
  readonly settings: Partial<UpkeepSettings>;
  /** In which days begin and end. */
  readonly timeZone: string;
  readonly words: () => Promise<AlertWords>;
}

export function createUpkeep(deps: UpkeepDeps): Upkeep {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret } = deps.settings;
  const alerts = url !== undefined && secret !== undefined;
  return {
    keptCalls: alerts ? ALERT_CALLS : 0,
    tasks: [
      async (budget) => {
        if (!alerts) return;
        budget.spend(ALERT_CALLS);
        await sendAlerts({ ...deps, now: deps.now(), url, secret });
      },
      (budget) => addUpDays(deps, budget),
      (budget) => removeOld(deps, budget),
    ],
  };
}

/** A sweep that is busy delivering leaves it to the next. */
async function addUpDays({ db, now, timeZone }: UpkeepDeps, budget: Budget): Promise<void> {
  if (budget.left < TOTALS_STATEMENTS) return;
  budget.spend(TOTALS_STATEMENTS);
  await countDays(db, now(), (ms) => dayIn(timeZone, ms));
}

async function removeOld({ db, now, log, settings }: UpkeepDeps, budget: Budget): Promise<void> {
  const { REQUEST_RETENTION_DAYS, ISSUED_RETENTION_DAYS, RETENTION_DAYS } = settings;
  if (REQUEST_RETENTION_DAYS === undefined || ISSUED_RETENTION_DAYS === undefined || RETENTION_DAYS === undefined)
    return;
  if (budget.left < RETENTION_STATEMENTS) return;
  budget.spend(RETENTION_STATEMENTS);
  const days = { requestDays: REQUEST_RETENTION_DAYS, issuedDays: ISSUED_RETENTION_DAYS, effectDays: RETENTION_DAYS };
  const removed = await removeExpired({ db, now: now(), ...days });
  const counts = Object.fromEntries(Object.entries(removed).filter(([, rows]) => rows > 0));
  if (Object.keys(counts).length > 0) log('info', 'expired_removed', { counts });
}
