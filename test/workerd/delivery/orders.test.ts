/** One order: from due to its end, through every outcome. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/connectors/connector.ts';
import { rows } from '../support/builders.ts';
import {
  type Answer,
  accepted,
  attempts,
  aWorld,
  type Commit,
  delivery,
  due,
  gate,
  HOUR,
  later,
  MINUTE,
  paused,
  refused,
  SECOND,
  START,
  states,
  unknown,
  type World,
} from '../support/delivery.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';

describe('an order that is due', () => {
  it('is delivered once, with what the upstream calls it, and leaves an attempt', async () => {
    const world = aWorld({ commit: (commit) => ({ ...accepted(commit, 'r-1'), upstreamRef: 'order-1', status: 200 }) });
    await world.accept('A', ['a', 'b']);
    await world.consume();
    await world.consume();
    expect(world.calls).toHaveLength(1);
    expect(await states('A')).toEqual({ a: 'delivered', b: 'delivered' });
    expect(await delivery('A')).toMatchObject({
      ...{ state: 'done', due_at: null, done_at: START, fence: 1, attempts: 1, last_outcome: 'none' },
      ...{ unknown_call: null, call_lines: null, upstream_ref: 'order-1' },
    });
    expect(await attempts('A')).toEqual([
      {
        ...{ order_key: 'o:A', fence: 1, started_at: START, duration_ms: 0 },
        ...{ outcome: 'delivered', status: 200, detail: null },
      },
    ]);
    const [line] = await rows("SELECT * FROM used_discounts WHERE discount_id = 'a'");
    expect(line).toMatchObject({ upstream_ref: 'r-1', settled_at: START, reason: null, uncertain: 0 });
    expect(await gate()).toMatchObject({ state: 'open', failing: '[]', refusing: '[]' });
  });

  it('tells the connector the whole order: number, generation, basket, channel, keys', async () => {
    const world = aWorld();
    await world.accept('A', ['a']);
    await world.sweep();
    expect(world.calls).toMatchObject([
      {
        ...{ orderKey: 'o:A', orderNumber: 'A', generation: 0, basket: { id: 7 }, channel: { staffEmail: null } },
        attempt: { number: 1, firstAt: START, last: 'none' },
        discounts: [{ id: 'a', key: expect.stringMatching(/^[0-9a-f]{64}$/), type: null, state: 'due' }],
      },
    ]);
  });

  it('writes at most six rows when it is delivered with two discounts', async () => {
    const { db, counts } = aFaultyD1(env.DB);
    const world = aWorld({ db });
    await world.accept('A', ['a', 'b']);
    await world.consume();
    expect(await states('A')).toEqual({ a: 'delivered', b: 'delivered' });
    expect(counts.rowsWritten).toBeLessThanOrEqual(6);
    expect(counts.rowsWritten).toBeGreaterThan(4);
    expect(counts.roundTrips).toBe(2);
  });

  it('writes nothing when there is nothing to do', async () => {
    const { db, counts } = aFaultyD1(env.DB);
    const world = aWorld({ db });
    await world.sweep();
    expect(counts.rowsWritten).toBe(0);
  });
});

describe('an order that is put off', () => {
  it.each([
    [0, 5 * SECOND],
    [1, 30 * SECOND],
    [2, 2 * MINUTE],
    [3, 10 * MINUTE],
    [4, 30 * MINUTE],
    [5, HOUR],
    [6, 2 * HOUR],
    [7, 4 * HOUR],
    [8, 8 * HOUR],
    [9, 12 * HOUR],
    [10, 12 * HOUR],
  ])('after %d attempts waits %d ms at most', async (attempted, pause) => {
    const world = aWorld({ commit: () => later });
    await world.accept('A', ['a']);
    await rows('UPDATE deliveries SET attempts = ?', attempted);
    await world.sweep();
    expect(await delivery('A')).toMatchObject({ state: 'due', attempts: attempted + 1, last_outcome: 'later' });
    expect((await delivery('A'))?.due_at).toBe(START + pause);
    const half = aWorld({ commit: () => later });
    Object.assign(half.deps, { random: () => 0 });
    await half.accept('B', ['a']);
    await rows("UPDATE deliveries SET attempts = ? WHERE order_key = 'o:B'", attempted);
    await half.sweep();
    expect((await delivery('B'))?.due_at).toBe(START + pause / 2);
  });

  it('is not claimed before its time, and announced when that is before the next sweep', async () => {
    const world = aWorld({ commit: () => later });
    await world.accept('A', ['a']);
    await world.sweep();
    expect(world.wakes).toEqual([{ orderKey: 'o:A', delaySeconds: 5 }]);
    await world.later(5 * SECOND - 1);
    expect(world.calls).toHaveLength(1);
    world.commit = (commit) => accepted(commit);
    await world.later(1);
    expect(world.calls[1]?.attempt).toEqual({ number: 2, firstAt: START, last: 'later' });
    expect(await states('A')).toEqual({ a: 'delivered' });
  });

  it.each([
    [2 * SECOND, 2 * SECOND],
    [0, SECOND],
    [10 * 24 * HOUR, HOUR],
  ])('waits as long as the upstream asks, from a second to an hour: %d', async (afterMs, pause) => {
    const world = aWorld({ commit: () => ({ ...later, afterMs }) });
    await world.accept('A', ['a']);
    await world.sweep();
    expect((await delivery('A'))?.due_at).toBe(START + pause);
  });

  it('goes on when the queue takes no message', async () => {
    const world = aWorld({ commit: () => later, wake: () => Promise.reject(new Error('queue is down')) });
    await world.accept('A', ['a']);
    await world.sweep();
    expect(await delivery('A')).toMatchObject({ state: 'due', attempts: 1 });
    expect(world.logged).toContainEqual(expect.objectContaining({ event: 'wake_failed' }));
  });

  it('is given up after 72 hours of open gate, and the reason says so', async () => {
    const world = aWorld({ commit: () => later });
    await world.accept('A', ['a']);
    await world.accept('POISON', ['p']);
    await world.sweep();
    while (world.clock.now < START + 72 * HOUR) {
      world.commit = (commit) => (due(commit)[0] === 'p' ? unknown : later);
      await world.later(30 * MINUTE);
    }
    expect(await states('A')).toEqual({ a: 'due' });
    await world.later(12 * HOUR);
    expect(await states('A')).toEqual({ a: 'dead' });
    expect(await delivery('A')).toMatchObject({ state: 'done', due_at: null });
    const lines = await rows('SELECT discount_id, reason, uncertain FROM used_discounts ORDER BY discount_id');
    expect(lines).toEqual([
      { discount_id: 'a', reason: 'exhausted', uncertain: 0 },
      { discount_id: 'p', reason: 'exhausted', uncertain: 1 },
    ]);
    expect(world.logged).toContainEqual(
      expect.objectContaining({ event: 'delivery_given_up', orderKey: 'o:A', reason: 'exhausted' }),
    );
  });

  it('is tried again after days in which nobody swept', async () => {
    const world = aWorld({ commit: () => later });
    await world.accept('A', ['a']);
    await world.sweep();
    world.commit = (commit) => accepted(commit);
    await world.later(5 * 24 * HOUR);
    expect(await states('A')).toEqual({ a: 'delivered' });
  });
});

describe('an order of several discounts', () => {
  const mixed: Commit = (commit) => ({
    outcomes: new Map(
      due(commit).flatMap((id): [string, Outcome][] => {
        if (id === 'ok') return [[id, { status: 'accepted' }]];
        if (id === 'no') return [[id, { status: 'rejected', reason: 'used up' }]];
        return id === 'slow' ? [[id, { status: 'later', reason: 'wait' }]] : [];
      }),
    ),
  });

  it('ends each for itself, and asks again only for what is open', async () => {
    const world = aWorld({ commit: mixed });
    await world.accept('A', ['ok', 'no', 'slow', 'missing']);
    await world.sweep();
    expect(await states('A')).toEqual({ ok: 'delivered', no: 'rejected', slow: 'due', missing: 'due' });
    expect(await attempts('A')).toMatchObject([{ outcome: 'partial', detail: 'used up; wait' }]);
    world.commit = (commit) => accepted(commit);
    await world.later(5 * SECOND);
    expect(due(world.calls[1] as never)).toEqual(['missing', 'slow']);
    expect(world.calls[1]?.discounts.map(({ id, state }) => [id, state])).toContainEqual(['no', 'rejected']);
    expect(await states('A')).toEqual({ ok: 'delivered', no: 'rejected', slow: 'delivered', missing: 'delivered' });
    expect(await rows("SELECT reason FROM used_discounts WHERE discount_id = 'no'")).toEqual([{ reason: 'used up' }]);
  });

  it('rejects all of them when it is refused whole', async () => {
    const world = aWorld({ commit: () => refused });
    await world.accept('A', ['a', 'b']);
    await world.sweep();
    expect(await states('A')).toEqual({ a: 'rejected', b: 'rejected' });
    expect(await attempts('A')).toMatchObject([{ outcome: 'refused', status: 422, detail: 'no such thing' }]);
    expect(await delivery('A')).toMatchObject({ state: 'done' });
  });

  it('delivers only what is new when a line joins a finished order, as fresh as at first', async () => {
    const world = aWorld();
    await world.accept('A', ['a']);
    await world.sweep();
    world.clock.now += HOUR;
    await world.accept('A', ['a', 'b']);
    expect(await delivery('A')).toMatchObject({ state: 'due', due_at: world.clock.now, attempts: 0 });
    await world.sweep();
    expect(world.calls.map(due)).toEqual([['a'], ['b']]);
    expect(world.calls[1]).toMatchObject({
      generation: 0,
      attempt: { number: 1, firstAt: START + HOUR, last: 'none' },
    });
  });

  it('takes a line that joins while the order is being sent at once afterwards', async () => {
    const world = aWorld();
    await world.accept('A', ['a']);
    world.commit = async (commit) => {
      if (due(commit)[0] === 'a') await world.accept('A', ['b']);
      return accepted(commit);
    };
    await world.sweep();
    expect(world.wakes).toEqual([{ orderKey: 'o:A', delaySeconds: 0 }]);
    await world.consume();
    expect(world.calls.map(due)).toEqual([['a'], ['b']]);
    expect(world.calls[1]?.attempt).toMatchObject({ number: 1, last: 'none' });
    expect(world.most).toBe(1);
    expect(await states('A')).toEqual({ a: 'delivered', b: 'delivered' });
  });
});

describe('an order of unknown outcome', () => {
  it('is asked for again with the same text, about the same lines, before what joined meanwhile', async () => {
    const world = aWorld({ commit: () => ({ ...unknown, call: 'the very text' }) });
    await world.accept('A', ['a']);
    await world.sweep();
    expect(await delivery('A')).toMatchObject({ last_outcome: 'unknown', unknown_call: 'the very text' });
    await world.accept('A', ['b']);
    world.commit = (commit) => accepted(commit);
    await world.later(5 * SECOND);
    await world.sweep();
    expect(world.calls.map(due)).toEqual([['a'], ['a'], ['b']]);
    expect(world.calls[1]?.attempt).toEqual({ number: 2, firstAt: START, last: 'unknown', call: 'the very text' });
    expect(world.calls[2]?.attempt).toMatchObject({ number: 1, last: 'none' });
    expect(await delivery('A')).toMatchObject({ state: 'done', unknown_call: null });
  });

  it('stays unknown, text and all, through a later and through a shut gate', async () => {
    const world = aWorld({ commit: () => ({ ...unknown, call: 'the very text' }) });
    await world.accept('A', ['a']);
    await world.sweep();
    world.commit = () => later;
    await world.later(MINUTE);
    world.commit = () => paused('credentials');
    await world.later(MINUTE);
    world.commit = (commit) => accepted(commit);
    await world.later(2 * MINUTE);
    expect(world.calls.slice(1).map(({ attempt }) => [attempt.last, attempt.call])).toEqual(
      Array(3).fill(['unknown', 'the very text']),
    );
    expect(await states('A')).toEqual({ a: 'delivered' });
  });

  it('stays unknown where a line is put off', async () => {
    const world = aWorld({ commit: () => ({ ...unknown, call: 'text' }) });
    await world.accept('A', ['a', 'b']);
    await world.sweep();
    world.commit = () => ({ outcomes: new Map([['a', { status: 'accepted' }]]) });
    await world.later(MINUTE);
    expect(await delivery('A')).toMatchObject({ last_outcome: 'unknown', unknown_call: 'text' });
    expect(await states('A')).toEqual({ a: 'delivered', b: 'due' });
  });

  it('is looked up first where the upstream has no keys, and not sent again when it is found', async () => {
    const found = { outcomes: new Map([['a', { status: 'accepted' } as const]]) };
    const world = aWorld({ commit: () => unknown, find: () => found, capabilities: { repeat: { by: 'lookup' } } });
    await world.accept('A', ['a']);
    await world.sweep();
    await world.later(MINUTE);
    expect(world.calls).toHaveLength(1);
    expect(await states('A')).toEqual({ a: 'delivered' });
  });

  it('is left to a person where nothing protects another attempt, and its neighbours go on', async () => {
    const world = aWorld({ commit: () => unknown, capabilities: { repeat: { by: 'none' } } });
    await world.accept('A', ['a']);
    await world.sweep();
    world.commit = (commit) => accepted(commit);
    await world.later(MINUTE);
    expect(world.calls).toHaveLength(1);
    expect(await states('A')).toEqual({ a: 'dead' });
    expect(await rows('SELECT reason, uncertain FROM used_discounts')).toEqual([
      { reason: 'outcome_unknown', uncertain: 1 },
    ]);
    expect((await attempts('A')).map(({ outcome }) => outcome)).toEqual(['unknown', 'outcome_unknown']);
  });

  it('is unknown when a connector throws or does not obey its deadline', async () => {
    const world = aWorld({ commit: () => Promise.reject(new Error('a bug')), timeoutMs: 20 });
    await world.accept('A', ['a']);
    await world.sweep();
    expect(await delivery('A')).toMatchObject({ last_outcome: 'unknown', attempts: 1 });
    world.commit = () => new Promise(() => {});
    await world.later(MINUTE);
    expect(await delivery('A')).toMatchObject({ last_outcome: 'unknown', attempts: 2 });
    expect((await attempts('A')).map(({ detail }) => detail)).toEqual([
      'Error: a bug',
      'no answer within 20 ms (USAGE_TIMEOUT_MS)',
    ]);
  });
});

describe('what an upstream says', () => {
  it('is kept short, without control characters and without what may name the customer', async () => {
    const detail = `member\u001b[31m ada@example.com, +90 532 000 00 17 ${'x'.repeat(500)}`;
    const world = aWorld({ commit: () => ({ failed: 'refused', detail, status: 400 }) });
    await world.accept('A', ['a']);
    await world.sweep();
    const [line] = await rows('SELECT reason FROM used_discounts');
    expect(line?.reason).toMatch(/^member\[31m \[e-mail\], \[number\] x+$/);
    expect(line?.reason).toHaveLength(300);
    expect(await attempts('A')).toMatchObject([{ detail: line?.reason }]);
  });

  it('is written whole for several orders whose calls were as large as they may be', async () => {
    const call = 'ş'.repeat(400_000);
    const world = aWorld({ commit: () => ({ ...unknown, call }) });
    for (const order of ['A', 'B', 'C']) await world.accept(order, ['d']);
    await world.sweep();
    expect(await rows('SELECT length(unknown_call) AS n FROM deliveries')).toEqual(Array(3).fill({ n: 400_000 }));
  });
});

describe('a worker that vanishes', () => {
  /** Claims and is never heard of again. */
  const vanish = (world: ReturnType<typeof aWorld>) =>
    world.deps.outbox.claim({ now: world.clock.now, limit: 6, leaseMs: 30_000, pace: null, first: true });

  it('holds its order until the lease ends, and leaves an outcome that nobody knows', async () => {
    const world = aWorld();
    await world.accept('A', ['a']);
    expect((await vanish(world)).orders).toHaveLength(1);
    await world.accept('A', ['b']);
    await world.later(30_000 - 1);
    expect(world.calls).toHaveLength(0);
    await world.later(1);
    expect(world.wakes).toEqual([{ orderKey: 'o:A', delaySeconds: 0 }]);
    await world.consume();
    expect(world.calls.map(due)).toEqual([['a'], ['b']]);
    expect(world.calls[0]?.attempt).toEqual({ number: 2, firstAt: START, last: 'unknown', isTakenOver: true });
    expect(await delivery('A')).toMatchObject({ state: 'done', crashes: 0 });
  });

  it('ends the order after twenty in a row, also while its neighbours are delivered', async () => {
    const world = aWorld();
    await world.accept('A', ['a']);
    for (let crash = 0; crash < 20; crash++) {
      expect((await vanish(world)).orders).toHaveLength(1);
      world.clock.now += 30_000;
    }
    await world.accept('B', ['b']);
    expect((await vanish(world)).orders.map(({ orderKey }) => orderKey)).toEqual(['o:B']);
    await world.later(30_000);
    expect(await states('A')).toEqual({ a: 'dead' });
    expect(await states('B')).toEqual({ b: 'delivered' });
    expect(await rows("SELECT reason, uncertain FROM used_discounts WHERE discount_id = 'a'")).toEqual([
      { reason: 'crash_loop', uncertain: 1 },
    ]);
  });

  it.each([
    ['a success', accepted, 'delivered'],
    ['a refusal', () => refused, 'delivered'],
  ] as const)('that comes back after a takeover with %s changes nothing that is settled', async (_, late, state) => {
    const world = aWorld();
    await world.accept('A', ['a']);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    world.commit = async (commit) => {
      await held;
      return late(commit);
    };
    const stale = world.sweep();
    while (world.calls.length === 0) await scheduler.wait(1);
    const other = aWorld({ clock: { now: START + 30_000 } });
    await other.sweep();
    expect(await states('A')).toEqual({ a: 'delivered' });
    release();
    await stale;
    expect(await states('A')).toEqual({ a: state });
    expect(await delivery('A')).toMatchObject({ state: 'done', fence: 2 });
  });

  it('makes a fact of a late success, and nothing of a late failure, while another holds the order', async () => {
    for (const [order, late, expected] of [
      ['A', accepted, 'delivered'],
      ['B', () => refused, 'due'],
    ] as const) {
      const world = aWorld();
      await world.accept(order, ['a']);
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      world.commit = async (commit) => {
        await held;
        return late(commit);
      };
      const stale = world.sweep();
      while (world.calls.length === 0) await scheduler.wait(1);
      const other = aWorld({ clock: { now: START + 30_000 } });
      await vanish(other);
      release();
      await stale;
      expect(await states(order)).toEqual({ a: expected });
      // Whoever holds it keeps it, so that no third worker sends beside it.
      expect((await delivery(order))?.state).toBe('leased');
      expect(await gate()).toMatchObject({ refusing: '[]' });
    }
  });
});

