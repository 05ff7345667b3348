/**
 * Circuit breaker for the connector's questions, one for each isolate: an upstream that failed several times in a row is
 * left alone for a while, and checkout is answered at once. After the pause a single call tries; nobody waits for it.
 * In memory only: what it saves is time, and an isolate that starts again finds out with five calls.
 */

/** In a row: fewer happen to a healthy upstream. */
const FAILURES_TO_OPEN = 5;
/** `upstream_unavailable` tells Akinon the same with `Retry-After`. */
const PAUSE_MS = 10_000;

/** A call that was let through. Its verdict counts only while the breaker is where it was when the call began. */
export interface BreakerCall {
  readonly round: number;
  /** The one call that finds out whether the pause is over. */
  readonly probe: boolean;
}

/** `unknown`: the call says nothing about the upstream. */
export type Verdict = 'ok' | 'failed' | 'unknown';

export class Breaker {
  /** Raised whenever it opens and with every probe: what began before then comes too late to say anything. */
  private round = 0;
  private failures = 0;
  /** When the next call may try, in epoch milliseconds; null while closed. */
  private tryAt: number | null = null;

  /**
   * @param timeoutMs after which a call is certain to have settled, unless its request vanished
   * @returns null while open: do not ask
   */
  enter(now: number, timeoutMs: number): BreakerCall | null {
    if (this.tryAt === null) return { round: this.round, probe: false };
    if (now < this.tryAt) return null;
    // Half-open is nothing but a later `tryAt`: a probe that never comes back is followed by another one.
    this.tryAt = now + Math.max(PAUSE_MS, timeoutMs);
    return { round: ++this.round, probe: true };
  }

  settle({ round, probe }: BreakerCall, verdict: Verdict, now: number): void {
    if (round !== this.round) return;
    if (verdict === 'ok') {
      this.failures = 0;
      this.tryAt = null;
    } else if (verdict === 'unknown') {
      if (probe) this.tryAt = now;
    } else if (probe || ++this.failures === FAILURES_TO_OPEN) {
      this.tryAt = now + PAUSE_MS;
      this.round++;
    }
  }
}
