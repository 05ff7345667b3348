/** What an order used, by a mapping: sent, judged, and looked up where the upstream remembers no keys. */
import * as v from 'valibot';
import { hashParts } from '../../../common/hash.ts';
import type { CallContext, UsageCommit, UsageFailure, UsageFound, UsageResult } from '../../connector.ts';
import { type Dialect, judgeUsage } from '../judge-usage.ts';
import { sentToAnother, toBasket, toChannel, type UsagesCall } from '../map.ts';
import type { Answer, NoAnswer } from '../upstream/call.ts';
import type { UpstreamRequest } from '../upstream/request.ts';
import type { NoToken } from '../upstream/token.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CompiledLookup, CompiledMapping } from './compiled.ts';
import { createDialect, meansBy } from './dialect.ts';
import { createRequest } from './render-request.ts';
import { createTeller, TemplateError } from './template-error.ts';
import type { Helper } from './values.ts';

/** What is kept of a call whose outcome is unknown: sent again byte for byte. */
const SentSchema = v.object({
  mapping: v.string(),
  request: v.object({
    method: v.string(),
    target: v.string(),
    headers: v.record(v.string(), v.string()),
    body: v.nullable(v.string()),
  }),
  lines: v.array(v.object({ id: v.string(), key: v.string() })),
});

type Call = UsagesCall & { readonly request: UpstreamRequest };

export function createUsageCommit(
  { name, money, tables, usages }: CompiledMapping,
  helpers: Readonly<Record<string, Helper>>,
  { send, clean }: Upstream,
) {
  const render = createRequest(usages, 'usages', helpers, money);
  const toDetail = createTeller(name, clean);
  const { lookup } = usages;
  const dialectOf = createDialect({ ...usages, section: 'usages', toDetail }, helpers);

  async function commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure> {
    const context = contextOf(commit, tables);
    if (context.discounts.length === 0) return { outcomes: new Map() };
    const { call: sentBefore } = commit.attempt;
    return orLater(async (): Promise<UsageResult | UsageFailure> => {
      // Without keys it was looked up before: what is due now was not done, and its neighbours may have been.
      const isAgain = sentBefore !== undefined && usages.repeat === 'key';
      const call = isAgain ? readCall(sentBefore, name) : await renderCall(context, commit);
      if (call === null) return sentToAnother(sentBefore);
      const dialect = dialectOf(context);
      const answer = await send(call.request, ctx, (it) => meansBy(dialect, it) === 'credentials');
      const judged = judgeUsage(answer, call, idsOf(context), ctx.now, clean, dialect);
      if (usages.repeat === 'key' || isUndone(answer, dialect)) return judged;
      return inDoubt(judged, call, lookup?.afterSeconds);
    });
  }

  async function renderCall(context: Context, commit: UsageCommit): Promise<Call> {
    const lines = context.discounts.map(({ id, key }) => ({ id, key }));
    const key = await hashParts(...context.keys.toSorted());
    const request = await render({ ...context, key }, currencyOf(commit));
    return { request, lines, text: JSON.stringify({ mapping: name, request, lines }) };
  }

  function createLookup(lookup: CompiledLookup) {
    const renderLookup = createRequest(lookup, 'usages.lookup', helpers, money);
    const dialectOfLookup = createDialect({ ...lookup, section: 'usages.lookup', toDetail }, helpers);
    const { afterSeconds } = lookup;
    /** Of a worker that vanished, or threw, nobody knows when it called: only an outcome that was told had its time since. */
    const isTimeUp = ({ attempt: { call, isTakenOver } }: UsageCommit) =>
      afterSeconds === undefined || (call !== undefined && isTakenOver !== true);
    const giveTime = ({ text: call }: Call): UsageFailure => {
      const detail = 'nobody knows the order yet: usages.lookup.afterSeconds is given first';
      return { failed: 'unknown', call, afterMs: (afterSeconds ?? 0) * 1000, detail };
    };
    return (commit: UsageCommit, ctx: CallContext): Promise<UsageFound> =>
      orLater(async (): Promise<UsageFound> => {
        const { call: sentBefore } = commit.attempt;
        if (sentBefore !== undefined && readCall(sentBefore, name) === null) return sentToAnother(sentBefore);
        const context = contextOf(commit, tables);
        const { meaningOf, resultsOf } = dialectOfLookup(context);
        const answer = await send(await renderLookup(context, currencyOf(commit)), ctx, (it) => {
          return meansBy({ meaningOf }, it) === 'credentials';
        });
        const told = 'status' in answer ? meaningOf(answer) : { meaning: null };
        const known = 'flaw' in told ? told : told.meaning === 'absent' ? null : { meaning: told.meaning };
        if (known === null) return isTimeUp(commit) ? 'absent' : giveTime(await renderCall(context, commit));
        const dialect = { resultsOf, meaningOf: () => known };
        const call = { text: '', lines: context.discounts };
        const found = judgeUsage(answer, call, idsOf(context), ctx.now, clean, dialect);
        // A look-up changes nothing: what it does not say is asked for again.
        if (!('failed' in found) || found.failed === 'paused') return found;
        return { failed: 'later', ...('afterMs' in found && { afterMs: found.afterMs }), detail: found.detail };
      });
  }

  /** A request that one order makes impossible is that order's: the others go on, and a person reads why it waits. */
  async function orLater<T>(work: () => Promise<T>): Promise<T | UsageFailure> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { failed: 'later', detail: toDetail(error) };
    }
  }

  return { commitUsage, findUsage: lookup === undefined ? null : createLookup(lookup) };
}

