/**
 * The `http` connector with a mapping: an upstream with a JSON API of its own, bridged by one file. Requests are rendered
 * from it and answers read by it; amounts, retries and what is safe to show stay with us.
 */
import * as v from 'valibot';
import { hashParts } from '../../../common/hash.ts';
import type { Json } from '../../../common/json.ts';
import type {
  CallContext,
  Capabilities,
  Connector,
  Created,
  OffersAnswer,
  OffersFailure,
  OffersQuestion,
  SecretReader,
  UsageCommit,
  UsageFailure,
  UsageFound,
  UsageResult,
} from '../../connector.ts';
import { type Answer, exchange, type NoAnswer, parseBody, type Sent } from '../call.ts';
import { type Clean, createClean, describeAnswer } from '../describe-answer.ts';
import { type Dialect, judgeUsage, type Meaning } from '../judge-usage.ts';
import { toBasket, toChannel, type UsagesCall } from '../map.ts';
import { ResultsSchema } from '../schemas.ts';
import { type Credentials, createAuthorization, secretsOf } from './authorize.ts';
import type { CompiledLookup, CompiledMapping, CompiledRule } from './compiled.ts';
import { createTemplate, type Node, TemplateError } from './evaluate.ts';
import { createHelpers } from './helpers.ts';
import { toIdentity } from './identity.ts';
import { createJudge } from './judge.ts';
import { readAmounts } from './read-offers.ts';
import { createRequest, type RenderedRequest } from './render-request.ts';
import type { NoToken } from './token.ts';

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

export interface MappingDeps {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly secretOf: SecretReader;
}

