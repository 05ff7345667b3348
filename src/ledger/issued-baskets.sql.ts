/** `issued_baskets`: what was offered to a basket. One upsert, at most one row written, none when nothing changes. */
import { ENTRY } from './issued-entry.ts';

/** An unchanged basket is written again once a day, so that retention by `seen_at` never takes one that is in use. */
const REFRESH_MS = 24 * 60 * 60 * 1000;

/** An older version only adds what is not there: patched with the new, then with the old again. */
const MERGED = `iif(excluded.version >= version,
    json_patch(offers, excluded.offers),
    json_patch(json_patch(offers, excluded.offers), offers))`;

/** What the newer answer says of the state, else what there is. */
const STATE = `iif(excluded.version >= version,
    coalesce(excluded.basket_state, basket_state),
    coalesce(basket_state, excluded.basket_state))`;

/**
 * Answers which of these offers found no room; no row when nothing had to be written.
 * ?1 basket id, ?2 version, ?3 offers, ?4 basket state or null, ?5 seen at (ms), ?6 room for offers and state (bytes),
 * ?7 ids of the offers in turn
 */
export const REMEMBER_OFFERS = `
INSERT INTO issued_baskets (basket_id, version, offers, basket_state, seen_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (basket_id) DO UPDATE SET
  version = max(version, excluded.version),
  seen_at = max(seen_at, excluded.seen_at),
  basket_state = ${STATE},
  offers = (SELECT iif(octet_length(doc) <= room, doc, (
      SELECT json_group_object(key, json(value)) FROM (
        SELECT key, value, sum(octet_length(json_quote(key)) + octet_length(value) + 2) OVER (
          -- What asks for notification never makes room for what does not; then the oldest goes, then the last in turn.
          ORDER BY value ->> ${ENTRY.notify} DESC, value ->> ${ENTRY.version} DESC, turn IS NULL, turn, id
          ROWS UNBOUNDED PRECEDING) AS bytes
        FROM (
          SELECT entry.key, entry.value, entry.id,
            (SELECT place.key FROM json_each(?7) AS place WHERE place.value = entry.key) AS turn
          FROM json_each(doc) AS entry))
      WHERE bytes < room))
    FROM (SELECT ${MERGED} AS doc, ?6 - coalesce(octet_length(${STATE}), 0) AS room))
WHERE excluded.version > version
  OR ${MERGED} <> offers
  OR ${STATE} IS NOT basket_state
  OR seen_at <= excluded.seen_at - ${REFRESH_MS}
RETURNING (
  SELECT json_group_array(key) FROM json_each(?3) WHERE key NOT IN (SELECT key FROM json_each(offers))
) AS no_room`;

/** ?1 basket id */
export const RECALL_BASKET_STATE = 'SELECT basket_state FROM issued_baskets WHERE basket_id = ?1';
