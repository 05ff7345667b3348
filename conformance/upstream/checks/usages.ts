/**
 * Group `usages`: what an order used is taken, once for each key. Every check asks about a basket of its own first, and
 * uses what that basket was offered.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Exchange } from '../../exchange.ts';
import { type Check, type Finding, failed, NOTHING_OFFERED, notJudged, passed, USAGES } from '../check.ts';
import type { Context, Offered } from '../context.ts';
import { describeSaid, type Line, readSaid, type Said, toUsagesText, type Usage } from '../usages.ts';

const NEVER_OFFERED: Line = {
  id: 'conformance-never-offered',
  type: null,
  amount: null,
  currency: null,
  reference: null,
};

/** What shows an effect may come a moment after it. */
const SETTLE = { asks: 6, pauseMs: 50 };

interface Reported {
  readonly usage: Usage;
  readonly exchange: Exchange;
  readonly said: Said;
}

async function report(context: Context, usage: Usage, body?: string): Promise<Reported> {
  const exchange = await context.report(usage, body === undefined ? {} : { body });
  return { usage, exchange, said: readSaid(exchange, usage) };
}

/** Null where every line is accepted. */
function whyNotAccepted({ usage, exchange, said }: Reported, ids = usage.lines.map(({ id }) => id)): Finding | null {
  const seen = describeSaid(said, exchange);
  if (said.kind === 'busy') return notJudged(seen);
  if (said.kind !== 'lines') return failed(seen, exchange);
  const statusOf = (id: string) => said.lines.get(id)?.status;
  const missing = ids.filter((id) => statusOf(id) === undefined);
  if (missing.length > 0)
    return failed(`no result for ${missing.join(', ')}, so it is asked again and again`, exchange);
  if (ids.some((id) => statusOf(id) === 'rejected')) return failed(seen, exchange);
  return ids.some((id) => statusOf(id) === 'later') ? notJudged(seen) : null;
}

function judgeAccepted(reported: Reported): Finding {
  return whyNotAccepted(reported) ?? passed(describeSaid(reported.said, reported.exchange));
}

/** Judges with a basket that was offered something. */
function withOffers(judge: (context: Context, offered: Offered) => Promise<Finding>): Check['run'] {
  return async (context) => {
    const offered = await context.offered();
    if (offered.offers.length === 0) return NOTHING_OFFERED;
    if (offered.lines.length === 0) return notJudged('no offer that came back is right and reported to /usages');
    return judge(context, offered);
  };
}

/** What two answers about the same keys say differently; null for nothing. */
function difference(first: Reported, again: Reported, ids = first.usage.lines.map(({ id }) => id)): string | null {
  const [a, b] = [first, again].map(({ said, exchange }) => {
    if (said.kind !== 'lines') return describeSaid(said, exchange);
    return JSON.stringify(ids.map((id) => said.lines.get(id) ?? null));
  });
  if (a === b) return null;
  return `first ${describeSaid(first.said, first.exchange)}; then ${describeSaid(again.said, again.exchange)}`;
}

const referencesOf = ({ said }: Reported) =>
  said.kind === 'lines' ? [...said.lines.values()].map(({ reference }) => reference) : [];

/** What the basket is offered, as text, once it is the same twice in a row; null where it never is. */
async function settled(context: Context, { question }: Offered): Promise<string | null> {
  let last: string | null = null;
  for (let asked = 0; asked < SETTLE.asks; asked += 1) {
    if (asked > 0) await pause(SETTLE.pauseMs);
    const { offers } = await context.offered(question);
    const text = JSON.stringify(offers);
    if (text === last) return text;
    last = text;
  }
  return null;
}

/** Statuses with which a body has not been looked at. */
const ELSEWHERE = [401, 403, 404, 405];

/** Each body is refused with 4xx. */
function refuses(route: 'offers' | 'usages'): Check['run'] {
  return async (context) => {
    const question = context.question();
    const usage = { orderNumber: null, order: question.requestId, basket: null, lines: [], channel: question.channel };
    const seen: string[] = [];
    for (const [name, body] of Object.entries({
      'no body': '',
      'broken JSON': '{"basket": {',
      '{}': '{}',
      '"x"': '"x"',
    })) {
      const exchange = await (route === 'offers' ? context.ask(question, { body }) : context.report(usage, { body }));
      const status = exchange.answer?.status ?? 0;
      if (exchange.error !== null) return failed(`${name}: ${exchange.error}`, exchange);
      if (status < 400 || status > 499) return failed(`${name}: ${status} in place of 4xx`, exchange);
      if (ELSEWHERE.includes(status)) return failed(`${name}: ${status}, which is not about the body`, exchange);
      seen.push(`${name}: ${status}`);
    }
    return passed(seen.join(', '));
  };
}

export const invalidOffers = refuses('offers');

