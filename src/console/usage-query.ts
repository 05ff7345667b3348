/** What the address of the list says: filters as a person typed them, and as the ledger takes them. */
import { LINE_STATES, type LineState, type UsageFilters } from '../ledger/usage-log.ts';
import { DISCOUNT_TYPES, type DiscountType } from '../offers/offer.ts';
import { startOfDay } from './format.ts';

const NAMES = ['q', 'state', 'type', 'from', 'to', 'store', 'device'] as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_TEXT = 200;

export interface UsageQuery {
  /** Only what can be used: a state that does not exist is no filter. */
  readonly shown: Partial<Record<(typeof NAMES)[number], string>>;
  readonly filters: UsageFilters;
  /** The id to go on below. */
  readonly before: number | null;
  /** The same filters at another address. */
  href(path: string, before?: number): string;
}

export function readUsageQuery(parameters: URLSearchParams, timeZone: string): UsageQuery {
  const shown: UsageQuery['shown'] = {};
  for (const name of NAMES) {
    const value = [...(parameters.get(name) ?? '').trim()].slice(0, MAX_TEXT).join('');
    if (value !== '' && isUsable(name, value)) shown[name] = value;
  }
  const { from, to, state, type, ...texts } = shown;
  const before = parameters.get('before') ?? '';
  return {
    shown,
    filters: {
      ...texts,
      ...(state !== undefined && { state: state as LineState }),
      ...(type !== undefined && { type: type as DiscountType }),
      ...(from !== undefined && { from: startOfDay(from, timeZone) }),
      // The day that is named is the last one, so the next one is too late.
      ...(to !== undefined && { to: startOfDay(nextDay(to), timeZone) }),
    },
    before: /^[1-9]\d{0,14}$/.test(before) ? Number(before) : null,
    href(path, next) {
      const query = new URLSearchParams(shown as Record<string, string>);
      if (next !== undefined) query.set('before', String(next));
      return query.size === 0 ? path : `${path}?${query}`;
    },
  };
}

function isUsable(name: (typeof NAMES)[number], value: string): boolean {
  switch (name) {
    case 'state':
      return (LINE_STATES as readonly string[]).includes(value);
    case 'type':
      return (DISCOUNT_TYPES as readonly string[]).includes(value);
    case 'from':
    case 'to':
      return /^\d{4}-\d\d-\d\d$/.test(value) && isDay(value);
    default:
      return true;
  }
}

function isDay(value: string): boolean {
  const ms = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}
