/** One question to the connector, unless the breaker is open or somebody is asking the same already. */
import { isFailure, type OffersAnswer, type OffersQuestion } from '../connectors/connector.ts';
import { type AskDeps, type AskFailure, askConnector, withinDeadline } from './ask-connector.ts';
import type { Breaker, Verdict } from './breaker.ts';
import type { Flights } from './flights.ts';
import type { QuestionKey } from './question-key.ts';

export interface AskOnceDeps extends AskDeps {
  readonly memory: { readonly breaker: Breaker; readonly flights: Flights };
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export interface Asked {
  readonly answer: OffersAnswer | AskFailure;
  /** What we waited, whoever asked. */
  readonly upstreamMs?: number;
  readonly cache?: 'shared';
  readonly breaker?: 'open' | 'probe';
}

const OPEN: Asked = {
  answer: { failed: 'unavailable', detail: 'the upstream failed several times in a row and is left alone' },
  breaker: 'open',
};

export async function askOnce(question: OffersQuestion, key: QuestionKey, deps: AskOnceDeps): Promise<Asked> {
  const { memory, timeoutMs, now } = deps;
  const startedAt = now();
  const call = memory.breaker.enter(startedAt, timeoutMs);
  if (call === null) return OPEN;
  // What a probe would join began before the breaker opened.
  const shared = call.probe ? undefined : memory.flights.find(key, startedAt);
  if (shared !== undefined) {
    // Its end may come late or never, but this request's own deadline does.
    const answer = await withinDeadline(timeoutMs, () => shared);
    return { answer, upstreamMs: now() - startedAt, cache: 'shared' };
  }
  const asking = askConnector(question, deps).then((answer) => {
    memory.breaker.settle(call, verdictOf(answer), now());
    return answer;
  });
  memory.flights.add(key, asking, startedAt + timeoutMs, startedAt);
  // A caller that hangs up and asks again finds the answer it left.
  deps.waitUntil(asking);
  const answer = await asking;
  return { answer, upstreamMs: now() - startedAt, ...(call.probe && { breaker: 'probe' }) };
}

/** The upstream may not even have been asked. */
const OURS: ReadonlySet<AskFailure['failed']> = new Set(['misconfigured', 'storage', 'unaskable']);

function verdictOf(answer: OffersAnswer | AskFailure): Verdict {
  if (!isFailure(answer)) return 'ok';
  return OURS.has(answer.failed) ? 'unknown' : 'failed';
}
