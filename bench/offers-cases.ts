/** POST /offers against a pass-through Worker: the same upstream, the same upsert at the same moment, nothing else. */
import { aBasketOf, anAnswerFor } from './baskets.ts';
import { assertEqual, assertOffers, assertSameRows, type Case, eventually, type Limits, type Side } from './cases.ts';
import { type Call, Client } from './client.ts';
import type { Server } from './server.ts';
import type { Upstream } from './upstream.ts';

const FIRST_VERSION = 1758310922044282;

/** By basket items. */
const LIMITS = { 10: { cpu: 1.5, p50: 1.3, aim: 1.25 }, 100: { cpu: 2.5, p50: 2 } } as const satisfies Record<
  number,
  Limits
>;

export type Size = keyof typeof LIMITS;

export interface Kind {
  readonly name: string;
  /** Offers ask for notification, and are remembered before the answer; else after it. */
  readonly notify: boolean;
  /** Each call has a version of its own, and so a row to write. */
  readonly changing: boolean;
}

export const KINDS: readonly Kind[] = [
  { name: '(a) none asks for notification', notify: false, changing: true },
  { name: '(b) remembered, unchanged', notify: true, changing: false },
  { name: '(c) remembered, changed', notify: true, changing: true },
];

/** @param firstId basket ids from here on, one for each connection, so that versions of one basket come in order */
export function offersCase(items: Size, { name, notify, changing }: Kind, firstId: number, upstream: Upstream): Case {
  const versions: Record<Side, number[]> = { ours: [], plain: [] };
  const texts = new Map<number, string[]>();

  /** No two connections ask for one basket: nothing is shared between requests. */
  const call = (connection: number, version: number): Call => {
    const id = firstId + connection;
    let around = texts.get(id);
    if (around === undefined) {
      around = JSON.stringify(aBasketOf(items, id)).split(String(FIRST_VERSION));
      texts.set(id, around);
    }
    return { path: '/offers', requestId: `bench-${id}-${version}`, body: around.join(String(version)) };
  };
  const next = (side: Side, connection: number): Call => {
    const version = (versions[side][connection] ?? FIRST_VERSION) + (changing ? 1 : 0);
    versions[side][connection] = version;
    return call(connection, version);
  };
  const tellUpstream = (finished: string) => {
    const offers = anAnswerFor(items).map((offer) => ({ ...offer, notifyAfterOrderCreation: notify }));
    return upstream.tell({ offers: JSON.stringify({ offers }), finished });
  };

  return {
    label: `/offers, ${items} items, ${name}`,
    plain: 'pass-through',
    limits: LIMITS[items],
    async prepare(server, connections) {
      const ours = new Client(server.urlOf('ours'), 1);
      const plain = new Client(server.urlOf('pass-through'), 1);
      await tellUpstream('[]');
      const { body: finished } = await ours.ask(call(0, FIRST_VERSION));
      assertOffers(finished);
      await tellUpstream(finished);
      const body = JSON.stringify({ ...(await recall(server, firstId)), waits: notify });
      const put = await plain.send({ path: '/', requestId: 'bench', body }, 'PUT');
      if (put.status !== 204) throw new Error(`the plain Worker took nothing: ${put.status}`);
      for (let connection = 0; connection < connections; connection++) {
        await ours.ask(call(connection, FIRST_VERSION));
        await plain.ask(call(connection, FIRST_VERSION));
      }
      ours.close();
      plain.close();
    },
    next,
    async verify(server) {
      const answers: string[] = [];
      for (const side of ['ours', 'plain'] as const) {
        const client = new Client(server.urlOf(side === 'ours' ? 'ours' : 'pass-through'), 1);
        answers.push((await client.ask(next(side, 0))).body);
        client.close();
      }
      assertOffers(answers[0] ?? '');
      assertEqual('the answers', answers[0], answers[1]);
      const sql =
        'SELECT basket_id, version, offers, basket_state FROM issued_baskets WHERE basket_id >= ?1 ORDER BY basket_id';
      await assertSameRows(server, 'pass-through', sql, firstId);
    },
  };
}

/** What ours remembered of a basket, for the plain Worker to write. */
async function recall(server: Server, basketId: number) {
  const sql = 'SELECT offers, basket_state FROM issued_baskets WHERE basket_id = ?1';
  const row = await eventually(async () => {
    const [found] = await server.query('ours', sql, basketId);
    if (found === undefined) throw new Error('ours has not remembered the basket');
    return found;
  });
  const offers = String(row.offers);
  return {
    offersAroundVersion: offers.split(String(FIRST_VERSION)),
    basketState: row.basket_state,
    inTurn: JSON.stringify(Object.keys(JSON.parse(offers) as object)),
  };
}
