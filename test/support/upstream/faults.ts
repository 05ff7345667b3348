/** What the reference upstream can be told to do wrong, and to which calls. */
import { concat, encode, endless, once } from './chunks.ts';
import type { Answer } from './core.ts';

export type Route = '/offers' | '/usages';
export type LineStatus = 'accepted' | 'rejected' | 'later';

/** How each is meant stands in {@link CONTROL_HELP}, control.ts. */
export interface Fault {
  readonly do: (typeof KINDS)[number];
  readonly route?: Route;
  readonly order?: string | readonly string[];
  readonly discount?: string | readonly string[];
  /** Calls (for `line`, lines) that it meets; absent = until it is cleared. */
  readonly times?: number;
  readonly slowMs?: number;
  readonly apply?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bytes?: number;
  readonly outcome?: LineStatus;
  readonly reason?: string;
}

const KINDS = ['answer', 'reply', 'hang', 'reset', 'truncate', 'invalid-utf8', 'large', 'endless', 'line'] as const;
/** A first byte of two, followed by none. */
const NOT_UTF8 = new Uint8Array([0xc3, 0x28]);
const FIFTY_MB = 50 * 1024 * 1024;

export interface Target {
  readonly route: Route;
  readonly order: string | null;
  readonly discounts: readonly string[];
}

export class Faults {
  private active: { readonly fault: Fault; left: number }[] = [];

  /** @throws with what is wrong with it */
  add(fault: Fault): void {
    if (!KINDS.includes(fault?.do)) throw new Error(`"do" must be one of ${KINDS.join(', ')}`);
    if (fault.do === 'line' && fault.outcome === undefined) throw new Error('"line" needs an "outcome"');
    this.active.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.active = [];
  }

  list(): readonly Fault[] {
    return this.active.map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, times: left } : fault));
  }

  /** The first that meets the call, used up by one. */
  takeForCall(target: Target): Fault | undefined {
    return this.take((fault) => fault.do !== 'line' && meets(fault, target));
  }

  /** What a line is to be told, by the first that meets it. */
  takeForLine(order: string | null, discount: string): Fault | undefined {
    const target = { route: '/usages', order, discounts: [discount] } as const;
    return this.take((fault) => fault.do === 'line' && meets(fault, target));
  }

  private take(isMeant: (fault: Fault) => boolean): Fault | undefined {
    const found = this.active.find(({ fault }) => isMeant(fault));
    if (found !== undefined) found.left -= 1;
    this.active = this.active.filter(({ left }) => left > 0);
    return found?.fault;
  }
}

function meets(fault: Fault, { route, order, discounts }: Target): boolean {
  const names = (wanted: string | readonly string[]) => (typeof wanted === 'string' ? [wanted] : wanted);
  return (
    (fault.route === undefined || fault.route === route) &&
    (fault.order === undefined || (order !== null && names(fault.order).includes(order))) &&
    (fault.discount === undefined || names(fault.discount).some((id) => discounts.includes(id)))
  );
}

/**
 * The answer with the fault in it; `hang` is not for here.
 * @param answer what would have been answered, where the call was carried out
 */
export function spoil(fault: Fault, answer: Answer | null): Answer | 'reset' {
  const headers = { 'content-type': 'application/json', ...fault.headers };
  const { status = 200 } = fault;
  const whole = answer === null ? encode('{"results":[]}') : concat(answer.body);
  switch (fault.do) {
    case 'reply':
      return { status, headers, body: fault.body === undefined ? [] : [encode(fault.body)] };
    case 'truncate':
      return { status, headers: { ...headers, 'content-length': String(whole.length + 10) }, body: breakOff(whole) };
    case 'invalid-utf8':
      return { status, headers, body: [encode('{"offers":[],"results":[],"note":"'), NOT_UTF8, encode('"}')] };
    case 'large': {
      const { bytes = FIFTY_MB } = fault;
      return { status, headers: { 'content-length': String(bytes), ...headers }, body: once(bytes) };
    }
    case 'endless':
      return { status, headers, body: endless() };
    default:
      return answer ?? 'reset';
  }
}

function* breakOff(bytes: Uint8Array): Iterable<Uint8Array> {
  yield bytes;
  throw new Error('the connection breaks off here');
}
