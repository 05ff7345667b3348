/** A shop as ops meets it on an ordinary day with a little trouble: made up, the same each time but for the date. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Value = string | number | null;
const quoted = (value: Value) =>
  value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
const insert = (table: string, row: Record<string, Value>) =>
  `INSERT OR REPLACE INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(quoted).join(', ')});`;

interface Line {
  readonly id: string;
  readonly type: string;
  readonly amount: Value;
  readonly currency: string | null;
  readonly state: string;
  readonly reason?: string;
}

const money = (id: string, amount: number, state: string, reason?: string): Line => ({
  ...{ id, type: 'BASKET', amount, currency: 'TRY', state },
  ...(reason !== undefined && { reason }),
});
const points = (amount: string, state: string, reason?: string): Line => ({
  ...{ id: 'welcome-points', type: 'LOYALTY_POINT', amount, currency: null, state },
  ...(reason !== undefined && { reason }),
});

const SHOPS = ['kadikoy', 'izmir', null] as const;
const DEVICES = ['default', 'android', 'ios'] as const;

/** What the newest orders used, newest first. */
const ORDERS: readonly (readonly Line[])[] = [
  [money('spring-15', 2550, 'delivered'), points('50', 'delivered')],
  [money('member-10', 10_000, 'delivered')],
  [money('spring-15', 4120, 'dead', 'exhausted'), points('50', 'delivered')],
  [money('tea-time', 1990, 'delivered'), money('member-10', 10_000, 'not_required')],
  [{ id: 'free-shipping', type: 'SHIPPING', amount: null, currency: null, state: 'delivered' }],
  [money('spring-15', 12_475, 'rejected', 'the campaign is over')],
  [points('120.5', 'delivered')],
  [
    { id: 'next-order', type: 'DEFERRED', amount: null, currency: null, state: 'delivered' },
    money('spring-15', 890, 'delivered'),
  ],
  [money('birthday-50', 5000, 'unrecognised')],
  [money('member-10', 10_000, 'dead', 'exhausted')],
  [money('tea-time', 1990, 'due')],
];

const basket = (id: number, quantity: string, code: string | null) => ({
  ...{ id, version: 1_758_310_922_044_282, currency: 'TRY', voucherCode: code },
  items: [
    {
      id: 58,
      sku: 'SKU-TEA',
      productId: 100_007,
      name: 'Black tea 500 g',
      unitPrice: '185.00',
      quantity,
      totalAmount: '370.00',
    },
    {
      id: 59,
      sku: 'SKU-CUP',
      productId: 100_009,
      name: 'Tea glass',
      unitPrice: '45.00',
      quantity: '6',
      totalAmount: '270.00',
    },
  ],
});

function anOrder(at: number, number: number, lines: readonly Line[]): string[] {
  const id = 10_000 - number;
  const order = `o:TR-${240_000 - number}`;
  const channel = JSON.stringify({
    device: DEVICES[number % DEVICES.length],
    storeId: SHOPS[number % SHOPS.length],
    ...{ storeRemoteId: null, staffId: null, staffRemoteId: null },
  });
  const isDue = lines.some(({ state }) => state === 'due');
  const took = 800 + ((number * 379) % 4000);
  const attempt = (fence: number, startedAt: number, outcome: string, status: number | null, detail: string | null) =>
    insert('delivery_attempts', {
      ...{ order_key: order, fence, started_at: startedAt, duration_ms: 90 + ((number * 53) % 400) },
      ...{ outcome, status, detail },
    });
  const failed = lines.some(({ state }) => state === 'dead');
  const tries = failed || isDue ? 3 : 1;
  return [
    insert('usages', {
      ...{
        id,
        request_id: `4c1f7a52-${number}`,
        claim_id: `c-${number}`,
        fingerprint: `f-${number}`,
        order_key: order,
      },
      ...{ basket_id: 70_000 + number, basket_version: 1_758_310_922_044_282, channel, received_at: at },
      used_discounts: JSON.stringify(lines.map((line) => line.id)),
    }),
    ...lines.map((line) =>
      insert('used_discounts', {
        ...{ order_key: order, discount_id: line.id, usage_id: id, state: line.state, type: line.type },
        ...{ amount: line.amount, currency: line.currency, reason: line.reason ?? null, recorded_at: at },
        settled_at: ['due', 'unrecognised'].includes(line.state) ? null : at + took,
        upstream_ref: line.state === 'delivered' ? `r_${88_000 + number}` : null,
      }),
    ),
    insert('deliveries', {
      ...{ order_key: order, usage_id: id, state: isDue ? 'due' : 'done', due_at: isDue ? at + 40 * MINUTE : null },
      ...{ attempts: tries, fence: tries, opened_at: at, done_at: isDue ? null : at + took, channel },
      snapshot: JSON.stringify(basket(70_000 + number, '2', null)),
    }),
    ...Array.from({ length: tries }, (_, n) =>
      failed || isDue
        ? attempt(n + 1, at + n * 2 * MINUTE, 'later', 503, 'status 503: busy, please come back')
        : attempt(
            1,
            at + took - 300,
            lines.some(({ state }) => state === 'rejected') ? 'rejected' : 'delivered',
            200,
            null,
          ),
    ),
  ];
}

