/** Akinon's stamps: microseconds since 1970, which grow with every change, however fast they follow one another. */

/** @returns microseconds, later than `previous` even within the same millisecond or when the clock was set back */
export function nextStamp(nowMs: number, previous = 0): number {
  return Math.max(Math.floor(nowMs) * 1000, previous + 1);
}

/** `2021-09-20T12:27:31.459026Z`, with the six digits that the samples have. */
export function toDate(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const rest = String(micros - ms * 1000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
}
