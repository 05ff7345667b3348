/**
 * The connector port: what any loyalty or CRM system must answer for the core to use it. A connector translates; it
 * never decides about retries, storage or what is safe to show. Failures are values, so that no caller ever sees an
 * upstream's raw answer. See docs/adr/0005-connector-port.md for the two very different systems it was shaped on.
 */
import type { OrderKey, RequestId } from '../common/ids.ts';
import type { Json } from '../common/json.ts';
import type { Basket, Channel, Customer } from '../offers/basket.ts';
import type { Decimal } from '../offers/money.ts';
import type { DiscountType } from '../offers/offer.ts';

/** What the core hands to every call. Upstream I/O uses this `fetch` and ends when `signal` does. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly fetch: typeof fetch;
}

// ---------------------------------------------------------------------------------------------------- /offers

export interface OffersQuestion {
  readonly requestId: RequestId;
  /** At least one item, all of one currency. */
  readonly basket: Basket & { readonly currency: string };
  readonly customer: Customer;
  readonly channel: Channel;
  /** What this connector remembered of this basket with its last offers; only with `readsBasketState`. */
  readonly basketState?: Json;
}

/**
 * An offer as a connector proposes it, in the words of the bridge protocol (docs/adr/0005-connector-port.md). Only `id`, `type`
 * and what the type needs in `extraArgs` are required; absent fields take the protocol's defaults, except that the
 * guard fills in `discountedBasketItems` with every item in full. Money, points and quantities are decimal text.
 */
export interface ProposedOffer {
  readonly id: string;
  readonly type: DiscountType;
  readonly extraArgs?: Json;
  readonly description?: string;
  readonly label?: string;
  readonly priority?: number;
  readonly isMergeable?: boolean;
  readonly successMessage?: string;
  readonly upsellMessage?: string;
  readonly notifyAfterOrderCreation?: boolean;
  readonly currency?: string;
  readonly discountedBasketItems?: readonly { readonly pk: number; readonly quantity: string }[];
  readonly conditionConsumedBasketItems?: readonly { readonly pk: number; readonly quantity: string }[];
  /** Wanted back with the usage; at most 4 KB of JSON; never shown to Akinon. */
  readonly reference?: Json;
}

export interface OffersAnswer {
  /** Proposals, or JSON that claims to be: the guard trusts neither. */
  readonly offers: readonly (ProposedOffer | Json)[];
  /** What was asked for and not given (a voucher that does not apply, say), for the log. */
  readonly declined?: readonly Declined[];
  /** Remembered together with the offers, in place of what was there; absent = unchanged, and so without offers. */
  readonly basketState?: Json;
}

export interface Declined {
  readonly id: string;
  readonly reason: string;
}

/** Why there is no answer. `timeout` is the core's own verdict: a connector whose call was aborted may just throw. */
export type OffersFailure =
  | { readonly failed: 'unavailable'; readonly detail: string }
  | { readonly failed: 'error'; readonly detail: string }
  /** Nobody was asked: what the upstream wants to know cannot be said of this basket. Others may go on. */
  | { readonly failed: 'unaskable'; readonly detail: string }
  | { readonly failed: 'misconfigured'; readonly setting: string; readonly detail: string };

// ------------------------------------------------------------------------------------------------ /use-offers

/** One used discount of an order, as it was offered. */
export interface UsedDiscount {
  readonly id: string;
  /** Derived from order, discount and generation: the same on every attempt. */
  readonly key: string;
  /** Null, like all that follows, when the discount was never seen in that basket. */
  readonly type: DiscountType | null;
  /** Money for BASKET, points for LOYALTY_POINT, else null. */
  readonly amount: Decimal | null;
  readonly currency: string | null;
  readonly reference: Json;
  /** Only `due` lines are asked for; the others tell a `whole-order` upstream what the order holds. */
  readonly state: 'due' | 'delivered' | 'rejected';
  readonly upstreamRef?: string;
}

/**
 * A whole order, each time: `commit: 'whole-order'` upstreams need all of it, the others read the lines that are due.
 * A later request may add lines to an order that is delivered already: they come as `due` beside `delivered` ones, under
 * the same generation, and an upstream that closed the order is asked to take it again with all of its lines.
 */
