/** POST /offers as the domain sees it: ask the connector, guard what it says, remember what is shown, answer. */
import type { AdapterError } from '../common/errors.ts';
import type { Json } from '../common/json.ts';
import { isFailure, type OffersQuestion } from '../connectors/connector.ts';
import type { AskFailure } from './ask-connector.ts';
import { type AskOnceDeps, askOnce } from './ask-once.ts';
import type { Basket } from './basket.ts';
import { dropInexact } from './exact.ts';
import { type GuardLimits, guardOffers } from './guard.ts';
import type { KeptAnswer } from './kept-answers.ts';
import type { OffersMemory } from './memory.ts';
import type { Offer } from './offer.ts';
import { QuestionKey } from './question-key.ts';
import { type RememberDeps, rememberOffers } from './remember-offers.ts';
import { type FindOffersReport, reportGuard } from './report.ts';

export interface FindOffersDeps extends AskOnceDeps, RememberDeps {
  readonly ledger: AskOnceDeps['ledger'] & RememberDeps['ledger'];
  readonly memory: OffersMemory;
  readonly maxPoints: GuardLimits['maxPoints'];
  readonly onFailure: 'empty' | 'stale' | 'error';
  /** How long an answer is given again without asking; 0 = never. */
  readonly cacheMs: number;
}

export type Question = Omit<OffersQuestion, 'basket' | 'basketState'> & {
  readonly basket: Basket;
  /** Significant digits that the caller reads unchanged; absent = any. */
  readonly exactDigits?: number;
};

export type FoundOffers =
  | { readonly offers: readonly Offer[]; readonly report: FindOffersReport }
  | { readonly error: AdapterError; readonly report: FindOffersReport };

/** Longer than most failures, and not so long that many offers end meanwhile. */
const STALE_MS = 10 * 60 * 1000;

export async function findOffers({ exactDigits, ...asked }: Question, deps: FindOffersDeps): Promise<FoundOffers> {
  const { basket } = asked;
  if (basket.items.length === 0) return { offers: [], report: { outcome: 'empty_basket' } };
  if (basket.currency === null) return { offers: [], report: { outcome: 'mixed_currencies' } };
  const question = { ...asked, basket: { ...basket, currency: basket.currency } };
  const key = new QuestionKey(question, exactDigits);

  const known = deps.cacheMs > 0 ? await findKept(question, key, deps.cacheMs, deps) : undefined;
  if (known !== undefined) return show(question, key, known, { outcome: 'offers', cache: 'hit' }, deps);

  const { answer, ...how } = await askOnce(question, key, deps);
  const report: FindOffersReport = { outcome: 'offers', ...how };
  if (isFailure(answer)) return giveUp(answer, question, key, report, deps);

  const { maxPoints, priorityFirst, connector } = deps;
  const { maxOffers, readsBasketState } = connector.capabilities;
  const safe = guardOffers(answer.offers, question.basket, { maxPoints, priorityFirst, maxOffers });
  const guarded = dropInexact(safe, exactDigits);
  reportGuard(question, guarded, answer, report, deps.log);
  const { basketState } = answer;
  const anyVersion = !readsBasketState && basketState === undefined;
  return show(question, key, { offers: guarded.offers, basketState, anyVersion, at: deps.now() }, report, deps);
}

/** What is to be shown; with a version, it is remembered already as of then. */
type Showable = Omit<KeptAnswer, 'version' | 'basketId'> & {
  readonly version?: number;
  readonly basketState?: Json | undefined;
};

async function show(
  { basket }: OffersQuestion,
  key: QuestionKey,
  { offers, basketState, version, ...origin }: Showable,
  report: FindOffersReport,
  deps: FindOffersDeps,
): Promise<FoundOffers> {
  // An answer for another content of the basket may have been remembered since, unless this very version was.
  if (version !== undefined && version >= basket.version) return { offers, report };
  const { shown, failed, storageMs, committed } = await rememberOffers(basket, offers, basketState, deps);
  if (storageMs !== undefined) report.storageMs = storageMs;
  const keepMs = Math.max(deps.cacheMs, deps.onFailure === 'stale' ? STALE_MS : 0);
  if (keepMs > 0) {
    const keep = async () => {
      if (!(await committed)) return;
      const answer = { ...origin, offers: shown, basketId: basket.id, version: basket.version };
      deps.memory.answers.keep(await key.hash(), answer, deps.now() - keepMs);
    };
    deps.waitUntil(keep());
  }
  if (!failed) return { offers: shown, report };
  report.outcome = 'not_remembered';
  return deps.onFailure === 'error' ? { error: { kind: 'storage_unavailable' }, report } : { offers: shown, report };
}

async function findKept({ basket }: OffersQuestion, key: QuestionKey, maxAgeMs: number, deps: FindOffersDeps) {
  return deps.memory.answers.find(await key.hash(), basket.version, deps.now() - maxAgeMs);
}

const ERROR_OF = {
  timeout: 'upstream_timeout',
  unavailable: 'upstream_unavailable',
  error: 'upstream_error',
  unaskable: 'upstream_error',
  storage: 'storage_unavailable',
} as const;

async function giveUp(
  failure: AskFailure,
  question: OffersQuestion,
  key: QuestionKey,
  report: FindOffersReport,
  deps: FindOffersDeps,
): Promise<FoundOffers> {
  report.outcome = failure.failed;
  // Told once, by the request that asked; the request's own line says what became of the others.
  if (report.cache !== 'shared' && report.breaker !== 'open') {
    deps.log('warn', 'offers_failed', {
      requestId: question.requestId,
      connector: deps.connector.name,
      reason: failure.failed,
      error: failure.detail,
      ...(failure.failed === 'misconfigured' && { setting: failure.setting }),
    });
  }
  if (failure.failed === 'misconfigured') return { error: { kind: 'misconfigured' }, report };
  if (deps.onFailure === 'error') return { error: { kind: ERROR_OF[failure.failed] }, report };
  const kept = deps.onFailure === 'stale' ? await findKept(question, key, STALE_MS, deps) : undefined;
  if (kept === undefined) return { offers: [], report };
  report.cache = 'stale';
  return show(question, key, kept, report, deps);
}
