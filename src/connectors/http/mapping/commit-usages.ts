/** What an order used, by a mapping: sent, judged, and looked up where the upstream remembers no keys. */
import * as v from 'valibot';
import { hashParts } from '../../../common/hash.ts';
import type { CallContext, UsageCommit, UsageFailure, UsageFound, UsageResult } from '../../connector.ts';
import { type Dialect, type Flaw, judgeUsage } from '../judge-usage.ts';
import { sentToAnother, toBasket, toChannel, type UsagesCall } from '../map.ts';
import { ResultsSchema } from '../schemas.ts';
import { type Answer, isBlank, type NoAnswer, parseBody } from '../upstream/call.ts';
import type { UpstreamRequest } from '../upstream/request.ts';
import type { NoToken } from '../upstream/token.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CompiledLookup, CompiledMapping, CompiledRule } from './compiled.ts';
import { createTemplate, type Node } from './evaluate.ts';
import { Hash } from './helpers.ts';
import { createJudge, withAnswer } from './judge.ts';
import { Money } from './money.ts';
import { createRequest } from './render-request.ts';
import { placed, TemplateError } from './steps.ts';
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
const MAX_WORDS = 200;

export function createUsageCommit(
  { name, money, tables, usages }: CompiledMapping,
  helpers: Readonly<Record<string, Helper>>,
  { send, clean }: Upstream,
) {
  const render = createRequest(usages, 'usages', helpers, money);
  const toDetail = ({ message }: TemplateError) => clean(`mapping ${name}: ${message}`, MAX_WORDS);
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
        if (known === null) return 'absent';
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

/** What a rule says, where one does. */
function meansBy<M extends string>({ meaningOf }: Pick<Dialect<M>, 'meaningOf'>, answer: Answer): M | null {
  const told = meaningOf(answer);
  return 'flaw' in told ? null : told.meaning;
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
    return judged.failed === 'later' ? { ...wait, ...judged, failed: 'unknown', call: text } : judged;
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

interface DialectParts<M extends string> {
  readonly rules: readonly CompiledRule<M>[];
  readonly outcomes?: Node;
  /** Of the mapping, for what is said of errors. */
  readonly section: string;
  readonly toDetail: (error: TemplateError) => string;
}

/** What is not JSON yet. */
function holdsMark(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof Money || value instanceof Hash || Object.values(value).some(holdsMark);
}

/** @returns for answers about one order, whose bodies are read once */
function createDialect<M extends string>(
  { rules, outcomes, section, toDetail }: DialectParts<M>,
  helpers: Readonly<Record<string, Helper>>,
): (context: Context) => Dialect<M> {
  const judge = createJudge(rules, section, helpers);
  const resultsOf = outcomes === undefined ? null : createTemplate(outcomes, helpers);
  return (context) => {
    const said = new Map<Answer, ReturnType<typeof withAnswer>>();
    const see = (answer: Answer) => {
      const seen = said.get(answer) ?? withAnswer(context, answer);
      said.set(answer, seen);
      return seen;
    };
    /** What cannot be computed of an answer is told, and nothing is made of it. */
    const attempt = <T>(work: () => T): T | Flaw => {
      try {
        return work();
      } catch (error) {
        if (error instanceof TemplateError) return { flaw: toDetail(error) };
        throw error;
      }
    };
    return {
      meaningOf: (answer) => attempt(() => ({ meaning: judge(see(answer)) })),
      resultsOf: (answer) => {
        const { body } = answer;
        if (resultsOf === null) {
          const isReadable = isBlank(body) || parseBody(body) !== undefined;
          return isReadable ? { results: 'all' } : { flaw: 'the answer is no JSON' };
        }
        return attempt(() =>
          placed(`${section}.outcomes`, () => {
            const results = resultsOf(see(answer).context);
            if (holdsMark(results)) throw new TemplateError('money() and sha256() are for requests and offers');
            const read = v.safeParse(ResultsSchema, { results });
            if (read.success) return read.output;
            const [key, field] = (read.issues[0].path ?? []).slice(1).map((part) => String(part.key));
            const error = new TemplateError(
              'must come to a list of {"id", "status": "accepted", "rejected" or "later"}',
            );
            throw key === undefined ? error : error.placedIn(field === undefined ? key : `${key}.${field}`);
          }),
        );
      },
    };
  };
}

/** A call as it was sent before; null where it is none of this mapping's, whose upstream does not know of it. */
function readCall(text: string, mapping: string): Call | null {
  const read = v.safeParse(SentSchema, JSON.parse(text));
  return read.success && read.output.mapping === mapping ? { ...read.output, text } : null;
}

/** Of an order without a basket: that of its discounts, where one is money; else ISO 4217's word for none. */
function currencyOf({ basket, discounts }: UsageCommit): string {
  return basket?.currency ?? discounts.find(({ currency }) => currency !== null)?.currency ?? 'XXX';
}
