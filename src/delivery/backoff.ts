/** When an order is tried again. */
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** After the first attempt, the second, …; the last stays. */
const PAUSES_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  12 * HOUR_MS,
] as const;

/** An upstream that asks for more is asked again all the same: it may have meant another order. */
const MAX_ASKED_MS = HOUR_MS;
/** One that asks for less, again and again, means it less each time. */
const MAX_LEAST_MS = MINUTE_MS;

/**
 * Milliseconds until the next attempt: the schedule's pause after `attempts` attempts, drawn between half and all of it
 * so that orders do not come back together. Or what the upstream asked for, up to an hour; from the third attempt on not
 * sooner than the schedule or a minute.
 */
export function pauseAfter(attempts: number, askedMs: number | undefined, random: () => number): number {
  const scheduledMs = PAUSES_MS[Math.min(Math.max(attempts, 1), PAUSES_MS.length) - 1] as number;
  const pauseMs = Math.round(scheduledMs * (0.5 + random() / 2));
  if (askedMs === undefined) return pauseMs;
  const leastMs = attempts < 3 ? SECOND_MS : Math.min(pauseMs, MAX_LEAST_MS);
  return Math.min(Math.max(askedMs, leastMs), MAX_ASKED_MS);
}
