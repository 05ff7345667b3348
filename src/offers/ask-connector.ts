/** One question to the connector, within its deadline; whatever it does comes back as an answer or a failure. */
import { isObject } from '../common/json.ts';
import { describeError } from '../common/log.ts';
import {
  type Connector,
  isFailure,
  type OffersAnswer,
  type OffersFailure,
  type OffersQuestion,
} from '../connectors/connector.ts';
import type { Ledger } from '../ledger/ledger.ts';

export interface AskDeps {
  readonly connector: Connector;
  readonly ledger: Pick<Ledger, 'recallBasketState'>;
  /** Whole deadline of the answer, reading it included. */
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly fetch: typeof fetch;
}

export type AskFailure = OffersFailure | { readonly failed: 'timeout'; readonly detail: string };

export async function askConnector(question: OffersQuestion, deps: AskDeps): Promise<OffersAnswer | AskFailure> {
  const signal = AbortSignal.timeout(deps.timeoutMs);
  const timeout = new Promise<AskFailure>((resolve) => {
    const expire = () => resolve({ failed: 'timeout', detail: `no answer within ${deps.timeoutMs} ms` });
    signal.addEventListener('abort', expire, { once: true });
  });
  const failed = (error: unknown): AskFailure => ({ failed: 'error', detail: describeError(error) });
  return Promise.race([ask(question, signal, deps).catch(failed), timeout]);
}

async function ask(question: OffersQuestion, signal: AbortSignal, deps: AskDeps): Promise<OffersAnswer | AskFailure> {
  const { connector, ledger } = deps;
  const { readsBasketState } = connector.capabilities;
  const basketState = readsBasketState ? await ledger.recallBasketState(question.basket.id) : undefined;
  const asked = basketState === undefined ? question : { ...question, basketState };
  return checkShape(await connector.queryOffers(asked, { signal, now: deps.now(), fetch: deps.fetch }));
}

/** A connector may be wrong about itself: what it answers is looked at before it is relied on. */
function checkShape(answer: OffersAnswer | OffersFailure): OffersAnswer | AskFailure {
  const isList = (value: unknown) => value === undefined || (Array.isArray(value) && value.every(isObject));
  const isAnswer = (value: unknown) => isObject(value) && Array.isArray(value.offers) && isList(value.declined);
  if (isObject(answer) && (isFailure(answer) || isAnswer(answer))) return answer;
  return { failed: 'error', detail: 'the connector gave no list of offers' };
}
