/**
 * What is called of a large ledger, and how many rows each may read whatever its size: docs/storage.md, "What the console
 * reads". A page that is not in this table is found by its link and held to {@link GENERAL_BOUND}.
 */
import type { Landmarks } from './generated.sql.ts';

/** Ids as they are in the ledger, and days of the shop. */
export interface Ledger extends Landmarks {
  readonly orders: number;
  readonly newestId: number;
  /** Of the order in the middle, and the hundredth of the log: what is before is its last page. */
  readonly middleId: number;
  readonly deepId: number;
  readonly middleDecision: number;
  /** `YYYY-MM-DD` of the order in the middle, of the tenth part, and of the newest. */
  readonly middleDay: string;
  readonly oldDay: string;
  readonly newestDay: string;
}

export interface Subject {
  readonly page: string;
  /** Within the Worker; `/bench/…` is what is no request. */
  readonly path: string;
  readonly bound: number;
  readonly method?: 'GET' | 'POST';
  /** Chooses everything that this page lists, and sends it. */
  readonly chosenOf?: string;
  readonly status?: number;
}

/** Of orders of two or three discounts: what they are shown with costs ten rows a usage. */
const BOUNDS = {
  /** Everything that it counts is full, and all orders that it looks at were tried for days. */
  overview: 12_000,
  /** A page of usages without a filter, or by an index. */
  log: 750,
  search: 1000,
  /** With a filter, or by an index and a filter: the window, and what is shown of it. */
  filter: 5000,
  usage: 3000,
  list: 600,
  refused: 3200,
  catalog: 2000,
  plan: 1000,
  ready: 900,
  export: 250_000,
  /** A hundred windows. */
  filteredExport: 750_000,
  sweep: 35_000,
} as const;

/** The largest of a list. The overview, files and the sweep have their own. */
export const GENERAL_BOUND = BOUNDS.filter;

