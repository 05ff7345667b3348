/** Lanes, pace and budget: how a backlog is worked off. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { UsageCommit } from '../../../src/connectors/connector.ts';
import { rows } from '../support/builders.ts';
import {
  accepted,
  aWorld,
  gate,
  later,
  MINUTE,
  SECOND,
  states,
  unknown,
  type WorldOptions,
} from '../support/delivery.ts';

/** `count` orders that are due, a millisecond apart, without going through /use-offers. */
async function seed(count: number, lines = 1): Promise<void> {
  await rows(
    `INSERT INTO deliveries (order_key, usage_id, state, due_at, opened_at, channel)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     SELECT printf('o:S%05d', i), i, 'due', i, i, '{}' FROM n`,
    count,
  );
  await rows(
    `INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     SELECT order_key, 'd' || i, usage_id, 'due', opened_at FROM deliveries, n`,
    lines,
  );
}

/** Counts what the platform counts: statements, fetches (one a commit here) and queue calls. */
function counting(options: WorldOptions = {}) {
  const counts = { calls: 0 };
  const bump = (by = 1) => {
    counts.calls += by;
  };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => wrap(target.bind(...values));
        if (name === 'real') return target;
        bump();
        return Reflect.get(target, name).bind(target);
      },
    });
  const db = {
    prepare: (sql: string) => wrap(env.DB.prepare(sql)),
    batch: (statements: { real: D1PreparedStatement }[]) => {
      bump(statements.length);
      return env.DB.batch(statements.map(({ real }) => real));
    },
  } as unknown as D1Database;
  const world = aWorld({ ...options, db });
  const commit = world.commit;
  world.commit = (...call) => {
    bump();
    return commit(...call);
  };
  const { wake } = world.deps;
  Object.assign(world.deps, {
    wake: (messages: never) => {
      bump();
      return wake(messages);
    },
  });
  return { world, counts };
}

const number = ({ orderNumber }: UsageCommit) => Number(orderNumber?.slice(1));

