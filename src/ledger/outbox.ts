/**
 * The outbox port: orders that wait for the upstream, and the gate that is shut while it makes no sense to ask. What is
 * decided (who holds an order, whether a failure counts, when the gate shuts) is decided in SQL, so that any number of
 * isolates agree. Methods throw `StorageUnavailable` when D1 did not commit.
 */
import type { OrderKey } from '../common/ids.ts';
import type { DiscountType } from '../offers/offer.ts';

/** An order that this worker holds until its lease ends. */
export interface ClaimedOrder {
  readonly orderKey: OrderKey;
  /** Grows with every claim: who holds an older one has lost the order. */
  readonly fence: number;
  /** Attempts so far that count, and workers that vanished since the last of them. */
  readonly attempts: number;
  readonly crashes: number;
  readonly generation: number;
  readonly lastOutcome: 'none' | 'unknown' | 'later';
  /** Epoch milliseconds of the first attempt of this generation: now, when this is it. */
  readonly firstAttemptAt: number;
  readonly upstreamRef: string | null;
  /** JSON texts, as they were frozen when the order was accepted. */
  readonly channel: string;
  readonly basketState: string | null;
  readonly snapshot: string | null;
  /** What the call of an unknown outcome said. */
  readonly unknownCall: string | null;
  /** Ids that this attempt is about: a line that joined after a call of unknown outcome is not among them. */
  readonly callLines: readonly string[];
  /** Every line of the order. */
  readonly lines: readonly OrderLine[];
}

export interface OrderLine {
  readonly id: string;
  readonly state: string;
  readonly type: DiscountType | null;
  /** BASKET: integer minor units; LOYALTY_POINT: decimal text; else null. */
  readonly amount: number | string | null;
  readonly currency: string | null;
  /** JSON text. */
  readonly reference: string | null;
  readonly upstreamRef: string | null;
}

/** How often the upstream may be called: `burst` orders, then nothing for `burst` times the interval. */
export interface Pace {
  readonly intervalMs: number;
  readonly burst: number;
}

export interface Claim {
  readonly now: number;
  readonly limit: number;
  readonly leaseMs: number;
  readonly pace: Pace | null;
  /** The first claim of an invocation: it may also be the one that tries the upstream while the gate is shut. */
  readonly first: boolean;
}

export interface Claimed {
  readonly orders: readonly ClaimedOrder[];
  /** More may be claimed: orders are due and the gate is open, or will be if the probe succeeds. */
  readonly more: boolean;
  /** The gate is shut, and the one order here tries the upstream. */
  readonly probing: boolean;
  /** Epoch milliseconds from when the pace allows the next. */
  readonly paceAt: number;
}

export type PauseReason = 'credentials' | 'quota' | 'misconfigured' | 'outage' | 'refusals';

/** What an attempt says about the upstream as a whole. */
export type Verdict =
  /** It judged the lines: it works. */
  | { readonly kind: 'answered' }
  /** It refused the order whole: it works, or it refuses everything. */
  | { readonly kind: 'refused' }
  /** Later, or no answer. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'paused'; readonly reason: PauseReason; readonly until?: number; readonly detail: string }
  /** The upstream was not asked. */
  | { readonly kind: 'silent' };

export interface LineSettlement {
  readonly id: string;
  readonly state: 'delivered' | 'rejected' | 'dead';
  readonly reason: string | null;
  readonly upstreamRef: string | null;
  /** Given up although it may have been done. */
  readonly uncertain: boolean;
}

export interface Settlement {
  readonly orderKey: OrderKey;
  readonly fence: number;
  readonly verdict: Verdict;
  /** Lines that reached their end; the others stay due. */
  readonly lines: readonly LineSettlement[];
  /** Of what stays due: null = as it was. */
  readonly lastOutcome: 'unknown' | 'later' | null;
  readonly call: string | null;
  /** Epoch milliseconds of the next attempt, should one be needed. */
  readonly dueAt: number;
  /** The upstream asked for that time itself: it holds while the gate is shut, too. */
  readonly dueAtAsked: boolean;
  readonly upstreamRef: string | null;
  readonly attempt: {
    readonly startedAt: number;
    readonly durationMs: number;
    readonly outcome: AttemptOutcome;
    readonly status: number | null;
    /** Short, cleaned, for people. */
    readonly detail: string | null;
  };
}

export type AttemptOutcome =
  | 'delivered'
  | 'partial'
  | 'rejected'
  | 'refused'
  | 'later'
  | 'unknown'
  | 'paused'
  | 'outcome_unknown';

export interface GivenUp {
  readonly orderKey: OrderKey;
  readonly reason: 'exhausted' | 'crash_loop';
}

export interface Outbox {
  /** Takes the oldest due orders for as long as the lease lasts; none while the gate is shut, but one that probes. */
  claim(claim: Claim): Promise<Claimed>;
  /**
   * Writes what attempts came to. A success is written whoever reports it, anything else only by the holder.
   * @param spend is told of the statements of each try
   * @returns orders that are not done, and when something happens next: their own time, or the gate's next probe
   */
  settle(
    settlements: readonly Settlement[],
    now: number,
    spend: (statements: number) => void,
  ): Promise<readonly { orderKey: OrderKey; dueAt: number }[]>;
  /** Shuts the gate because we cannot ask at all. */
  pauseForSettings(detail: string, now: number): Promise<void>;
  /** Ends orders that were tried for too long, or whose workers vanish each time. */
  giveUp(now: number): Promise<readonly GivenUp[]>;
  /** Opens a gate that nothing waits for. */
  openIdleGate(now: number): Promise<void>;
}

/** D1 statements that a call takes at most: an invocation may make only so many. */
export const statementsOf = {
  claim: (first: boolean, pace: Pace | null) => (first ? 4 : pace === null ? 1 : 3),
  /** Of one order. Several together take as many, or fewer. */
  settle: 4,
  pauseForSettings: 1,
  giveUp: 2,
  openIdleGate: 1,
} as const;
