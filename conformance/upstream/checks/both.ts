/** Group `auth`, and group `http`: reviews of everything that the run was answered, so they stand last. */
import { hasJsonType } from '../../check.ts';
import { type Exchange, show, textOf } from '../../exchange.ts';
import { BOTH_CALLS, type Check, describe, type Finding, failed, notJudged, passed } from '../check.ts';
import type { Context, Headers } from '../context.ts';

const isTurnedAway = ({ answer }: Exchange) => answer?.status === 401 || answer?.status === 403;

/** Both routes turn these credentials away. */
function turnsAway(credentialsOf: (wrong: Headers) => Headers): Check['run'] {
  return async (context) => {
    if (context.wrongCredentials === null) return notJudged('it is asked without credentials (--auth none)');
    const credentials = credentialsOf(context.wrongCredentials);
    const offered = await context.offered();
    const seen: string[] = [];
    const exchanges = [
      await context.ask(context.question(), { credentials }),
      await context.report(context.usage(offered), { credentials }),
    ];
    for (const exchange of exchanges) {
      if (!isTurnedAway(exchange)) return failed(`${exchange.ask.path}: ${describe(exchange)}`, exchange);
      seen.push(`${exchange.ask.path}: ${exchange.answer?.status}`);
    }
    return passed(seen.join(', '));
  };
}

/** No answer of the run is wrong in this respect; the first that is shows it. */
function review(flawOf: (exchange: Exchange) => string | null): (context: Context) => Finding {
  return ({ exchanges }) => {
    const wrong = exchanges.flatMap((exchange) => {
      const flaw = flawOf(exchange);
      return flaw === null ? [] : [{ exchange, flaw }];
    });
    const [first] = wrong;
    if (first === undefined) return passed(`${exchanges.length} answers`);
    const { exchange, flaw } = first;
    return failed(`${exchange.ask.path}: ${flaw} (${wrong.length} of ${exchanges.length} answers)`, exchange);
  };
}

const hasStatusIn = ({ answer }: Exchange, from: number) => Math.floor((answer?.status ?? 0) / 100) === from;

export const authChecks: readonly Check[] = [
  {
    id: 'auth/wrong',
    expected: 'answers 401 or 403 to wrong credentials, on both routes',
    section: BOTH_CALLS,
    run: turnsAway((wrong) => wrong),
  },
  {
    id: 'auth/none',
    expected: 'answers 401 or 403 to a call without credentials, on both routes',
    section: BOTH_CALLS,
    run: turnsAway(() => ({})),
  },
];

export const httpChecks: readonly Check[] = [
  {
    id: 'http/redirect',
    expected: 'never redirects: redirects are not followed',
    section: BOTH_CALLS,
    run: review((exchange) => {
      const to = exchange.answer?.headers.location;
      return hasStatusIn(exchange, 3) ? `${exchange.answer?.status} to ${show(to)}` : null;
    }),
  },
  {
    id: 'http/json',
    expected: 'answers in JSON and says so: content-type: application/json, UTF-8',
    section: BOTH_CALLS,
    run: review((exchange) => {
      const { answer } = exchange;
      // What goes with an error or without a body is read by nobody.
      if (!hasStatusIn(exchange, 2) || answer === null || answer.bytes.length === 0) return null;
      return textOf(answer) === null ? 'the body is not UTF-8' : hasJsonType(exchange);
    }),
  },
  {
    id: 'http/complete',
    expected: 'answers completely, with at most 1 MB',
    section: BOTH_CALLS,
    run: review(({ error }) => error),
  },
];