export function listSubjects(ledger: Ledger): Subject[] {
  const { middleId, deepId, middleDay, oldDay, newestDay, orders } = ledger;
  const half = Math.floor(orders / 2);
  const usages = (page: string, bound: keyof typeof BOUNDS, query: Record<string, string | number>, file = '') => {
    const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return { page, path: `/ops/usages${file}${text.size === 0 ? '' : `?${text}`}`, bound: BOUNDS[bound] };
  };
  const other = (page: string, path: string, bound: keyof typeof BOUNDS, more: Partial<Subject> = {}) => ({
    ...{ page, path, bound: BOUNDS[bound] },
    ...more,
  });
  const STATES = ['due', 'delivered', 'rejected', 'dead', 'unrecognised', 'not_required', 'discarded'];

  return [
    other('overview', '/ops', 'overview'),
    usages('usages', 'log', {}),
    usages('usages, from the middle', 'log', { before: middleId }),
    usages('usages, the last', 'log', { before: deepId }),
    usages('usages of a day', 'log', { from: middleDay, to: middleDay }),
    usages('usages since an old day', 'log', { from: oldDay }),
    usages('usages until an old day', 'log', { to: oldDay }),
    usages('usages of days to come', 'log', { from: '2099-01-01' }),
    usages('usages before all', 'log', { to: '2000-01-01' }),

    usages('search: order', 'search', { q: ledger.orderNumber(half) }),
    usages('search: request id', 'search', { q: ledger.requestId(half) }),
    usages('search: basket', 'search', { q: ledger.basketId(half) }),
    usages('search: order with thousands of usages', 'search', { q: ledger.busyOrder }),
    usages('the same, older', 'search', { q: ledger.busyOrder, before: ledger.busyUsageId + 1000 }),
    usages('the same, with a filter that nothing fits', 'filter', { q: ledger.busyOrder, store: 'nowhere' }),
    usages('the same, by state', 'filter', { q: ledger.busyOrder, state: 'dead' }),
    usages('search: basket with thousands of usages', 'search', { q: ledger.busyBasket }),
    usages('the same, by state', 'filter', { q: ledger.busyBasket, state: 'dead' }),
    usages('search: common discount', 'filter', { q: ledger.commonDiscount }),
    usages('search: rare discount', 'filter', { q: ledger.rareDiscount }),
    usages('search: rare discount, from the middle', 'filter', { q: ledger.rareDiscount, before: middleId }),
    usages('search: what nothing has', 'filter', { q: 'nothing' }),
    usages('search: common discount, by state', 'filter', { q: ledger.commonDiscount, state: 'dead' }),

    ...STATES.map((state) => usages(`state: ${state}`, 'filter', { state })),
    usages('state: dead, from the middle', 'filter', { state: 'dead', before: middleId }),
    usages('state: dead, of a day', 'filter', { state: 'dead', from: middleDay, to: middleDay }),
    usages('type: POINT, of which there is none', 'filter', { type: 'POINT' }),
    usages('state and type', 'filter', { state: 'rejected', type: 'LOYALTY_POINT' }),
    usages('store: common', 'filter', { store: 'generated-1' }),
    usages('store: rare', 'filter', { store: ledger.rareStore }),
    usages('store: rare, from the middle', 'filter', { store: ledger.rareStore, before: middleId }),
    usages('store: some along the whole window', 'filter', { store: 'generated-3' }),
    usages('store: nowhere', 'filter', { store: 'nowhere' }),
    usages('store: nowhere, since an old day', 'filter', { store: 'nowhere', from: oldDay }),
    usages('device: common', 'filter', { device: 'default' }),
    usages('device and store', 'filter', { device: 'generated-kiosk', store: ledger.rareStore }),
    usages('every filter', 'filter', {
      ...{ q: ledger.commonDiscount, state: 'delivered', type: 'SHIPPING', store: 'generated-1', device: 'default' },
      ...{ from: oldDay, to: newestDay },
    }),

    other('usage: newest', `/ops/usages/${ledger.newestId}`, 'usage'),
    other('usage: from the middle', `/ops/usages/${middleId}`, 'usage'),
    other('usage: of an order with thousands', `/ops/usages/${ledger.busyUsageId}`, 'usage'),
    other('usage: none', `/ops/usages/${ledger.newestId + 1000}`, 'usage', { status: 404 }),
    ...['dead', 'unrecognised', 'rejected'].map((state) =>
      other(`undelivered: ${state}`, `/ops/dead?state=${state}`, 'list'),
    ),
    ...['replay', 'discard', 'deliver'].map((decision) =>
      other(`plan: ${decision} all that is listed`, `/ops/plan?decision=${decision}`, 'plan', {
        ...{ method: 'POST' as const, chosenOf: '/ops/dead?state=rejected' },
      }),
    ),
    other('conflicts', '/ops/conflicts', 'list'),
    other('refused', '/ops/refused', 'refused'),
    ...['active', 'upcoming', 'past'].map((when) => other(`catalog: ${when}`, `/ops/catalog?when=${when}`, 'catalog')),
    other('decisions', '/ops/audit', 'list'),
    other('decisions, from the middle', `/ops/audit?before=${ledger.middleDecision}`, 'list'),
    other('/ready', '/ready', 'ready'),
    other('/ready?verbose', '/ready?verbose', 'ready'),

    usages('CSV of all', 'export', {}, '.csv'),
    usages('CSV of a day', 'export', { from: middleDay, to: middleDay }, '.csv'),
    usages('CSV of a rare store', 'filteredExport', { store: ledger.rareStore }, '.csv'),
    usages('JSON of dead discounts', 'filteredExport', { state: 'dead' }, '.json'),

    other('the sweep, with everything to do', '/bench/cron', 'sweep', { method: 'POST' }),
    other('the sweep again', '/bench/cron', 'sweep', { method: 'POST' }),
  ];
}