export function createMappedConnector(mapping: CompiledMapping, { baseUrl, secretOf }: MappingDeps): Created {
  const { values, problems } = secretsOf(mapping.auth, secretOf);
  if (problems.length > 0) return { problems };
  const cleanOfSecrets = createClean(values);
  /** What an upstream was sent last may stand in what it answers. */
  let token = '';
  const clean: Clean = (text, max, what) =>
    cleanOfSecrets(token === '' ? text : text.replaceAll(token, '[credentials]'), max, what);
  const describe = (answer: Answer | NoAnswer) => describeAnswer(answer, clean);
  const authorization = createAuthorization(mapping.auth, { baseUrl, secretOf, describe });
  const { identity, money, tables, offers, usages } = mapping;
  const helpers = createHelpers(identity.country);
  const renderOffers = createRequest(offers, helpers, money);
  const judgeOffers = createJudge(offers.rules, helpers);
  const offersOf = createTemplate(offers.offers, helpers);
  const renderUsages = createRequest(usages, helpers, money);
  const usagesDialect = createDialect(usages.rules, usages.outcomes);

  /** One try more where a token was refused, with another one: a 401 has done nothing. */
  async function send(ctx: CallContext, request: RenderedRequest): Promise<Answer | NoAnswer | NoToken> {
    const credentials = await authorization.for(request, ctx);
    if ('noToken' in credentials) return credentials;
    const answer = await exchange(ctx, toSent(request, credentials));
    if (credentials.token === undefined || !('status' in answer) || answer.status !== 401) return answer;
    authorization.forget(credentials.token);
    const renewed = await authorization.for(request, ctx);
    return 'noToken' in renewed ? renewed : exchange(ctx, toSent(request, renewed));
  }

  function toSent({ method, target, headers, body }: RenderedRequest, credentials: Credentials): Sent {
    token = credentials.token?.text ?? '';
    const url = new URL(baseUrl + target);
    for (const [name, value] of Object.entries(credentials.query ?? {})) url.searchParams.set(name, value);
    return { url: url.href, method, headers: { ...headers, ...credentials.headers }, text: body };
  }

  async function queryOffers(question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure> {
    const { requestId, basket, channel } = question;
    const customer = toIdentity(question.customer, identity);
    if (customer.isGuest && identity.guests === 'skip') return { offers: [] };
    const context = { requestId, basket: toBasket(basket), customer, channel: toChannel(channel), tables };
    let answer: Answer | NoAnswer | NoToken;
    try {
      answer = await send(ctx, await renderOffers(context, basket.currency));
    } catch (error) {
      if (error instanceof TemplateError) return broken(error);
      throw error;
    }
    if ('noToken' in answer) return { failed: 'error', detail: answer.detail };
    if ('noAnswer' in answer) return { failed: 'unavailable', detail: describe(answer) };
    const { status } = answer;
    try {
      const said = { ...context, status, body: parseBody(answer.body) };
      const meaning =
        judgeOffers(status, { ...said, body: said.body ?? null }) ?? (status >= 200 && status < 300 ? 'ok' : 'failed');
      if (meaning === 'empty') return { offers: [] };
      if (meaning === 'failed') return { failed: 'error', detail: describe(answer) };
      if (said.body === undefined) return { failed: 'error', detail: describe(answer) };
      const made = offersOf(said);
      if (!Array.isArray(made)) throw new TemplateError('offers must come to a list');
      return { offers: made.map((offer: Json) => readAmounts(offer, money, basket.currency)) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { failed: 'error', detail: `${describe(answer)} (${clean(error.message, MAX_WORDS)})` };
    }
  }

  async function commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure> {
    const due = commit.discounts.filter(({ state }) => state === 'due');
    if (due.length === 0) return { outcomes: new Map() };
    const { call: sentBefore } = commit.attempt;
    let call: UsagesCall & { readonly request: RenderedRequest };
    try {
      call = sentBefore === undefined ? await renderCall(commit, due) : readCall(sentBefore);
    } catch (error) {
      if (error instanceof TemplateError) return { failed: 'paused', cause: 'misconfigured', detail: wordsOf(error) };
      throw error;
    }
    const answer = await send(ctx, call.request);
    if ('noToken' in answer) return toFailure(answer);
    return judgeUsage(answer, call, new Set(due.map(({ id }) => id)), ctx.now, clean, usagesDialect(contextOf(commit)));
  }

  function contextOf({ orderKey, orderNumber, generation, basket, channel, discounts }: UsageCommit) {
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

  async function renderCall(commit: UsageCommit, due: UsageCommit['discounts']) {
    const lines = due.map(({ id, key }) => ({ id, key }));
    const key = await hashParts(...lines.map((line) => line.key).sort());
    const request = await renderUsages({ ...contextOf(commit), key }, currencyOf(commit));
    return { request, lines, text: JSON.stringify({ request, lines }) };
  }

  /** @returns for the answers of one order */
  function createDialect(rules: readonly CompiledRule<Meaning>[], outcomes: Node | undefined) {
    const judge = createJudge(rules, helpers);
    const resultsOf = outcomes === undefined ? null : createTemplate(outcomes, helpers);
    return (context: Readonly<Record<string, unknown>>): Dialect => ({
      meaningOf: (answer) =>
        attempt(
          () => judge(answer.status, { ...context, status: answer.status, body: parseBody(answer.body) ?? null }),
          null,
        ),
      resultsOf: (answer) => {
        if (resultsOf === null) return 'all';
        const results = attempt(
          () => resultsOf({ ...context, status: answer.status, body: parseBody(answer.body) ?? null }),
          null,
        );
        const read = v.safeParse(ResultsSchema, { results });
        return read.success ? read.output.results : null;
      },
    });
  }

  function createLookup(lookup: CompiledLookup) {
    const render = createRequest(lookup, helpers, money);
    const judge = createJudge(lookup.rules, helpers);
    const dialect = createDialect([], lookup.outcomes);
    return async (commit: UsageCommit, ctx: CallContext): Promise<UsageFound> => {
      const context = contextOf(commit);
      const lines = context.discounts.map(({ id, key }) => ({ id, key }));
      try {
        const answer = await send(ctx, await render(context, currencyOf(commit)));
        if ('noToken' in answer) return toFailure(answer);
        if ('noAnswer' in answer) return { failed: 'later', detail: describe(answer) };
        const meaning = judge(answer.status, {
          ...context,
          status: answer.status,
          body: parseBody(answer.body) ?? null,
        });
        if (meaning === 'absent') return 'absent';
        const found = judgeUsage(answer, { text: '', lines }, new Set(lines.map(({ id }) => id)), ctx.now, clean, {
          ...dialect(context),
          meaningOf: () => meaning,
        });
        // A look-up changes nothing: what it does not say is asked for again.
        if (!('failed' in found) || found.failed === 'paused') return found;
        return { failed: 'later', ...('afterMs' in found && { afterMs: found.afterMs }), detail: found.detail };
      } catch (error) {
        if (error instanceof TemplateError) return { failed: 'paused', cause: 'misconfigured', detail: wordsOf(error) };
        throw error;
      }
    };
  }

  const wordsOf = (error: TemplateError) => clean(`mapping ${mapping.name}: ${error.message}`, MAX_WORDS);
  const broken = (error: TemplateError): OffersFailure => ({
    ...{ failed: 'misconfigured', setting: 'MAPPING', detail: wordsOf(error) },
  });
  const base = { name: `http:${mapping.name}`, queryOffers, commitUsage };
  const capabilities: Omit<Capabilities, 'repeat'> = {
    ...{ commit: 'each', offersWithoutReference: false, readsBasketState: false, maxOffers: 50 },
    callsPerCommit: usages.lookup === undefined ? 1 : 2,
  };
  if (usages.repeat === 'lookup' && usages.lookup !== undefined) {
    const findUsage = createLookup(usages.lookup);
    const connector: Connector = { ...base, capabilities: { ...capabilities, repeat: { by: 'lookup' } }, findUsage };
    return { connector };
  }
  const repeat: { by: 'key'; ttlHours: null } | { by: 'none' } =
    usages.repeat === 'key' ? { by: 'key', ttlHours: null } : { by: 'none' };
  return { connector: { ...base, capabilities: { ...capabilities, repeat } } };
}

const MAX_WORDS = 200;

/** Without a token nothing was sent. */
function toFailure({ noToken, detail }: NoToken): UsageFailure {
  return noToken === 'later' ? { failed: 'later', detail } : { failed: 'paused', cause: 'credentials', detail };
}

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) return otherwise;
    throw error;
  }
}

/** A call as it was sent before. Its text is ours: what cannot be read is a bug, and throws. */
function readCall(text: string): UsagesCall & { readonly request: RenderedRequest } {
  return { ...v.parse(SentSchema, JSON.parse(text)), text };
}

/** Of an order without a basket: that of its discounts, where one is money. */
function currencyOf({ basket, discounts }: UsageCommit): string {
  return basket?.currency ?? discounts.find(({ currency }) => currency !== null)?.currency ?? 'XXX';
}
