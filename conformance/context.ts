/** What a check works with: good requests to start from, ways to spoil them, and what the run has seen so far. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  documentedOffers,
  documentedUsage,
  type OffersRequest,
  toWire,
  type UsageRequest,
  type Wire,
} from './basket.ts';
import type { Client } from './client.ts';
import type { Auth, Body, Exchange, Origin, Version } from './exchange.ts';
import { idOf, offersIn } from './offers.ts';

/** How a request differs from a good one. */
export interface Changes {
  /** Values by name in lower case; null leaves a header out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly auth?: Auth;
  readonly method?: string;
  readonly chunked?: boolean;
  /** Spoils the body of whichever version, in place. */
  readonly edit?: (wire: Wire) => void;
}

/** How long to wait for a server that settles what was used in the background. */
export interface Pace {
  readonly pollMs: number;
  /** Offers that stay equal this long have settled. */
  readonly quietMs: number;
  readonly maxMs: number;
}

export const DEFAULT_PACE: Pace = { pollMs: 500, quietMs: 1500, maxMs: 8000 };

/** What is the same for all checks of a run. */
export interface Run {
  readonly client: Client;
  readonly pace: Pace;
  /** In place of the document's basket. */
  readonly basket: OffersRequest | null;
  /** A number no other request of the run has. */
  next(): number;
  /** Tells this run's orders and request ids from those of another. */
  readonly name: string;
}

export type Route = '/offers' | '/use-offers';

export interface Context {
  readonly version: Version;
  readonly pace: Pace;
  /** Everything that was sent in this version. */
  exchanges(): readonly Exchange[];
  /** A basket with an id and a version of its own. */
  offersRequest(): OffersRequest;
  /** The document's usage, with an order of its own and the offers that the server shows for its basket. */
  documentedUsage(): Promise<UsageRequest>;
  /** An order of its own that uses what the server offers for its basket at this moment, as a shop would. */
  usageRequest(): Promise<UsageRequest>;
  orderNumber(): string;
  /** Of a basket item that no document names. */
  itemId(): number;
  requestId(): string;
  offers(request: OffersRequest, changes?: Changes): Promise<Exchange>;
  use(request: UsageRequest, changes?: Changes): Promise<Exchange>;
  /** A good body for a route, as text. */
  body(route: Route): Promise<string>;
  /** Any bytes to any path; `null` for no body. */
  send(path: string, body: Body | string | null, changes?: Changes): Promise<Exchange>;
  wait(ms: number): Promise<void>;
}

export function createContext(run: Run, origin: Origin): Context {
  const { client, pace } = run;
  const { version } = origin;

  const fresh = <T extends { basket: { id: number; version: number } }>(request: T): T => {
    const number = run.next();
    // Akinon's versions are microseconds: 16 digits.
    const basket = { ...request.basket, id: firstBasketId(run.name) + number, version: Date.now() * 1000 + number };
    return { ...request, basket };
  };
  const requestId = () => `conformance-${run.name}-${run.next()}`;
  const orderNumber = () => `CONFORMANCE-${run.name}-${run.next()}`;

  const send: Context['send'] = (path, body, changes = {}) => {
    const headers: Record<string, string> = {};
    const wanted = {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'x-akinon-request-id': requestId(),
      'x-akinon-api-version': version,
      ...(version === 'v2' ? { 'x-app-device': 'default' } : {}),
      ...changes.headers,
    };
    for (const [name, value] of Object.entries(wanted)) if (value !== null) headers[name] = value;
    const bytes = typeof body === 'string' ? { bytes: Buffer.from(body) } : body;
    const { method = 'POST', auth = { kind: 'basic' }, chunked = false } = changes;
    return client.send({ method, path, headers, auth, body: bytes, chunked }, origin);
  };

  const post = (route: Route, request: OffersRequest | UsageRequest, changes: Changes = {}) => {
    const wire = toWire(request, version);
    changes.edit?.(wire);
    return send(route, JSON.stringify(wire), changes);
  };

  /** Asks what is offered and uses it: first what asks to be told, two at most. An id that was never offered proves nothing. */
  const withShownOffers = async (usage: UsageRequest): Promise<UsageRequest> => {
    const { user } = documentedOffers();
    const shown = offersIn(await post('/offers', { basket: usage.basket, user }));
    const notified = shown.filter((offer) => offer.notifyAfterOrderCreation === true);
    const ids = (notified.length > 0 ? notified : shown).map(idOf).filter((id) => id !== null);
    return { ...usage, usedDiscounts: ids.slice(0, 2) };
  };
  const ordered = (usage: UsageRequest) => ({ ...usage, order: { orderNumber: orderNumber() } });
  const offersRequest = () => fresh(structuredClone(run.basket ?? documentedOffers()));
  const usageRequest = () => withShownOffers(ordered({ ...documentedUsage(), basket: offersRequest().basket }));

  return {
    version,
    pace,
    exchanges: () => client.exchanges.filter((exchange) => exchange.origin.version === version),
    offersRequest,
    documentedUsage: () => withShownOffers(ordered(fresh(documentedUsage()))),
    usageRequest,
    orderNumber,
    itemId: () => 7_000_000 + run.next(),
    requestId,
    offers: (request, changes) => post('/offers', request, changes),
    use: (request, changes) => post('/use-offers', request, changes),
    async body(route) {
      const request = route === '/offers' ? offersRequest() : await usageRequest();
      return JSON.stringify(toWire(request, version));
    },
    send,
    wait: (ms) => sleep(ms),
  };
}

/** Differs from run to run, so that nothing a server remembers of an earlier one counts, and fits in 31 bits. */
function firstBasketId(run: string): number {
  return 1_000_000_000 + (createHash('sha256').update(run).digest().readUInt32BE() % 900_000_000);
}
