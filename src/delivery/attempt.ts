/** One attempt to deliver one order: asks the connector within the deadline, and says what that means for the outbox. */
import { describeError } from '../common/log.ts';
import { type Connector, isFailure, type UsageCommit } from '../connectors/connector.ts';
import type { ClaimedOrder, Settlement } from '../ledger/outbox.ts';
import { pauseAfter } from './backoff.ts';
import { commitOrder } from './commit-order.ts';
import { type Answer, judgeAnswer } from './judge-answer.ts';
import { toCommit } from './to-commit.ts';

export interface AttemptDeps {
  readonly connector: Connector;
  /** Whole deadline of the attempt, a look-up included. */
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly fetch: typeof fetch;
}

/** A connector that obeys its signal knows better what was sent; one that does not is given up after this. */
const GRACE_MS = 500;

export async function attemptOrder(order: ClaimedOrder, deps: AttemptDeps): Promise<Settlement> {
  const startedAt = deps.now();
  const commit = await toCommit(order);
  const answer = await withinDeadline(commit, startedAt, deps);
  const endedAt = deps.now();
  const { outcome, verdict, lines, lastOutcome, afterMs, detail } = judgeAnswer(answer, commit, deps.connector);
  return {
    orderKey: order.orderKey,
    fence: order.fence,
    verdict,
    lines,
    lastOutcome,
    call: 'call' in answer ? (answer.call ?? null) : null,
    dueAt: endedAt + pauseAfter(order.attempts + 1, afterMs, deps.random),
    dueAtAsked: afterMs !== undefined,
    upstreamRef: ('upstreamRef' in answer && answer.upstreamRef) || null,
    attempt: {
      startedAt,
      durationMs: endedAt - startedAt,
      outcome,
      status: ('status' in answer ? answer.status : undefined) ?? null,
      detail,
    },
  };
}

/** Whatever a connector throws may have happened after the call was sent. */
async function withinDeadline(commit: UsageCommit, now: number, deps: AttemptDeps): Promise<Answer> {
  const { connector, timeoutMs, fetch } = deps;
  const signal = AbortSignal.timeout(timeoutMs);
  const late = `no answer within ${timeoutMs} ms (USAGE_TIMEOUT_MS)`;
  const unknown = (detail: string): Answer => ({ failed: 'unknown', detail });
  const answer = commitOrder(connector, commit, { signal, now, fetch })
    .catch((error: unknown) => unknown(describeError(error)))
    .then((it) => (signal.aborted && isFailure(it) && it.failed === 'unknown' ? { ...it, detail: late } : it));
  let timer: ReturnType<typeof setTimeout> | null = null;
  const deadline = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(unknown(late)), timeoutMs + GRACE_MS);
  });
  return Promise.race([answer, deadline]).finally(() => clearTimeout(timer));
}
