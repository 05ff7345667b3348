/** What a check has to ask with: fresh baskets and orders, and both calls as Offerbridge makes them. */
import { readFileSync } from 'node:fs';
import type { Client } from '../client.ts';
import { at, type Exchange, jsonOf } from '../exchange.ts';
import type { Question, Sample } from './basket.ts';
import { idempotencyKeyOf, type Line, toLines, toUsagesText, type Usage } from './usages.ts';

/** Adds what says who we are; none for a call without credentials. */
export type Headers = Readonly<Record<string, string>>;

export interface Run {
  readonly client: Client;
  readonly sample: Sample;
  /** Of this run, so that its orders differ from those of another. */
  readonly name: string;
  /** Baskets are counted from here. */
  readonly firstBasket: number;
  readonly credentials: Headers;
  /** Of the same form, and wrong; null where none are demanded. */
  readonly wrongCredentials: Headers | null;
  next(): number;
}

/** A basket, and what it was offered. */
export interface Offered {
  readonly question: Question;
  readonly exchange: Exchange;
  /** What came as `offers`; empty where none came. */
  readonly offers: readonly unknown[];
  /** What an order of this basket uses. */
  readonly lines: readonly Line[];
}

export interface Context {
  readonly wrongCredentials: Headers | null;
  readonly exchanges: readonly Exchange[];
  question(change?: Partial<Question>): Question;
  ask(question: Question, change?: Change): Promise<Exchange>;
  offered(question?: Question): Promise<Offered>;
  /** A new order of the basket. */
  usage(offered: Offered, lines?: readonly Line[]): Usage;
  report(usage: Usage, change?: Change): Promise<Exchange>;
}

export interface Change {
  readonly credentials?: Headers;
  /** In place of the right one. */
  readonly body?: string;
}

const { version: VERSION } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const HEADERS = {
  accept: 'application/json',
  'content-type': 'application/json',
  'user-agent': `offerbridge/${VERSION}`,
};

/** Beyond what a shop has, within 31 bits. */
const BASKETS = { first: 2_000_000_000, count: 147_000_000 };

export function anyFirstBasket(): number {
  return BASKETS.first + Math.floor(Math.random() * BASKETS.count);
}

export function createContext(run: Run, check: string): Context {
  const { client, sample, name, firstBasket } = run;

  function send(path: string, body: string, own: Headers, { credentials = run.credentials, ...change }: Change = {}) {
    const headers = { ...HEADERS, ...own, ...credentials };
    const bytes = Buffer.from(change.body ?? body);
    const ask = { method: 'POST', path, headers, auth: { kind: 'none' }, body: { bytes } } as const;
    // Level and version are of Akinon's flows, and say nothing here.
    return client.send(ask, { check, level: 'contract', version: 'v2' });
  }

  const context: Context = {
    wrongCredentials: run.wrongCredentials,
    exchanges: client.exchanges,
    question(change = {}) {
      const count = run.next();
      const basket = { ...sample.basket, id: firstBasket + count };
      return { requestId: `conformance-${name}-${count}`, ...sample, basket, ...change };
    },
    ask: (question, change) => send('/offers', JSON.stringify(question), {}, change),
    async offered(question = context.question()) {
      const exchange = await context.ask(question);
      const isAnswered = exchange.answer?.status === 200 && exchange.error === null;
      const found = isAnswered ? at(jsonOf(exchange.answer), 'offers') : null;
      const offers = Array.isArray(found) ? found : [];
      return { question, exchange, offers, lines: toLines(offers, question.basket) };
    },
    usage({ question: { basket, channel }, lines: all }, lines = all) {
      const order = `CONFORMANCE-${name}-${run.next()}`;
      return { orderNumber: order, order, basket, lines, channel };
    },
    report: (usage, change) =>
      send('/usages', toUsagesText(usage), { 'idempotency-key': idempotencyKeyOf(usage) }, change),
  };
  return context;
}
