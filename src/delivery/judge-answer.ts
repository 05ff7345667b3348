/** What an answer to a commit means for the outbox: the lines that end, the gate, and what is known of the rest. */
import { cleanText, withoutPersonalData } from '../common/text.ts';
import {
  type Connector,
  isFailure,
  type Outcome,
  type UsageCommit,
  type UsageResult,
} from '../connectors/connector.ts';
import type { AttemptOutcome, LineSettlement, Settlement, Verdict } from '../ledger/outbox.ts';
import type { CommitFailure } from './commit-order.ts';

export type Answer = UsageResult | CommitFailure;

const MAX_DETAIL = 300;

export interface Judged {
  readonly outcome: AttemptOutcome;
  readonly verdict: Verdict;
  readonly lines: readonly LineSettlement[];
  readonly lastOutcome: Settlement['lastOutcome'];
  readonly afterMs?: number | undefined;
  readonly detail: string | null;
}

export function judgeAnswer(answer: Answer, commit: UsageCommit, { capabilities }: Connector): Judged {
  if (isFailure(answer)) return judgeFailure(answer, commit);
  return judgeResult(answer, commit, capabilities.repeat.by === 'none');
}

function judgeFailure(failure: CommitFailure, commit: UsageCommit): Judged {
  const detail = keepable(failure.detail);
  switch (failure.failed) {
    case 'later':
    case 'unknown': {
      const { failed, afterMs } = failure;
      return { outcome: failed, verdict: { kind: 'failed' }, lines: [], lastOutcome: failed, afterMs, detail };
    }
    case 'refused': {
      const lines = asked(commit).map((id) => ended(id, 'rejected', failure.detail));
      // Those that are not condemned after all were not done by this call; of one before it, it says nothing.
      const lastOutcome = commit.attempt.last === 'unknown' ? 'unknown' : 'later';
      return { outcome: 'refused', verdict: { kind: 'refused' }, lines, lastOutcome, detail };
    }
    case 'paused': {
      const { cause: reason, until } = failure;
      const verdict = { kind: 'paused', reason, detail: detail ?? '', ...(until !== undefined && { until }) } as const;
      return {
        outcome: 'paused',
        verdict,
        lines: [],
        lastOutcome: failure.call === undefined ? null : 'unknown',
        detail,
      };
    }
    case 'outcome_unknown': {
      const lines = asked(commit).map((id) => givenUp(id));
      return { outcome: 'outcome_unknown', verdict: { kind: 'silent' }, lines, lastOutcome: 'unknown', detail };
    }
  }
}

/** A line without an outcome was certainly not done; while an earlier call may still be running nothing is certain. */
function judgeResult({ outcomes }: UsageResult, commit: UsageCommit, unprotected: boolean): Judged {
  const judged = asked(commit).map((id) => ({ id, outcome: outcomes.get(id) ?? ({ status: 'later' } as const) }));
  const kinds = new Set(judged.map(({ outcome }) => outcome.status));
  const unknown = commit.attempt.last === 'unknown' || kinds.has('unknown');
  const waits = judged.flatMap(({ outcome }) =>
    'afterMs' in outcome && outcome.afterMs !== undefined ? [outcome.afterMs] : [],
  );
  const reasons = judged.flatMap(({ outcome }) => ('reason' in outcome && outcome.reason ? [outcome.reason] : []));
  const decided = kinds.has('accepted') || kinds.has('rejected');
  return {
    outcome: nameOf(kinds),
    // Where nothing was due any more, nothing was asked.
    verdict: { kind: judged.length === 0 ? 'silent' : decided ? 'answered' : 'failed' },
    lines: judged.flatMap(({ id, outcome }) => settleLine(id, outcome, unprotected)),
    lastOutcome: unknown ? 'unknown' : 'later',
    ...(waits.length > 0 && { afterMs: Math.max(...waits) }),
    detail: keepable([...new Set(reasons)].join('; ')),
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

/** An upstream's words may name the customer. Null for none. */
function keepable(text: string): string | null {
  return cleanText(withoutPersonalData(text), MAX_DETAIL) || null;
}