describe('a report of a worker that lost its order', () => {
  const lost = async (world: World, answer: Answer) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    world.commit = async () => {
      await held;
      return answer;
    };
    await world.accept('A', ['a']);
    const stale = world.consume();
    while (world.calls.length === 0) await scheduler.wait(1);
    const other = aWorld({ clock: { now: START + 30_000 } });
    await other.deps.outbox.claim({ now: START + 30_000, limit: 1, leaseMs: 30_000, pace: null, first: true });
    return async () => {
      release();
      await stale;
    };
  };

  it.each([
    ['paused', paused('credentials')],
    ['later', later],
    ['refused', refused],
  ])('says nothing about the upstream: %s', async (_, answer) => {
    const report = await lost(aWorld(), answer);
    const before = await gate();
    await report();
    expect(await gate()).toEqual(before);
    expect(await delivery('A')).toMatchObject({ state: 'leased', fence: 2, attempts: 0 });
  });

  it('is a fact even for a line that a person discarded', async () => {
    const report = await lost(aWorld(), { outcomes: new Map([['a', { status: 'accepted' }]]) });
    await rows("UPDATE used_discounts SET state = 'discarded'");
    await report();
    expect(await states('A')).toEqual({ a: 'delivered' });
  });
});

describe('a claim', () => {
  it.each([
    [1000, 30_000],
    [20_000, 60_000],
  ])('holds for three deadlines, and for half a minute at least: %i ms', async (timeoutMs, leaseMs) => {
    const world = aWorld({ timeoutMs });
    await world.accept('A', ['a']);
    world.commit = async (commit) => {
      expect(await delivery('A')).toMatchObject({ state: 'leased', due_at: START + leaseMs });
      return accepted(commit);
    };
    await world.consume();
    expect(await states('A')).toEqual({ a: 'delivered' });
  });

  it('waits for the line that asks for the longest pause', async () => {
    const world = aWorld();
    world.commit = () => ({
      outcomes: new Map([
        ['a', { status: 'later', afterMs: 40_000 }],
        ['b', { status: 'later', afterMs: 10_000 }],
      ]),
    });
    await world.accept('A', ['a', 'b']);
    await world.consume();
    expect((await delivery('A'))?.due_at).toBe(START + 40_000);
  });
});

