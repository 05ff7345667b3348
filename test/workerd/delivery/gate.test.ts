/** The gate: when it shuts, who may try the upstream while it is shut, what opens it, and that nothing ages meanwhile. */
import { describe, expect, it } from 'vitest';
import type { UsageCommit } from '../../../src/connectors/connector.ts';
import { rows } from '../support/builders.ts';
import {
  accepted,
  aWorld,
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

async function acceptMany(world: World, count: number, prefix = 'O'): Promise<string[]> {
  const orders = Array.from({ length: count }, (_, at) => `${prefix}${String(at + 1).padStart(3, '0')}`);
  for (const order of orders) {
    await world.accept(order, ['d']);
    world.clock.now++;
  }
  return orders;
}

const orderOf = ({ orderNumber }: UsageCommit) => orderNumber;
const stateCounts = async () =>
  Object.fromEntries(
    (await rows('SELECT state, count(*) AS n FROM used_discounts GROUP BY state')).map(({ state, n }) => [state, n]),
  );

describe('the gate', () => {
  it.each([
    ['credentials', MINUTE],
    ['misconfigured', MINUTE],
    ['quota', 30 * SECOND],
  ] as const)('shuts at the first answer that is about us: %s', async (cause, probeMs) => {
    const world = aWorld({ commit: () => paused(cause) });
    await world.accept('A', ['a']);
    await world.sweep();
    expect(await gate()).toMatchObject({
      ...{ state: 'paused', reason: cause, detail: 'not us', paused_at: START, until: START + probeMs },
    });
    expect(await delivery('A')).toMatchObject({ state: 'due', due_at: START, attempts: 0, last_outcome: 'none' });
    await world.later(probeMs - 1);
    expect(world.calls).toHaveLength(1);
    await world.later(1);
    expect(world.calls).toHaveLength(2);
    expect(await delivery('A')).toMatchObject({ attempts: 0 });
  });

  it('stays shut until the time that the upstream gives', async () => {
    const until = START + 5 * HOUR;
    const world = aWorld({ commit: () => ({ ...paused('quota'), until }) as never });
    await world.accept('A', ['a']);
    await world.sweep();
    await world.later(5 * HOUR - 1);
    expect(world.calls).toHaveLength(1);
  });

  it('lets one order probe while it is shut, each in its turn, and opens at the first success', async () => {
    const world = aWorld({ commit: () => paused('misconfigured') });
    await acceptMany(world, 9);
    await world.consume();
    // Those in flight when it shut were claimed before.
    expect(world.calls).toHaveLength(6);
    for (let probe = 0; probe < 4; probe++) await world.later(MINUTE);
    expect(world.calls.slice(6).map(orderOf)).toEqual(['O007', 'O008', 'O009', 'O001']);
    world.commit = (commit) => accepted(commit);
    await world.later(MINUTE);
    expect(await gate()).toMatchObject({ state: 'open', reason: null, paused_at: null, failing: '[]' });
    if ((await stateCounts()).due) await world.sweep();
    expect(await stateCounts()).toEqual({ delivered: 9 });
  });

  it('has one probe although many sweep at once, and another when the worker of the probe vanished', async () => {
    const world = aWorld({ commit: () => paused('credentials') });
    await acceptMany(world, 8);
    await world.sweep();
    const before = world.calls.length;
    world.clock.now += MINUTE;
    await Promise.all([world.sweep(), world.consume(), world.sweep()]);
    expect(world.calls.length - before).toBe(1);
    world.clock.now += MINUTE;
    const { outbox } = world.deps;
    const claim = { limit: 6, leaseMs: 30_000, pace: null, first: true };
    expect((await outbox.claim({ ...claim, now: world.clock.now })).orders).toHaveLength(1);
    expect((await outbox.claim({ ...claim, now: world.clock.now })).orders).toHaveLength(0);
    expect(await gate()).toMatchObject({ state: 'probing' });
    expect((await outbox.claim({ ...claim, now: world.clock.now + 30_000 })).orders).toHaveLength(1);
  });

  it.each([
    ['later', later],
    ['unknown', unknown],
  ] as const)('shuts for an outage after five different orders in a row: %s', async (_, failure) => {
    const world = aWorld({ commit: () => failure });
    await acceptMany(world, 4);
    await world.sweep();
    expect(await gate()).toMatchObject({ state: 'open' });
    await world.later(5 * SECOND);
    expect(await gate()).toMatchObject({ state: 'open' });
    await world.accept('LAST', ['d']);
    await world.sweep();
    expect(await gate()).toMatchObject({ state: 'paused', reason: 'outage', until: world.clock.now + 30 * SECOND });
    expect(await delivery('LAST')).toMatchObject({ attempts: 0, due_at: world.clock.now });
  });

  it('never shuts for one order that always fails, nor where a success comes between', async () => {
    const world = aWorld({ commit: (commit) => (orderOf(commit)?.startsWith('P') ? unknown : accepted(commit)) });
    for (let day = 0; day < 12; day++) {
      await world.accept(`P${day % 4}`, [`d${day}`]);
      await world.accept(`GOOD${day}`, ['d']);
      await world.later(12 * HOUR);
      expect(await gate()).toMatchObject({ state: 'open' });
    }
    expect((await stateCounts()).delivered).toBe(12);
  });

  it('condemns at most four orders when everything is refused, then shuts, and delivers the rest after the mend', async () => {
    const world = aWorld({ commit: () => refused });
    await acceptMany(world, 30);
    for (let minute = 0; minute < 10; minute++) await world.later(MINUTE);
    expect(await gate()).toMatchObject({ state: 'paused', reason: 'refusals' });
    expect((await stateCounts()).rejected ?? 0).toBeLessThanOrEqual(4);
    world.commit = (commit) => accepted(commit);
    for (let minute = 0; minute < 10; minute++) await world.later(MINUTE);
    const { rejected = 0, delivered } = await stateCounts();
    expect(delivered + rejected).toBe(30);
    expect(await gate()).toMatchObject({ state: 'open', refusing: '[]' });
  });

  it('condemns four when they are refused one after the other, and nobody after that', async () => {
    const world = aWorld({ commit: () => refused });
    for (const order of await acceptMany(world, 0, 'X')) void order;
    for (let at = 0; at < 7; at++) {
      await world.accept(`R${at}`, ['d']);
      await world.later(MINUTE);
    }
    expect(await stateCounts()).toEqual({ rejected: 4, due: 3 });
    await world.later(HOUR);
    expect(await stateCounts()).toEqual({ rejected: 4, due: 3 });
  });

  it('forgets refusals when an order is judged line by line', async () => {
    const world = aWorld({ commit: () => refused });
    for (let at = 0; at < 12; at++) {
      const judged = at % 4 === 3;
      world.commit = (commit) =>
        judged ? { outcomes: new Map(due(commit).map((id) => [id, { status: 'rejected', reason: 'no' }])) } : refused;
      await world.accept(`R${at}`, ['d']);
      await world.later(MINUTE);
    }
    expect(await gate()).toMatchObject({ state: 'open' });
    expect(await stateCounts()).toEqual({ rejected: 12 });
  });

  it('opens after an outage when the upstream refuses: it is there again', async () => {
    const world = aWorld({ commit: () => later });
    await acceptMany(world, 6);
    await world.sweep();
    expect(await gate()).toMatchObject({ state: 'paused', reason: 'outage' });
    world.commit = (commit) => (orderOf(commit) === 'O001' ? refused : accepted(commit));
    for (let minute = 0; minute < 8; minute++) await world.later(MINUTE);
    expect(await stateCounts()).toEqual({ rejected: 1, delivered: 5 });
  });

  it('is not opened by an answer to a call that began before it shut', async () => {
    const world = aWorld();
    await world.accept('SLOW', ['d']);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    world.commit = async (commit) => {
      if (orderOf(commit) === 'SLOW') await held;
      return orderOf(commit) === 'SLOW' ? accepted(commit) : paused('credentials');
    };
    const slow = world.consume();
    while (world.calls.length === 0) await scheduler.wait(1);
    world.clock.now += SECOND;
    await world.accept('A', ['a']);
    await world.consume();
    release();
    await slow;
    expect(await gate()).toMatchObject({ state: 'paused' });
    expect(await states('SLOW')).toEqual({ d: 'delivered' });
  });

  it('shuts when a setting is wrong, claims nothing, and probes when it is mended', async () => {
    const world = aWorld();
    await world.accept('A', ['a']);
    const settings = world.deps.delivery;
    Object.assign(world.deps, { delivery: null, problems: [{ setting: 'UPSTREAM_URL', message: 'is not set' }] });
    await world.sweep();
    await world.later(MINUTE);
    expect(await gate()).toMatchObject({ state: 'paused', reason: 'misconfigured', detail: 'UPSTREAM_URL is not set' });
    expect(await delivery('A')).toMatchObject({ fence: 0, state: 'due' });
    Object.assign(world.deps, { delivery: settings });
    await world.later(MINUTE);
    expect(await states('A')).toEqual({ a: 'delivered' });
    expect(await gate()).toMatchObject({ state: 'open' });
  });
});

describe('an outage of days', () => {
  it('costs nothing: no order ages, and all are delivered within minutes afterwards', async () => {
    const world = aWorld({ commit: () => unknown });
    await acceptMany(world, 40);
    for (let hour = 0; hour < 24 * 5; hour++) await world.later(HOUR);
    expect(await stateCounts()).toEqual({ due: 40 });
    const worst = await rows('SELECT max(attempts) AS attempts, sum(attempts) AS sum FROM deliveries');
    expect(worst[0]?.sum).toBeLessThanOrEqual(5);
    world.commit = (commit) => accepted(commit);
    for (let minute = 0; minute < 10; minute++) {
      await world.later(MINUTE);
      for (let wake = world.wakes.splice(0).length; wake > 0; wake--) await world.consume();
    }
    expect(await stateCounts()).toEqual({ delivered: 40 });
  });

  it('keeps the gate shut with one probe every half minute', async () => {
    const world = aWorld({ commit: () => unknown });
    await acceptMany(world, 20);
    await world.consume();
    const before = world.calls.length;
    for (let second = 0; second < 600; second += 5) {
      world.clock.now += 5 * SECOND;
      await world.consume();
    }
    expect(world.calls.length - before).toBeLessThanOrEqual(20);
    expect(world.calls.length - before).toBeGreaterThanOrEqual(18);
  });
});
