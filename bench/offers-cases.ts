/**
 * POST /offers against a pass-through Worker: the same upstream, the same upsert at the same moment, nothing else; and
 * through a mapping against the bridge, with the same offers.
 */
import { aBasketOf, anAnswerFor } from './baskets.ts';
import { assertEqual, assertOffers, assertSameRows, type Case, eventually, type Limits, type Side } from './cases.ts';
import { type Call, Client } from './client.ts';
import type { Server } from './server.ts';
import type { Upstream } from './upstream.ts';

const FIRST_VERSION = 1758310922044282;

/** Baskets of a case, one a connection. */
export const IDS_OF_A_CASE = 20;

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
  const { call, next } = callsOf(items, firstId, changing);
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
      await assertSame(server, { plain: 'pass-through' }, next, firstId);
    },
  };
}

/** Mappings whose upstream says the same in its own words, by the Worker that has it. */
export const MAPPED = {
  mapped: { MAPPING: 'in-house-crm', CRM_TOKEN: 'bench-only' },
  signed: { MAPPING: 'hash-signed-wallet', WALLET_CLIENT_ID: 'bench', WALLET_SECRET: 'bench-only' },
} as const;
type Mapped = keyof typeof MAPPED;

const MAPPED_LIMITS: Limits = { cpu: 1.5 };
const SHARES = [25.5, 10, 7.25, 5];

/** Three discounts and free shipping: what both mappings can say. */
const SAID: Readonly<Record<Mapped, { readonly path: string; readonly answer: object; readonly reference: object }>> = {
  mapped: {
    path: '/campaigns/eligible',
    answer: {
      member: 'M-17',
      campaigns: SHARES.map((amount, at) => ({
        ...{ code: `c-${at}`, kind: at < 3 ? 'discount' : 'shipping', title: `Offer ${at}`, text: '' },
        ...(at < 3 && { amount: amount.toFixed(2) }),
      })),
    },
    reference: { member: 'M-17' },
  },
  signed: {
    path: '/wallet/open',
    answer: {
      walletId: 'W-1',
      analysis: {
        discounts: SHARES.map((amount, at) => ({
          ...{ campaignId: `c-${at}`, type: at < 3 ? 'MONEY_OFF' : 'DELIVERY', name: `Offer ${at}` },
          ...(at < 3 && { value: amount * 100 }),
        })),
      },
    },
    reference: { wallet: 'W-1' },
  },
};

/** Nothing is written: what differs is how the upstream is spoken to. */
export function mappedCase(items: Size, mapped: Mapped, firstId: number, upstream: Upstream): Case {
  const { call, next } = callsOf(items, firstId, false);
  const { path, answer, reference } = SAID[mapped];
  const offers = SHARES.map((amount, at) => ({
    ...{ id: `c-${at}`, type: at < 3 ? 'BASKET' : 'SHIPPING', label: `Offer ${at}`, reference },
    extraArgs: at < 3 ? { discount: amount.toFixed(2) } : {},
  }));
  return {
    label: `/offers, ${items} items, the mapping ${MAPPED[mapped].MAPPING} (ours) against the bridge (plain)`,
    ours: mapped,
    plain: 'ours',
    limits: MAPPED_LIMITS,
    async prepare(server, connections) {
      await upstream.tell({ offers: JSON.stringify({ offers }), mapped: { [path]: JSON.stringify(answer) } });
      for (const name of [mapped, 'ours'] as const) {
        const client = new Client(server.urlOf(name), 1);
        for (let connection = 0; connection < connections; connection++) {
          assertOffers((await client.ask(call(connection, FIRST_VERSION))).body);
        }
        client.close();
      }
    },
    next,
    verify: (server) => assertSame(server, { ours: mapped, plain: 'ours' }, next, firstId),
  };
}

/** No two connections ask for one basket: nothing is shared between requests. */
function callsOf(items: Size, firstId: number, changing: boolean) {
  const versions: Record<Side, number[]> = { ours: [], plain: [] };
  const texts = new Map<number, string[]>();
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
  return { call, next };
}

/** The answers, and what was remembered of the baskets. */
async function assertSame(
  server: Server,
  sides: Pick<Case, 'ours' | 'plain'>,
  next: Case['next'],
  firstId: number,
): Promise<void> {
  const answers: string[] = [];
  for (const side of ['ours', 'plain'] as const) {
    const client = new Client(server.urlOf(side === 'ours' ? (sides.ours ?? 'ours') : sides.plain), 1);
    answers.push((await client.ask(next(side, 0))).body);
    client.close();
  }
  assertOffers(answers[0] ?? '');
  assertEqual('the answers', answers[0], answers[1]);
  const sql =
    'SELECT basket_id, version, offers, basket_state FROM issued_baskets WHERE basket_id >= ?1 AND basket_id < ?2 ORDER BY basket_id';
  await assertSameRows(server, sides, sql, firstId, firstId + IDS_OF_A_CASE);
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