describe('an order while D1 fails', () => {
  it.each(['throw-before', 'throw-after'] as const)('is settled through %s', async (fault) => {
    const { db, fail } = aFaultyD1(env.DB);
    const world = aWorld({ db });
    await world.accept('A', ['a']);
    world.commit = (commit) => {
      fail(fault);
      return accepted(commit);
    };
    await world.consume();
    expect(await states('A')).toEqual({ a: 'delivered' });
    expect(await attempts('A')).toHaveLength(1);
  });

  it('is sent again with the same keys when the success could not be written', async () => {
    const { db, fail } = aFaultyD1(env.DB);
    const world = aWorld({ db });
    await world.accept('A', ['a']);
    world.commit = (commit) => {
      fail('overloaded');
      return accepted(commit);
    };
    await world.consume();
    expect(await states('A')).toEqual({ a: 'due' });
    expect(world.logged).toContainEqual(expect.objectContaining({ event: 'delivery_not_settled', orderKey: 'o:A' }));
    world.commit = (commit) => accepted(commit);
    await world.later(30_000);
    expect(await states('A')).toEqual({ a: 'delivered' });
    const [first, second] = world.calls;
    expect(second?.discounts).toEqual(first?.discounts);
    expect(second?.attempt.last).toBe('unknown');
  });

  it.each(['throw-before', 'throw-after', 'overloaded'] as const)(
    'is found by a later sweep when claiming meets %s',
    async (fault) => {
      const { db, fail } = aFaultyD1(env.DB);
      const world = aWorld({ db });
      await world.accept('A', ['a']);
      fail(fault);
      await world.consume();
      expect(world.logged).toContainEqual(expect.objectContaining({ event: 'delivery_stopped' }));
      await world.later(MINUTE);
      expect(await states('A')).toEqual({ a: 'delivered' });
    },
  );

  it('survives a database without tables', async () => {
    const world = aWorld();
    await rows('DROP TABLE deliveries');
    await world.sweep();
    expect(world.logged.map(({ event }) => event)).toContain('delivery_stopped');
  });
});