export interface UsageCommit {
  readonly orderKey: OrderKey;
  readonly orderNumber: string | null;
  /** From 0; raised only by a person's replay after a definitive refusal, while no line's outcome is unknown. */
  readonly generation: number;
  readonly basket: Basket | null;
  readonly channel: Channel;
  /** As remembered when the order was accepted, whether the connector `readsBasketState` or not. */
  readonly basketState?: Json;
  readonly attempt: {
    /** From 1. */
    readonly number: number;
    /** Epoch milliseconds of the first attempt of this generation. */
    readonly firstAt: number;
    /** `unknown` as long as any line that is due may have been done, whatever a later call answered. */
    readonly last: 'none' | 'unknown' | 'later';
    /** The text that the call of an unknown outcome carried: sent again byte for byte. See {@link UsageFailure}. */
    readonly call?: string;
    /** The worker that made the attempt before this one vanished: whether and when it called, nobody knows. */
    readonly isTakenOver?: boolean;
  };
  readonly discounts: readonly UsedDiscount[];
}

export type Outcome =
  | { readonly status: 'accepted'; readonly upstreamRef?: string }
  | { readonly status: 'rejected'; readonly reason: string }
  | { readonly status: 'later'; readonly reason?: string; readonly afterMs?: number }
  | { readonly status: 'unknown'; readonly afterMs?: number };

export interface UsageResult {
  /** By discount id, of due lines only. One that is missing was certainly not done and is asked again later. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** The upstream's name for the whole order (a parent redemption, a session). */
  readonly upstreamRef?: string;
  /** HTTP status of the answer, for people. */
  readonly status?: number;
}

/** Why a call as a whole decided nothing, or all. */
export type UsageFailure =
  /** Certain that nothing was done; ask again. */
  | { readonly failed: 'later'; readonly afterMs?: number; readonly detail: string; readonly status?: number }
  /**
   * It may have been done: only what `capabilities.repeat` allows may follow. `call` is the text that was sent, wanted
   * back with the next attempt where the same text must be sent again.
   */
  | {
      readonly failed: 'unknown';
      readonly afterMs?: number;
      readonly call?: string;
      readonly detail: string;
      readonly status?: number;
    }
  /** Every line refused at once, for good, without a word about any of them. */
  | { readonly failed: 'refused'; readonly detail: string; readonly status?: number }
  /**
   * We are at fault, or out of quota: the gate shuts and no order is blamed. With `call`, the text that was sent, it may
   * have been done all the same.
   */
  | {
      readonly failed: 'paused';
      readonly call?: string;
      readonly cause: 'credentials' | 'quota' | 'misconfigured';
      /** Epoch milliseconds; absent = until a probe succeeds. */
      readonly until?: number;
      readonly detail: string;
      readonly status?: number;
    };

/**
 * What a look-up found: what became of the lines that are due, or `absent` when the upstream knows none of them. What an
 * earlier generation did, or this order before a line joined it, is not what is looked for.
 */
export type UsageFound = UsageResult | 'absent' | UsageFailure;

// ------------------------------------------------------------------------------------------------- the connector

/** What protects a commit that is sent again because its outcome is unknown. */
export type Repeat =
  /** The upstream remembers keys without limit: the same text again is safe for ever. */
  | { readonly by: 'key'; readonly ttlHours: null }
  /** The upstream remembers keys so long: afterwards it is looked up first. */
  | { readonly by: 'key'; readonly ttlHours: number }
  /** No keys: it is looked up first, every time. */
  | { readonly by: 'lookup' }
  /** Nothing: a person decides. */
  | { readonly by: 'none' };

export interface Capabilities<R extends Repeat = Repeat> {
  readonly repeat: R;
  /** Is each line sent by itself (`each`), or all of the order or nothing (`whole-order`)? Outcomes may differ in both. */
  readonly commit: 'each' | 'whole-order';
  /** Can it commit a discount id that was never offered in that basket? */
  readonly offersWithoutReference: boolean;
  /** Wants its basket state back with the next question; costs /offers one more D1 read, before the connector. */
  readonly readsBasketState: boolean;
  /**
   * No basket is shown more offers than this. An order may hold more, from several answers: a connector whose calls take
   * only so many sends several, and what is uncertain of a later one is `unknown` by line.
   */
  readonly maxOffers: number;
  /** Calls a minute that the upstream allows, where it says so. */
  readonly perMinute?: number;
  /** Fetches and D1 statements of one commit at most, its look-up included: an invocation may make only so many. */
  readonly callsPerCommit: number;
}

