/** Conflicts settled by a person: accepted as a usage of its own, or discarded; once, whatever fails or comes twice. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  type ConflictId,
  type ConflictOrder,
  decideConflicts,
  planConflicts,
  showConflict,
} from '../../../src/ledger/conflicts.ts';
import { D1Ledger } from '../../../src/ledger/d1-ledger.ts';
import { listUsages } from '../../../src/ledger/usage-log.ts';
import { recordUsage } from '../../../src/usage/record-usage.ts';
import { rows } from '../support/builders.ts';
import { aWorld, due, START, states, type World } from '../support/delivery.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';

const conflictIds = async (): Promise<ConflictId[]> =>
  (await rows('SELECT request_id, fingerprint, order_key FROM usage_conflicts ORDER BY first_at, order_key')).map(
    (row) => [row.request_id, row.fingerprint, row.order_key],
  );

/** `same` told of order A and then of B, C …, each answered 422. */
async function aWorldWithConflicts(...others: [order: string, ids: string[]][]): Promise<World> {
  const world = aWorld();
  await world.accept('A', ['a'], 'same');
  await world.consume();
  for (const [order, ids] of others) {
    world.clock.now += 1000;
    expect((await world.accept(order, ids, 'same')).outcome).toBe('conflict');
  }
  return world;
}

const settle = async (world: World, more: Partial<ConflictOrder> = {}, db = env.DB) =>
  decideConflicts(db, {
    ...{
      decision: 'replay',
      conflicts: await conflictIds(),
      at: START + 5000,
      actor: 'ayse',
      reason: 'both are right',
    },
    ...{ now: world.clock.now, whenNeverOffered: 'due' },
    ...more,
  });

