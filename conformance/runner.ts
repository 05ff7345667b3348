/**
 * Runs checks against a server, one after the other, and says what became of each. First a plain basket is sent in each
 * version: it tells whether there is a server, whether it knows us, and which versions it serves.
 */
import type { OffersRequest } from './basket.ts';
import { type Check, failed, isAsked, notJudged, type Verdict } from './check.ts';
import { VERSIONS } from './checks/index.ts';
import { type Client, type ClientOptions, createClient } from './client.ts';
import { createContext, DEFAULT_PACE, type Pace, type Run } from './context.ts';
import { at, type Exchange, jsonOf, type Level, type Version } from './exchange.ts';

export interface SuiteOptions extends ClientOptions {
  readonly checks: readonly Check[];
  /** `contract` leaves the checks of good practice out. */
  readonly level: Level;
  /** Null tries both; a version that is not served then fails nothing. */
  readonly version: Version | null;
  /** In place of the document's basket. */
  readonly basket?: OffersRequest | null;
  readonly pace?: Pace;
  /** Of this run, to tell its orders from another's. */
  readonly name: string;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  /** How many were judged before it. */
  readonly done: number;
  readonly total: number;
  readonly version: Version;
  readonly id: string;
  /** Null when it begins. */
  readonly result: Result | null;
}

export interface Result {
  readonly version: Version;
  readonly check: Check;
  readonly verdict: Verdict | { readonly status: 'not served' };
  readonly ms: number;
}

export interface Served {
  readonly version: Version;
  readonly isServed: boolean;
  /** Of the plain basket, where it was refused: `400 unsupported_api_version`. */
  readonly answer: string | null;
}

export interface Outcome {
  readonly versions: readonly Served[];
  readonly results: readonly Result[];
  readonly exchanges: readonly Exchange[];
  readonly ms: number;
  /** Why the run ended before its end; null when it did not. */
  readonly stopped: string | null;
  readonly isSuccess: boolean;
}

/** The server cannot be judged at all; the message says what to do. */
export class Unreachable extends Error {}

export async function runSuite(options: SuiteOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const client = createClient(options);
  let count = 0;
  const run: Run = {
    client,
    pace: options.pace ?? DEFAULT_PACE,
    basket: options.basket ?? null,
    name: options.name,
    next: () => ++count,
  };

  const tried = options.version === null ? VERSIONS : [options.version];
  const versions: Served[] = [];
  for (const version of tried) versions.push(await probe(run, version, versions.length > 0));

  const planned = versions.flatMap(({ version, isServed }) =>
    options.checks
      .filter((check) => isAsked(check, version, options.level))
      .map((check) => ({ version, isServed, check })),
  );
  const total = planned.filter(({ isServed }) => isServed).length;
  let done = 0;
  const results: Result[] = [];
  for (const { version, isServed, check } of inRunningOrder(planned)) {
    const report = (result: Result | null) => options.onProgress?.({ done, total, version, id: check.id, result });
    if (!isServed) {
      results.push({ version, check, verdict: { status: 'not served' }, ms: 0 });
      continue;
    }
    report(null);
    const before = performance.now();
    const verdict = await judge(run, check, version);
    const result = { version, check, verdict, ms: performance.now() - before };
    report(result);
    done += 1;
    results.push(result);
  }

  const all = planned.flatMap(
    (plan) => results.find(({ version, check }) => version === plan.version && check === plan.check) ?? [],
  );
  return {
    versions,
    results: all,
    exchanges: client.exchanges,
    ms: performance.now() - startedAt,
    stopped: client.stopped(),
    isSuccess: client.stopped() === null && isSuccess(all, versions, options.version !== null),
  };
}

/** Reviews look back on what the others have sent. */
function inRunningOrder<T extends { version: Version; check: Check }>(planned: readonly T[]): T[] {
  return VERSIONS.flatMap((version) => {
    const own = planned.filter((plan) => plan.version === version);
    return [...own.filter(({ check }) => !check.isReview), ...own.filter(({ check }) => check.isReview)];
  });
}

async function judge(run: Run, check: Check, version: Version): Promise<Verdict> {
  const { client } = run;
  const unfinished = () => {
    const why = client.stopped();
    return why === null ? null : notJudged(why, true);
  };
  const before = unfinished();
  if (before !== null && !check.isReview) return before;
  try {
    const context = createContext(run, { check: check.id, level: check.level, version });
    const verdict = await check.run(context);
    // A check that ran out of requests or time has not seen what it judges; a review still has what it points at.
    const isUnseen = verdict.status === 'failed' && (!check.isReview || verdict.exchange === null);
    return isUnseen ? (unfinished() ?? verdict) : verdict;
  } catch (error) {
    return failed(`the answer could not be judged: ${(error as Error).message}`, client.exchanges.at(-1) ?? null);
  }
}

/**
 * @param isKnown another version was answered, so there is a server and it knows us
 * @throws Unreachable when there is no answer, or the credentials are refused
 */
async function probe(run: Run, version: Version, isKnown: boolean): Promise<Served> {
  const context = createContext(run, { check: 'plain/basket', level: 'contract', version });
  const exchange = await context.offers(context.offersRequest());
  const { answer, error } = exchange;
  const status = answer?.status ?? 0;
  if (answer === null && !isKnown) {
    throw new Unreachable(`${exchange.url} cannot be judged: ${error}. ${adviceFor(run.client, error ?? '')}`);
  }
  if ((status === 401 || status === 403) && !isKnown) {
    throw new Unreachable(
      `${exchange.url} answers ${status} to this user name and password. Give those the server is set up with.`,
    );
  }
  const isServed = status < 400 || status >= 500;
  const code = at(jsonOf(answer), 'errors.0.code');
  return { version, isServed, answer: isServed ? null : [status, code].filter(Boolean).join(' ') };
}

function adviceFor(client: Client, error: string): string {
  if (client.stopped() !== null) return 'Run it again.';
  if (error.includes('certificate')) return 'NODE_EXTRA_CA_CERTS=FILE makes Node trust another certificate authority.';
  return 'Is the server running, and is --url the one it listens on? --timeout gives a slow one more time.';
}

/** A gap in what was judged is no success: it says too little about the server. */
function isSuccess(results: readonly Result[], versions: readonly Served[], isNamed: boolean): boolean {
  const isBad = ({ verdict }: Result) =>
    verdict.status === 'failed' || (verdict.status === 'not judged' && verdict.isGap);
  if (results.some(isBad) || !results.some(({ verdict }) => verdict.status === 'passed')) return false;
  return isNamed ? versions.every(({ isServed }) => isServed) : versions.some(({ isServed }) => isServed);
}
