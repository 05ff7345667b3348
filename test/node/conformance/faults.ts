/** Words in which broken servers are written: how a fault changes a request, an answer, or the offers in it. */
import { CREDENTIALS, type Faults, type Incoming, type Outgoing, problem } from './reference-server.ts';

type Fields = Record<string, unknown>;
/** An offer as the reference server writes it, or as a fault leaves it. */
export interface Offer extends Fields {
  discount: Fields & { extraArgs?: Fields };
}

export interface Sent {
  basket: Fields & { basketItems: SentItem[] };
  user?: Fields & { email: string[] };
  usedDiscounts?: unknown[];
  order?: Fields;
}

interface SentItem extends Fields {
  product: Fields;
  appliedDiscounts: {
    discount: Fields & { discountedBasketItems: Fields[]; conditionConsumedBasketItems: Fields[] };
  }[];
}

/** The body of a good request, or null for anything else. */
export function sentIn({ body }: Incoming): Sent | null {
  try {
    const sent = JSON.parse(body) as Sent | null;
    return Array.isArray(sent?.basket?.basketItems) ? sent : null;
  } catch {
    return null;
  }
}

export function historyOf({ basket }: Sent) {
  return basket.basketItems.flatMap(({ appliedDiscounts }) => (appliedDiscounts ?? []).map(({ discount }) => discount));
}

export const ok = (body = ''): Outgoing => ({ status: 200, headers: { 'content-type': 'application/json' }, body });
export const plain = (status: number, body: string): Outgoing => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body,
});

type Path = '/offers' | '/use-offers';

/** Refuses good requests that have something the server is not ready for. */
export function refuses(
  path: Path | 'both',
  isDisliked: (sent: Sent, incoming: Incoming) => boolean,
  status = 400,
): Faults {
  return {
    request(incoming) {
      if (path !== 'both' && incoming.path !== path) return undefined;
      const sent = sentIn(incoming);
      return sent !== null && isDisliked(sent, incoming)
        ? problem(status, 'disliked', 'basket', 'not expected')
        : undefined;
    },
  };
}

/** Answers certain requests in its own way. */
export function answers(when: (incoming: Incoming) => boolean, outgoing: Outgoing | 'hang up'): Faults {
  return { request: (incoming) => (when(incoming) ? outgoing : undefined) };
}

/** Mends requests that should have been refused, as a server does that does not look. */
export function mends(mend: (incoming: Incoming) => void): Faults {
  return {
    request(incoming) {
      mend(incoming);
      return undefined;
    },
  };
}

/** Changes answers of a route with a status. */
export function spoils(
  when: (outgoing: Outgoing, incoming: Incoming) => boolean,
  change: (outgoing: Outgoing, incoming: Incoming) => Partial<Outgoing>,
): Faults {
  return {
    answer: (outgoing, incoming) =>
      when(outgoing, incoming) ? { ...outgoing, ...change(outgoing, incoming) } : outgoing,
  };
}

/** Changes what is offered. */
export function offers(change: (offers: Offer[], sent: Sent) => unknown[]): Faults {
  return spoils(
    ({ status }, { path }) => status === 200 && path === '/offers',
    ({ body }, incoming) => ({ body: JSON.stringify(change(JSON.parse(String(body)), sentIn(incoming) as Sent)) }),
  );
}

export function eachOffer(change: (offer: Offer, sent: Sent) => void): Faults {
  return offers((list, sent) => {
    for (const offer of list) change(offer, sent);
    return list;
  });
}

/** Changes the arguments of BASKET discounts. */
export function eachAmount(change: (amount: unknown, sent: Sent) => unknown): Faults {
  return eachOffer(({ discount }, sent) => {
    const args = discount.extraArgs;
    if (discount.type === 'BASKET' && args !== undefined) args.discount = change(args.discount, sent);
  });
}

/** In the form of the amount it stands in for. */
export function like(amount: unknown, text: string): unknown {
  return typeof amount === 'number' ? Number(text) : text;
}

export const isFailure = ({ status }: Outgoing) => status >= 400;

/** Changes the entries of error bodies. */
export function eachError(change: (error: Fields) => void): Faults {
  return spoils(isFailure, ({ body }) => {
    const json = JSON.parse(String(body)) as { errors: Fields[] };
    json.errors.forEach(change);
    return { body: JSON.stringify(json) };
  });
}

export const RIGHT = `Basic ${Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64')}`;

/** Lets in whoever shows the credentials that a fault takes for good. */
export function letsIn(isTakenForGood: (scheme: string, username: string, password: string) => boolean): Faults {
  return mends(({ headers }) => {
    const [scheme = '', token = ''] = (headers.authorization ?? '').split(' ');
    const [username = '', ...password] = Buffer.from(token, 'base64').toString().split(':');
    if (isTakenForGood(scheme, username, password.join(':'))) headers.authorization = RIGHT;
  });
}

export const isUsage = ({ path }: Incoming) => path === '/use-offers';
export const isV2 = ({ headers }: Incoming) => headers['x-akinon-api-version'] === 'v2';
export const includes = (part: string) => (incoming: Incoming) => incoming.body.includes(part);
export const failure = problem(500, 'internal_error', '', 'something broke');

export function parsed({ body }: Incoming): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
