/**
 * A token that the upstream hands out: fetched when none is known, kept until shortly before it ends. Requests that want one
 * at once wait for one fetch, each until its own deadline; what they share is the token, never an answer.
 */
import type { CallContext } from '../../connector.ts';
import { type Answer, exchange, type NoAnswer, parseBody, type Sent } from './call.ts';

export interface Token {
  readonly text: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/** Why there is no token. */
export interface NoToken {
  /** `credentials`: it was refused. `later`: it could not be had now. */
  readonly noToken: 'credentials' | 'later';
  readonly detail: string;
}

/** Taken off the life of a token: its way to the upstream takes time, and clocks differ. */
const MARGIN_MS = 30_000;
const SHORTEST_MS = 5_000;
/** A fetch that takes longer is of a request that has vanished: in a Worker its promise may never settle. */
const FLIGHT_MS = 10_000;

export class TokenStore {
  private known: Token | null = null;
  private flight: { readonly promise: Promise<Token | NoToken>; readonly endsAt: number } | null = null;
  private readonly request: () => Sent;
  private readonly read: (body: unknown) => { readonly text: string; readonly lifeSeconds: number } | null;
  private readonly describe: (answer: Answer | NoAnswer) => string;

  constructor(
    request: () => Sent,
    read: (body: unknown) => { readonly text: string; readonly lifeSeconds: number } | null,
    describe: (answer: Answer | NoAnswer) => string,
  ) {
    this.request = request;
    this.read = read;
    this.describe = describe;
  }

  async get(ctx: CallContext): Promise<Token | NoToken> {
    if (this.known !== null && this.known.endsAt > ctx.now) return this.known;
    if (this.flight === null || this.flight.endsAt <= ctx.now) {
      const promise = this.fetch(ctx).finally(() => {
        if (this.flight?.promise === promise) this.flight = null;
      });
      this.flight = { promise, endsAt: ctx.now + FLIGHT_MS };
      return promise;
    }
    return Promise.race([this.flight.promise, untilAborted(ctx.signal)]);
  }

  /** It was refused: the next request fetches another one, unless somebody has one already. */
  forget(token: Token): void {
    if (this.known === token) this.known = null;
  }

  private async fetch(ctx: CallContext): Promise<Token | NoToken> {
    const answer = await exchange(ctx, this.request());
    const isGood = 'status' in answer && answer.status >= 200 && answer.status < 300;
    const read = isGood ? this.read(parseBody(answer.body)) : null;
    if (read === null) {
      const isRefused = 'status' in answer && [400, 401, 403].includes(answer.status);
      return { noToken: isRefused ? 'credentials' : 'later', detail: `no token: ${this.describe(answer)}` };
    }
    const life = Math.max(SHORTEST_MS, read.lifeSeconds * 1000 - MARGIN_MS);
    this.known = { text: read.text, endsAt: ctx.now + life };
    return this.known;
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
