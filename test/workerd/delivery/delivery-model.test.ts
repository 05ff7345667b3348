/**
 * Orders, workers that vanish and come back, upstreams that answer anything or nothing, lost answers of D1, people who
 * replay and discard, and time: in any sequence. The upstream remembers keys, as the bridge protocol asks; at the end
 * each accepted discount had its effect exactly once, or was refused or discarded and had none.
 */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Outcome, UsageCommit, UsageFailure } from '../../../src/connectors/connector.ts';
import { toCommit } from '../../../src/delivery/to-commit.ts';
import { DISCARD, REPLAY } from '../../../src/ledger/decisions.sql.ts';
import type { ClaimedOrder, Settlement } from '../../../src/ledger/outbox.ts';
import { rows } from '../support/builders.ts';
import { type Answer, aWorld, decide, due, HOUR, later, MINUTE, paused, refused, SECOND } from '../support/delivery.ts';
import { aFaultyD1, type Fault } from '../support/faulty-d1.ts';

const BEHAVIOURS = ['accept', 'apply and lose', 'lose', 'later', 'paused', 'refuse', 'line by line'] as const;
type Behaviour = (typeof BEHAVIOURS)[number];

const anOrder = fc.constantFrom('O1', 'O2', 'O3', 'O4', 'O5', 'O6', 'O7');
const ids = fc.subarray(['a', 'b', 'c'], { minLength: 1 });
const aCommand = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('accept' as const), order: anOrder, ids }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('sweep' as const, 'consume' as const, 'both' as const),
      behaviours: fc.array(fc.constantFrom(...BEHAVIOURS), { minLength: 1, maxLength: 6 }),
      fault: fc.option(
        fc.record({ after: fc.nat(3), fault: fc.constantFrom<Fault>('throw-before', 'throw-after', 'overloaded') }),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('vanish' as const), applied: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('come back' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('replay' as const, 'discard' as const), order: anOrder }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, HOUR, 2 * HOUR),
    }),
  },
);

/** Dedupes by key, and never refuses what it has done. */
function anUpstream() {
  const keys = new Set<string>();
  const effects = new Map<string, number>();
  /** What it ever said no to. */
  const refusals = new Set<string>();
  const apply = (commit: UsageCommit, wanted = due(commit)) => {
    for (const { id, key } of commit.discounts.filter((line) => wanted.includes(line.id))) {
      if (keys.has(key)) continue;
      keys.add(key);
      const effect = `${commit.orderKey}/${id}`;
      effects.set(effect, (effects.get(effect) ?? 0) + 1);
    }
  };
  const isDone = (commit: UsageCommit, id: string) => keys.has(commit.discounts.find((it) => it.id === id)?.key ?? '');
  const answer = (commit: UsageCommit): Answer => ({
    outcomes: new Map(due(commit).map((id) => [id, { status: 'accepted' }])),
  });
  const behave = (behaviour: Behaviour, commit: UsageCommit): Answer => {
    switch (behaviour) {
      case 'accept':
        apply(commit);
        return answer(commit);
      case 'apply and lose':
        apply(commit);
        return lostWith(textOf(commit));
      case 'lose':
        return lostWith(textOf(commit));
      case 'later':
        return later;
      case 'paused':
        return paused('credentials');
      case 'refuse':
        if (due(commit).some((id) => isDone(commit, id))) return behave('accept', commit);
        for (const id of due(commit)) refusals.add(`${commit.orderKey}/${id}`);
        return refused;
      case 'line by line': {
        const [first, second] = due(commit);
        const outcomes = new Map<string, Outcome>();
        if (first !== undefined) {
          apply(commit, [first]);
          outcomes.set(first, { status: 'accepted' });
        }
        if (second !== undefined) {
          const done = isDone(commit, second);
          if (!done) refusals.add(`${commit.orderKey}/${second}`);
          outcomes.set(second, done ? { status: 'accepted' } : { status: 'rejected', reason: 'no' });
        }
        return { outcomes };
      }
    }
  };
  return { effects, refusals, apply, behave };
}

const lostWith = (call: string): UsageFailure => ({ failed: 'unknown', detail: 'no answer', call });

const textOf = (commit: UsageCommit) =>
  JSON.stringify(commit.discounts.filter(({ state }) => state === 'due').map(({ key }) => key));

