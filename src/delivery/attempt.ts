/** One attempt to deliver one order: asks the connector within the deadline, and says what that means for the outbox. */
import { describeError } from '../common/log.ts';
import { cleanText, withoutPersonalData } from '../common/text.ts';
import {
  type Connector,
  isFailure,
  type Outcome,
  type UsageCommit,
  type UsageResult,
} from '../connectors/connector.ts';
import type { AttemptOutcome, ClaimedOrder, LineSettlement, Settlement, Verdict } from '../ledger/outbox.ts';
import { pauseAfter } from './backoff.ts';
import { type CommitFailure, commitOrder } from './commit-order.ts';
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
const MAX_DETAIL = 300;

export async function attemptOrder(order: ClaimedOrder, deps: AttemptDeps): Promise<Settlement> {
  const startedAt = deps.now();
  const commit = await toCommit(order);
  const answer = await withinDeadline(commit, startedAt, deps);
  const endedAt = deps.now();
  const judged = isFailure(answer) ? judgeFailure(answer, commit) : judgeResult(answer, commit, deps.connector);
  const { outcome, verdict, lines, lastOutcome, afterMs, detail } = judged;
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
      detail: detail === undefined || detail === '' ? null : keepable(detail),
    },
  };
}

type Answer = UsageResult | CommitFailure;

/** Whatever a connector throws may have happened after the call was sent. */
async function withinDeadline(commit: UsageCommit, now: number, deps: AttemptDeps): Promise<Answer> {
  const { connector, timeoutMs, fetch } = deps;
  const signal = AbortSignal.timeout(timeoutMs);
  const unknown = (detail: string): Answer => ({ failed: 'unknown', detail });
  const answer = commitOrder(connector, commit, { signal, now, fetch }).catch((error: unknown) =>
    unknown(signal.aborted ? `no answer within ${timeoutMs} ms` : describeError(error)),
  );
  let timer: ReturnType<typeof setTimeout> | null = null;
  const deadline = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(unknown(`no answer within ${timeoutMs} ms`)), timeoutMs + GRACE_MS);
  });
  return Promise.race([answer, deadline]).finally(() => clearTimeout(timer));
}

interface Judged {
  readonly outcome: AttemptOutcome;
  readonly verdict: Verdict;
  readonly lines: readonly LineSettlement[];
  readonly lastOutcome: Settlement['lastOutcome'];
  readonly afterMs?: number | undefined;
  readonly detail?: string;
}

function judgeFailure(failure: CommitFailure, commit: UsageCommit): Judged {
  const { detail } = failure;
  switch (failure.failed) {
    case 'later':
    case 'unknown': {
      const { failed, afterMs } = failure;
      return { outcome: failed, verdict: { kind: 'failed' }, lines: [], lastOutcome: failed, afterMs, detail };
    }
    case 'refused': {
      const lines = asked(commit).map((id) => ended(id, 'rejected', detail));
      // Those that are not condemned after all are refused: certainly not done.
      return { outcome: 'refused', verdict: { kind: 'refused' }, lines, lastOutcome: 'later', detail };
    }
    case 'paused': {
      const { cause: reason, until } = failure;
      const verdict = { kind: 'paused', reason, detail, ...(until !== undefined && { until }) } as const;
      return { outcome: 'paused', verdict, lines: [], lastOutcome: null, detail };
    }
    case 'outcome_unknown': {
      const lines = asked(commit).map((id) => givenUp(id));
      return { outcome: 'outcome_unknown', verdict: { kind: 'silent' }, lines, lastOutcome: 'unknown', detail };
    }
  }
}

/** A line without an outcome was certainly not done; while an earlier call may still be running nothing is certain. */
function judgeResult({ outcomes }: UsageResult, commit: UsageCommit, { capabilities }: Connector): Judged {
  const judged = asked(commit).map((id) => ({ id, outcome: outcomes.get(id) ?? ({ status: 'later' } as const) }));
  const unprotected = capabilities.repeat.by === 'none';
  const lines = judged.flatMap(({ id, outcome }) => settleLine(id, outcome, unprotected));
  // A success that a stale worker's text brought for a line that is settled already is a fact as well.
  const unasked = [...outcomes].filter(
    ([id, { status }]) => status === 'accepted' && !judged.some((it) => it.id === id),
  );
  const facts = unasked.flatMap(([id, outcome]) => settleLine(id, outcome, unprotected));
  const kinds = new Set(judged.map(({ outcome }) => outcome.status));
  const unknown = commit.attempt.last === 'unknown' || kinds.has('unknown');
  const waits = judged.flatMap(({ outcome }) =>
    'afterMs' in outcome && outcome.afterMs !== undefined ? [outcome.afterMs] : [],
  );
  const decided = kinds.has('accepted') || kinds.has('rejected');
  return {
    outcome: nameOf(kinds),
    verdict: { kind: decided || judged.length === 0 ? 'answered' : 'failed' },
    lines: [...lines, ...facts],
    lastOutcome: unknown ? 'unknown' : 'later',
    ...(waits.length > 0 && { afterMs: Math.max(...waits) }),
    detail: [
      ...new Set(judged.flatMap(({ outcome }) => ('reason' in outcome && outcome.reason ? [outcome.reason] : []))),
    ].join('; '),
  };
}

function settleLine(id: string, outcome: Outcome, unprotected: boolean): LineSettlement[] {
  switch (outcome.status) {
    case 'accepted':
      return [{ ...ended(id, 'delivered', null), upstreamRef: outcome.upstreamRef ?? null }];
    case 'rejected':
      return [ended(id, 'rejected', outcome.reason)];
    case 'later':
      return [];
    case 'unknown':
      return unprotected ? [givenUp(id)] : [];
  }
}

const NAMES = { accepted: 'delivered', rejected: 'rejected', later: 'later', unknown: 'unknown' } as const;

function nameOf(kinds: ReadonlySet<Outcome['status']>): AttemptOutcome {
  const [only] = kinds;
  return only === undefined ? 'delivered' : kinds.size === 1 ? NAMES[only] : 'partial';
}

function asked({ discounts }: UsageCommit): string[] {
  return discounts.filter(({ state }) => state === 'due').map(({ id }) => id);
}

function ended(id: string, state: LineSettlement['state'], reason: string | null): LineSettlement {
  return {
    id,
    state,
    reason: reason === null ? null : keepable(reason),
    upstreamRef: null,
    uncertain: false,
  };
}

function givenUp(id: string): LineSettlement {
  return { ...ended(id, 'dead', 'outcome_unknown'), uncertain: true };
}

/** An upstream's words may name the customer. */
function keepable(text: string): string {
  return cleanText(withoutPersonalData(text), MAX_DETAIL);
}