/** Nothing was sent, or the upstream has begun nothing, by its status or in its own words. */
function isUndone(answer: Answer | NoAnswer | NoToken, dialect: Dialect): boolean {
  if (!('status' in answer)) return 'noToken' in answer;
  const { status } = answer;
  return status >= 400 && (status < 500 || status === 503 || meansBy(dialect, answer) === 'later');
}

/**
 * An answer of an upstream without keys that does not say that nothing was done: "later" may be what it has begun. It is
 * looked up before it is sent again, or left to a person.
 */
function inDoubt(
  judged: UsageResult | UsageFailure,
  { text, lines }: Call,
  afterSeconds: number | undefined,
): UsageResult | UsageFailure {
  const wait = afterSeconds === undefined ? {} : { afterMs: afterSeconds * 1000 };
  if ('failed' in judged) {
    if (judged.failed === 'unknown') return { ...wait, ...judged };
    if (judged.failed === 'later') return { ...wait, ...judged, failed: 'unknown', call: text };
    // A redirect may lead to what was just made.
    return judged.failed === 'paused' ? { ...judged, call: text } : judged;
  }
  const outcomes = new Map(judged.outcomes);
  for (const { id } of lines) {
    const outcome = outcomes.get(id) ?? { status: 'later' };
    if (outcome.status === 'later') {
      outcomes.set(id, { status: 'unknown', ...wait, ...('afterMs' in outcome && { afterMs: outcome.afterMs }) });
    }
  }
  return { ...judged, outcomes };
}

type Context = ReturnType<typeof contextOf>;

/** What templates see of an order: the lines that are due. */
function contextOf(
  { orderKey, orderNumber, generation, basket, channel, discounts }: UsageCommit,
  tables: CompiledMapping['tables'],
) {
  const due = discounts.filter(({ state }) => state === 'due');
  return {
    ...{ orderKey, orderNumber, generation, tables },
    basket: basket === null ? null : toBasket(basket),
    channel: toChannel({ ...channel, staffEmail: null }),
    keys: due.map(({ key }) => key),
    discounts: due.map(({ id, key, type, amount, currency, reference }) => {
      return { id, key, type, amount, currency, reference };
    }),
  };
}

const idsOf = ({ discounts }: Context) => new Set(discounts.map(({ id }) => id));

/** A call as it was sent before; null where it is none of this mapping's, whose upstream does not know of it. */
function readCall(text: string, mapping: string): Call | null {
  const read = v.safeParse(SentSchema, JSON.parse(text));
  return read.success && read.output.mapping === mapping ? { ...read.output, text } : null;
}

/** Of an order without a basket: that of its discounts, where one is money; else ISO 4217's word for none. */
function currencyOf({ basket, discounts }: UsageCommit): string {
  return basket?.currency ?? discounts.find(({ currency }) => currency !== null)?.currency ?? 'XXX';
}
