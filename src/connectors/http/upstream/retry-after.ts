/** `Retry-After` as a wait. How long we are willing to wait is the core's decision. */

/** Ten digits of seconds are three centuries: more is no number that anybody means. */
const SECONDS = /^\d{1,10}$/;
/** HTTP dates end in GMT; without this, `Date.parse` takes nearly anything for a date. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, .+ GMT$/;

/**
 * @param now epoch milliseconds, which a date is relative to
 * @returns nothing where there is none, or one that cannot be read
 * @see RFC 9110, section 10.2.3
 */
export function readRetryAfter(headers: Headers, now: number): { readonly afterMs?: number } {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (SECONDS.test(text)) return { afterMs: Number(text) * 1000 };
  const date = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? {} : { afterMs: Math.max(0, date - now) };
}
