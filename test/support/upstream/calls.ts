/** Every call that the reference upstream got, and which of them ran at the same time. */
import type { Call } from './core.ts';
import type { Target } from './faults.ts';

export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes, as UTF-8. */
  readonly body: string;
  readonly order: string | null;
  readonly discounts: readonly string[];
  /** Epoch milliseconds. */
  readonly at: number;
  /** Answered or given up by who called; null as long as neither. */
  endedAt: number | null;
  /** What was answered; null for nothing. */
  status: number | null;
  /** Another call about the same order was running. */
  overlapped: boolean;
}

export class Calls {
  private recorded: RecordedCall[] = [];
  private most = 0;

  get all(): readonly RecordedCall[] {
    return this.recorded;
  }

  /** The most calls that ever ran at once. */
  get maxConcurrent(): number {
    return this.most;
  }

  clear(): void {
    // What still runs stays: it may overlap with what comes.
    this.recorded = this.recorded.filter(({ endedAt }) => endedAt === null);
    this.most = this.recorded.length;
  }

  open({ method, path, headers, body }: Call, { order, discounts }: Omit<Target, 'route'>, now: number): RecordedCall {
    const running = this.recorded.filter(({ endedAt }) => endedAt === null);
    const others = running.filter((call) => order !== null && call.order === order);
    for (const other of others) other.overlapped = true;
    const text = new TextDecoder().decode(body);
    const overlapped = others.length > 0;
    const call = {
      method,
      path,
      headers,
      body: text,
      order,
      discounts,
      at: now,
      endedAt: null,
      status: null,
      overlapped,
    };
    this.recorded.push(call);
    this.most = Math.max(this.most, running.length + 1);
    return call;
  }
}
