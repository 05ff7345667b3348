/** Which orders a person means: an order key as it is stored, or an order number. */
import { FIND_ORDERS } from '../../src/ledger/inspect.sql.ts';
import { CommandError, inline, type Row } from './d1.ts';
import { clean } from './print.ts';

export interface PickedOrders {
  readonly orderKeys: readonly string[];
  /** What the person should know about how a key was read. */
  readonly notes: readonly string[];
}

/** The order keys that `key` may stand for; the first one that there is counts. */
export function readingsOf(key: string): string[] {
  return /^o:.|^b:\d+:\d+$/.test(key) ? [key, `o:${key}`] : [`o:${key}`];
}

/** A statement of which {@link pickOrders} reads the rows. */
export function findOrders(keys: readonly string[]): string {
  return inline(FIND_ORDERS, JSON.stringify(keys.flatMap(readingsOf)));
}

/** @throws CommandError that names every key of which there is no order, and says `consequence` */
export function pickOrders(keys: readonly string[], rows: readonly Row[], consequence = ''): PickedOrders {
  const there = new Set(rows.map(({ order_key }) => order_key));
  const read = [...new Set(keys)].map((key) => ({ key, found: readingsOf(key).filter((it) => there.has(it)) }));
  const missing = read.filter(({ found }) => found.length === 0).map(({ key }) => clean(key));
  if (missing.length > 0) {
    throw new CommandError(
      `There is no order ${missing.join(', ')}.${consequence}
An order number counts exactly as Akinon sent it; an order without one has the key b:BASKET_ID:VERSION.`,
    );
  }
  const ambiguous = read.filter(({ found }) => found.length > 1).map(({ key }) => clean(key));
  return {
    orderKeys: [...new Set(read.map(({ found }) => found[0] as string))],
    notes: ambiguous.map(
      (key) => `${key} was read as an order key; it is also the number of another order, for which give o:${key}.`,
    ),
  };
}
