/** Replay and discard: which lines they touch, what the next attempt then knows, and that twice is once. */
import { describe, expect, it } from 'vitest';
import { DISCARD, PLAN_DISCARD, PLAN_REPLAY, REPLAY } from '../../../src/ledger/decisions.sql.ts';
import * as inspect from '../../../src/ledger/inspect.sql.ts';
import { rows } from '../support/builders.ts';
import {
  accepted,
  aWorld,
  decide,
  delivery,
  due,
  HOUR,
  later,
  MINUTE,
  refused,
  SECOND,
  START,
  states,
  unknown,
  type World,
} from '../support/delivery.ts';

const LATER = START + 100 * HOUR;

type Wanted = [order: string, discount?: string][];
const toJson = (wanted: Wanted) => JSON.stringify(wanted.map(([order, id = null]) => [`o:${order}`, id]));

const replay = (wanted: Wanted, { now = LATER, reason = 'asked by the shop' } = {}) =>
  decide(REPLAY, wanted, now, reason);
const discard = (wanted: Wanted, { now = LATER, reason = 'asked by the shop' } = {}) =>
  decide(DISCARD, wanted, now, reason);

async function verdicts(plan: string, order: string) {
  const lines = await rows<{ discount_id: string; verdict: string | null }>(plan, toJson([[order]]));
  return Object.fromEntries(lines.map(({ discount_id, verdict }) => [discount_id, verdict]));
}

const audit = () => rows('SELECT at, actor, action, order_key, discount_id, reason FROM audit_log ORDER BY id');

/** An order with its lines in any state, and its delivery as one has it that is over. */
async function anOrder(
  order: string,
  lines: Record<string, string | { state: string; reason?: string; uncertain?: 1; at?: number }>,
  columns: Record<string, string | number | null> = {},
): Promise<World> {
  const world = aWorld();
  await world.accept(order, Object.keys(lines));
  for (const [id, line] of Object.entries(lines)) {
    const { state, reason = null, uncertain = 0, at = START } = typeof line === 'string' ? { state: line } : line;
    const settledAt = ['due', 'unrecognised'].includes(state) ? null : START;
    await rows(
      `UPDATE used_discounts SET state = ?, reason = ?, uncertain = ?, recorded_at = ?, settled_at = ?
       WHERE order_key = ? AND discount_id = ?`,
      ...[state, reason, uncertain, at, settledAt, `o:${order}`, id],
    );
  }
  const over = { state: 'done', due_at: null, done_at: START, fence: 3, attempts: 12, crashes: 4, open_clock_at: 1 };
  const all = Object.entries({ ...over, ...columns });
  await rows(
    `UPDATE deliveries SET ${all.map(([name]) => `${name} = ?`).join(', ')} WHERE order_key = ?`,
    ...all.map(([, value]) => value),
    `o:${order}`,
  );
  return world;
}

const UNCERTAIN = { state: 'dead', reason: 'exhausted', uncertain: 1 } as const;
const FRESH = {
  ...{
    state: 'due',
    due_at: LATER,
    done_at: null,
    attempts: 0,
    crashes: 0,
    open_clock_at: null,
    first_attempt_at: null,
  },
  ...{ last_outcome: 'none', call_lines: null, unknown_call: null },
};

