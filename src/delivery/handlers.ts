/**
 * The queue and cron entries. Usages wait in D1 as due; a message says only that there is something to look at, so
 * acknowledging it loses nothing.
 */
import { describeError, type Log } from '../common/log.ts';
import type { Problem } from '../config.ts';
import type { Connector } from '../connectors/connector.ts';
import { statementsOf } from '../ledger/outbox.ts';
import { Budget } from './budget.ts';
import { type DrainDeps, drain } from './drain.ts';

export interface DeliveryDeps extends Omit<DrainDeps, 'connector' | 'timeoutMs' | 'maxPerMinute'> {
  readonly delivery: DeliverySettings | null;
  /** Why there is no `delivery`. */
  readonly problems: readonly Problem[];
}

export interface DeliverySettings {
  readonly connector: Connector;
  readonly timeoutMs: number;
  readonly maxPerMinute: number | undefined;
}

/** Every queue of dead letters is named so; see wrangler.toml. */
const DEAD = /-dead$/;

/** What is in a dead letter waits in D1 like all the rest, and the sweep finds it there. */
export async function handleQueue(batch: MessageBatch, deps: DeliveryDeps): Promise<void> {
  const dead = DEAD.test(batch.queue);
  deps.log(dead ? 'error' : 'info', dead ? 'dead_letters' : 'woken', {
    reason: batch.queue,
    messages: batch.messages.length,
  });
  if (!dead) await deliver(deps, new Budget());
  batch.ackAll();
}

/** What the sweep does after the deliveries. */
export interface Upkeep {
  /** Calls that the deliveries leave for it, so that a backlog does not silence the alert about it. */
  readonly keptCalls: number;
  readonly tasks: readonly ((budget: Budget) => Promise<void>)[];
}

export async function handleSchedule(deps: DeliveryDeps, { keptCalls, tasks }: Upkeep): Promise<void> {
  const budget = new Budget();
  await safely('give_up_failed', deps.log, async () => {
    budget.spend(statementsOf.giveUp);
    for (const { orderKey, reason } of await deps.outbox.giveUp(deps.now())) {
      deps.log('error', 'delivery_given_up', { orderKey, reason });
    }
  });
  // Without a connector nobody knows whether what shut it is over.
  if (deps.delivery !== null) {
    await safely('idle_gate_failed', deps.log, async () => {
      budget.spend(statementsOf.openIdleGate);
      await deps.outbox.openIdleGate(deps.now());
    });
  }
  budget.spend(keptCalls);
  await deliver(deps, budget);
  budget.spend(-keptCalls);
  for (const task of tasks) await safely('upkeep_failed', deps.log, () => task(budget));
}

async function deliver(deps: DeliveryDeps, budget: Budget): Promise<void> {
  const { delivery, outbox, problems, log } = deps;
  await safely('delivery_stopped', log, async () => {
    if (delivery === null) {
      budget.spend(statementsOf.pauseForSettings);
      const settings = problems.map(({ setting, message }) => `${setting} ${message}`).join('; ');
      await outbox.pauseForSettings(settings, deps.now());
      return;
    }
    const orders = await drain({ ...deps, ...delivery }, budget);
    if (orders > 0) log('info', 'drained', { orders });
  });
}

/** One part that fails does not stop the others: what it left undone is found by the next sweep. */
async function safely(event: string, log: Log, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log('error', event, { error: describeError(error) });
  }
}
