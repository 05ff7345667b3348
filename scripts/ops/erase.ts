/** What `npm run erase` does: finds the orders and baskets that are meant, counts what would go, and has it go. */
import { CATALOG_ERASURES } from '../../src/connectors/catalog/erase-customers.sql.ts';
import {
  countErasure,
  FIND_BASKETS_TO_ERASE,
  FIND_ORDERS_TO_ERASE,
  LEDGER_ERASURES,
  NOTE_ERASED_ORDERS,
  NOTE_ERASURE,
  toErase,
} from '../../src/ledger/erase.sql.ts';
import { SELECT_NOW } from '../../src/ledger/inspect.sql.ts';
import { chunk, type Execute, inline } from './d1.ts';
import { actor } from './decide.ts';
import { clean, table } from './print.ts';

/** What a request is about. Only one of the lists holds anything. */
export interface Subject {
  /** What the audit log may say about it. */
  readonly name: string;
  readonly orderKeys: readonly string[];
  readonly basketIds: readonly number[];
  readonly customerHashes: readonly string[];
}

const ERASURES = [...LEDGER_ERASURES, ...CATALOG_ERASURES];
/** Each list stands in a statement many times over. */
const MAX_LIST_BYTES = 2500;

export async function erase(subject: Subject, options: { yes: boolean; reason: string }, execute: Execute) {
  const { orderKeys, basketIds, customerHashes, name } = subject;
  const asked = [orderKeys, basketIds, customerHashes].map((list) => JSON.stringify(list));
  const [found = [], ofOrders = [], [clock] = []] = await execute(
    inline(FIND_ORDERS_TO_ERASE, ...asked),
    inline(FIND_BASKETS_TO_ERASE, ...asked),
    SELECT_NOW,
  );
  // An order of which nothing is kept may still be named by a request that was refused.
  const orders = [...new Set([...orderKeys, ...found.map(({ order_key }) => String(order_key))])];
  const open = found.filter(({ held }) => held === 1).map(({ order_key }) => String(order_key));
  const baskets = basketIds.length > 0 ? basketIds : ofOrders.map(({ basket_id }) => Number(basket_id));
  const lists = toLists(orders, baskets, customerHashes, open);

  const counts = ERASURES.map(() => 0);
  for (const values of lists) {
    const results = await execute(...ERASURES.map((erasure) => inline(countErasure(erasure), ...values)));
    results.forEach(([row], at) => {
      counts[at] = (counts[at] ?? 0) + Number(row?.rows);
    });
  }
  const isAnything = counts.some((count) => count > 0);
  if (isAnything && options.yes) {
    const isNamed = customerHashes.length === 0 && found.length > 0;
    const note = [Number(clock?.now), actor(), options.reason] as const;
    counts.fill(0);
    for (const [at, values] of lists.entries()) {
      const results = await execute(
        ...ERASURES.map((erasure) => inline(toErase(erasure), ...values)),
        ...(isNamed ? [inline(NOTE_ERASED_ORDERS, ...values, ...note)] : []),
        ...(!isNamed && at === 0 ? [inline(NOTE_ERASURE, ...values, ...note)] : []),
      );
      for (const index of counts.keys()) counts[index] = (counts[index] ?? 0) + (results[index]?.length ?? 0);
    }
  }
  if (isAnything) console.log(`${options.yes ? 'Erased' : 'Would be erased'} for the ${name}:\n${tableOf(counts)}\n`);
  for (const key of open) {
    console.log(
      `${clean(key)} waits for the upstream or for a person and keeps everything: erase it again once it is settled.`,
    );
  }
  if (!isAnything)
    console.log(found.length === 0 ? `Nothing is held for the ${name}.` : 'Nothing is left to erase now.');
  else if (!options.yes) {
    console.log('Nothing was changed. It cannot be undone: if it is what you want, run it again with --yes.');
  }
  const isDone = isAnything ? options.yes : found.length > 0;
  return isDone && open.length === 0 ? 0 : 1;
}

/** The parameters of each call: lists that fit into a statement, hashes in the first. */
function toLists(
  orders: readonly string[],
  baskets: readonly number[],
  hashes: readonly string[],
  open: readonly string[],
): string[][] {
  const [orderChunks, basketChunks] = [chunk(orders, MAX_LIST_BYTES), chunk(baskets, MAX_LIST_BYTES)];
  const calls = Math.max(1, orderChunks.length, basketChunks.length);
  return Array.from({ length: calls }, (_, at) =>
    [orderChunks[at] ?? [], basketChunks[at] ?? [], at === 0 ? hashes : [], at === 0 ? open : []].map((list) =>
      JSON.stringify(list),
    ),
  );
}

function tableOf(counts: readonly number[]): string {
  const rows = ERASURES.flatMap(({ table: name, what, set }, at) =>
    counts[at] === 0 ? [] : [[name, String(counts[at]), set === null ? 'removed' : 'emptied', what]],
  );
  return table(['TABLE', 'ROWS', 'ARE', 'WHAT GOES'], rows);
}
