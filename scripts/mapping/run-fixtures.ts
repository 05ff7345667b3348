/** Fixtures against the connector that the Worker has, in front of an upstream that answers what each case says. */
import Big from 'big.js';
import { hashParts } from '../../src/common/hash.ts';
import { orderKeyOfBasket, orderKeyOfNumber, type RequestId } from '../../src/common/ids.ts';
import type { Json } from '../../src/common/json.ts';
import {
  type CallContext,
  type Connector,
  isFailure,
  type OffersQuestion,
  type Outcome,
  type UsageCommit,
  type UsageFound,
} from '../../src/connectors/connector.ts';
import type { CompiledMapping } from '../../src/connectors/http/mapping/compiled.ts';
import { createMappedConnector } from '../../src/connectors/http/mapping/connector.ts';
import type { Auth } from '../../src/connectors/http/upstream/auth.ts';
import type { BasketItem } from '../../src/offers/basket.ts';
import { guardOffers } from '../../src/offers/guard.ts';
import { currencyDigits, formatAmount } from '../../src/offers/money.ts';
import { type Difference, findDifferences, show } from './differences.ts';
import type {
  FixtureAnswers,
  FixtureBasket,
  FixtureCommit,
  FixtureQuestion,
  FixtureSends,
  Fixtures,
  LookupsCase,
  OffersCase,
  UsagesCase,
} from './fixture-file.ts';
import type { JsonPath } from './locate.ts';
import { answerWithToken } from './token-answer.ts';
import { DROP_WORDS } from './words.ts';

const BASE = 'https://upstream.test';
const NULL_BODY = new Set([204, 205, 304]);

export interface FixtureProblem extends Difference {
  /** Of the case. */
  readonly name: string;
}

/** The Worker's default limits. */
export const guardLimits = (maxOffers: number) =>
  ({ maxPoints: new Big(1_000_000), priorityFirst: 'lowest', maxOffers }) as const;

/** @returns nothing, where all cases come out as they say */
export async function runFixtures(mapping: CompiledMapping, fixtures: Fixtures): Promise<FixtureProblem[]> {
  const secrets = new Set<string>();
  const secretOf = (name: string) => {
    secrets.add(name);
    return fixtures.secrets[name] ?? `<${name}>`;
  };
  const created = createMappedConnector(mapping, { baseUrl: BASE, secretOf });
  if ('problems' in created) throw new Error(`made-up secrets are refused: ${JSON.stringify(created.problems)}`);
  const { connector } = created;
  const run = async <C extends OffersCase | UsagesCase | LookupsCase>(
    section: 'offers' | 'usages' | 'lookups',
    cases: readonly C[],
    check: (one: C, upstream: Upstream) => Promise<Difference[]>,
  ): Promise<FixtureProblem[]> => {
    const problems: FixtureProblem[] = [];
    for (const [index, one] of cases.entries()) {
      const upstream = new Upstream(mapping.auth, one.answers, secrets, fixtures.now);
      const ended = await check(one, upstream);
      const found = [...upstream.compare(one.sends), ...ended].slice(0, MAX_DIFFERENCES);
      for (const { path, message } of found) {
        problems.push({ path: [section, index, ...path], message, name: one.name });
      }
    }
    return problems;
  };
  return [
    ...(await run('offers', fixtures.offers, (one, upstream) => checkOffers(connector, one, upstream))),
    ...(await run('usages', fixtures.usages, async (one, upstream) => {
      const commit = toCommit(one.commit, fixtures.now);
      const found = checkOutcomes(one, await connector.commitUsage(commit, upstream.context));
      return mapping.usages.repeat === 'key' ? [...(await checkKeys(commit, upstream)), ...found] : found;
    })),
    ...(await run('lookups', fixtures.lookups, async (one, upstream) => {
      if (connector.findUsage === undefined) {
        return [{ path: [], message: 'the mapping looks nothing up: usages.repeat is not "lookup"' }];
      }
      return checkOutcomes(one, await connector.findUsage(toCommit(one.commit, fixtures.now), upstream.context));
    })),
  ];
}

/** Enough of a key to know it by, should an upstream take no more characters. */
const KEY_LENGTH = 16;

