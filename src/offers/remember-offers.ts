/**
 * No offer that asks for notification is shown before it is remembered; when none asks, remembering waits for the
 * answer. What finds no room is not shown, and what could not be stored is not either.
 */
import { isJson, type Json, jsonBytes } from '../common/json.ts';
import { describeError, type Log, MAX_LOGGED } from '../common/log.ts';
import { MAX_ISSUED_BYTES } from '../ledger/issued-entry.ts';
import type { IssuedBasket, Ledger } from '../ledger/ledger.ts';
import type { Basket } from './basket.ts';
import type { GuardLimits } from './guard.ts';
import { fitIssuedOffers } from './issued.ts';
import type { Offer } from './offer.ts';

export interface RememberDeps {
  readonly ledger: Pick<Ledger, 'rememberOffers'>;
  readonly priorityFirst: GuardLimits['priorityFirst'];
  readonly now: () => number;
  readonly log: Log;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export interface Remembered {
  /** May be shown. */
  readonly shown: readonly Offer[];
  /** The storage failed, and what asks for notification is missing from `shown`. */
  readonly failed: boolean;
  /** Present when the answer had to wait. */
  readonly storageMs?: number;
  /** Is all of it in the ledger? May settle after the answer; never rejects. */
  readonly committed: Promise<boolean>;
}

/** Half of what a basket may keep: the other half is for its offers. */
const MAX_STATE_BYTES = MAX_ISSUED_BYTES / 2;
const MAX_STATE_DEPTH = 32;

export async function rememberOffers(
  basket: Basket,
  offers: readonly Offer[],
  basketState: Json | undefined,
  deps: RememberDeps,
): Promise<Remembered> {
  if (offers.length === 0) return { shown: offers, failed: false, committed: Promise.resolve(true) };
  const state = keepableState(basket, basketState, deps.log);
  const { shown, issued, leftOut } = fitIssuedOffers(offers, basket.version, state, deps.priorityFirst);
  logLeftOut(basket, leftOut, deps.log);
  const write: IssuedBasket = {
    basketId: basket.id,
    version: basket.version,
    offers: issued,
    ...(state !== undefined && { basketState: state }),
    seenAt: deps.now(),
  };
  const remembering = deps.ledger.rememberOffers(write).catch((error: unknown) => {
    deps.log('error', 'offers_not_remembered', { basketId: basket.id, error: describeError(error) });
    return null;
  });
  const committed = remembering.then((noRoom) => noRoom !== null);
  if (!issued.some((offer) => offer.notify)) {
    deps.waitUntil(committed);
    return { shown, failed: false, committed };
  }
  const noRoom = await remembering;
  const storageMs = deps.now() - write.seenAt;
  if (noRoom === null) return { shown: shown.filter(({ notify }) => !notify), failed: true, storageMs, committed };
  logLeftOut(basket, noRoom, deps.log);
  const fits = shown.filter(({ id, notify }) => !(notify && noRoom.includes(id)));
  return { shown: fits, failed: false, storageMs, committed };
}

function keepableState(basket: Basket, state: Json | undefined, log: Log): Json | undefined {
  if (state === undefined) return undefined;
  if (isJson(state, MAX_STATE_DEPTH) && jsonBytes(state) <= MAX_STATE_BYTES) return state;
  log('warn', 'basket_state_not_kept', { basketId: basket.id, reason: 'too large, too deep or no JSON' });
  return undefined;
}

function logLeftOut(basket: Basket, ids: readonly string[], log: Log): void {
  if (ids.length === 0) return;
  const fields = ids.slice(0, MAX_LOGGED);
  log('warn', 'offers_left_out', { basketId: basket.id, reason: 'issued_basket_full', fields });
}
