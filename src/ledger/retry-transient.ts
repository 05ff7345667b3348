/**
 * Retries what D1 calls transient, for as long as a caller at checkout can wait. A write may have committed although
 * its answer was lost, so only statements that are safe to run twice may pass through here.
 * @see reliability promise 5; Cloudflare D1, "Error list"
 */
import { describeError } from '../common/log.ts';
import { StorageUnavailable } from './ledger.ts';

export interface RetryClock {
  readonly now: () => number;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Answering 503 in time lets Akinon decide; an attempt that is under way then may still commit. */
const BUDGET_MS = 1500;
const FIRST_PAUSE_MS = 60;

/** Not "overloaded" and not "exceeded timeout": those want less load, not more. */
const TRANSIENT = [
  'Network connection lost',
  'storage caused object to be reset',
  'reset because its code was updated',
  'Cannot resolve D1 DB due to transient issue',
];

/** @throws {StorageUnavailable} when the budget is used up, or at once when the failure is not transient */
export async function retryTransient<T>(run: () => Promise<T>, clock: RetryClock): Promise<T> {
  const deadline = clock.now() + BUDGET_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      return await withinBudget(run(), deadline - clock.now());
    } catch (error) {
      const message = describeError(error);
      const pauseMs = FIRST_PAUSE_MS * 2 ** attempt * (0.5 + clock.random() / 2);
      const retries = TRANSIENT.some((text) => message.includes(text)) && clock.now() + pauseMs < deadline;
      if (!retries) throw new StorageUnavailable(message, { cause: error });
      await clock.sleep(pauseMs);
    }
  }
}

async function withinBudget<T>(attempt: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StorageUnavailable(`no answer from D1 within ${BUDGET_MS} ms`)), ms);
  });
  try {
    return await Promise.race([attempt, expired]);
  } finally {
    clearTimeout(timer);
  }
}
