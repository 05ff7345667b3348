/** What an answer of `POST /usages` means for the order's lines: the status table of README.md, "After the order". */
import * as v from 'valibot';
import type { Outcome, UsageFailure, UsageResult } from '../connector.ts';
import type { UsagesCall } from './map.ts';
import { type LineResult, ResultsSchema } from './schemas.ts';
import { type Answer, isBlank, type NoAnswer, parseBody } from './upstream/call.ts';
import { type Clean, describeAnswer, toText } from './upstream/describe-answer.ts';
import { readRetryAfter } from './upstream/retry-after.ts';
import type { NoToken } from './upstream/token.ts';

const REFUSED = new Set([400, 413, 422]);
const LATER = new Set([408, 409, 425, 429]);
/** Words of whatever stands in front of the upstream: it got the call, and its answer was none or came too late. */
const LOST_ON_THE_WAY = new Set([502, 504, 520, 524]);
const MAX_REASON = 300;
const MAX_REFERENCE = 200;

/** What an answer says of the call as a whole. */
export type Meaning =
  /** The body says the rest, line by line; nothing in it means all of them. */
  ('ok' | 'partly_done') | 'already_done' | ('later' | 'refused' | 'unknown') | ('credentials' | 'misconfigured');

/** How an upstream speaks that does not speak the bridge protocol. */
export interface Dialect<M extends string = Meaning> {
  /** Null where the status alone says it. */
  readonly meaningOf: (answer: Answer) => { readonly meaning: M | null } | Flaw;
  /** `all` accepted, or what is said line by line. */
  readonly resultsOf: (answer: Answer) => { readonly results: readonly LineResult[] | 'all' } | Flaw;
}

/** Why an answer is none that the dialect knows, in words that may be kept. */
export interface Flaw {
  readonly flaw: string;
}

const BRIDGE: Dialect = {
  meaningOf: () => ({ meaning: null }),
  resultsOf: ({ body }) => {
    if (isBlank(body)) return { results: 'all' };
    const read = v.safeParse(ResultsSchema, parseBody(body));
    return read.success ? read.output : { flaw: 'expected no body, or {"results": [...]}' };
  },
};

/**
 * @param call what was sent, and the lines in it
 * @param due ids that are due now; a call that is sent again may hold others
 * @param now epoch milliseconds
 */
export function judgeUsage(
  answer: Answer | NoAnswer | NoToken,
  call: UsagesCall,
  due: ReadonlySet<string>,
  now: number,
  clean: Clean,
  dialect: Dialect = BRIDGE,
): UsageResult | UsageFailure {
  if ('noToken' in answer) return toFailure(answer);
  if ('noAnswer' in answer) return { failed: 'unknown', call: call.text, detail: describeAnswer(answer, clean) };
  const { status, headers } = answer;
  const asked = call.lines.map(({ id }) => id).filter((id) => due.has(id));
  const wait = readRetryAfter(headers, now);
  const say = () => ({ detail: describeAnswer(answer, clean), status });
  const byStatus = meaningOf(answer);
  // What broke off may have said anything.
  const isUnfinished = isGood(status) && 'unfinished' in answer.body;
  const told = isUnfinished ? { meaning: null } : dialect.meaningOf(answer);
  // Whoever answers in words of its own may have carried it out.
  const puzzled = ({ flaw }: Flaw): UsageFailure => {
    return { failed: 'paused', cause: 'misconfigured', detail: `${flaw} (${say().detail})`, status, call: call.text };
  };
  // A page of whatever stands in front of the upstream puzzles a rule as well, and there the status says enough.
  if ('flaw' in told && byStatus === 'ok') return puzzled(told);
  const meaning = ('flaw' in told ? null : told.meaning) ?? byStatus;
  switch (meaning) {
    case 'ok':
    case 'partly_done':
    case 'already_done': {
      const read = meaning === 'already_done' ? { results: 'all' as const } : dialect.resultsOf(answer);
      return 'flaw' in read ? puzzled(read) : { outcomes: toOutcomes(read.results, asked, wait, clean), status };
    }
    case 'unknown':
      return { failed: 'unknown', call: call.text, ...say() };
    case 'refused': {
      const said = say();
      if (asked.length === due.size) return { failed: 'refused', ...said };
      return { outcomes: new Map(asked.map((id) => [id, { status: 'rejected', reason: said.detail }])), status };
    }
    case 'later':
      return { failed: 'later', ...wait, ...say() };
    case 'credentials':
    case 'misconfigured':
      return { failed: 'paused', cause: meaning, ...say() };
  }
}

/** Without a token nothing was sent. */
function toFailure({ noToken, detail }: NoToken): UsageFailure {
  return noToken === 'later' ? { failed: 'later', detail } : { failed: 'paused', cause: noToken, detail };
}

const isGood = (status: number) => status >= 200 && status < 300;

function meaningOf({ status, body }: Answer): Meaning {
  if (LOST_ON_THE_WAY.has(status) || (isGood(status) && 'unfinished' in body)) return 'unknown';
  if (isGood(status)) return 'ok';
  if (REFUSED.has(status)) return 'refused';
  if (LATER.has(status) || status >= 500) return 'later';
  return status === 401 || status === 403 ? 'credentials' : 'misconfigured';
}

function toOutcomes(
  results: readonly LineResult[] | 'all',
  asked: readonly string[],
  wait: { readonly afterMs?: number },
  clean: Clean,
): Map<string, Outcome> {
  if (results === 'all') return new Map(asked.map((id) => [id, { status: 'accepted' }]));
  const outcomes = new Map<string, Outcome>();
  for (const id of asked) {
    const [first, ...more] = results.filter((result) => result.id === id);
    if (first === undefined) continue;
    const agreed = more.every(({ status }) => status === first.status);
    // Yes and no in one answer is neither: the key makes it safe to ask again, and nothing is condemned or lost.
    outcomes.set(id, toOutcome(agreed ? first : { id, status: 'later', reason: 'contradictory results' }, wait, clean));
  }
  return outcomes;
}

function toOutcome(result: LineResult, wait: { readonly afterMs?: number }, clean: Clean): Outcome {
  const reason = clean(toText(result.reason) ?? '', MAX_REASON);
  switch (result.status) {
    case 'accepted': {
      const upstreamRef = clean(toText(result.reference) ?? '', MAX_REFERENCE, 'reference');
      return { status: 'accepted', ...(upstreamRef !== '' && { upstreamRef }) };
    }
    case 'rejected':
      return { status: 'rejected', reason: reason || 'no reason given' };
    case 'later':
      return { status: 'later', ...(reason !== '' && { reason }), ...wait };
  }
}
