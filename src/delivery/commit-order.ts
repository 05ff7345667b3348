/**
 * One attempt to commit an order: the core's rule for what may follow an outcome that nobody knows. Connectors only say
 * in `capabilities.repeat` what protects them; that it is respected is decided here, once for all of them.
 */
import {
  type CallContext,
  type Connector,
  isFailure,
  type Repeat,
  type UsageCommit,
  type UsageFailure,
  type UsageResult,
} from '../connectors/connector.ts';

const HOUR_MS = 3_600_000;

/** Taken off the time that an upstream remembers keys: its clock is not ours, and a call takes its time. */
const KEY_MARGIN_MS = HOUR_MS;

export type CommitFailure =
  | UsageFailure
  /** Nothing protects another attempt, none was made: every line that is due waits for a person. */
  | { readonly failed: 'outcome_unknown'; readonly detail: string };

/**
 * Commits an order so that it has one effect, or finds out what became of an earlier attempt.
 *
 * `attempt.last` must be `unknown` as long as any line that is due may have been done: also when the worker that held
 * the order vanished, and while the gate is paused. For the same reason `later` comes back as `unknown` here when the
 * attempt before it was: that this call did nothing says nothing about that one, which may even still be running.
 *
 * @returns the connector's own answer, with outcomes of lines that are due; `outcome_unknown` where only a person may
 *   decide
 */
export async function commitOrder(
  connector: Connector,
  commit: UsageCommit,
  ctx: CallContext,
): Promise<UsageResult | CommitFailure> {
  const { attempt } = commit;
  if (attempt.last !== 'unknown') return connector.commitUsage(commit, ctx);

  switch (protectionOf(connector.capabilities.repeat, attempt.firstAt, ctx.now)) {
    case 'key':
      break;
    case 'lookup': {
      if (connector.findUsage === undefined) return leaveToPerson(connector);
      const found = await connector.findUsage(commit, ctx);
      if (found !== 'absent') return keepUnknown(found);
      break;
    }
    case 'none':
      return leaveToPerson(connector);
  }
  return keepUnknown(await connector.commitUsage(commit, ctx));
}

/** What protects a second commit now: keys only as long as the upstream still remembers the first of them. */
function protectionOf(repeat: Repeat, firstAt: number, now: number): Repeat['by'] {
  if (repeat.by !== 'key' || repeat.ttlHours === null) return repeat.by;
  return now < firstAt + repeat.ttlHours * HOUR_MS - KEY_MARGIN_MS ? 'key' : 'lookup';
}

function keepUnknown(answer: UsageResult | UsageFailure): UsageResult | CommitFailure {
  return isFailure(answer) && answer.failed === 'later' ? { ...answer, failed: 'unknown' } : answer;
}

function leaveToPerson(connector: Connector): CommitFailure {
  return { failed: 'outcome_unknown', detail: `${connector.name} cannot tell whether the order was committed` };
}
