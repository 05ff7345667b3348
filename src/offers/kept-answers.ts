/**
 * Answers that may be shown again: guarded, and remembered in the ledger before they came here. For OFFERS_CACHE_SECONDS
 * and OFFERS_ON_FAILURE=stale, in the memory of one isolate: bounded, and gone with it.
 */
import type { Offer } from './offer.ts';

export interface KeptAnswer {
  readonly offers: readonly Offer[];
  readonly basketId: number;
  /** Of the basket as which the offers are remembered; -1 once another answer for the basket was remembered instead. */
  readonly version: number;
  /** May it be remembered for a later version too? Not when the connector's state of the basket belongs to it. */
  readonly anyVersion: boolean;
  /** When the connector gave it, in epoch milliseconds. */
  readonly at: number;
}

export interface KeptLimits {
  readonly answers: number;
  /** Characters of JSON, which is about what the objects take. */
  readonly size: number;
}

type Kept = Omit<KeptAnswer, 'version'> & { version: number; readonly size: number };

/** An isolate has 128 MB, requests of up to 1 MB among them. */
const LIMITS: KeptLimits = { answers: 2000, size: 8_000_000 };

export class KeptAnswers {
  /** Oldest first. */
  private readonly kept = new Map<string, Kept>();
  private size = 0;
  private readonly limits: KeptLimits;

  constructor(limits: KeptLimits = LIMITS) {
    this.limits = limits;
  }

  /** @param since epoch milliseconds: nothing older */
  find(key: string, version: number, since: number): KeptAnswer | undefined {
    const answer = this.kept.get(key);
    if (answer === undefined || answer.at < since) return undefined;
    return answer.anyVersion || answer.version >= version ? answer : undefined;
  }

  /** @param since epoch milliseconds: what is older serves nobody any more */
  keep(key: string, answer: KeptAnswer, since: number): void {
    const known = this.kept.get(key);
    if (known !== undefined && known.version > answer.version) return;
    for (const other of this.kept.values()) {
      // Shown again, it must be what the ledger says: one id may stand for another amount, on another device say.
      if (other.basketId === answer.basketId) other.version = -1;
    }
    this.drop(key);
    const size = JSON.stringify(answer.offers).length;
    this.kept.set(key, { ...answer, size });
    this.size += size;
    for (const [oldest, { at }] of this.kept) {
      const fits = this.kept.size <= this.limits.answers && this.size <= this.limits.size;
      if (fits && at >= since) return;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.size -= this.kept.get(key)?.size ?? 0;
    this.kept.delete(key);
  }
}
