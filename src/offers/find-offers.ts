/** POST /offers as the domain sees it: ask the connector, guard what it says, remember what is shown, answer. */
import type { AdapterError } from '../common/errors.ts';
import { type Log, MAX_LOGGED } from '../common/log.ts';
import { isFailure, type OffersAnswer, type OffersQuestion } from '../connectors/connector.ts';
import { type AskDeps, type AskFailure, askConnector } from './ask-connector.ts';
import type { Basket } from './basket.ts';
import { type Guarded, type GuardLimits, guardOffers } from './guard.ts';
import type { Offer } from './offer.ts';
import { type RememberDeps, rememberOffers } from './remember-offers.ts';

export interface FindOffersDeps extends AskDeps, RememberDeps {
  readonly ledger: AskDeps['ledger'] & RememberDeps['ledger'];
  readonly maxPoints: GuardLimits['maxPoints'];
  readonly onFailure: 'empty' | 'stale' | 'error';
}

export type Question = Omit<OffersQuestion, 'basket' | 'basketState'> & { readonly basket: Basket };

/** How long the parts took and what they said, for the request's log line. */
export interface FindOffersReport {
  outcome: 'offers' | 'empty_basket' | 'mixed_currencies' | AskFailure['failed'] | 'not_remembered';
  upstreamMs?: number;
  storageMs?: number;
  /** Reasons of the guard, counted. */
  counts?: Record<string, number>;
  /** `<id>: <reason>` of what was asked for and not given. */
  declined?: readonly string[];
}

export type FoundOffers =
  | { readonly offers: readonly Offer[]; readonly report: FindOffersReport }
  | { readonly error: AdapterError; readonly report: FindOffersReport };

export async function findOffers(question: Question, deps: FindOffersDeps): Promise<FoundOffers> {
  const { basket } = question;
  if (basket.items.length === 0) return { offers: [], report: { outcome: 'empty_basket' } };
  if (basket.currency === null) return { offers: [], report: { outcome: 'mixed_currencies' } };
  const priced = { ...basket, currency: basket.currency };

  const startedAt = deps.now();
  const answer = await askConnector({ ...question, basket: priced }, deps);
  const report: FindOffersReport = { outcome: 'offers', upstreamMs: deps.now() - startedAt };
  if (isFailure(answer)) return giveUp(answer, report, deps);

  const { maxPoints, priorityFirst, connector } = deps;
  const limits = { maxPoints, priorityFirst, maxOffers: connector.capabilities.maxOffers };
  const guarded = guardOffers(answer.offers, priced, limits);
  reportGuard(question, guarded, answer, report, deps.log);

  const { shown, failed, storageMs } = await rememberOffers(basket, guarded.offers, answer.basketState, deps);
  if (storageMs !== undefined) report.storageMs = storageMs;
  if (!failed) return { offers: shown, report };
  report.outcome = 'not_remembered';
  return deps.onFailure === 'error' ? { error: { kind: 'storage_unavailable' }, report } : { offers: shown, report };
}

const ERROR_OF = {
  timeout: 'upstream_timeout',
  unavailable: 'upstream_unavailable',
  error: 'upstream_error',
  storage: 'storage_unavailable',
} as const;

function giveUp(failure: AskFailure, report: FindOffersReport, deps: FindOffersDeps): FoundOffers {
  report.outcome = failure.failed;
  deps.log('warn', 'offers_failed', {
    connector: deps.connector.name,
    reason: failure.failed,
    error: failure.detail,
    ...(failure.failed === 'misconfigured' && { setting: failure.setting }),
  });
  if (failure.failed === 'misconfigured') return { error: { kind: 'misconfigured' }, report };
  if (deps.onFailure === 'error') return { error: { kind: ERROR_OF[failure.failed] }, report };
  return { offers: [], report };
}

function reportGuard(
  { requestId, basket }: Question,
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
