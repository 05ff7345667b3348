/** What an order used, by a mapping: sent, judged, and looked up where the upstream remembers no keys. */
import * as v from 'valibot';
import { hashParts } from '../../../common/hash.ts';
import type { CallContext, UsageCommit, UsageFailure, UsageFound, UsageResult } from '../../connector.ts';
import { type Dialect, judgeUsage, type Meaning } from '../judge-usage.ts';
import { toBasket, toChannel, type UsagesCall } from '../map.ts';
import { ResultsSchema } from '../schemas.ts';
import type { Answer } from '../upstream/call.ts';
import type { UpstreamRequest } from '../upstream/request.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CompiledLookup, CompiledMapping, CompiledRule } from './compiled.ts';
import { createTemplate, type Helper, type Node } from './evaluate.ts';
import { createJudge, withAnswer } from './judge.ts';
import { createRequest } from './render-request.ts';
import { TemplateError } from './steps.ts';

/** What is kept of a call whose outcome is unknown: sent again byte for byte. */
const SentSchema = v.object({
  request: v.object({
    method: v.string(),
    target: v.string(),
    headers: v.record(v.string(), v.string()),
    body: v.nullable(v.string()),
  }),
  lines: v.array(v.object({ id: v.string(), key: v.string() })),
});

type Call = UsagesCall & { readonly request: UpstreamRequest };
const MAX_WORDS = 200;

export function createUsageCommit(
  { name, money, tables, usages }: CompiledMapping,
  helpers: Readonly<Record<string, Helper>>,
  { send, clean }: Upstream,
) {
  const render = createRequest(usages, helpers, money);
  const dialectOf = createDialect(usages.rules, usages.outcomes, helpers);

  async function commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure> {
    const context = contextOf(commit, tables);
    if (context.discounts.length === 0) return { outcomes: new Map() };
    const { call: sentBefore } = commit.attempt;
    return orLater(async () => {
      const call = sentBefore === undefined ? await renderCall(context, commit) : readCall(sentBefore);
      const answer = await send(call.request, ctx);
      return judgeUsage(answer, call, idsOf(context), ctx.now, clean, dialectOf(context));
    });
  }

  async function renderCall(context: Context, commit: UsageCommit): Promise<Call> {
    const lines = context.discounts.map(({ id, key }) => ({ id, key }));
    const key = await hashParts(...context.keys.toSorted());
    const request = await render({ ...context, key }, currencyOf(commit));
    return { request, lines, text: JSON.stringify({ request, lines }) };
  }

  function createLookup(lookup: CompiledLookup) {
    const renderLookup = createRequest(lookup, helpers, money);
    const judge = createJudge(lookup.rules, helpers);
    const dialectOfLookup = createDialect([], lookup.outcomes, helpers);
    return (commit: UsageCommit, ctx: CallContext): Promise<UsageFound> =>
      orLater(async (): Promise<UsageFound> => {
        const context = contextOf(commit, tables);
        const answer = await send(await renderLookup(context, currencyOf(commit)), ctx);
        const meaning = 'status' in answer ? judge(answer.status, withAnswer(context, answer)) : null;
        if (meaning === 'absent') return 'absent';
        const dialect = { ...dialectOfLookup(context), meaningOf: () => meaning };
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
      return { failed: 'later', detail: clean(`mapping ${name}: ${error.message}`, MAX_WORDS) };
    }
  }

  const { lookup } = usages;
  return { commitUsage, findUsage: lookup === undefined ? null : createLookup(lookup) };
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

/** @returns for one answer about one order, whose body is read once */
function createDialect(
  rules: readonly CompiledRule<Meaning>[],
  outcomes: Node | undefined,
  helpers: Readonly<Record<string, Helper>>,
): (context: Context) => Dialect {
  const judge = createJudge(rules, helpers);
  const resultsOf = outcomes === undefined ? null : createTemplate(outcomes, helpers);
  return (context) => {
    let said: ReturnType<typeof withAnswer> | undefined;
    const see = (answer: Answer) => {
      said ??= withAnswer(context, answer);
      return said;
    };
    return {
      meaningOf: (answer) => attempt(() => judge(answer.status, see(answer))),
      resultsOf: (answer) => {
        if (resultsOf === null) return 'all';
        const read = v.safeParse(ResultsSchema, { results: attempt(() => resultsOf(see(answer))) });
        return read.success ? read.output.results : null;
      },
    };
  };
}

/** What cannot be computed of an answer says nothing. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) return null;
    throw error;
  }
}

/** A call as it was sent before. Its text is ours: what cannot be read is a bug, and throws. */
function readCall(text: string): Call {
  return { ...v.parse(SentSchema, JSON.parse(text)), text };
}

/** Of an order without a basket: that of its discounts, where one is money; else ISO 4217's word for none. */
function currencyOf({ basket, discounts }: UsageCommit): string {
  return basket?.currency ?? discounts.find(({ currency }) => currency !== null)?.currency ?? 'XXX';
}