export const usagesChecks: readonly Check[] = [
  {
    id: 'usages/accepted',
    expected: 'accepts what it offered: 2xx without a body, or with an accepted result for each line',
    section: USAGES,
    run: withOffers(async (context, offered) => judgeAccepted(await report(context, context.usage(offered)))),
  },
  {
    id: 'usages/nulls',
    expected: 'accepts an order of which neither number nor basket is known',
    section: USAGES,
    run: withOffers(async (context, offered) => {
      const usage = { ...context.usage(offered), orderNumber: null, basket: null };
      return judgeAccepted(await report(context, usage));
    }),
  },
  {
    id: 'usages/unknown-fields',
    expected: 'ignores fields that it does not know',
    section: USAGES,
    run: withOffers(async (context, offered) => {
      const usage = context.usage(offered);
      const body = JSON.parse(toUsagesText(usage)) as { discounts: object[] };
      const discounts = body.discounts.map((line) => ({ ...line, conformanceExtra: { a: null } }));
      return judgeAccepted(await report(context, usage, JSON.stringify({ ...body, discounts, conformanceExtra: 1 })));
    }),
  },
  {
    id: 'usages/same-answer',
    expected: 'answers the same call, byte for byte, as it did before',
    section: USAGES,
    run: withOffers(async (context, offered) => {
      const usage = context.usage(offered);
      const [first, again] = [await report(context, usage), await report(context, usage)];
      const open = whyNotAccepted(first);
      if (open !== null) return notJudged(`the order was not accepted: ${open.seen}`);
      if (again.said.kind === 'busy') return notJudged(describeSaid(again.said, again.exchange));
      const seen = difference(first, again);
      return seen === null ? passed(`twice ${describeSaid(first.said, first.exchange)}`) : failed(seen, again.exchange);
    }),
  },
  {
    id: 'usages/applied-once',
    expected: 'applies a key once: the same call again changes nothing',
    section: USAGES,
    run: withOffers(appliesOnce),
  },
  {
    id: 'usages/at-once',
    expected: 'answers the same call alike when it comes twice in the same moment',
    section: USAGES,
    run: withOffers(async (context, offered) => {
      const usage = context.usage(offered);
      const both = await Promise.all([report(context, usage), report(context, usage)]);
      // One may be told to come later, while the other is carried out.
      const isLater = ({ said, exchange }: Reported) => said.kind === 'busy' || exchange.answer?.status === 409;
      const [first, again] = [
        isLater(both[0]) ? await report(context, usage) : both[0],
        isLater(both[1]) ? await report(context, usage) : both[1],
      ];
      const open = whyNotAccepted(first) ?? whyNotAccepted(again);
      if (open?.status === 'not judged') return open;
      const seen = difference(first, again);
      if (seen !== null) return failed(seen, again.exchange);
      return open ?? passed(`both ${describeSaid(first.said, first.exchange)}`);
    }),
  },
  {
    id: 'usages/one-line-more',
    expected: 'keeps the answer of a key when a later call of the order has one line more',
    section: USAGES,
    run: withOffers(async (context, offered) => {
      const [line] = offered.lines;
      if (line === undefined || offered.lines.length < 2)
        return notJudged('it takes a basket with two offers that go together');
      const whole = context.usage(offered);
      const first = await report(context, { ...whole, lines: [line] });
      const open = whyNotAccepted(first);
      if (open !== null) return notJudged(`the first line was not accepted: ${open.seen}`);
      const later = await report(context, whole);
      if (later.said.kind === 'busy') return notJudged(describeSaid(later.said, later.exchange));
      const seen = difference(first, later, [line.id]);
      if (seen !== null) return failed(seen, later.exchange);
      return whyNotAccepted(later) ?? passed(describeSaid(later.said, later.exchange));
    }),
  },
  {
    id: 'usages/never-offered',
    expected: 'rejects an id that it never offered and accepts its neighbours, or refuses the call with 400, 413, 422',
    section: USAGES,
    // Alone where nothing was offered.
    run: async (context) => {
      const offered = await context.offered();
      const usage = context.usage(offered, [...offered.lines, NEVER_OFFERED]);
      const reported = await report(context, usage);
      const { said, exchange } = reported;
      const seen = describeSaid(said, exchange);
      if (said.kind === 'busy') return notJudged(seen);
      if (said.kind === 'refused') return passed(seen);
      if (said.kind === 'wrong') return failed(seen, exchange);
      if (said.lines.get(NEVER_OFFERED.id)?.status !== 'rejected') return failed(`not rejected: ${seen}`, exchange);
      const ids = offered.lines.map(({ id }) => id);
      return whyNotAccepted(reported, ids) ?? passed(seen);
    },
  },
  {
    id: 'usages/invalid-body',
    expected: 'refuses a missing or wrong body with 4xx, never with 2xx',
    section: USAGES,
    run: refuses('usages'),
  },
];

/** Shown by what the basket is offered before and after, or by the references of the results. */
async function appliesOnce(context: Context, offered: Offered): Promise<Finding> {
  const before = await settled(context, offered);
  const usage = context.usage(offered);
  const first = await report(context, usage);
  const open = whyNotAccepted(first);
  if (open !== null) return notJudged(`the order was not accepted: ${open.seen}`);
  const used = await settled(context, offered);
  const again = await report(context, usage);
  const repeated = await settled(context, offered);
  if (before !== null && used !== null && repeated !== null && before !== used) {
    const { exchange } = again;
    if (used !== repeated)
      return failed(`the basket's offers changed with the first call and again with the second`, exchange);
    return passed('the offers of the basket changed with the first call, and not with the second');
  }
  const [one, two] = [referencesOf(first), referencesOf(again)];
  const isShown = one.length > 0 && one.every((reference) => reference !== null) && new Set(one).size === one.length;
  if (!isShown || two.some((reference) => reference === null)) {
    return notJudged('neither the offers of the basket nor references of the results show what was applied');
  }
  if (again.said.kind !== 'lines') return notJudged(describeSaid(again.said, again.exchange));
  const seen = `references ${one.join(', ')}; then ${two.join(', ')}`;
  return one.join() === two.join()
    ? passed(`the same ${seen.slice(0, seen.indexOf(';'))}`)
    : failed(seen, again.exchange);
}
