/** What waits for a person, newest first, in pages by key: ?1 how many, ?2 the key of the last row before as JSON, or null. */
const LAST = Number.MAX_SAFE_INTEGER;

/**
 * In two parts, because an index is not followed through a comparison of all three at once: what is left of the moment, or
 * the day, where the page before ended, then what is older.
 */
function pages(select: string, [first, second, third]: readonly [string, string, string], where = 'true'): string {
  const within = `${second} DESC, ${third} DESC LIMIT ?1`;
  return `
SELECT * FROM (${select} WHERE ${where} AND ${first} = (?2 ->> 0)
  AND (${second}, ${third}) < ((?2 ->> 1), (?2 ->> 2)) ORDER BY ${within})
UNION ALL
SELECT * FROM (${select} WHERE ${where} AND ${first} < coalesce(?2 ->> 0, ${LAST}) ORDER BY ${first} DESC, ${within})
LIMIT ?1`;
}

/** A row each, up to ?1. */
export const countLines = (state: 'dead' | 'unrecognised' | 'rejected') =>
  `SELECT count(*) AS number FROM (SELECT 1 FROM used_discounts WHERE state = '${state}' LIMIT ?1)`;

/** The state is spelled out, so that its partial index is seen. */
export const listLines = (state: 'dead' | 'unrecognised' | 'rejected') =>
  pages(
    `SELECT order_key, discount_id, state, type, amount, currency, reason, uncertain,
       coalesce(settled_at, recorded_at) AS since FROM used_discounts`,
    ['coalesce(settled_at, recorded_at)', 'order_key', 'discount_id'],
    `state = '${state}'`,
  );

export const LIST_CONFLICTS = pages(
  'SELECT request_id, fingerprint, order_key, used_discounts, times, first_at FROM usage_conflicts',
  ['first_at', 'request_id', 'fingerprint'],
);

/** Of a day at most a thousand are kept, and two or three days are looked at. */
export const LIST_REFUSED = pages(
  'SELECT day, digest, request_id, errors, payload, times, first_at, last_at FROM refused_requests',
  ['day', 'first_at', 'digest'],
);
