/**
 * The ledger port: what was offered to a basket, what an order used, and what must still reach the upstream. The domain
 * rooms know this file only; `d1-ledger.ts` keeps it in D1. A method resolves once the write is committed and throws
 * {@link StorageUnavailable} when it could not be.
 */
import type { ClaimId, OrderKey, RequestId } from '../common/ids.ts';
import type { Json } from '../common/json.ts';
import type { Channel } from '../offers/basket.ts';
import type { DiscountType } from '../offers/offer.ts';

/** D1 did not commit within the time there is. What was tried may have been committed all the same. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
}

/** An offer as it is remembered: what a later usage needs, and nothing that is only shown. */
export interface IssuedOffer {
  readonly id: string;
  readonly type: DiscountType;
  /** BASKET: integer minor units as text; LOYALTY_POINT: points as offered; else null. */
  readonly amount: string | null;
  /** Of a BASKET amount; else null. */
  readonly currency: string | null;
  readonly notify: boolean;
  readonly reference: Json;
}

export interface IssuedBasket {
  readonly basketId: number;
  readonly version: number;
  /** In the order in which Akinon applies them: the last find no room first. */
  readonly offers: readonly IssuedOffer[];
  /** What the connector wants to remember of the basket; absent = leave what is there. */
  readonly basketState?: Json;
  /** Epoch milliseconds. */
  readonly seenAt: number;
}

/** An accepted /use-offers, ready to be recorded. */
export interface NewUsage {
  readonly requestId: RequestId;
  readonly claimId: ClaimId;
  /** Hash of what the request means: order key and set of used discounts. */
  readonly fingerprint: string;
  readonly orderKey: OrderKey;
  readonly basketId: number | null;
  readonly basketVersion: number | null;
  /** Distinct ids in the order they were sent. */
  readonly usedDiscounts: readonly string[];
  /** The basket as JSON text without product attributes, for the delivery; null when none was sent. */
  readonly snapshot: string | null;
  /** Without personal data. */
  readonly channel: Omit<Channel, 'staffEmail'>;
  /** Paths of what the contract does not allow and we accepted. */
  readonly drift: readonly string[];
  /** State of a discount that was never offered in this basket. */
  readonly whenNeverOffered: 'due' | 'unrecognised';
  readonly receivedAt: number;
}

export type Verdict =
  /** First of its request id. `due` = something must be delivered. */
  | { readonly outcome: 'created'; readonly due: boolean }
  | { readonly outcome: 'replayed' }
  /** The request id is known with another meaning; what came now is kept. */
  | { readonly outcome: 'conflict' };

/** An authenticated /use-offers that was refused and is kept for ops. */
export interface RefusedRequest {
  readonly requestId: string | null;
  /** Public error codes and fields, first to last. */
  readonly errors: readonly { readonly code: string; readonly field: string }[];
  /** The body as JSON text without personal data, at most 64 KB. */
  readonly payload: string;
  readonly receivedAt: number;
}

export interface Ledger {
  /**
   * Merges by offer id; an older version only adds what is not there. Writes nothing when nothing changes.
   * @returns ids of `issued` for which the basket had no room
   */
  rememberOffers(issued: IssuedBasket): Promise<readonly string[]>;
  /** What the connector remembered of a basket, or undefined. */
  recallBasketState(basketId: number): Promise<Json | undefined>;
  /** Records a usage, its discounts and the order's place in the outbox: all or nothing, once per request id. */
  acceptUsage(usage: NewUsage): Promise<Verdict>;
  /** Keeps a refused request once a day; false when the day's limit is reached. */
  keepRefusedRequest(refused: RefusedRequest): Promise<boolean>;
  /** Is the storage there, with every migration this code needs? */
  checkSchema(): Promise<'ok' | 'migrations_missing'>;
}