describe('replay', () => {
  it('makes what was given up or never known due again, under the same keys, and notes each line', async () => {
    await anOrder('A', {
      d: { state: 'dead', reason: 'exhausted' },
      u: 'unrecognised',
      ok: 'delivered',
      x: 'discarded',
    });
    expect(await replay([['A']])).toEqual(['d', 'u']);
    expect(await states('A')).toEqual({ d: 'due', u: 'due', ok: 'delivered', x: 'discarded' });
    expect(await delivery('A')).toMatchObject({ ...FRESH, generation: 0, fence: 3, opened_at: LATER });
    const noted = { at: LATER, actor: 'cli:ops', action: 'replay', order_key: 'o:A', reason: 'asked by the shop' };
    expect(await audit()).toEqual([
      { ...noted, discount_id: 'd' },
      { ...noted, discount_id: 'u' },
    ]);
    expect(await rows("SELECT reason, settled_at, uncertain FROM used_discounts WHERE discount_id = 'd'")).toEqual([
      { reason: null, settled_at: null, uncertain: 0 },
    ]);
  });

  it('is delivered by the next sweep, a refused line with another key', async () => {
    const world = aWorld({ commit: () => refused });
    await world.accept('A', ['a']);
    await world.sweep();
    world.commit = (commit) => accepted(commit);
    world.clock.now = LATER;
    await replay([['A']]);
    await world.sweep();
    expect(await states('A')).toEqual({ a: 'delivered' });
    const [before, after] = world.calls;
    expect(after?.generation).toBe(1);
    expect(after?.discounts[0]?.key).not.toBe(before?.discounts[0]?.key);
    expect(after?.attempt).toEqual({ number: 1, firstAt: LATER, last: 'none' });
  });

  it('raises the generation only where a refused line is among the replayed', async () => {
    await anOrder('A', { r: 'rejected', n: 'unrecognised' });
    await replay([['A', 'n']]);
    expect(await delivery('A')).toMatchObject({ generation: 0 });
    await anOrder('B', { r: 'rejected', n: 'unrecognised' });
    await replay([['B']]);
    expect(await delivery('B')).toMatchObject({ ...FRESH, generation: 1 });
    expect(await states('B')).toEqual({ r: 'due', n: 'due' });
  });

  it.each(['due', 'dead'])(
    'leaves a refused line while another of its order is %s: that would get a new key, too',
    async (state) => {
      await anOrder('A', { r: 'rejected', other: state });
      expect((await verdicts(PLAN_REPLAY, 'A')).r).toBe('wait');
      await replay([['A']]);
      expect(await delivery('A')).toMatchObject({ generation: 0 });
      expect(await states('A')).toEqual({ r: 'rejected', other: 'due' });
    },
  );

  it('leaves a refused line while another of its order may have been done, and takes it when that is settled', async () => {
    const world = await anOrder('A', { r: 'rejected', d: UNCERTAIN }, { call_lines: '["d"]', unknown_call: 'text' });
    expect(await verdicts(PLAN_REPLAY, 'A')).toEqual({ r: 'wait', d: 'replay' });
    expect(await replay([['A']])).toEqual(['d']);
    expect(await delivery('A')).toMatchObject({ generation: 0, last_outcome: 'unknown' });
    expect(await rows('SELECT 1 FROM used_discounts WHERE uncertain')).toEqual([]);
    expect(await verdicts(PLAN_REPLAY, 'A')).toEqual({ r: 'wait', d: null });
    world.clock.now = LATER;
    await world.sweep();
    expect(await states('A')).toEqual({ r: 'rejected', d: 'delivered' });
    expect(await replay([['A']], { now: LATER + 1 })).toEqual(['r']);
    expect(await delivery('A')).toMatchObject({ generation: 1 });
  });

  it('sends the kept text again for what may have been done, with the age of its oldest line', async () => {
    const world = aWorld({ commit: () => ({ ...unknown, call: 'the very text' }) });
    await world.accept('A', ['a']);
    await world.sweep();
    while ((await delivery('A'))?.state !== 'done') await world.later(12 * HOUR);
    expect(await states('A')).toEqual({ a: 'dead' });
    world.commit = (commit) => accepted(commit);
    await replay([['A']], { now: world.clock.now });
    await world.later(SECOND);
    expect(world.calls.at(-1)?.attempt).toEqual({ number: 1, firstAt: START, last: 'unknown', call: 'the very text' });
    expect(world.calls.at(-1)?.generation).toBe(0);
    expect(await states('A')).toEqual({ a: 'delivered' });
  });

  it('knows which lines are unknown although the order forgot its call meanwhile', async () => {
    const world = await anOrder('A', { old: UNCERTAIN, new: { ...UNCERTAIN, at: START + 5 }, sure: 'dead' });
    await rows("UPDATE deliveries SET call_lines = '[\"new\"]', unknown_call = 'only new'");
    await replay([['A']]);
    const after = await delivery('A');
    expect(after).toMatchObject({ last_outcome: 'unknown', unknown_call: null, first_attempt_at: START });
    expect(JSON.parse(after.call_lines).sort()).toEqual(['new', 'old']);
    world.clock.now = LATER;
    await world.sweep();
    await world.consume();
    expect(world.calls.map(due)).toEqual([['new', 'old'], ['sure']]);
    expect(world.calls.map(({ attempt }) => attempt.last)).toEqual(['unknown', 'none']);
  });

  it('trusts the person where the upstream can tell nothing', async () => {
    await anOrder(
      'A',
      { a: { state: 'dead', reason: 'outcome_unknown', uncertain: 1 } },
      { last_outcome: 'unknown', call_lines: '["a"]', unknown_call: 'text' },
    );
    await replay([['A']]);
    expect(await delivery('A')).toMatchObject({ ...FRESH, first_attempt_at: START, generation: 0 });
  });

  it('adds what is certain to an order whose outcome is open, and nothing else', async () => {
    const open = { state: 'due', due_at: LATER + HOUR, done_at: null, opened_at: START, last_outcome: 'unknown' };
    const call = { call_lines: '["now"]', unknown_call: 'text', first_attempt_at: START + 7 };
    await anOrder('A', { now: 'due', d: 'dead', u: 'unrecognised', r: 'rejected', m: UNCERTAIN }, { ...open, ...call });
    expect(await verdicts(PLAN_REPLAY, 'A')).toEqual({ now: null, d: 'replay', u: 'replay', r: 'wait', m: 'wait' });
    expect(await replay([['A']])).toEqual(['d', 'u']);
    expect(await delivery('A')).toMatchObject({
      ...call,
      ...{ state: 'due', due_at: LATER, opened_at: START, last_outcome: 'unknown', generation: 0, attempts: 0 },
    });
  });

  it('does nothing to an order that is being delivered', async () => {
    await anOrder('A', { now: 'due', d: 'dead' }, { state: 'leased', due_at: LATER + MINUTE, done_at: null });
    expect(await verdicts(PLAN_REPLAY, 'A')).toEqual({ now: null, d: 'leased' });
    const before = await delivery('A');
    expect(await replay([['A']])).toEqual([]);
    expect([await delivery('A'), await audit()]).toEqual([before, []]);
  });

  it('does each order for itself, and each once, however often it is asked for', async () => {
    await anOrder('A', { a: 'dead' });
    await anOrder('B', { b: 'rejected' });
    await anOrder('C', { c: 'delivered' });
    const before = await delivery('C');
    expect(await replay([['A'], ['A', 'a'], ['B'], ['C'], ['none']])).toEqual(['a', 'b']);
    expect(await delivery('A')).toMatchObject({ generation: 0 });
    expect(await delivery('B')).toMatchObject({ generation: 1 });
    expect(await delivery('C')).toEqual(before);
    expect(await audit()).toHaveLength(2);
  });

  it('run twice, also after the upstream has refused again, decides once and says so both times', async () => {
    const world = await anOrder('A', { a: 'rejected' });
    expect(await replay([['A']])).toEqual(['a']);
    expect(await replay([['A']])).toEqual(['a']);
    expect([await delivery('A'), await audit()]).toMatchObject([{ generation: 1 }, [{ discount_id: 'a' }]]);
    world.commit = () => refused;
    world.clock.now = LATER + 1;
    await world.sweep();
    expect(await states('A')).toEqual({ a: 'rejected' });
    expect(await replay([['A']])).toEqual(['a']);
    expect(await states('A')).toEqual({ a: 'rejected' });
    expect(await delivery('A')).toMatchObject({ generation: 1, state: 'done' });
  });
});