function aDay(day: string, at: number): string {
  const busy = 260 + ((at * 97) % 140) + (at % 7 > 4 ? 120 : 0);
  const rough = at === 19 ? 40 : (at * 3) % 5;
  const totals = {
    usages: busy,
    discounts: {
      ...{ BASKET: Math.round(busy * 0.9), LOYALTY_POINT: Math.round(busy * 0.45), SHIPPING: Math.round(busy * 0.3) },
      ...{ DEFERRED: Math.round(busy * 0.1), '': at % 6 },
    },
    amounts: { TRY: String(busy * 4873) },
    outcomes: { delivered: Math.round(busy * 1.6) - rough, rejected: at % 3, dead: at === 19 ? 6 : 0, due: rough },
    delays: { seconds: Math.round(busy * 1.45) - rough, minute: Math.round(busy * 0.1), minutes: 9, hour: rough },
  };
  return insert('daily_totals', { day, totals: JSON.stringify(totals) });
}

/** @param days of the shop, oldest first */
export function aShop(now: number, days: readonly string[]): string {
  const orders = Array.from({ length: 70 }, (_, number) => ({ number, at: now - 4 * MINUTE - number * 7 * MINUTE }));
  const [first, second] = [`o:TR-${240_000 - 1}`, 'o:TR-240091'];
  return [
    ...days.map(aDay),
    `UPDATE totals_progress SET counted_id = 10000, judged_id = 10000;`,
    ...orders.flatMap(({ at, number }) => anOrder(at, number, ORDERS[number < 11 ? number : (number * 5) % 7] ?? [])),
    insert('usage_conflicts', {
      ...{ request_id: '4c1f7a52-1', fingerprint: 'other', order_key: second, basket_id: 70_001, times: 2 },
      ...{ basket_version: 1_758_310_999_107_310, used_discounts: '["member-10","spring-15"]', first_at: now - HOUR },
      channel: JSON.stringify({
        device: 'android',
        storeId: 'ankara',
        storeRemoteId: null,
        staffId: null,
        staffRemoteId: null,
      }),
      ...{ last_at: now - HOUR + MINUTE, snapshot: JSON.stringify(basket(70_001, '3', 'SPRING')) },
    }),
    insert('refused_requests', {
      ...{ day: Math.floor(now / DAY), digest: 'd1', request_id: '4c1f7a52-refused', times: 3 },
      ...{ first_at: now - 3 * HOUR, last_at: now - 2 * HOUR },
      errors: '[{"code":"invalid_field","field":"usedDiscounts"}]',
      payload: '{"order":{"orderNumber":"TR-239950"},"usedDiscounts":"[text]","basket":{"id":70091,"version":1}}',
    }),
    insert('audit_log', {
      ...{ id: 1, at: now - 20 * HOUR, actor: 'ayse', action: 'replay', order_key: first, discount_id: 'member-10' },
      reason: 'the vendor has raised the limit, ticket 4711',
    }),
    insert('audit_log', {
      ...{ id: 2, at: now - 3 * HOUR, actor: 'mehmet', action: 'denied', order_key: null, discount_id: null },
      reason: 'discard 1: TR-239998 spring-15',
    }),
  ].join('\n');
}
