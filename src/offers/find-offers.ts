/**
 * POST /offers as the domain sees it: ask the connector within the deadline, guard what it says, remember it, answer.
 * No offer that asks for notification leaves before it is remembered; when none asks, remembering waits for the answer.
 */
import type { AdapterError } from '../common/errors.ts';
import type { Json } from '../common/json.ts';
import { describeError, type Log } from '../common/log.ts';
import {
  type Connector,
  isFailure,
  type OffersAnswer,
  type OffersFailure,
  type OffersQuestion,
} from '../connectors/connector.ts';
import type { IssuedBasket, Ledger } from '../ledger/ledger.ts';
import type { Basket } from './basket.ts';
import { type Guarded, type GuardLimits, guardOffers } from './guard.ts';
import { fitIssuedOffers } from './issued.ts';
import type { Offer } from './offer.ts';

export interface FindOffersDeps {
  readonly connector: Connector;
  readonly ledger: Ledger;
  readonly limits: Omit<GuardLimits, 'maxOffers'>;
  /** Whole deadline of the connector's answer. */
  readonly timeoutMs: number;
  readonly onFailure: 'empty' | 'stale' | 'error';
  readonly now: () => number;
  readonly fetch: typeof fetch;
  readonly log: Log;
  /** Work that may outlive the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export type Question = Omit<OffersQuestion, 'basket' | 'basketState'> & { readonly basket: Basket };

/** How long the parts took and what they said, for the request's log line. */
export interface FindOffersReport {
  outcome: 'offers' | 'empty_basket' | 'mixed_currencies' | OffersFailure['failed'] | 'timeout' | 'not_remembered';
  upstreamMs?: number;
  storageMs?: number;
  /** Reasons of the guard, counted. */
  counts?: Record<string, number>;
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

  const guarded = guardOffers(answer.offers, priced, {
    ...deps.limits,
    maxOffers: deps.connector.capabilities.maxOffers,
  });
  logGuard(question, guarded, answer, report, deps.log);
  return remember(priced, guarded.offers, answer.basketState, report, deps);
}

type AskFailure = OffersFailure | { readonly failed: 'timeout'; readonly detail: string };

async function askConnector(question: OffersQuestion, deps: FindOffersDeps): Promise<OffersAnswer | AskFailure> {
  const signal = AbortSignal.timeout(deps.timeoutMs);
  const timeout = new Promise<AskFailure>((resolve) => {
    const expire = () => resolve({ failed: 'timeout', detail: `no answer within ${deps.timeoutMs} ms` });
    signal.addEventListener('abort', expire, { once: true });
  });
  const ask = async (): Promise<OffersAnswer | AskFailure> => {
    const basketState = deps.connector.capabilities.readsBasketState
      ? await deps.ledger.recallBasketState(question.basket.id)
      : undefined;
    const ctx = { signal, now: deps.now(), fetch: deps.fetch };
    return deps.connector.queryOffers({ ...question, ...(basketState !== undefined && { basketState }) }, ctx);
  };
  const failed = (error: unknown): AskFailure => ({ failed: 'error', detail: describeError(error) });
  return Promise.race([ask().catch(failed), timeout]);
}

const ERROR_OF = {
  timeout: 'upstream_timeout',
  unavailable: 'upstream_unavailable',
  error: 'upstream_error',
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

async function remember(
  basket: Basket,
  offers: readonly Offer[],
  basketState: Json | undefined,
  report: FindOffersReport,
  deps: FindOffersDeps,
): Promise<FoundOffers> {
  if (offers.length === 0) return { offers, report };
  const { shown, issued, leftOut } = fitIssuedOffers(offers, basket.version, basketState, deps.limits.priorityFirst);
  if (leftOut.length > 0) {
    deps.log('warn', 'offers_left_out', { basketId: basket.id, reason: 'issued_basket_full', fields: leftOut });
  }
  const write: IssuedBasket = {
    basketId: basket.id,
    version: basket.version,
    offers: issued,
    ...(basketState !== undefined && { basketState }),
    seenAt: deps.now(),
  };
  const failed = (error: unknown) =>
    deps.log('error', 'offers_not_remembered', { basketId: basket.id, error: describeError(error) });

  if (!issued.some((offer) => offer.notify)) {
    deps.waitUntil(deps.ledger.rememberOffers(write).catch(failed));
    return { offers: shown, report };
  }
  try {
    await deps.ledger.rememberOffers(write);
    report.storageMs = deps.now() - write.seenAt;
    return { offers: shown, report };
  } catch (error) {
    failed(error);
    report.outcome = 'not_remembered';
    if (deps.onFailure === 'error') return { error: { kind: 'storage_unavailable' }, report };
    return { offers: shown.filter((offer) => !offer.notify), report };
  }
}

function logGuard(
  question: Question,
  guarded: Guarded,
  answer: OffersAnswer,
  report: FindOffersReport,
  log: Log,
): void {
  const reasons = [
    ...guarded.drops.map(({ reason }) => reason),
    ...guarded.trimmed.map(() => 'trimmed'),
    ...(answer.declined ?? []).map(({ reason }) => `declined: ${reason}`),
  ];
  if (reasons.length === 0) return;
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  report.counts = counts;
  if (guarded.drops.length === 0) return;
  log('warn', 'offers_guarded', {
    requestId: question.requestId,
    basketId: question.basket.id,
    counts,
    fields: guarded.drops.flatMap(({ id }) => id ?? []).slice(0, 20),
  });
}
