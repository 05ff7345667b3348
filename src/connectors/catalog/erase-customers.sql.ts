/** The catalog's part of an erasure: keyed hashes of customers. Parameters as in src/ledger/erase.sql.ts. */
import { type Erasure, SETTLED_ORDERS } from '../../ledger/erase.sql.ts';
import { isUnsettled } from '../../ledger/unsettled.sql.ts';

/** An order that is open is committed with the customer's hashes: they wait for it. */
const CUSTOMER = `customer_hash IN (SELECT value FROM json_each(?3))
  AND NOT EXISTS (SELECT 1 FROM json_each(?4) AS open WHERE ${isUnsettled('open.value')})`;

export const CATALOG_ERASURES: readonly Erasure[] = [
  {
    table: 'campaign_customers',
    what: 'campaigns that are assigned to the customer',
    where: CUSTOMER,
    set: null,
  },
  {
    table: 'campaign_redemption_customers',
    what: 'who redeemed: counts against a limit per customer no longer',
    where: `(${CUSTOMER}) OR (campaign_id, redemption_key) IN (
      SELECT campaign_id, redemption_key FROM campaign_redemptions WHERE order_key IN ${SETTLED_ORDERS})`,
    set: null,
  },
];