/** What protects a second redemption must have been sent: the key of the call, or that of every line. */
async function checkKeys({ discounts }: UsageCommit, { sent }: Upstream): Promise<Difference[]> {
  if (sent === null) return [];
  const text = sent.toLowerCase();
  const isSent = (key: string) => text.includes(key.slice(0, KEY_LENGTH).toLowerCase());
  const keys = discounts.filter(({ state }) => state === 'due').map(({ key }) => key);
  if (isSent(await hashParts(...keys.toSorted())) || keys.every(isSent)) return [];
  const message = 'usages.repeat is "key", and neither the key of the call nor that of every line was sent';
  return [{ path: ['sends'], message }];
}

/** Of one case: more of them have the same cause. */
const MAX_DIFFERENCES = 10;

interface Received {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON where it is some, else the text. */
  readonly body: Json | undefined;
}

/** Answers what a case says, and keeps what it was sent. */
class Upstream {
  readonly context: CallContext;
  private readonly auth: Auth;
  private readonly answers: FixtureAnswers | undefined;
  private readonly secrets: ReadonlySet<string>;
  private received: Received | undefined;

  constructor(auth: Auth, answers: FixtureAnswers | undefined, secrets: ReadonlySet<string>, now: number) {
    this.auth = auth;
    this.answers = answers;
    this.secrets = secrets;
    const answer = async (url: string, init: RequestInit) => this.answer(url, init);
    this.context = { signal: new AbortController().signal, now, fetch: answer as unknown as typeof fetch };
  }

  private answer(url: string, { method = 'GET', headers, body }: RequestInit): Response {
    const token = answerWithToken(this.auth, BASE, url);
    if (token !== null) return Response.json(token);
    this.received = {
      ...{ method, target: this.withNames(url.slice(BASE.length)), headers: readHeaders(headers) },
      body: typeof body === 'string' ? readBody(body) : undefined,
    };
    const { answers } = this;
    if (answers === undefined || answers === 'nothing') throw new TypeError('the connection is lost');
    const text = answers.text ?? (answers.body === undefined ? '' : JSON.stringify(answers.body));
    const { status } = answers;
    return new Response(NULL_BODY.has(status) ? null : text, { status, headers: answers.headers });
  }

  /** Secrets as the fixture writes them, though a URL encodes them. */
  private withNames(target: string): string {
    return [...this.secrets].reduce((text, name) => text.replaceAll(`%3C${name}%3E`, `<${name}>`), target);
  }

  /** All that was sent, as one text; null for nothing. */
  get sent(): string | null {
    return this.received === undefined ? null : JSON.stringify(this.received);
  }

  compare(sends: FixtureSends | null | undefined): Difference[] {
    const { received } = this;
    if (received === undefined) {
      if (sends) return [{ path: ['sends'], message: 'nothing was sent; "sends": null says that nothing is' }];
      return [];
    }
    const problems: Difference[] = [];
    if (this.answers === undefined) {
      problems.push({
        path: [],
        message: `${received.method} ${received.target} is sent, and the case has no answers`,
      });
    }
    if (sends === undefined) return problems;
    if (sends === null) {
      const message = `expected nothing to be sent, got ${received.method} ${received.target}`;
      return [...problems, { path: ['sends'], message }];
    }
    const { headers, ...rest } = sends;
    for (const part of ['method', 'target', 'body'] as const) {
      if (part in rest) problems.push(...findDifferences(rest[part], received[part], ['sends', part]));
    }
    for (const [name, value] of Object.entries(headers)) {
      const got = received.headers[name.toLowerCase()];
      problems.push(...findDifferences(value ?? undefined, got, ['sends', 'headers', name]));
    }
    return problems;
  }
}

/** By lower-case names; Basic credentials as `Basic user:password`. */
function readHeaders(init: RequestInit['headers']): Record<string, string> {
  const headers = Object.fromEntries(new Headers(init));
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
  return basic === undefined
    ? headers
    : { ...headers, authorization: `Basic ${Buffer.from(basic, 'base64').toString('utf8')}` };
}

