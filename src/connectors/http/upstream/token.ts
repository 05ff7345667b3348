/**
 * A token that the upstream hands out: fetched when none is known, kept until shortly before it ends. Requests that want one
 * at once wait for one fetch, each until its own deadline; what they share is the token, never an answer.
 */
import { isObject } from '../../../common/json.ts';
import type { CallContext } from '../../connector.ts';
import { type Answer, exchange, type NoAnswer, parseBody, type Sent } from './call.ts';
import { type Clean, MAX_DETAIL } from './describe-answer.ts';
import { HEADER_VALUE } from './secrets.ts';

export interface Token {
  readonly text: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/** Why there is no token. */
export interface NoToken {
  /** `credentials`: it was refused. `misconfigured`: nobody hands one out there. `later`: it could not be had now. */
  readonly noToken: 'credentials' | 'misconfigured' | 'later';
  readonly detail: string;
}

/** Taken off the life of a token: its way to the upstream takes time, and clocks differ. */
const MARGIN_MS = 30_000;
const SHORTEST_MS = 5_000;
/** Where nobody says how long it is good. */
const DEFAULT_LIFE_SECONDS = 300;
/** Of a field: what an upstream took for one may be all that it was sent. */
const NAME = /^[\w.-]{1,40}$/;
/** A fetch that takes longer is of a request that has vanished: in a Worker its promise may never settle. */
const FLIGHT_MS = 10_000;

export interface TokenSource {
  readonly request: () => Sent;
  /** Where the answer has the token, keys with dots between. */
  readonly path: string;
  /** Where it says how long that is good, in seconds. */
  readonly lifePath: string | undefined;
  readonly describe: (answer: Answer | NoAnswer) => string;
  readonly clean: Clean;
}

export class TokenStore {
  private known: Token | null = null;
  private flight: { readonly promise: Promise<Token | NoToken>; readonly endsAt: number } | null = null;
  private readonly source: TokenSource;

  constructor(source: TokenSource) {
    this.source = source;
  }

  async get(ctx: CallContext, isFirst = true): Promise<Token | NoToken> {
    if (this.known !== null && this.known.endsAt > ctx.now) return this.known;
    if (this.flight === null || this.flight.endsAt <= ctx.now) {
      const promise = this.fetch(ctx).finally(() => {
        if (this.flight?.promise === promise) this.flight = null;
      });
      this.flight = { promise, endsAt: ctx.now + FLIGHT_MS };
      return promise;
    }
    const shared = await Promise.race([this.flight.promise, untilAborted(ctx.signal)]);
    // Whoever fetched may have had less time than this request has.
    return 'noToken' in shared && shared.noToken === 'later' && isFirst ? this.get(ctx, false) : shared;
  }

  /** It was refused: the next request fetches another one, unless somebody has one already. */
  forget(token: Token): void {
    if (this.known === token) this.known = null;
  }

  private async fetch(ctx: CallContext): Promise<Token | NoToken> {
    const { request, path, lifePath, describe, clean } = this.source;
    const answer = await exchange(ctx, request());
    if (!('status' in answer) || !isGood(answer)) {
      return { noToken: 'status' in answer ? whyNot(answer.status) : 'later', detail: `no token: ${describe(answer)}` };
    }
    const body = parseBody(answer.body);
    const text = valueAt(body, path);
    if (typeof text !== 'string' || !HEADER_VALUE.test(text)) {
      // The token may stand in another place: no value of a good answer is told.
      const keys = isObject(body) ? Object.keys(body).filter((key) => NAME.test(key)) : ['no JSON object'];
      const detail = clean(
        `no token at ${path} of the answer: status ${answer.status}, ${keys.join(', ')}`,
        MAX_DETAIL,
      );
      return { noToken: 'credentials', detail };
    }
    const said = Number(lifePath === undefined ? Number.NaN : valueAt(body, lifePath));
    const lifeSeconds = said > 0 ? said : DEFAULT_LIFE_SECONDS;
    this.known = { text, endsAt: ctx.now + Math.max(SHORTEST_MS, lifeSeconds * 1000 - MARGIN_MS) };
    return this.known;
  }
}

function whyNot(status: number): NoToken['noToken'] {
  if ([400, 401, 403].includes(status)) return 'credentials';
  return status < 300 || status >= 500 || [408, 409, 425, 429].includes(status) ? 'later' : 'misconfigured';
}

const isGood = ({ status, body }: Answer) => status >= 200 && status < 300 && !('unfinished' in body);

/** @param path keys with dots between */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
