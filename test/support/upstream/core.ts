/**
 * The reference upstream itself: the bridge protocol with a memory, as a function from call to answer, so that it runs
 * behind a Node server as well as behind a `fetch` inside workerd. It is what a vendor would write, and can be told to
 * misbehave (control.ts).
 */
import { isAuthorized, type UpstreamAuth } from './auth.ts';
import { Calls, type RecordedCall } from './calls.ts';
import { encode } from './chunks.ts';
import { answerControl } from './control.ts';
import { type Fault, Faults, type Route, spoil } from './faults.ts';
import { type AskedBasket, computeOffers } from './offers.ts';
import { type AskedUsage, Redemptions } from './redemptions.ts';

export interface Call {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Read lazily; where reading throws, the connection breaks. */
  readonly body: Iterable<Uint8Array>;
}

export interface UpstreamOptions {
  readonly auth?: UpstreamAuth;
  /** In front of both routes, `/loyalty/v1`; nothing else exists. */
  readonly basePath?: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Told of every call once it is over. */
  readonly onCall?: (call: RecordedCall) => void;
}

export class Upstream {
  readonly faults = new Faults();
  readonly calls = new Calls();
  readonly redemptions = new Redemptions();
  readonly now: () => number;
  auth: UpstreamAuth;
  private readonly initialAuth: UpstreamAuth;
  private readonly basePath: string;
  private readonly onCall: (call: RecordedCall) => void;

  constructor({
    auth = { kind: 'none' },
    basePath = '',
    now = () => Date.now(),
    onCall = () => {},
  }: UpstreamOptions = {}) {
    this.auth = auth;
    this.initialAuth = auth;
    this.basePath = basePath;
    this.now = now;
    this.onCall = onCall;
  }

  /** Forgets everything, faults included. */
  reset(): void {
    this.auth = this.initialAuth;
    this.faults.clear();
    this.calls.clear();
    this.redemptions.clear();
  }

  /** @param gone aborts when who called has gone; what is being done goes on */
  async handle(call: Call, gone: AbortSignal): Promise<Answer | 'reset'> {
    if (call.path.startsWith('/_control')) return answerControl(this, call);
    const json = parse(call.body);
    const target = { order: orderOf(json), discounts: discountsOf(json) };
    const recorded = this.calls.open(call, target, this.now());
    const end = () => {
      recorded.endedAt ??= this.now();
    };
    gone.addEventListener('abort', end, { once: true });
    const answer = await this.answer(call, json, target, gone);
    end();
    recorded.status = answer === 'reset' ? null : answer.status;
    this.onCall(recorded);
    return answer;
  }

  private async answer(
    call: Call,
    json: unknown,
    target: { order: string | null; discounts: readonly string[] },
    gone: AbortSignal,
  ): Promise<Answer | 'reset'> {
    const route = (['/offers', '/usages'] as const).find((name) => call.path === this.basePath + name);
    if (route === undefined) return toAnswer(404, { error: 'not found' });
    if (call.method !== 'POST') return toAnswer(405, { error: 'POST only' }, { allow: 'POST' });
    if (!isAuthorized(this.auth, call.headers)) return toAnswer(401, { error: 'wrong credentials' });

    const fault = this.faults.takeForCall({ route, ...target });
    if (fault === undefined) return this.carryOut(route, json);
    if (fault.slowMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.slowMs));
    const answer = isCarriedOut(fault) ? this.carryOut(route, json) : null;
    if (fault.do === 'hang') return untilGone(gone);
    if (fault.do === 'reset') return 'reset';
    return spoil(fault, answer);
  }

  private carryOut(route: Route, json: unknown): Answer {
    try {
      if (route === '/offers') return toAnswer(200, { offers: computeOffers(json as AskedBasket) });
      const results = this.redemptions.redeem(json as AskedUsage, this.faults, this.now());
      return toAnswer(200, { results });
    } catch (error) {
      return toAnswer(400, { error: `not the shape of the protocol: ${(error as Error).message}` });
    }
  }
}

function isCarriedOut(fault: Fault): boolean {
  return fault.apply ?? fault.do === 'answer';
}

function untilGone(gone: AbortSignal): Promise<'reset'> {
  return new Promise((resolve) => {
    if (gone.aborted) resolve('reset');
    gone.addEventListener('abort', () => resolve('reset'), { once: true });
  });
}

export function toAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: [encode(JSON.stringify(body))] };
}

/** Undefined for what is no JSON. */
export function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    return undefined;
  }
}

function orderOf(json: unknown): string | null {
  const { orderNumber } = (json ?? {}) as { orderNumber?: unknown };
  return typeof orderNumber === 'string' ? orderNumber : null;
}

function discountsOf(json: unknown): string[] {
  const { discounts } = (json ?? {}) as { discounts?: unknown };
  return Array.isArray(discounts) ? discounts.map((line) => String((line as { id?: unknown } | null)?.id)) : [];
}
