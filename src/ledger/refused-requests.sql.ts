/** `refused_requests`: what /use-offers refused, for ops. Once a day for each digest, at most so many a day. */

/** More than this in one day is an attack or a broken caller, and ops has seen enough of it. */
export const MAX_REFUSED_PER_DAY = 1000;

/** ?1 day, ?2 digest, ?3 request id or null, ?4 errors, ?5 payload, ?6 received at */
export const KEEP_REFUSED = `
INSERT INTO refused_requests (day, digest, request_id, errors, payload, first_at, last_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6
WHERE (SELECT count(*) FROM refused_requests WHERE day = ?1) < ${MAX_REFUSED_PER_DAY}
   OR EXISTS (SELECT 1 FROM refused_requests WHERE day = ?1 AND digest = ?2)
ON CONFLICT (day, digest) DO UPDATE SET times = times + 1, last_at = excluded.last_at
RETURNING times`;
