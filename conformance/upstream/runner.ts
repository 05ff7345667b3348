/** Runs the checks one after the other. A plain basket goes first: is there anybody, and are we known? */
import { type ClientOptions, createClient } from '../client.ts';
import type { Exchange } from '../exchange.ts';
import { type Check, type Finding, failed, notJudged } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { anyFirstBasket, createContext, type Run } from './context.ts';

export interface SuiteOptions
  extends Omit<ClientOptions, 'credentials'>,
    Pick<Run, 'sample' | 'name' | 'credentials' | 'wrongCredentials'> {
  readonly checks?: readonly Check[];
}

export interface Result {
  readonly check: Check;
  readonly finding: Finding;
}

export interface Outcome {
  readonly results: readonly Result[];
  readonly exchanges: readonly Exchange[];
  readonly ms: number;
  /** Why the run ended before its end; null when it did not. */
  readonly stopped: string | null;
  readonly isSuccess: boolean;
}

/** Nobody answers, so there is nothing to judge. */
export class Unreachable extends Error {}

/** The upstream does not know us. */
export class Unknown extends Error {}

export async function runSuite(options: SuiteOptions): Promise<Outcome> {
  const startedAt = performance.now();
  // Who we are is a header of each call, because there are four ways to say it.
  const client = createClient({ ...options, credentials: { username: '', password: '' } });
  let count = 0;
  const run: Run = { ...options, client, firstBasket: anyFirstBasket(), next: () => ++count };
  await probe(run);

  const results: Result[] = [];
  for (const check of options.checks ?? CHECKS) results.push({ check, finding: await judge(run, check) });
  const stopped = client.stopped();
  return {
    results,
    exchanges: client.exchanges,
    ms: performance.now() - startedAt,
    stopped,
    isSuccess: stopped === null && results.every(({ finding }) => finding.status !== 'failed'),
  };
}

async function probe(run: Run): Promise<void> {
  const context = createContext(run, 'plain/basket');
  const { answer, error, url } = await context.ask(context.question());
  if (answer === null) {
    throw new Unreachable(
      `${url} cannot be reached: ${error}. Is it running, and is --url right? /offers is added to it.`,
    );
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new Unknown(`${url} answers ${answer.status}: give --auth and the credentials it is set up with.`);
  }
}

async function judge(run: Run, check: Check): Promise<Finding> {
  const { client } = run;
  const why = client.stopped();
  if (why !== null) return notJudged(why);
  try {
    const finding = await check.run(createContext(run, check.id));
    const ended = client.stopped();
    return ended !== null && finding.status === 'failed' ? notJudged(ended) : finding;
  } catch (error) {
    return failed(`the answer could not be judged: ${(error as Error).message}`, client.exchanges.at(-1) ?? null);
  }
}
