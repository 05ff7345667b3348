/** The ledger in D1. Each method is one round trip; what it decides is in the `*.sql.ts` file beside it. */
import { hashParts } from '../common/hash.ts';
import type { Json } from '../common/json.ts';
import { describeError } from '../common/log.ts';
import {
  INSERT_CONFLICT,
  INSERT_USAGE,
  INSERT_USED_DISCOUNTS,
  SELECT_VERDICT,
  UPSERT_DELIVERY,
} from './accept-usage.sql.ts';
import { RECALL_BASKET_STATE, REMEMBER_OFFERS } from './issued-baskets.sql.ts';
import { MAX_ISSUED_BYTES, toEntry } from './issued-entry.ts';
import {
  type IssuedBasket,
  type Ledger,
  type NewUsage,
  type RefusedRequest,
  StorageUnavailable,
  type Verdict,
} from './ledger.ts';
import { KEEP_REFUSED } from './refused-requests.sql.ts';
import { type RetryClock, retryTransient } from './retry-transient.ts';
import { HAS_MIGRATION, LATEST_MIGRATION } from './schema.sql.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

interface VerdictRow {
  claim_id: string;
  fingerprint: string;
  due: number;
}

export class D1Ledger implements Ledger {
  private readonly db: D1Database;
  private readonly clock: RetryClock;

  constructor(db: D1Database, clock: RetryClock) {
    this.db = db;
    this.clock = clock;
  }

  async rememberOffers({ basketId, version, offers, basketState, seenAt }: IssuedBasket): Promise<readonly string[]> {
    const state = basketState === undefined ? null : JSON.stringify(basketState);
    const entries = Object.fromEntries(offers.map((offer) => [offer.id, toEntry(version, offer)]));
    const inTurn = JSON.stringify(offers.map(({ id }) => id));
    const values = [basketId, version, JSON.stringify(entries), state, seenAt, MAX_ISSUED_BYTES, inTurn];
    const remember = () =>
      this.db
        .prepare(REMEMBER_OFFERS)
        .bind(...values)
        .all<{ no_room: string }>();
    const { results } = await retryTransient(remember, this.clock);
    // Without a row nothing was changed, because everything is there.
    return results[0] === undefined ? [] : (JSON.parse(results[0].no_room) as string[]);
  }

  async recallBasketState(basketId: number): Promise<Json | undefined> {
    const row = await retryTransient(
      () => this.db.prepare(RECALL_BASKET_STATE).bind(basketId).first<{ basket_state: string | null }>(),
      this.clock,
    );
    return row?.basket_state == null ? undefined : (JSON.parse(row.basket_state) as Json);
  }

  async acceptUsage(usage: NewUsage): Promise<Verdict> {
    const { requestId, claimId, fingerprint, orderKey, basketId, basketVersion, snapshot, receivedAt } = usage;
    const usedDiscounts = JSON.stringify(usage.usedDiscounts);
    const channel = JSON.stringify(usage.channel);
    const drift = usage.drift.length === 0 ? null : JSON.stringify(usage.drift);
    const request = [orderKey, basketId, basketVersion, usedDiscounts, channel];
    const prepare = (sql: string, ...values: (string | number | null)[]) => this.db.prepare(sql).bind(...values);
    const run = () =>
      this.db.batch([
        prepare(INSERT_USAGE, requestId, claimId, fingerprint, ...request, drift, receivedAt),
        prepare(INSERT_USED_DISCOUNTS, requestId, claimId, usage.whenNeverOffered),
        prepare(UPSERT_DELIVERY, requestId, claimId, snapshot),
        prepare(INSERT_CONFLICT, requestId, fingerprint, ...request, receivedAt, snapshot),
        prepare(SELECT_VERDICT, requestId),
      ]);
    const results = await retryTransient(run, this.clock);
    const row = results.at(-1)?.results[0] as VerdictRow | undefined;
    if (row === undefined) throw new StorageUnavailable('the usage is not there after its own batch');
    if (row.claim_id === claimId) return { outcome: 'created', due: row.due === 1 };
    return { outcome: row.fingerprint === fingerprint ? 'replayed' : 'conflict' };
  }

  async keepRefusedRequest({ requestId, errors, payload, receivedAt }: RefusedRequest): Promise<boolean> {
    const day = Math.floor(receivedAt / DAY_MS);
    const digest = await hashParts(JSON.stringify(errors), payload);
    const values = [day, digest, requestId, JSON.stringify(errors), payload, receivedAt];
    const row = await retryTransient(
      () =>
        this.db
          .prepare(KEEP_REFUSED)
          .bind(...values)
          .first(),
      this.clock,
    );
    return row !== null;
  }

  async checkSchema(): Promise<'ok' | 'migrations_missing'> {
    try {
      const row = await retryTransient(() => this.db.prepare(HAS_MIGRATION).bind(LATEST_MIGRATION).first(), this.clock);
      return row === null ? 'migrations_missing' : 'ok';
    } catch (error) {
      if (describeError(error).includes('no such table')) return 'migrations_missing';
      throw error;
    }
  }
}
