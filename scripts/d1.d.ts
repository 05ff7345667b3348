/** What code of the Worker names and Node does not have. */
type D1Database = import('@cloudflare/workers-types').D1Database;
