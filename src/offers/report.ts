/** What the log says of one question: how it went, how long the parts took, and what the guard and the upstream refused. */
import { type Log, MAX_LOGGED } from '../common/log.ts';
import type { OffersAnswer, OffersQuestion } from '../connectors/connector.ts';
import type { AskFailure } from './ask-connector.ts';
import type { Guarded } from './guard.ts';

export interface FindOffersReport {
  outcome: 'offers' | 'empty_basket' | 'mixed_currencies' | AskFailure['failed'] | 'not_remembered';
  /** Absent where the connector was not asked, or the answer did not wait for the storage. */
  upstreamMs?: number;
  storageMs?: number;
  /** `hit`: an earlier answer; `shared`: of another request's question; `stale`: an earlier answer, as ours failed. */
  cache?: 'hit' | 'shared' | 'stale';
  /** `open`: not asked; `probe`: asked to find out whether the upstream is back. Absent while closed. */
  breaker?: 'open' | 'probe';
  /** Reasons of the guard, counted. */
  counts?: Record<string, number>;
  /** `<id>: <reason>` of what was asked for and not given. */
  declined?: readonly string[];
}

export function reportGuard(
  { requestId, basket }: OffersQuestion,
  { drops, trimmed }: Guarded,
  { declined = [] }: OffersAnswer,
  report: FindOffersReport,
  log: Log,
): void {
  if (declined.length > 0) report.declined = declined.slice(0, MAX_LOGGED).map(({ id, reason }) => `${id}: ${reason}`);
  const reasons = [...drops.map(({ reason }) => reason), ...trimmed.map(() => 'trimmed')];
  if (reasons.length === 0) return;
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  report.counts = counts;
  if (drops.length === 0) return;
  const fields = drops.flatMap(({ id }) => id ?? []).slice(0, MAX_LOGGED);
  log('warn', 'offers_guarded', { requestId, basketId: basket.id, counts, fields });
}
