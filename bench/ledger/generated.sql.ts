/**
 * Rows of a ledger after 800 days, made by SQLite itself. Everything is marked: orders `GENERATED-…`, request ids, discounts
 * and campaigns `generated-…`, and it repeats: the same number of orders gives the same rows, but for the time.
 *
 * Worse than a real one where that costs rows: no usage is removed after 90 days, and there are an order and a basket that
 * were told of thousands of times, a day with as many refused requests as are kept, and lists that nobody has worked off.
 */
const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS = 800;
/** Ids that are missing in the middle of the log, as where everything of some years is gone. */
const GAP = 1_000_000;
/** Attempts of an order that waits: as many as there are in 72 hours. */
const TRIES = 15;

export interface Step {
  readonly name: string;
  /** How many times the statement makes its rows: for ?1 to ?2 of these. */
  readonly count: number;
  readonly sql: string;
}

/** Order numbers, ids and texts that are worth looking for. */
export interface Landmarks {
  /** Told of by thousands of usages: an order, and a basket of as many orders. */
  readonly busyOrder: string;
  readonly busyUsageId: number;
  readonly busyBasket: number;
  readonly rareStore: string;
  readonly rareDiscount: string;
  readonly commonDiscount: string;
  orderNumber(n: number): string;
  requestId(n: number): string;
  basketId(n: number): number;
}

const NUMBERS = 'WITH RECURSIVE n (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)';

const DISCOUNTS = ['generated-rare', 'generated-shipping', 'generated-points'] as const;
const channelOf = (store: string) => `json_object('device', CASE n % 20 WHEN 0 THEN 'generated-kiosk' ELSE
  iif(n % 3, 'default', 'ios') END, 'storeId', ${store}, 'storeRemoteId', NULL, 'staffId', NULL, 'staffRemoteId', NULL)`;
const hashOf = (n: string) => `printf('%064x', ${n})`;