describe('a conflict that is accepted', () => {
  it('becomes a usage of its own, is delivered with its own basket, and leaves the first alone', async () => {
    const world = await aWorldWithConflicts(['B', ['b', 'c']]);
    const [before] = await rows("SELECT * FROM usages WHERE request_id = 'same'");
    expect(await settle(world)).toBe(1);
    expect(await conflictIds()).toEqual([]);
    expect(await states('B')).toEqual({ b: 'due', c: 'due' });
    await world.consume();
    expect(await states('B')).toEqual({ b: 'delivered', c: 'delivered' });
    expect(world.calls.map(due)).toEqual([['a'], ['b', 'c']]);
    expect(world.calls[1]?.basket).toMatchObject({ id: 7, currency: 'TRY' });
    expect(await rows("SELECT * FROM usages WHERE request_id = 'same'")).toEqual([before]);
    const [usage] = await rows(
      "SELECT request_id, order_key, basket_id, received_at FROM usages WHERE order_key = 'o:B'",
    );
    expect(usage).toMatchObject({ order_key: 'o:B', basket_id: 7, received_at: world.clock.now });
    expect(usage?.request_id).toMatch(/^same#[0-9a-f]{16}$/);
    expect(await rows('SELECT at, actor, action, order_key, reason FROM audit_log')).toEqual([
      {
        ...{ at: START + 5000, actor: 'ayse', action: 'replay', order_key: 'o:B' },
        reason: 'conflict of request same, first at 2026-06-15T09:30:01Z: both are right',
      },
    ]);
  });

  it('brings to its order only what is new', async () => {
    const world = await aWorldWithConflicts(['A', ['a', 'more']]);
    await settle(world);
    await world.consume();
    expect(world.calls.map(due)).toEqual([['a'], ['more']]);
    expect(await rows("SELECT first_usage_id FROM usages WHERE request_id <> 'same'")).toEqual([{ first_usage_id: 1 }]);
  });

  it('waits for a person where the connector needs to know what it offered', async () => {
    const world = await aWorldWithConflicts(['B', ['b']]);
    await settle(world, { whenNeverOffered: 'unrecognised' });
    expect(await states('B')).toEqual({ b: 'unrecognised' });
  });

  it('is one of several, also where two are about one order', async () => {
    const world = await aWorldWithConflicts(['B', ['b']], ['B', ['b', 'c']], ['C', ['d']]);
    expect(await settle(world)).toBe(3);
    await world.consume();
    expect([await states('B'), await states('C')]).toEqual([{ b: 'delivered', c: 'delivered' }, { d: 'delivered' }]);
    const usages = await rows(
      `SELECT u.id = d.usage_id AS opened, u.first_usage_id = d.usage_id AS later
       FROM usages AS u JOIN deliveries AS d ON d.order_key = u.order_key WHERE u.order_key = 'o:B' ORDER BY u.id`,
    );
    expect(usages).toEqual([
      { opened: 1, later: null },
      { opened: 0, later: 1 },
    ]);
  });

  it.each(['throw-before', 'throw-after'] as const)('is accepted once when the database fails (%s)', async (fault) => {
    const world = await aWorldWithConflicts(['B', ['b']]);
    const order = { conflicts: await conflictIds() };
    const faulty = aFaultyD1(env.DB, [fault]);
    await expect(settle(world, order, faulty.db)).rejects.toThrow();
    await world.consume();
    world.clock.now += 1000;
    expect(await settle(world, order)).toBe(1);
    expect(await settle(world, order)).toBe(1);
    await world.consume();
    expect(world.calls.map(due)).toEqual([['a'], ['b']]);
    const [counts] = await rows(
      "SELECT (SELECT count(*) FROM audit_log) AS decisions, (SELECT count(*) FROM usages WHERE order_key = 'o:B') AS usages",
    );
    expect(counts).toEqual({ decisions: 1, usages: 1 });
  });

  it('stays the request’s conflict: Akinon sends it again, is answered 422 again, and nothing is used twice', async () => {
    const world = await aWorldWithConflicts(['B', ['b']]);
    await settle(world);
    await world.consume();
    expect((await world.accept('B', ['b'], 'same')).outcome).toBe('conflict');
    expect(await settle(world, { at: START + 9000 })).toBe(1);
    await world.consume();
    expect(world.calls.map(due)).toEqual([['a'], ['b']]);
  });
});

describe('a conflict that is discarded', () => {
  it('is gone but for the decision', async () => {
    const world = await aWorldWithConflicts(['B', ['b']]);
    expect(await settle(world, { decision: 'discard' })).toBe(1);
    expect([await conflictIds(), await states('B')]).toEqual([[], {}]);
    expect(await rows("SELECT action FROM audit_log WHERE order_key = 'o:B'")).toEqual([{ action: 'discard' }]);
  });

  it('cannot be accepted any more by whoever still sees it', async () => {
    const world = await aWorldWithConflicts(['B', ['b']]);
    const order = { conflicts: await conflictIds() };
    await settle(world, { ...order, decision: 'discard' });
    expect(await settle(world, { ...order, actor: 'mehmet' })).toBe(0);
    expect(await states('B')).toEqual({});
  });

  it('is the one that was chosen: an order key that does not fit names none', async () => {
    const world = await aWorldWithConflicts(['B', ['b']]);
    const [[request, fingerprint] = ['', '']] = await conflictIds();
    const wrong = { conflicts: [[request, fingerprint, 'o:A'] as const] };
    expect((await planConflicts(env.DB, wrong.conflicts)).conflicts).toEqual([]);
    expect([await settle(world, wrong), await settle(world, { ...wrong, decision: 'discard' })]).toEqual([0, 0]);
    expect((await conflictIds()).length).toBe(1);
  });
});

describe('what a person sees of a conflict', () => {
  it('is both meanings with their baskets, and the other alone once the first is purged', async () => {
    await aWorldWithConflicts(['B', ['b']]);
    const [[request, fingerprint] = ['', '']] = await conflictIds();
    const shown = await showConflict(env.DB, request, fingerprint);
    expect(shown?.standing).toMatchObject({ order_key: 'o:A', used_discounts: '["a"]', snapshot: expect.any(String) });
    expect(shown?.conflict).toMatchObject({
      order_key: 'o:B',
      used_discounts: '["b"]',
      times: 1,
      snapshot: expect.any(String),
    });
    await rows('DELETE FROM usages');
    expect((await showConflict(env.DB, request, fingerprint))?.standing).toBeNull();
    expect(await showConflict(env.DB, request, 'other')).toBeNull();
  });
});

describe('an accepted conflict', () => {
  it('is found by the request id that it came with, and by its own', async () => {
    const world = await aWorldWithConflicts(['B', ['b']]);
    await settle(world);
    const found = async (q: string) =>
      (await listUsages(env.DB, { q }, null, 10)).usages.map(({ orderKey }) => orderKey).sort();
    expect(await found('same')).toEqual(['o:A', 'o:B']);
    const [own] = await rows("SELECT request_id FROM usages WHERE order_key = 'o:B'");
    expect(await found(own.request_id)).toEqual(['o:B']);
    expect(await found('sam')).toEqual([]);
  });
});

/** As a request comes, with everything that a conflict keeps. */
const tell = (world: World, requestId: string, orderKey: string, ids: string[], more: object = {}) =>
  recordUsage(
    {
      ...{ requestId, orderKey, usedDiscounts: ids, basketId: 7, basketVersion: 1, drift: [] },
      basket: { id: 7, version: 1, currency: 'TRY', voucherCode: null, items: [] },
      channel: {
        device: 'default',
        storeId: null,
        storeRemoteId: null,
        staffId: null,
        staffRemoteId: null,
        staffEmail: null,
      },
      ...more,
    } as never,
    {
      ...{ ledger: new D1Ledger(env.DB, { now: () => world.clock.now, random: () => 1, sleep: async () => {} }) },
      ...{ whenNeverOffered: 'due', now: () => world.clock.now, log: () => {}, wakeDelivery: async () => {} },
      waitUntil: () => {},
    },
  );

describe('several conflicts at once', () => {
  it('use a discount once that was told of a basket and then of its order', async () => {
    const world = aWorld();
    await world.accept('X', [], 'c1');
    await world.accept('Y', [], 'c2');
    await tell(world, 'c1', 'b:7:1', ['d']);
    world.clock.now += 1000;
    await tell(world, 'c2', 'o:C', ['d']);
    expect(await settle(world)).toBe(2);
    await world.consume();
    expect(world.calls.map(due)).toEqual([['d']]);
    expect(await rows('SELECT order_key, state FROM used_discounts')).toEqual([
      { order_key: 'b:7:1', state: 'delivered' },
    ]);
  });

  it('are delivered each with its own basket', async () => {
    const world = aWorld();
    await world.accept('X', [], 'c1');
    await world.accept('Y', [], 'c2');
    const item = (name: string) => ({ basket: { id: 7, version: 1, currency: 'TRY', voucherCode: name, items: [] } });
    await tell(world, 'c1', 'o:C', ['d'], item('FIRST'));
    world.clock.now += 1000;
    await tell(world, 'c2', 'o:C', ['d'], item('SECOND'));
    const second = (await conflictIds()).filter(([requestId]) => requestId === 'c2');
    await settle(world, { conflicts: second });
    await world.consume();
    expect(world.calls.at(-1)?.basket?.voucherCode).toBe('SECOND');
  });
});

describe('a conflict that is settled late', () => {
  it('uses what its basket was offered when it came', async () => {
    const world = aWorld();
    await world.accept('X', [], 'c1');
    const offers = (minor: number) => JSON.stringify({ d: [1, 'BASKET', String(minor), 'TRY', 1, { member: 'm-1' }] });
    await rows('INSERT INTO issued_baskets (basket_id, version, offers, seen_at) VALUES (7, 1, ?, 1)', offers(1000));
    await tell(world, 'c1', 'o:C', ['d', 'unknown']);
    await rows('UPDATE issued_baskets SET offers = ?', offers(9900));
    await settle(world, { whenNeverOffered: 'unrecognised' });
    expect(await rows('SELECT discount_id, state, amount, currency, reference FROM used_discounts ORDER BY 1')).toEqual(
      [
        { discount_id: 'd', state: 'due', amount: 1000, currency: 'TRY', reference: '{"member":"m-1"}' },
        { discount_id: 'unknown', state: 'unrecognised', amount: null, currency: null, reference: null },
      ],
    );
  });

  it('leaves one alone that came again after the plan, though it is the same', async () => {
    const world = await aWorldWithConflicts(['B', ['b']]);
    const order = { conflicts: await conflictIds(), decision: 'discard' as const };
    expect(await settle(world, order)).toBe(1);
    world.clock.now = START + 60_000;
    await world.accept('B', ['b'], 'same');
    expect(await settle(world, order)).toBe(1);
    expect((await conflictIds()).length).toBe(1);
    expect((await rows('SELECT id FROM audit_log')).length).toBe(1);
  });
});

describe('the basket beside a conflict', () => {
  it('is left out where the order is delivered with that of another request', async () => {
    const world = aWorld();
    await world.accept('H', ['a'], 'h0');
    await world.accept('H', ['a', 'b'], 'h1');
    await tell(world, 'h1', 'o:H', ['c']);
    const [[request, fingerprint] = ['', '']] = await conflictIds();
    expect((await showConflict(env.DB, request, fingerprint))?.standing).toMatchObject({
      order_key: 'o:H',
      snapshot: null,
    });
  });
});
