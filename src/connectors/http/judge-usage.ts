/** What an answer of `POST /usages` means for the order's lines: the status table of README.md, "After the order". */
import * as v from 'valibot';
import type { Outcome, UsageFailure, UsageResult } from '../connector.ts';
import { type Answer, type NoAnswer, parseBody } from './call.ts';
import { type Clean, describeAnswer, toText } from './describe-answer.ts';
import type { UsagesCall } from './map.ts';
import { readRetryAfter } from './retry-after.ts';
import { type LineResult, ResultsSchema } from './schemas.ts';

const REFUSED = new Set([400, 413, 422]);
const LATER = new Set([408, 409, 425, 429]);
/** Words of whatever stands in front of the upstream: it got the call, and its answer was none or came too late. */
const LOST_ON_THE_WAY = new Set([502, 504, 520, 524]);
const MAX_REASON = 300;
const MAX_REFERENCE = 200;

/**
 * @param due ids of all lines that are due; one that joined the order after `call` was first sent is not in it
 * @param now epoch milliseconds
 */
export function judgeUsage(
  answer: Answer | NoAnswer,
  call: UsagesCall,
  due: ReadonlySet<string>,
  now: number,
  clean: Clean,
): UsageResult | UsageFailure {
  if ('noAnswer' in answer) return { failed: 'unknown', call: call.text, detail: describeAnswer(answer, clean) };
  const { status, headers, body } = answer;
  const asked = call.lines.map(({ id }) => id).filter((id) => due.has(id));

  if (status >= 200 && status < 300 && !('unfinished' in body)) {
    const outcomes = readOutcomes(body, asked, readRetryAfter(headers, now), clean);
    if (outcomes !== null) return { outcomes, status };
  }
  const said = { detail: describeAnswer(answer, clean), status };
  const isLost = LOST_ON_THE_WAY.has(status) || (status >= 200 && status < 300 && 'unfinished' in body);
  if (isLost) return { failed: 'unknown', call: call.text, ...said };
  if (REFUSED.has(status)) {
    if (asked.length === due.size) return { failed: 'refused', ...said };
    return { outcomes: new Map(asked.map((id) => [id, { status: 'rejected', reason: said.detail }])), status };
  }
  if (LATER.has(status) || status >= 500) return { failed: 'later', ...readRetryAfter(headers, now), ...said };
  const cause = status === 401 || status === 403 ? 'credentials' : 'misconfigured';
  // Whoever answers 2xx in words of its own may have carried it out.
  return { failed: 'paused', cause, ...said, ...(status >= 200 && status < 300 && { call: call.text }) };
}

/** Null for a body that is not the protocol's. */
function readOutcomes(
  body: Answer['body'],
  asked: readonly string[],
  wait: { readonly afterMs?: number },
  clean: Clean,
): Map<string, Outcome> | null {
  if ('text' in body && body.text.trim() === '') return new Map(asked.map((id) => [id, { status: 'accepted' }]));
  const read = v.safeParse(ResultsSchema, parseBody(body));
  if (!read.success) return null;
  const outcomes = new Map<string, Outcome>();
  for (const id of asked) {
    const [first, ...more] = read.output.results.filter((result) => result.id === id);
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