it('has each accepted discount in effect once, or refused and not at all', { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aCommand, { minLength: 3, maxLength: 25 }), async (commands) => {
      for (const table of ['usages', 'used_discounts', 'deliveries', 'delivery_attempts', 'audit_log'])
        await rows(`DELETE FROM ${table}`);
      await rows(
        `UPDATE delivery_gate SET state = 'open', reason = NULL, paused_at = NULL, until = NULL, shut_ms = 0,
         failing = '[]', refusing = '[]', probe = NULL`,
      );
      const upstream = anUpstream();
      const { db, fail } = aFaultyD1(env.DB);
      const world = aWorld({ db });
      const expected = new Map<string, Set<string>>();
      const vanished: { order: ClaimedOrder; commit: UsageCommit; applied: boolean; at: number }[] = [];
      const lost = new Map<string, string>();
      const under = new Map<string, number>();
      const violations: string[] = [];
      let behaviours: Behaviour[] = [];

      world.commit = async (commit) => {
        const { orderKey, attempt } = commit;
        const calls = (under.get(orderKey) ?? 0) + 1;
        under.set(orderKey, calls);
        // What a connector throws is an unknown outcome like any other, so what it finds is written down.
        if (calls !== 1) violations.push(`two calls for ${orderKey} at the same time`);
        if (attempt.call !== undefined) {
          if (attempt.call !== lost.get(orderKey)) violations.push(`another text for ${orderKey}`);
          const keys = new Set(JSON.parse(attempt.call) as string[]);
          const isAsked = commit.discounts.every(({ state, key }) => state !== 'due' || keys.has(key));
          if (!isAsked) violations.push(`a line of ${orderKey} that was not in the text`);
        }
        await scheduler.wait(0);
        const answer = upstream.behave(behaviours.shift() ?? 'accept', commit);
        under.set(orderKey, calls - 1);
        if (!('call' in answer) || answer.call === undefined) return answer;
        const call = attempt.call ?? answer.call;
        lost.set(orderKey, call);
        return { ...answer, call };
      };

      for (const command of commands) {
        switch (command.kind) {
          case 'accept':
            await world.accept(command.order, command.ids);
            for (const id of command.ids) {
              expected.set(command.order, (expected.get(command.order) ?? new Set()).add(id));
            }
            break;
          case 'sweep':
          case 'consume':
          case 'both':
            behaviours = [...command.behaviours];
            if (command.fault !== null) {
              const { after, fault } = command.fault;
              // A round trip that goes well first, so that the fault meets claims and settlements alike.
              let trips = 0;
              const { batch } = db;
              Object.assign(db, {
                batch: (statements: never) => {
                  if (trips++ === after) fail(fault);
                  return batch(statements);
                },
              });
              await Promise.all(command.kind === 'consume' ? [world.consume()] : [world.sweep()]);
              Object.assign(db, { batch });
            } else if (command.kind === 'both') await Promise.all([world.sweep(), world.consume(), world.consume()]);
            else await world[command.kind]();
            break;
          case 'vanish': {
            const claim = { now: world.clock.now, limit: 1, leaseMs: 30_000, pace: null, first: true };
            const [order] = (await world.deps.outbox.claim(claim)).orders;
            if (order === undefined) break;
            const commit = await toCommit(order);
            if (command.applied) upstream.apply(commit);
            vanished.push({ order, commit, applied: command.applied, at: world.clock.now });
            break;
          }
          case 'come back': {
            const back = vanished.pop();
            if (back === undefined) break;
            const { now } = world.clock;
            const [held] = await rows('SELECT fence FROM deliveries WHERE order_key = ?', back.order.orderKey);
            await world.deps.outbox.settle([toSettlement(back, held?.fence !== back.order.fence, now)], now, () => {});
            break;
          }
          case 'replay':
          case 'discard':
            await decide(command.kind === 'replay' ? REPLAY : DISCARD, [[command.order]], world.clock.now);
            break;
          case 'wait':
            world.clock.now += command.ms;
            break;
        }
        await expectConsistent();
        expect(violations).toEqual([]);
      }

      behaviours = [];
      for (let round = 0; round < 40 && (await countDue()) > 0; round++) {
        world.clock.now += round < 10 ? MINUTE : 3 * HOUR;
        await world.sweep();
      }
      expect(violations).toEqual([]);
      const lines = await rows('SELECT order_key, discount_id, state FROM used_discounts');
      const wanted = [...expected].flatMap(([order, discounts]) => [...discounts].map((id) => `o:${order}/${id}`));
      expect(lines.map(({ order_key, discount_id }) => `${order_key}/${discount_id}`).toSorted()).toEqual(
        wanted.toSorted(),
      );
      for (const { order_key, discount_id, state } of lines) {
        const effects = upstream.effects.get(`${order_key}/${discount_id}`) ?? 0;
        // No worker that lost its order could say no in the upstream's name.
        if (state === 'rejected') expect(upstream.refusals).toContain(`${order_key}/${discount_id}`);
        expect([state, effects]).toEqual(['rejected', 'discarded'].includes(state) ? [state, 0] : ['delivered', 1]);
      }
    }),
    { numRuns: 120 },
  );
});

async function countDue(): Promise<number> {
  const [row] = await rows("SELECT count(*) AS n FROM used_discounts WHERE state = 'due'");
  return row?.n ?? 0;
}

/** An order is done exactly when none of its lines is due and nobody holds it, and in the index exactly when it is not. */
async function expectConsistent(): Promise<void> {
  const wrong = await rows(
    `SELECT * FROM deliveries AS d WHERE (state <> 'leased' AND (state = 'done') <> NOT EXISTS (
       SELECT 1 FROM used_discounts AS l WHERE l.order_key = d.order_key AND l.state = 'due'))
     OR (state = 'done') <> (due_at IS NULL) OR (state = 'done') <> (done_at IS NOT NULL)`,
  );
  expect(wrong).toEqual([]);
}

/** What a worker that comes back late reports: a success where it had one; else a refusal if it lost the order, which must count for nothing. */
function toSettlement(
  { order, commit, applied, at }: { order: ClaimedOrder; commit: UsageCommit; applied: boolean; at: number },
  takenOver: boolean,
  now: number,
): Settlement {
  const end = applied
    ? ({ state: 'delivered', reason: null } as const)
    : ({ state: 'rejected', reason: 'late' } as const);
  return {
    orderKey: order.orderKey,
    fence: order.fence,
    verdict: { kind: applied ? 'answered' : 'failed' },
    lines: applied || takenOver ? due(commit).map((id) => ({ id, ...end, upstreamRef: null, uncertain: false })) : [],
    lastOutcome: applied ? 'later' : 'unknown',
    call: null,
    dueAt: now + 5000,
    dueAtAsked: false,
    upstreamRef: null,
    attempt: {
      startedAt: at,
      durationMs: now - at,
      outcome: applied ? 'delivered' : 'unknown',
      status: null,
      detail: null,
    },
  };
}