function readBody(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

async function checkOffers(connector: Connector, one: OffersCase, upstream: Upstream): Promise<Difference[]> {
  const question = toQuestion(one.question);
  const answer = await connector.queryOffers(question, upstream.context);
  if (isFailure(answer)) return compareFailure(one.fails, answer, 'offers');
  if (one.offers === undefined) return [unexpected(one.fails, `offers ${show(answer.offers)}`)];
  const { drops } = guardOffers(answer.offers, question.basket, guardLimits(connector.capabilities.maxOffers));
  const dropped = drops.filter(
    (drop) => !one.drops.some((known) => known.id === drop.id && known.reason === drop.reason),
  );
  const missing = one.drops.filter(
    (known) => !drops.some((drop) => known.id === drop.id && known.reason === drop.reason),
  );
  return [
    ...findDifferences(one.offers, answer.offers, ['offers']),
    ...dropped.map(({ id, reason }) => {
      const path = ['offers', ...indexOf(id, answer.offers)];
      return { path, message: `the guard drops ${id ?? 'an offer'}: ${DROP_WORDS[reason]} (${reason})` };
    }),
    ...missing.map(({ id, reason }) => ({
      ...{ path: ['drops', one.drops.findIndex((known) => known.id === id && known.reason === reason)] },
      message: `expected the guard to drop ${id ?? 'an offer'} (${reason}), and it does not`,
    })),
  ];
}

function indexOf(id: string | null, offers: readonly unknown[]): number[] {
  const index = offers.findLastIndex((offer) => id !== null && (offer as { id?: unknown } | null)?.id === id);
  return index < 0 ? [] : [index];
}

function checkOutcomes(one: LookupsCase, found: UsageFound): Difference[] {
  const isAbsent = found === 'absent';
  if (isAbsent) return one.absent ? [] : [{ path: [...endOf(one)], message: 'expected an answer, got absent' }];
  if (isFailure(found)) return compareFailure(one.fails, found, one.absent ? 'absent' : 'outcomes');
  const outcomes = Object.fromEntries([...found.outcomes].map(([id, outcome]) => [id, toWords(outcome)]));
  if (one.outcomes === undefined) return [unexpected(one.fails ?? 'absent', `outcomes ${show(outcomes)}`, endOf(one))];
  return findDifferences(one.outcomes, outcomes, ['outcomes']);
}

const endOf = (one: LookupsCase): JsonPath =>
  (['outcomes', 'fails', 'absent'] as const).filter((end) => one[end] !== undefined);

/** An outcome in the words of a mapping: the upstream's reference is `reference`. */
function toWords(outcome: Outcome): object {
  if (outcome.status !== 'accepted') return outcome;
  const { status, upstreamRef } = outcome;
  return { status, ...(upstreamRef !== undefined && { reference: upstreamRef }) };
}

interface Failure {
  readonly failed: string;
  readonly detail: string;
  readonly cause?: string;
}

function compareFailure(expected: string | undefined, failure: Failure, otherwise: string): Difference[] {
  const { failed, cause, detail } = failure;
  if (failed === expected) return [];
  const got = `"${failed}"${cause === undefined ? '' : `, ${cause}`}: ${detail}`;
  if (expected !== undefined) return [unexpected(expected, got)];
  return [{ path: [otherwise], message: `expected ${otherwise}, got the failure ${got}` }];
}

function unexpected(expected: string | undefined, got: string, path: JsonPath = ['fails']): Difference {
  return { path, message: `expected ${show(expected)}, got ${got}` };
}

export function toQuestion({ requestId, basket, customer, channel }: FixtureQuestion): OffersQuestion {
  return { requestId: requestId as RequestId, basket: toBasket(basket), customer, channel };
}

function toBasket({ items, ...basket }: FixtureBasket): OffersQuestion['basket'] {
  const { currency } = basket;
  const toItem = ({ appliedDiscounts, totalAmount, ...item }: FixtureBasket['items'][number]): BasketItem => ({
    ...item,
    totalAmount: totalAmount ?? formatAmount(new Big(item.unitPrice).times(item.quantity), currencyDigits(currency)),
    currency,
    appliedDiscounts: appliedDiscounts.map(({ discountedBasketItems, conditionConsumedBasketItems, ...discount }) => ({
      ...discount,
      discountedItems: discountedBasketItems.map(({ pk, quantity }) => ({ itemId: pk, quantity })),
      conditionItems: conditionConsumedBasketItems.map(({ pk, quantity }) => ({ itemId: pk, quantity })),
    })),
  });
  return { ...basket, items: items.map(toItem) };
}

function toCommit({ orderNumber, generation, basket, channel, discounts }: FixtureCommit, now: number): UsageCommit {
  const { id, version } = basket ?? { id: 1, version: 1 };
  return {
    orderKey: orderNumber === null ? orderKeyOfBasket(id, version) : orderKeyOfNumber(orderNumber),
    ...{ orderNumber, generation, channel },
    basket: basket === null ? null : toBasket(basket),
    attempt: { number: 1, firstAt: now, last: 'none' },
    discounts: discounts.map(({ key, reference, ...discount }) => {
      return { ...discount, key: key ?? `key-of-${discount.id}`, reference: reference as Json };
    }),
  };
}
