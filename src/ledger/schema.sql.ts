/** Which migration this code needs. A newer one may be there: two versions of the Worker run on one schema. */

/** File name of the newest migration; a test compares it with the folder. */
export const LATEST_MIGRATION = '0007_find_customers.sql';

/** ?1 file name; the table is wrangler's own record of what it applied. */
export const HAS_MIGRATION = 'SELECT 1 AS there FROM d1_migrations WHERE name = ?1';
