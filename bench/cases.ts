/**
 * What is asked of ours and of a plain Worker, and the proof that both did the same work: afterwards the rows in the
 * two databases must be equal, and so must the answers.
 */
import { aBasketOf } from './baskets.ts';
import { type Call, Client } from './client.ts';
import type { Row, Server, WorkerName } from './server.ts';

export type Side = 'ours' | 'plain';

export interface Case {
  readonly label: string;
  readonly plain: WorkerName;
  /** Calls that must be there before; checks both answers. */
  prepare(server: Server, connections: number): Promise<void>;
  /** The next call of a connection. Both sides get the same sequence. */
  next(side: Side, connection: number): Call;
  /** Throws unless both sides answered and stored the same. */
  verify(server: Server): Promise<void>;
}

const FIRST_VERSION = 1758310922044282;

/** @param basketId ids from here on, one for each connection, so that versions of one basket come in order */
export function offersCase(items: number, changing: boolean, basketId: number): Case {
  const versions: Record<Side, number[]> = { ours: [], plain: [] };
  const texts = new Map<number, string[]>();

  const call = (connection: number, version: number): Call => {
    const id = basketId + connection;
    let around = texts.get(id);
    if (around === undefined) {
      around = JSON.stringify(aBasketOf(items, id)).split(String(FIRST_VERSION));
      texts.set(id, around);
    }
    return { path: '/offers', requestId: `bench-${id}`, body: around.join(String(version)) };
  };
  const next = (side: Side, connection: number): Call => {
    const version = (versions[side][connection] ?? FIRST_VERSION) + (changing ? 1 : 0);
    versions[side][connection] = version;
    return call(connection, version);
  };

  return {
    label: `/offers, ${items} items, ${changing ? 'changed' : 'unchanged'}`,
    plain: 'plain-offers',
    async prepare(server, connections) {
      const ours = new Client(server.urlOf('ours'), 1);
      const plain = new Client(server.urlOf('plain-offers'), 1);
      const { body: answer } = await ours.ask(call(0, FIRST_VERSION));
      assertOffers(answer);
      const sql = 'SELECT offers, basket_state AS state FROM issued_baskets WHERE basket_id = ?1';
      const [row] = await server.query('ours', sql, basketId);
      if (row === undefined) throw new Error('ours has not remembered the basket');
      const offersAroundVersion = String(row.offers).split(String(FIRST_VERSION));
      const fixed = { answer, offersAroundVersion, basketState: row.state };
      const put = await plain.send({ path: '/', requestId: 'bench', body: JSON.stringify(fixed) }, 'PUT');
      if (put.status !== 204) throw new Error(`the plain Worker took no answer: ${put.status}`);
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
        const client = new Client(server.urlOf(side === 'ours' ? 'ours' : 'plain-offers'), 1);
        answers.push((await client.ask(next(side, 0))).body);
        client.close();
      }
      assertOffers(answers[0] ?? '');
      assertEqual('the answers', answers[0], answers[1]);
      const sql =
        'SELECT basket_id, version, offers, basket_state FROM issued_baskets WHERE basket_id >= ?1 ORDER BY basket_id';
      await assertSameRows(server, 'plain-offers', sql, basketId);
    },
  };
}

const USED = ['v2-loyalty-reward-2025', 'demo-welcome-points'];
const USAGE_BASKET = 32;

/** @param wake the plain Worker sends a queue message too */
export function usageCase(items: number, wake: boolean): Case {
  const orders = { ours: 0, plain: 0 };
  const prefix = wake ? 'W' : 'N';
  const around = JSON.stringify({
    basket: aBasketOf(items, USAGE_BASKET).basket,
    usedDiscounts: USED,
    order: { orderNumber: '#' },
  }).split('"#"');
  const next = (side: Side): Call => {
    const order = `${prefix}-${String(orders[side]++).padStart(8, '0')}`;
    const path = side === 'plain' && wake ? '/use-offers-and-wake' : '/use-offers';
    return { path, requestId: `bench-${order}`, body: around.join(`"${order}"`) };
  };

  return {
    label: `/use-offers, ${wake ? 'plain sends the message too' : 'plain sends no message'}`,
    plain: 'plain-use-offers',
    async prepare(server) {
      const client = new Client(server.urlOf('ours'), 1);
      const body = JSON.stringify(aBasketOf(items, USAGE_BASKET));
      assertOffers((await client.ask({ path: '/offers', requestId: 'bench', body })).body);
      client.close();
      const sql = 'SELECT basket_id, version, offers, basket_state, seen_at FROM issued_baskets WHERE basket_id = ?1';
      const [row] = await server.query('ours', sql, USAGE_BASKET);
      if (row === undefined) throw new Error('ours has not remembered the basket');
      const copy = 'INSERT OR REPLACE INTO issued_baskets VALUES (?1, ?2, ?3, ?4, ?5)';
      await server.query('plain-use-offers', copy, ...Object.values(row));
    },
    next,
    async verify(server) {
      for (const sql of [
        'SELECT count(*) AS usages, count(DISTINCT order_key) AS orders FROM usages',
        `SELECT discount_id, state, type, amount, currency, count(*) AS times FROM used_discounts
         GROUP BY discount_id, state, type, amount, currency ORDER BY discount_id, state`,
        `SELECT state, count(*) AS times, sum(due_at IS NOT NULL) AS due FROM deliveries GROUP BY state`,
        'SELECT count(*) AS conflicts FROM usage_conflicts',
      ]) {
        await assertSameRows(server, 'plain-use-offers', sql);
      }
      const size = 'SELECT avg(octet_length(snapshot) + octet_length(channel)) AS bytes FROM deliveries';
      const [ours, plain] = await Promise.all([server.query('ours', size), server.query('plain-use-offers', size)]);
      const ratio = Number(ours[0]?.bytes) / Number(plain[0]?.bytes);
      if (!(ratio > 0.8 && ratio < 1.25)) throw new Error(`the stored baskets differ in size: ${ratio.toFixed(2)}`);
    },
  };
}

function assertOffers(answer: string): void {
  const offers = JSON.parse(answer) as unknown;
  if (!Array.isArray(offers) || offers.length === 0) throw new Error(`no offers in the answer: ${answer}`);
}

async function assertSameRows(server: Server, plain: WorkerName, sql: string, ...values: number[]): Promise<void> {
  const inText = (rows: Row[]) => JSON.stringify(rows);
  const ours = await server.query('ours', sql, ...values);
  if (ours.length === 0) throw new Error(`ours has no rows: ${sql}`);
  assertEqual(`the rows of "${sql}"`, inText(ours), inText(await server.query(plain, sql, ...values)));
}

function assertEqual(what: string, ours: string | undefined, plain: string | undefined): void {
  if (ours === plain) return;
  const cut = (text = '') => text.slice(0, 400);
  throw new Error(`${what} differ:\nours  ${cut(ours)}\nplain ${cut(plain)}`);
}