/** @param now epoch milliseconds of the newest order */
export function generate(orders: number, now: number): { steps: Step[]; landmarks: Landmarks } {
  /** One of so many, where there are a million; at least one. */
  const share = (divisor: number) => Math.max(1, Math.floor(orders / divisor));
  const [half, due, busy] = [Math.floor(orders / 2), share(500), share(200)];

  // Seven times as many orders a day now as at the beginning.
  const old = `(1.0 * (${orders} - n) / ${orders})`;
  const at = `CAST(${now} - ${DAYS * DAY_MS} * ${old} * (0.25 + 0.75 * ${old}) AS INTEGER)`;
  const isWithin = (days: number) => `${at} >= ${now - days * DAY_MS}`;
  /** Every fiftieth order is told of twice; of the older ids a third is missing, and in the middle a million. */
  const dense = '(n + (n - 1) / 50)';
  const recent = Math.floor(orders * 0.75);
  const usageId = `(${dense} + 500 * (min(n, ${recent}) / 1000) + iif(n > ${half}, ${GAP}, 0))`;
  const busyUsageId = half + Math.floor((half - 1) / 50) + 500 * Math.floor(half / 1000) + 10;
  const [orderKey, requestId] = ["printf('o:GENERATED-%07d', n)", "printf('generated-%07d', n)"];
  const busyKey = "'o:GENERATED-BUSY'";
  const busyAt = now - Math.floor(DAYS * DAY_MS * 0.5 * (0.25 + 0.75 * 0.5));

  const channel = channelOf(`CASE WHEN n BETWEEN ${half + 1} AND ${half + 3} THEN 'generated-rare'
    WHEN n % 100 = 9 THEN 'generated-3' WHEN n % 10 < 6 THEN 'generated-1' WHEN n % 10 < 9 THEN 'generated-2'
    ELSE 'generated-' || (n % 97) END`);
  const first = `iif(n BETWEEN ${half - 3} AND ${half - 1}, '${DISCOUNTS[0]}',
    printf('generated-%02d', 1 + (n * 7919 % 40) * (n * 104729 % 41) / 40))`;
  const used = `iif(n % 2, json_array(${first}, '${DISCOUNTS[1]}', '${DISCOUNTS[2]}'),
    json_array(${first}, '${DISCOUNTS[1]}'))`;
  const isDue = `n > ${orders - due}`;
  const state = `CASE
    WHEN ${isDue} AND k <> 2 THEN 'due'
    WHEN k = 1 AND n % 50 = 7 THEN 'rejected'
    WHEN k = 1 AND n % 333 = 5 THEN 'dead'
    WHEN k = 1 AND n % 2000 = 11 THEN 'unrecognised'
    WHEN k = 2 AND n % 3 = 0 THEN 'not_required'
    WHEN k = 2 AND n % 100 = 4 THEN 'discarded'
    ELSE 'delivered' END`;

  const usages = `INSERT INTO usages (id, request_id, claim_id, fingerprint, order_key, first_usage_id, basket_id,
         basket_version, used_discounts, channel, received_at)`;
  const lines = `INSERT INTO used_discounts (order_key, discount_id, usage_id, state, type, amount, currency, reason,
         upstream_ref, recorded_at, settled_at)`;
  const deliveries = `INSERT INTO deliveries (order_key, usage_id, state, due_at, fence, attempts, opened_at, done_at, channel,
         snapshot)`;
  const attempts = 'INSERT INTO delivery_attempts (order_key, fence, started_at, duration_ms, outcome, status, detail)';
  const step = (name: string, count: number, sql: string): Step => ({ name, count, sql });
  const insert = (name: string, count: number, head: string, select: string) =>
    step(name, count, `${head}\n${NUMBERS}\n${select}`);

  const steps = [
    insert(
      'usages',
      orders,
      usages,
      `SELECT ${usageId}, ${requestId}, 'generated', ${hashOf('n')}, ${orderKey}, NULL, 3 * n, 1, ${used}, ${channel}, ${at}
       FROM n`,
    ),
    insert(
      'usages, of an order that is there',
      Math.floor(orders / 50),
      usages,
      `SELECT ${usageId} + 1, 'generated-later-' || n, 'generated', ${hashOf('n')}, ${orderKey}, ${usageId}, 3 * n, 2,
         ${used}, ${channel}, ${at}
       FROM (SELECT 50 * n AS n FROM n)`,
    ),
    insert(
      'deliveries',
      orders,
      deliveries,
      `SELECT ${orderKey}, ${usageId}, iif(${isDue}, 'due', 'done'), iif(${isDue}, ${at} + 60000, NULL), iif(${isDue}, ${TRIES}, 1), 1, ${at},
         iif(${isDue}, NULL, ${at} + 2000), ${channel},
         iif(${isWithin(30)}, json_object('id', 3 * n, 'version', 1, 'generated', hex(zeroblob(300))), NULL) FROM n`,
    ),
    insert(
      'used discounts',
      orders,
      lines,
      `SELECT ${orderKey}, CASE k WHEN 1 THEN ${first} WHEN 2 THEN '${DISCOUNTS[1]}' ELSE '${DISCOUNTS[2]}' END, ${usageId},
         state, CASE k WHEN 1 THEN 'BASKET' WHEN 2 THEN 'SHIPPING' ELSE 'LOYALTY_POINT' END,
         CASE k WHEN 1 THEN 500 + n % 9500 WHEN 3 THEN '12.5' END, iif(k = 1, 'TRY', NULL),
         CASE state WHEN 'rejected' THEN 'generated: the campaign is over' WHEN 'dead' THEN 'exhausted' END,
         iif(state = 'delivered', 'generated-' || n, NULL), ${at},
         iif(state IN ('due', 'unrecognised', 'not_required'), NULL, ${at} + 2000)
       FROM (SELECT n, k, ${state} AS state FROM n JOIN (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3)
         WHERE k < 3 OR n % 2)`,
    ),
    insert(
      'attempts',
      orders,
      attempts,
      `SELECT ${orderKey}, 1, ${at} + 1000, 150 + n % 400, iif(n % 50 = 7, 'refused', 'delivered'), iif(n % 50 = 7, 422, 200),
         NULL
       FROM n WHERE ${isWithin(90)} AND NOT ${isDue}`,
    ),
    insert(
      'attempts of what waits',
      TRIES * due,
      attempts,
      `SELECT ${orderKey}, fence, ${at} + fence * 1000, 150 + n % 400, 'later', 503, 'generated: upstream busy'
       FROM (SELECT ${orders - due} + 1 + (n - 1) / ${TRIES} AS n, 1 + (n - 1) % ${TRIES} AS fence FROM n)`,
    ),
    insert(
      'issued baskets',
      3 * orders,
      'INSERT INTO issued_baskets (basket_id, version, offers, seen_at)',
      `SELECT n, 1, json_object('generated-01', json_array(1, 'BASKET', 2550, 'TRY', 1, NULL), '${DISCOUNTS[1]}',
         json_array(1, 'SHIPPING', NULL, NULL, 0, NULL)),
         CAST(${now - 30 * DAY_MS} + ${30 * DAY_MS} * (1.0 * n / ${3 * orders}) AS INTEGER) FROM n`,
    ),

    // An order, and a basket, that were told of again and again.
    insert(
      'usages of one order',
      busy,
      usages,
      `SELECT ${busyUsageId} + n, 'generated-busy-' || n, 'generated', ${hashOf('n')}, ${busyKey},
         iif(n = 1, NULL, ${busyUsageId} + 1), 2, n,
         json_array('generated-01', '${DISCOUNTS[1]}'), ${channel}, ${busyAt} FROM n`,
    ),
    step(
      'the order itself',
      1,
      `${deliveries} SELECT ${busyKey}, ${busyUsageId} + ?1, 'done', NULL, 1, ?2, ${busyAt},
         ${busyAt} + 2000, '{"storeId":"generated-1"}', NULL`,
    ),
    insert(
      'its used discounts',
      2,
      lines,
      `SELECT ${busyKey}, iif(n = 1, 'generated-01', '${DISCOUNTS[1]}'), ${busyUsageId} + 1, 'delivered',
         'BASKET', 2550, 'TRY', NULL, 'generated-busy', ${busyAt}, ${busyAt} + 2000 FROM n`,
    ),
    insert(
      'its attempts',
      share(1000),
      attempts,
      `SELECT ${busyKey}, n, ${now - DAY_MS} + n * 1000, 184, 'later', 503, 'generated: upstream busy' FROM n`,
    ),
    insert(
      'usages of one basket',
      busy,
      usages,
      `SELECT ${busyUsageId + busy} + n, 'generated-basket-' || n, 'generated', ${hashOf('n')}, 'o:GENERATED-BASKET-' || n,
         NULL, 1, n, json_array('generated-01', '${DISCOUNTS[1]}'), ${channel}, ${busyAt} FROM n`,
    ),
    insert(
      'its orders',
      busy,
      deliveries,
      `SELECT 'o:GENERATED-BASKET-' || n, ${busyUsageId + busy} + n, 'done', NULL, 1, 1, ${busyAt},
         ${busyAt} + 2000, ${channel}, NULL FROM n`,
    ),
    insert(
      'their used discounts',
      busy,
      lines,
      `SELECT 'o:GENERATED-BASKET-' || n, value, ${busyUsageId + busy} + n, 'delivered', 'BASKET', 2550, 'TRY', NULL,
         'generated', ${busyAt}, ${busyAt} + 2000 FROM n JOIN json_each('["generated-01","${DISCOUNTS[1]}"]')`,
    ),

    insert(
      'conflicts',
      share(1000),
      `INSERT INTO usage_conflicts (request_id, fingerprint, order_key, basket_id, basket_version, used_discounts,
         channel, times, first_at, last_at)`,
      `SELECT printf('generated-%07d', ${orders} - n), ${hashOf('-n')}, iif(n % 3, 'o:GENERATED-CONFLICT-' || n, ${busyKey}),
         3 * n, 1, '["generated-01"]', '{}', 1 + n % 3, ${now} - n * 3600000, ${now} - n * 3600000 FROM n`,
    ),
    insert(
      'refused requests',
      share(20),
      'INSERT INTO refused_requests (day, digest, request_id, errors, payload, times, first_at, last_at)',
      // As many as are kept of yesterday, and few of today.
      `SELECT day, ${hashOf('n')}, 'generated-refused-' || n, '[{"code":"invalid_field","field":"usedDiscounts"}]',
         json_object('order', json_object('orderNumber', 'GENERATED-REFUSED-' || n), 'usedDiscounts', 'generated'), 1,
         day * ${DAY_MS} + n % ${DAY_MS}, day * ${DAY_MS} + n * 7919 % ${DAY_MS}
       FROM (SELECT n, ${Math.floor(now / DAY_MS)}
         - CASE WHEN n <= 10 THEN 0 WHEN n <= 1010 THEN 1 ELSE 2 + (n - 1010) / 557 END AS day FROM n)`,
    ),
    insert(
      'decisions',
      share(100),
      'INSERT INTO audit_log (at, actor, action, order_key, discount_id, reason)',
      `SELECT ${now} - (${share(100)} - n) * 600000, 'generated',
         CASE n % 4 WHEN 0 THEN 'discard' WHEN 1 THEN 'deliver' ELSE 'replay' END,
         iif(n % 10, printf('o:GENERATED-%07d', 1 + n * 7919 % ${orders}), ${busyKey}), 'generated-01', 'generated' FROM n`,
    ),
    insert(
      'drift',
      400,
      `INSERT INTO contract_drift (version, route, path, problem, found, expected, count, first_seen_at,
         last_seen_at)`,
      `SELECT 'v2', '/offers', 'basket.generated' || n, 'unknown_field', 'string', '', n, ${now - DAY_MS}, ${now} - n FROM n`,
    ),

    insert(
      'totals of days, which nobody has added up',
      DAYS,
      'INSERT INTO daily_totals (day, totals)',
      `SELECT date(${now / 1000}, 'unixepoch', (1 - n) || ' days'), json_object('usages', 1000 + n,
         'discounts', json_object('BASKET', 1000 + n, 'SHIPPING', 1000 + n, 'LOYALTY_POINT', n),
         'amounts', json_object('TRY', CAST(5000000 + n AS TEXT)),
         'outcomes', json_object('delivered', 2000 + n, 'rejected', n % 30), 'delays', json_object('seconds', 2000 + n)) FROM n`,
    ),

    insert(
      'campaigns',
      Math.max(50, share(2000)),
      `INSERT INTO campaigns (id, discount_type, benefit_type, label, percentage, start_datetime, end_datetime,
         assigned_only)`,
      `SELECT printf('generated-%02d', n), 'BASKET', 'percentage', json_object('en', 'Generated campaign ' || n), '10',
         '2024-01-01T00:00:00Z', '2034-12-31T23:59:59Z', n = 2 FROM n`,
    ),
    insert(
      'customers of a campaign',
      share(20),
      'INSERT INTO campaign_customers (campaign_id, customer_hash)',
      `SELECT 'generated-02', ${hashOf('n')} FROM n`,
    ),
    insert(
      'redemptions',
      share(10),
      'INSERT INTO campaign_redemptions (campaign_id, redemption_key, order_key, redeemed_at)',
      `SELECT printf('generated-%02d', 1 + n * 7919 % 40), 'generated-' || n, ${orderKey}, ${at} FROM n`,
    ),
  ];

  return {
    steps,
    landmarks: {
      busyOrder: 'GENERATED-BUSY',
      busyUsageId: busyUsageId + 1,
      busyBasket: 1,
      rareStore: 'generated-rare',
      rareDiscount: DISCOUNTS[0],
      commonDiscount: DISCOUNTS[1],
      orderNumber: (n) => `GENERATED-${String(n).padStart(7, '0')}`,
      requestId: (n) => `generated-${String(n).padStart(7, '0')}`,
      basketId: (n) => 3 * n,
    },
  };
}
