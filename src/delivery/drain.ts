/**
 * Delivers what is due, oldest first: the one path of the queue consumer and of the cron sweep. Six lanes, each of which
 * takes its next order when it is free, so that a slow call holds nobody else. Lanes that are free at the same time claim
 * together and settle together: D1 is one serial writer, and an invocation may make only so many calls.
 */
import { describeError, type Log } from '../common/log.ts';
import { type ClaimedOrder, type Outbox, type Settlement, statementsOf } from '../ledger/outbox.ts';
import type { DeliveryMessage } from '../usage/record-usage.ts';
import { type AttemptDeps, attemptOrder } from './attempt.ts';
import type { Budget } from './budget.ts';
import { toPace } from './pace.ts';
import { together } from './together.ts';

export interface DrainDeps extends AttemptDeps {
  readonly outbox: Outbox;
  /** Of deliveries, for upstreams with a quota. */
  readonly maxPerMinute: number | undefined;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Log;
  /** One call to the queue, whatever the number of messages; may fail: a sweep finds what is due. */
  readonly wake: (messages: readonly WakeUp[]) => Promise<unknown>;
}

export interface WakeUp extends DeliveryMessage {
  readonly delaySeconds: number;
}

/** As many connections as an invocation may have open. */
const LANES = 6;
/** Longer than any call that is still honest, so that no order is taken over while it is being sent. */
const LEASE_TIMEOUTS = 3;
const MIN_LEASE_MS = 30_000;
/** Sweeps come every minute: one that paces itself leaves the rest to the next. */
const MAX_PACED_MS = 45_000;
/** What is due before the next sweep is announced: on the second, and not up to a minute later. */
const SWEEP_SECONDS = 60;
/** Calls to the queue after an attempt. */
const WAKE = 1;

/** @returns how many orders were attempted */
export async function drain(deps: DrainDeps, budget: Budget): Promise<number> {
  const { outbox, connector, now, log } = deps;
  const leaseMs = Math.max(MIN_LEASE_MS, LEASE_TIMEOUTS * deps.timeoutMs);
  const { callsPerCommit, perMinute } = connector.capabilities;
  const pace = toPace(deps.maxPerMinute, perMinute === undefined ? undefined : perMinute / callsPerCommit);
  const callsAfter = statementsOf.settle + WAKE;
  const endsAt = now() + MAX_PACED_MS;
  const open = new Set<Promise<'next'>>();
  let state: { more: boolean; probing: boolean; paceAt: number } = { more: true, probing: false, paceAt: 0 };
  let first = true;
  let handedOver = false;
  let attempted = 0;

  /** How many more orders can be claimed so that there are calls left to settle each; the first, always. */
  function room(): number {
    const left = budget.left - statementsOf.claim(first, pace) - WAKE - open.size * callsAfter;
    return Math.max(first ? 1 : 0, Math.floor(left / (callsPerCommit + callsAfter)));
  }

  const settle = together<Settlement, void>(async (settlements) => {
    const waiting = await outbox.settle(settlements, now(), (statements) => budget.spend(statements));
    // One for each moment: all orders that wait for a gate wait for the same probe.
    const next = new Map(waiting.map(({ orderKey, dueAt }) => [Math.ceil((dueAt - now()) / 1000), orderKey]));
    const wakes = [...next].filter(([seconds]) => seconds <= SWEEP_SECONDS);
    const messages = wakes.map(([seconds, orderKey]) => ({ orderKey, delaySeconds: Math.max(0, seconds) }));
    if (messages.length > 0) await announce(messages);
    return settlements.map(() => undefined);
  });

  async function deliver(order: ClaimedOrder): Promise<'next'> {
    try {
      const settlement = await attemptOrder(order, deps);
      logAttempt(settlement, log);
      await settle(settlement);
    } catch (error) {
      // The order is claimed again when its lease ends, with an outcome that nobody knows.
      log('error', 'delivery_not_settled', { orderKey: order.orderKey, error: describeError(error) });
    }
    return 'next';
  }

  async function announce(wakes: readonly WakeUp[]): Promise<void> {
    budget.spend(WAKE);
    try {
      await deps.wake(wakes);
    } catch (error) {
      log('warn', 'wake_failed', { error: describeError(error) });
    }
  }

  /** One answer for each free lane: its order, until that is settled; `next` = ask again; `end`. */
  const claim = together<void, 'next' | 'end'>(async (lanes) => {
    const answerAll = (answer: 'next' | 'end') => lanes.map(() => answer);
    if (!state.more) return answerAll('end');
    const limit = Math.min(lanes.length, room());
    if (limit <= 0 || (state.probing && open.size > 0)) {
      if (limit <= 0 && !handedOver) {
        handedOver = true;
        await announce([{ delaySeconds: 0 }]);
      }
      if (open.size === 0) return answerAll('end');
      await Promise.race(open);
      return answerAll('next');
    }
    const waitMs = state.paceAt - now();
    if (waitMs > 0) {
      if (state.paceAt > endsAt) return answerAll('end');
      await deps.sleep(waitMs);
    }
    budget.spend(statementsOf.claim(first, pace));
    const { orders, ...rest } = await outbox.claim({ now: now(), limit, leaseMs, pace, first });
    first = false;
    state = rest;
    attempted += orders.length;
    budget.spend(callsPerCommit * orders.length);
    const deliveries = orders.map((order) => {
      const delivery = deliver(order).finally(() => open.delete(delivery));
      open.add(delivery);
      return delivery;
    });
    return lanes.map((_, at) => deliveries[at] ?? 'next');
  });

  async function work(): Promise<void> {
    while ((await claim()) === 'next');
  }

  await Promise.all(Array.from({ length: LANES }, work));
  return attempted;
}

function logAttempt({ orderKey, attempt, lines }: Settlement, log: Log): void {
  const { outcome, status, durationMs, detail } = attempt;
  log(outcome === 'delivered' ? 'info' : 'warn', 'delivery', {
    ...{ orderKey, outcome, durationMs, discounts: lines.length },
    ...(status !== null && { status }),
    ...(detail !== null && { reason: detail }),
  });
}