describe('discard', () => {
  it('ends what is open or waits for a person, and the order with it', async () => {
    const world = aWorld({ commit: () => later });
    await world.accept('A', ['now', 'd', 'r', 'ok']);
    await world.sweep();
    await rows("UPDATE used_discounts SET state = 'dead' WHERE discount_id = 'd'");
    await rows("UPDATE used_discounts SET state = 'rejected' WHERE discount_id = 'r'");
    await rows("UPDATE used_discounts SET state = 'delivered' WHERE discount_id = 'ok'");
    expect(await discard([['A']], { reason: 'test order' })).toEqual(['d', 'now', 'r']);
    expect(await states('A')).toEqual({ now: 'discarded', d: 'discarded', r: 'discarded', ok: 'delivered' });
    expect(await delivery('A')).toMatchObject({ state: 'done', due_at: null, done_at: LATER });
    expect(await rows("SELECT reason, settled_at FROM used_discounts WHERE discount_id = 'now'")).toEqual([
      { reason: 'test order', settled_at: LATER },
    ]);
    expect(await audit()).toHaveLength(3);
    await world.later(200 * HOUR);
    expect(world.calls).toHaveLength(1);
  });

  it('leaves the order open while another line of it is due', async () => {
    const world = aWorld();
    await world.accept('A', ['a', 'b']);
    await discard([['A', 'a']]);
    expect(await delivery('A')).toMatchObject({ state: 'due', due_at: START });
    await world.sweep();
    expect(world.calls.map(due)).toEqual([['b']]);
    expect(await states('A')).toEqual({ a: 'discarded', b: 'delivered' });
  });

  it.each([
    ['is being delivered', { state: 'leased' }],
    ['has an unknown outcome', { state: 'due', last_outcome: 'unknown' }],
  ])('is refused while the order %s', async (_, columns) => {
    await anOrder('A', { now: 'due', r: 'rejected' }, { due_at: LATER, done_at: null, ...columns });
    expect(Object.values(await verdicts(PLAN_DISCARD, 'A'))).not.toContain('discard');
    const before = await delivery('A');
    expect(await discard([['A']])).toEqual([]);
    expect([await delivery('A'), await audit()]).toEqual([before, []]);
    expect(await states('A')).toEqual({ now: 'due', r: 'rejected' });
  });

  it('is refused for a line that may have been done, and not for its neighbour', async () => {
    await anOrder('A', { m: UNCERTAIN, d: 'dead' });
    expect(await verdicts(PLAN_DISCARD, 'A')).toEqual({ m: 'wait', d: 'discard' });
    expect(await discard([['A']])).toEqual(['d']);
    expect(await states('A')).toEqual({ m: 'dead', d: 'discarded' });
  });

  it('run twice, changes nothing and notes nothing more', async () => {
    await anOrder('A', { d: 'dead' });
    await discard([['A']]);
    const after = [await delivery('A'), await audit(), await rows('SELECT * FROM used_discounts')];
    expect(await discard([['A']])).toEqual(['d']);
    expect(await discard([['A']], { now: LATER + 1 })).toEqual([]);
    expect([await delivery('A'), await audit(), await rows('SELECT * FROM used_discounts')]).toEqual(after);
  });
});

describe('what is looked up', () => {
  it('goes through keys and indexes, and never through all effects', async () => {
    const decisions = [PLAN_REPLAY, PLAN_DISCARD, ...REPLAY, ...DISCARD];
    const lists = [...inspect.COUNT_BY_STATE, inspect.LIST_LINES, inspect.LIST_DUE_LINES, inspect.LIST_OPEN];
    const people = (['dead', 'unrecognised', 'rejected'] as const).map(inspect.listLinesForPeople);
    const order = [inspect.FIND_ORDERS, ...Object.values(inspect.showOrder(-1))];
    for (const sql of [...decisions, ...lists, ...people, ...order]) {
      const plan = await rows<{ detail: string }>(
        `EXPLAIN QUERY PLAN ${sql.replace(/\?1/g, "'[]'").replace(/\?\d/g, '1')}`,
      );
      const scans = plan.filter(({ detail }) => /^SCAN (used_discounts|deliveries|line|d|u|held|other)\b/.test(detail));
      expect(scans, sql).toEqual([]);
    }
  });
});