interface ConnectorBase<R extends Repeat> {
  readonly name: string;
  readonly capabilities: Capabilities<R>;
  /** Never rejects for what an upstream does; an abort by `ctx.signal` may reject. */
  queryOffers(question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure>;
  /** Asks for every line that is `due`. Repeating it with the same keys has one effect where `repeat` says so. */
  commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure>;
  /** Campaigns, where the connector holds them itself, for ops to look at. Rejects when they cannot be read. */
  listCampaigns?(question: CampaignsQuestion): Promise<CampaignsPage>;
  /**
   * Offers that are assigned to one customer, for its account pages, where the upstream knows them. Never rejects for what
   * an upstream does; an abort by `ctx.signal` may reject.
   */
  listCustomerOffers?(question: CustomerOffersQuestion, ctx: CallContext): Promise<CustomerOffersPage | OffersFailure>;
  /** Settings that the connector finds missing or wrong; `/ready` shows their names. */
  checkSettings?(): Promise<readonly SettingProblem[]>;
}

/** Open now, over, or not begun. */
export type CampaignTime = 'active' | 'past' | 'upcoming';

export interface CampaignsQuestion {
  readonly when: CampaignTime;
  /** Epoch milliseconds. */
  readonly now: number;
  /** `next` of the page before, or null. What is none begins anew. */
  readonly before: string | null;
  readonly limit: number;
}

export interface Campaign {
  readonly id: string;
  readonly type: DiscountType;
  /** By language. */
  readonly label: Readonly<Record<string, string>>;
  /** Decimal text: money where there is a currency and the type is BASKET, else points. */
  readonly amount: string | null;
  readonly currency: string | null;
  /** Decimal text, of the gross basket, and the most that it may come to. */
  readonly percentage: string | null;
  readonly maxDiscount: string | null;
  /** Epoch milliseconds, both included. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly voucherCode: string | null;
  readonly assignedOnly: boolean;
  readonly timesUsed: number;
  /** Null = no limit. */
  readonly usageLimit: number | null;
  readonly usageLimitPerCustomer: number | null;
}

export interface CampaignsPage {
  readonly campaigns: readonly Campaign[];
  readonly next: string | null;
}

export interface CustomerOffersQuestion {
  /** Active: soonest end first. Past: latest end first. Upcoming: soonest start first. */
  readonly when: CampaignTime;
  /** Of a token that was verified: a phone number, an e-mail address, or both. An offer for either is the customer's. */
  readonly customer: Pick<Customer, 'phone' | 'emails'>;
  /** Three upper-case letters: offers in another currency are left out. */
  readonly currency: string;
  /** Two letters, of the texts; the shop's own where an offer does not speak it. */
  readonly language: string;
  /** How many to pass over, and how many to answer at most. */
  readonly offset: number;
  readonly limit: number;
}

export interface CustomerOffer {
  readonly label: string;
  readonly benefit:
    | { readonly type: 'fixed'; readonly amount: Decimal }
    /** Of 100. */
    | { readonly type: 'percentage'; readonly percentage: Decimal }
    | { readonly type: 'shipping_free' };
  /** Three upper-case letters; that of the question where the offer is for any. */
  readonly currency: string;
  /** `YYYY-MM-DDTHH:MM:SSZ`, both included. */
  readonly startsAt: string;
  readonly endsAt: string;
  /** Null = applied without one. */
  readonly voucherCode: string | null;
  /** At least so much money, or so many units, in the basket; null = nothing. */
  readonly condition: { readonly type: 'Amount' | 'Quantity'; readonly value: Decimal } | null;
}

export interface CustomerOffersPage {
  readonly offers: readonly CustomerOffer[];
  /** Of all pages; what it is does not matter where `offers` is empty. */
  readonly count: number;
}

type FindUsage = (commit: UsageCommit, ctx: CallContext) => Promise<UsageFound>;

/** A connector that relies on being looked up has a look-up: the compiler insists. */
export type Connector =
  | (ConnectorBase<{ by: 'key'; ttlHours: null } | { by: 'none' }> & { readonly findUsage?: never })
  | (ConnectorBase<{ by: 'key'; ttlHours: number } | { by: 'lookup' }> & { readonly findUsage: FindUsage });

export interface SettingProblem {
  readonly setting: string;
  /** What is wrong with it, without its value: `is not set`. */
  readonly message: string;
}

/** The Worker's secret of that name; undefined where there is none, or where it is none of a connector's business. */
export type SecretReader = (name: string) => string | undefined;

/** What making a connector of its settings comes to. */
export type Created = { readonly connector: Connector } | { readonly problems: readonly SettingProblem[] };

export function isFailure<T extends object>(answer: T): answer is Extract<T, { readonly failed: string }> {
  return 'failed' in answer;
}

/** A discount that the basket was never offered: delivered where the upstream needs its id alone, else a person decides. */
export function whenNeverOffered(connector: Connector | null): 'due' | 'unrecognised' {
  return connector?.capabilities.offersWithoutReference ? 'due' : 'unrecognised';
}