describe('an invocation', () => {
  it.each([
    ['all succeed', accepted],
    ['all are put off', () => later],
    ['all are unknown', () => unknown],
    [
      'all are unknown, and their calls too large to be written together',
      () => ({ ...unknown, call: 'x'.repeat(250_000) }),
    ],
    ['every other is refused', (commit: UsageCommit) => (number(commit) % 2 ? later : accepted(commit))],
    [
      'they end one by one',
      async (commit: UsageCommit) => {
        await scheduler.wait((number(commit) % 7) * 3);
        return accepted(commit);
      },
    ],
  ] as const)('stays within 45 calls when %s', async (_, commit) => {
    await seed(100);
    for (const entry of ['consume', 'sweep'] as const) {
      const { world, counts } = counting({ commit: (it) => commit(it) });
      await world[entry]();
      expect(counts.calls).toBeLessThanOrEqual(45);
      expect(world.calls.length).toBeGreaterThanOrEqual(5);
      await rows("UPDATE deliveries SET state = 'due', due_at = 1 WHERE state <> 'done'");
      await rows("UPDATE delivery_gate SET state = 'open', paused_at = NULL, failing = '[]'");
    }
  });

  it('makes headway with a connector whose commit takes more calls than there are', async () => {
    await seed(3);
    const world = aWorld({ capabilities: { callsPerCommit: 60 } });
    await world.consume();
    expect(world.calls).toHaveLength(1);
    expect(world.wakes).toEqual([{ delaySeconds: 0 }]);
  });

  it('has six calls under way at most, and six where there is work for them', async () => {
    await seed(30);
    const world = aWorld({ commit: (commit) => scheduler.wait(5).then(() => accepted(commit)) });
    await world.consume();
    expect(world.most).toBe(6);
  });

  it('takes the oldest first', async () => {
    await seed(12);
    const world = aWorld();
    await world.consume();
    const first = world.calls
      .slice(0, 6)
      .map(number)
      .toSorted((a, b) => a - b);
    expect(first).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('lets a slow call hold nobody else: the other lanes go on until the budget is spent, and another takes over', async () => {
    await seed(40);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const world = aWorld({
      commit: async (commit) => {
        if (number(commit) === 1) await held;
        return accepted(commit);
      },
    });
    const draining = world.consume();
    while (world.wakes.length === 0) await scheduler.wait(5);
    const delivered = await rows("SELECT count(*) AS n FROM used_discounts WHERE state = 'delivered'");
    expect(delivered[0]?.n).toBeGreaterThanOrEqual(6);
    expect(world.wakes).toEqual([{ delaySeconds: 0 }]);
    expect(await states('S00001')).toEqual({ d1: 'due' });
    release();
    await draining;
    expect(await states('S00001')).toEqual({ d1: 'delivered' });
    expect(world.wakes).toHaveLength(1);
  });

  it('drains 2,000 orders of which every tenth hangs, each delivered once, by handing over to the queue', {
    timeout: 120_000,
  }, async () => {
    await seed(2000);
    const tried = new Map<number, number>();
    const world = aWorld({
      timeoutMs: 20,
      commit: (commit) => {
        const order = number(commit);
        tried.set(order, (tried.get(order) ?? 0) + 1);
        return order % 10 === 0 && tried.get(order) === 1 ? unknown : accepted(commit);
      },
    });
    await world.sweep();
    for (let guard = 0; guard < 2000; guard++) {
      const next = world.wakes.splice(0);
      if (next.length === 0) {
        const [{ n }] = (await rows("SELECT count(*) AS n FROM used_discounts WHERE state = 'due'")) as [{ n: number }];
        if (n === 0) break;
        await world.later(MINUTE);
      } else await Promise.all([world.consume(), world.consume()]);
    }
    const left = await rows('SELECT state, count(*) AS n FROM used_discounts GROUP BY state');
    expect(left).toEqual([{ state: 'delivered', n: 2000 }]);
    expect([...tried.values()].every((times) => times <= 2)).toBe(true);
  });

  it('never has two calls for one order under way, whoever claims', async () => {
    await seed(20);
    const under = new Set<number>();
    let twice = 0;
    const commit = async (it: UsageCommit) => {
      if (under.has(number(it))) twice++;
      under.add(number(it));
      await scheduler.wait(2);
      under.delete(number(it));
      return accepted(it);
    };
    const worlds = Array.from({ length: 4 }, () => aWorld({ commit }));
    await Promise.all(worlds.flatMap((world) => [world.consume(), world.sweep()]));
    expect(twice).toBe(0);
    expect(worlds.flatMap(({ calls }) => calls.map(number)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });
});

describe('a paced drain', () => {
  it('calls at most so often in any minute, whoever drains', async () => {
    await seed(60);
    const times: number[] = [];
    const clock = { now: Date.UTC(2026, 0, 1) };
    const world = aWorld({
      clock,
      maxPerMinute: 12,
      commit: (commit) => {
        times.push(clock.now);
        return accepted(commit);
      },
    });
    for (let minute = 0; minute < 6; minute++) {
      await world.sweep();
      await world.consume();
      clock.now += 10 * SECOND;
    }
    expect(times.length).toBeGreaterThan(20);
    for (const from of times) {
      expect(times.filter((time) => time >= from && time < from + MINUTE).length).toBeLessThanOrEqual(12);
    }
  });

  it("keeps to the connector's own limit where that is lower", async () => {
    await seed(10);
    const world = aWorld({ maxPerMinute: 600, capabilities: { perMinute: 1 } });
    await world.consume();
    await world.consume();
    expect(world.calls).toHaveLength(1);
  });

  it('ends where what is due cannot be claimed', async () => {
    await seed(2);
    await rows("UPDATE deliveries SET state = 'leased', crashes = 19");
    const world = aWorld({ maxPerMinute: 600 });
    await world.consume();
    expect([world.calls, world.wakes]).toEqual([[], []]);
  });

  it('does not hold a fast upstream to less than it allows', async () => {
    await seed(600);
    const world = aWorld({ maxPerMinute: 6000 });
    await world.consume();
    expect(world.calls.length).toBeGreaterThanOrEqual(6);
    expect(await gate()).toMatchObject({ state: 'open' });
  });
});
