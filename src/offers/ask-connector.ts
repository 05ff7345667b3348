/** One question to the connector, within its deadline; whatever it does comes back as an answer or a failure. */
import * as v from 'valibot';
import { isObject } from '../common/json.ts';
import { describeError } from '../common/log.ts';
import type { Connector, OffersAnswer, OffersFailure, OffersQuestion } from '../connectors/connector.ts';
import type { Ledger } from '../ledger/ledger.ts';

export interface AskDeps {
  readonly connector: Connector;
  readonly ledger: Pick<Ledger, 'recallBasketState'>;
  /** Whole deadline of the answer, reading it included. */
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly fetch: typeof fetch;
}

export type AskFailure =
  | OffersFailure
  | TimedOut
  /** Our own: what was remembered of the basket could not be read. */
  | { readonly failed: 'storage'; readonly detail: string };

export async function askConnector(question: OffersQuestion, deps: AskDeps): Promise<OffersAnswer | AskFailure> {
  const failed = (error: unknown): AskFailure => ({ failed: 'error', detail: describeError(error) });
  return withinDeadline(deps.timeoutMs, (signal) => ask(question, signal, deps).catch(failed));
}

export interface TimedOut {
  readonly failed: 'timeout';
  readonly detail: string;
}

/** The answer, or `timeout`, when `signal` ends too. */
export function withinDeadline<T>(
  timeoutMs: number,
  answer: (signal: AbortSignal) => Promise<T>,
): Promise<T | TimedOut> {
  const signal = AbortSignal.timeout(timeoutMs);
  const timeout = new Promise<TimedOut>((resolve) => {
    const expire = () => resolve({ failed: 'timeout', detail: `no answer within ${timeoutMs} ms` });
    signal.addEventListener('abort', expire, { once: true });
  });
  return Promise.race([answer(signal), timeout]);
}

async function ask(question: OffersQuestion, signal: AbortSignal, deps: AskDeps): Promise<OffersAnswer | AskFailure> {
  const { connector, ledger } = deps;
  let asked = question;
  if (connector.capabilities.readsBasketState) {
    try {
      const basketState = await ledger.recallBasketState(question.basket.id);
      if (basketState !== undefined) asked = { ...question, basketState };
    } catch (error) {
      return { failed: 'storage', detail: describeError(error) };
    }
  }
  return checkShape(await connector.queryOffers(asked, { signal, now: deps.now(), fetch: deps.fetch }));
}

const FailureSchema = v.variant('failed', [
  v.looseObject({ failed: v.picklist(['unavailable', 'error', 'unaskable']), detail: v.string() }),
  v.looseObject({ failed: v.literal('misconfigured'), setting: v.string(), detail: v.string() }),
]);
const AnswerSchema = v.looseObject({
  offers: v.array(v.unknown()),
  declined: v.optional(v.array(v.looseObject({ id: v.string(), reason: v.string() }))),
});

/** A connector may be wrong about itself: what it answers is looked at before it is relied on. */
function checkShape(answer: OffersAnswer | OffersFailure): OffersAnswer | AskFailure {
  if (isObject(answer) && v.is('failed' in answer ? FailureSchema : AnswerSchema, answer)) return answer;
  return { failed: 'error', detail: 'the connector gave no list of offers' };
}
