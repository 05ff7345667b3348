/** Upstreams and orders at their worst: what must not spread from one line, order or hour to the next. */
import { describe, expect, it } from 'vitest';
import { createHttpConnector } from '../../../src/connectors/http/connector.ts';
import { DISCARD, REPLAY } from '../../../src/ledger/decisions.sql.ts';
import { settingsOf } from '../connectors/bridge.ts';
import { rows } from '../support/builders.ts';
import {
  accepted,
  attempts,
  aWorld,
  decide,
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

/** The bridge instead of the scripted connector, with an upstream of one function. */
function bridge(world: World, answer: (discounts: { id: string; key: string }[]) => Response): void {
  const created = createHttpConnector(settingsOf({ UPSTREAM_URL: 'https://loyalty.test' }), () => undefined);
  if ('problems' in created) throw new Error('no connector');
  Object.assign(world.deps, {
    delivery: { ...world.deps.delivery, connector: created.connector },
    fetch: async (_: string, init: RequestInit) => answer(JSON.parse(String(init.body)).discounts),
  });
}

const NOT_THE_PROTOCOL = { json: ['{"success":true}', 200], html: ['<html>', 200], gateway: ['<html>', 504] } as const;

describe.each(['json', 'html', 'gateway'] as const)(
  'a line whose call was answered with no word about it: %s',
  (kind) => {
    const answerBadly = () => {
      const [body, status] = NOT_THE_PROTOCOL[kind];
      return new Response(body, { status });
    };

    it('keeps its key whatever is replayed beside it', async () => {
      const keys = new Set<string>();
      const world = aWorld();
      let mode: 'line by line' | 'badly' | 'well' = 'line by line';
      bridge(world, (discounts) => {
        if (mode === 'line by line') {
          return Response.json({
            results: discounts.map(({ id }) => ({ id, status: id === 'r' ? 'rejected' : 'later' })),
          });
        }
        for (const { id, key } of discounts) if (id === 'x') keys.add(key);
        return mode === 'badly' ? answerBadly() : new Response();
      });
      await world.accept('A', ['r', 'x']);
      await world.sweep();
      mode = 'badly';
      await world.later(10 * SECOND);
      await decide(REPLAY, [['A', 'r']], ++world.clock.now);
      mode = 'well';
      await world.later(2 * MINUTE);
      expect(await states('A')).toEqual({ r: 'rejected', x: 'delivered' });
      expect(keys.size).toBe(1);
    });

    it('is not discarded, and its text comes again', async () => {
      const texts: string[] = [];
      const world = aWorld();
      bridge(world, (discounts) => {
        texts.push(JSON.stringify(discounts));
        return answerBadly();
      });
      await world.accept('A', ['a']);
      await world.sweep();
      expect(await decide(DISCARD, [['A']], ++world.clock.now)).toEqual([]);
      await world.accept('A', ['b']);
      await world.later(2 * MINUTE);
      expect(texts).toHaveLength(2);
      expect(texts[1]).toBe(texts[0]);
    });
  },
);

it('stays unknown, text and all, when it is refused with everybody else and not condemned for it', async () => {
  const world = aWorld({ commit: () => ({ ...unknown, call: 'the very text' }) });
  await world.accept('A', ['a']);
  await world.sweep();
  world.commit = () => refused;
  for (let at = 0; at < 4; at++) await world.accept(`N${at}`, ['d']);
  await world.sweep();
  await world.later(MINUTE);
  expect(await gate()).toMatchObject({ state: 'paused', reason: 'refusals' });
  expect(await states('A')).toEqual({ a: 'due' });
  expect(await delivery('A')).toMatchObject({ last_outcome: 'unknown', unknown_call: 'the very text' });
  expect(await decide(DISCARD, [['A']], ++world.clock.now)).toEqual([]);
});

describe('an order that never succeeds', () => {
  it('is given up where consumers are always quicker than the sweep', async () => {
    const world = aWorld({ commit: (commit) => (commit.orderNumber === 'P' ? later : accepted(commit)) });
    await world.accept('P', ['d']);
    for (let n = 0; world.clock.now < START + 10 * 24 * HOUR && (await delivery('P'))?.state === 'due'; n++) {
      world.clock.now = Math.max(world.clock.now, Number((await delivery('P'))?.due_at)) + 5 * SECOND;
      await world.accept(`N${n}`, ['d']);
      await world.consume();
      await world.later(20 * SECOND);
    }
    expect(await states('P')).toEqual({ d: 'dead' });
    expect(world.clock.now - START).toBeLessThan(5 * 24 * HOUR);
  });

  it('takes no line with it that joined late: that is sent at once, and has 72 hours of its own', async () => {
    const sent: string[] = [];
    const world = aWorld();
    world.commit = (commit) => {
      sent.push(...due(commit));
      return later;
    };
    await world.accept('A', ['a']);
    while (world.clock.now < START + 71 * HOUR) await world.later(HOUR);
    await world.accept('A', ['b']);
    await world.later(SECOND);
    expect(sent).toContain('b');
    await world.later(24 * HOUR);
    expect(await states('A')).toEqual({ a: 'due', b: 'due' });
  });

  it('gives up only what it asked for, when a line joined an outcome that nobody knows', async () => {
    const world = aWorld({ commit: (commit) => (due(commit).includes('a') ? unknown : accepted(commit)) });
    await world.accept('A', ['a']);
    while (world.clock.now < START + 71 * HOUR) await world.later(HOUR);
    await world.accept('A', ['b']);
    for (let hour = 0; hour < 24; hour++) await world.later(HOUR);
    expect(await states('A')).toEqual({ a: 'dead', b: 'delivered' });
    expect(await rows("SELECT uncertain FROM used_discounts WHERE discount_id = 'a'")).toEqual([{ uncertain: 1 }]);
  });

  it('is given up while the gate is shut for another reason, and does not keep it so', async () => {
    const world = aWorld();
    await world.accept('A', ['a']);
    for (let crash = 0; crash < 20; crash++) {
      await world.deps.outbox.claim({ now: world.clock.now, limit: 1, leaseMs: 30_000, pace: null, first: true });
      world.clock.now += 30_000;
    }
    await rows(
      "UPDATE delivery_gate SET state = 'paused', reason = 'outage', paused_at = ?, until = 0",
      world.clock.now,
    );
    await world.later(MINUTE);
    await world.later(MINUTE);
    expect(await states('A')).toEqual({ a: 'dead' });
    expect(await gate()).toMatchObject({ state: 'open' });
  });

  it('shuts the gate for its neighbours once, and not again when they show that it is the order', async () => {
    const world = aWorld();
    world.commit = (commit) =>
      commit.orderNumber === 'P' ? { ...paused('misconfigured'), status: 404 } : accepted(commit);
    await world.accept('P', ['d']);
    let shut = 0;
    for (let minute = 0; minute < 60; minute++) {
      world.clock.now += SECOND;
      await world.accept(`G${minute}`, ['d']);
      await world.later(MINUTE);
      await world.consume();
      if ((await gate())?.state !== 'open') shut++;
    }
    expect(shut).toBeLessThan(5);
    expect((await delivery('P'))?.attempts).toBeGreaterThan(2);
    for (let day = 0; day < 12; day++) await world.later(12 * HOUR);
    expect(await states('P')).toEqual({ d: 'dead' });
  });

  it('is not called every second because its upstream says Retry-After: 0', async () => {
    const world = aWorld({ commit: () => ({ ...later, afterMs: 0 }) });
    await world.accept('A', ['a']);
    await world.consume();
    for (let second = 0; second < 600; second++) {
      world.clock.now += SECOND;
      await world.consume();
    }
    expect((await attempts('A')).length).toBeLessThan(20);
  });
});

describe('the horizon', () => {
  it.each([
    ['an outage', unknown],
    ['refusals', refused],
    ['credentials', paused('credentials')],
  ])('counts no hour in which the gate was shut: %s', async (_, failure) => {
    const world = aWorld({ commit: () => later });
    await world.accept('OLD', ['d']);
    for (let hour = 0; hour < 60; hour++) await world.later(HOUR);
    const spent = (await delivery('OLD'))?.attempts;
    expect(spent).toBeGreaterThanOrEqual(10);
    world.commit = () => failure;
    for (let at = 0; at < 6; at++) await world.accept(`N${at}`, ['d']);
    for (let hour = 0; hour < 100; hour++) await world.later(HOUR);
    expect(await gate()).toMatchObject({ state: 'paused' });
    expect(await states('OLD')).toEqual({ d: 'due' });
    world.commit = (commit) => (commit.orderNumber === 'OLD' ? later : accepted(commit));
    await world.later(MINUTE);
    await world.later(MINUTE);
    expect(await gate()).toMatchObject({ state: 'open' });
    expect(await states('OLD')).toEqual({ d: 'due' });
    for (let hour = 0; hour < 30; hour++) await world.later(HOUR);
    expect(await states('OLD')).toEqual({ d: 'dead' });
  });
});

describe('the gate', () => {
  it('is tried again on time, and not at the next sweep after that: whoever shut it announces the probe', async () => {
    const world = aWorld({ commit: () => paused('credentials') });
    await world.accept('A', ['a']);
    await world.consume();
    expect(world.wakes).toEqual([{ orderKey: 'o:A', delaySeconds: 60 }]);
    world.clock.now += MINUTE;
    world.wakes.length = 0;
    await world.consume();
    expect(world.calls).toHaveLength(2);
    expect(world.wakes).toEqual([{ orderKey: 'o:A', delaySeconds: 60 }]);
  });

  it('opens when nothing waits for it, but not while a setting is missing', async () => {
    const world = aWorld();
    const { delivery: settings } = world.deps;
    Object.assign(world.deps, { delivery: null, problems: [{ setting: 'UPSTREAM_URL', message: 'is not set' }] });
    await world.sweep();
    await world.later(MINUTE);
    expect(await gate()).toMatchObject({ state: 'paused' });
    Object.assign(world.deps, { delivery: settings });
    await world.later(MINUTE);
    expect(await gate()).toMatchObject({ state: 'open', shut_ms: 2 * MINUTE });
  });

  it('lets nobody probe faster than the pace', async () => {
    const world = aWorld({ commit: () => paused('quota'), maxPerMinute: 1 });
    await world.accept('A', ['a']);
    await world.accept('B', ['b']);
    await world.consume();
    world.clock.now += 45 * SECOND;
    await world.consume();
    expect(world.calls).toHaveLength(1);
    world.clock.now += 15 * SECOND;
    await world.consume();
    expect(world.calls).toHaveLength(2);
  });
});
