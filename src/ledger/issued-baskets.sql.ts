/** `issued_baskets`: what was offered to a basket. One upsert, at most one row written, none when nothing changes. */
import { ENTRY } from './issued-entry.ts';

/** An unchanged basket is written again once a day, so that retention by `seen_at` never takes one that is in use. */
const REFRESH_MS = 24 * 60 * 60 * 1000;

/** An older version only adds what is not there: patched with the new, then with the old again. */
const MERGED = `iif(excluded.version >= version,
    json_patch(offers, excluded.offers),
    json_patch(json_patch(offers, excluded.offers), offers))`;

/** ?1 basket id, ?2 version, ?3 offers, ?4 basket state or null, ?5 seen at (ms), ?6 room for the offers (bytes) */
export const REMEMBER_OFFERS = `
INSERT INTO issued_baskets (basket_id, version, offers, basket_state, seen_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (basket_id) DO UPDATE SET
  version = max(version, excluded.version),
  seen_at = max(seen_at, excluded.seen_at),
  basket_state = iif(excluded.version >= version,
    coalesce(excluded.basket_state, basket_state),
    coalesce(basket_state, excluded.basket_state)),
  offers = (SELECT iif(octet_length(doc) <= ?6, doc, (
      SELECT json_group_object(key, json(value)) FROM (
        SELECT key, value, sum(octet_length(json_quote(key)) + octet_length(value) + 2) OVER (
          -- This answer's offers first, then the newest.
          ORDER BY key IN (SELECT key FROM json_each(?3)) DESC, value ->> ${ENTRY.version} DESC, id
          ROWS UNBOUNDED PRECEDING) AS bytes
        FROM json_each(doc))
      WHERE bytes < ?6))
    FROM (SELECT ${MERGED} AS doc))
WHERE excluded.version > version
  OR ${MERGED} <> offers
  OR iif(excluded.version >= version,
    excluded.basket_state IS NOT NULL AND excluded.basket_state IS NOT basket_state,
    excluded.basket_state IS NOT NULL AND basket_state IS NULL)
  OR seen_at <= excluded.seen_at - ${REFRESH_MS}`;

/** ?1 basket id */
export const RECALL_BASKET_STATE = 'SELECT basket_state FROM issued_baskets WHERE basket_id = ?1';
