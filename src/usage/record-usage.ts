/**
 * POST /use-offers as the domain sees it: freeze, fingerprint, one ledger batch, and then a message that wakes the
 * delivery. No upstream call on this path; losing the message loses nothing, because D1 is the truth.
 */
import { newClaimId, type OrderKey, type RequestId } from '../common/ids.ts';
import { describeError, type Log } from '../common/log.ts';
import type { Ledger, NewUsage, Verdict } from '../ledger/ledger.ts';
import type { Basket, Channel } from '../offers/basket.ts';
import { fingerprintUsage } from './keys.ts';
import { freezeBasket } from './snapshot.ts';

export interface Usage {
  readonly requestId: RequestId;
  readonly orderKey: OrderKey;
  readonly basketId: number | null;
  readonly basketVersion: number | null;
  /** Distinct. */
  readonly usedDiscounts: readonly string[];
  readonly basket: Basket | null;
  readonly channel: Channel;
  readonly drift: readonly string[];
}

/** What a queue message carries: an id, never the work itself. */
export interface DeliveryMessage {
  /** Absent = more is waiting than one invocation could deliver. */
  readonly orderKey?: OrderKey;
}

export interface RecordUsageDeps {
  readonly ledger: Ledger;
  readonly whenNeverOffered: NewUsage['whenNeverOffered'];
  readonly now: () => number;
  readonly log: Log;
  /** May fail: a sweep finds what no message announced. */
  readonly wakeDelivery: (message: DeliveryMessage) => Promise<unknown>;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** What is stored of a channel: no staff address, in whatever header it stood. */
function withoutAddresses({ staffEmail: _personal, ...channel }: Channel): NewUsage['channel'] {
  const id = (value: string | null) => (value?.includes('@') ? null : value);
  return {
    device: id(channel.device),
    storeId: id(channel.storeId),
    storeRemoteId: id(channel.storeRemoteId),
    staffId: id(channel.staffId),
    staffRemoteId: id(channel.staffRemoteId),
  };
}

/** @throws StorageUnavailable when the usage could not be committed in time; sending it again is safe */
export async function recordUsage(usage: Usage, deps: RecordUsageDeps): Promise<Verdict> {
  const { requestId, orderKey, usedDiscounts } = usage;
  const snapshot = usage.basket === null ? null : freezeBasket(usage.basket);
  const verdict = await deps.ledger.acceptUsage({
    requestId,
    claimId: newClaimId(),
    fingerprint: await fingerprintUsage(orderKey, usedDiscounts),
    orderKey,
    basketId: usage.basketId,
    basketVersion: usage.basketVersion,
    usedDiscounts,
    snapshot: snapshot?.text ?? null,
    channel: withoutAddresses(usage.channel),
    drift: usage.drift,
    whenNeverOffered: deps.whenNeverOffered,
    receivedAt: deps.now(),
  });
  if (verdict.outcome !== 'created') return verdict;

  if (usage.drift.length > 0) deps.log('warn', 'usage_drift', { requestId, orderKey, fields: usage.drift });
  if (snapshot !== null && snapshot.leftOut !== 'nothing') {
    deps.log('warn', 'snapshot_cut', { requestId, orderKey, reason: snapshot.leftOut });
  }
  if (verdict.due) {
    const notWoken = (error: unknown) => deps.log('warn', 'wake_failed', { orderKey, error: describeError(error) });
    deps.waitUntil(Promise.try(deps.wakeDelivery, { orderKey }).catch(notWoken));
  }
  return verdict;
}
