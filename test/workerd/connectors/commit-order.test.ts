import { describe, expect, it } from 'vitest';
import type { Connector, Repeat, UsageFailure, UsageFound, UsageResult } from '../../../src/connectors/connector.ts';
import { commitOrder } from '../../../src/delivery/commit-order.ts';
import { type Asked, aCommit, aContext, aQuestion, HOUR_MS, NOW } from './order.ts';

const ACCEPTED: UsageResult = { outcomes: new Map([['a', { status: 'accepted' }]]) };

/** A connector that does nothing but say what it was asked. */
function aScript(repeat: Repeat, found: UsageFound = 'absent', committed: UsageResult | UsageFailure = ACCEPTED) {
  const asked: string[] = [];
  const connector = {
    name: 'script',
    capabilities: {
      repeat,
      commit: 'each',
      offersWithoutReference: true,
      readsBasketState: false,
      maxOffers: 9,
      callsPerCommit: 2,
    },
    queryOffers: async () => ({ offers: [] }),
    commitUsage: async () => {
      asked.push('commit');
      return committed;
    },
    findUsage: async () => {
      asked.push('find');
      return found;
    },
  } satisfies Omit<Connector, 'capabilities'> & { capabilities: unknown };
  return { connector: connector as Connector, asked };
}

const BASKET: Pick<Asked, 'question' | 'basketState'> = { question: aQuestion(), basketState: undefined };

async function commitAfter(script: ReturnType<typeof aScript>, last: 'none' | 'unknown' | 'later', hours = 1) {
  const commit = await aCommit(BASKET, ['a'], { attempt: { number: 2, firstAt: NOW, last } });
  return commitOrder(script.connector, commit, aContext({ now: NOW + hours * HOUR_MS }));
}

const KEY: Repeat = { by: 'key', ttlHours: null };
const KEY_24H: Repeat = { by: 'key', ttlHours: 24 };
const LOOKUP: Repeat = { by: 'lookup' };
const NONE: Repeat = { by: 'none' };

describe('commitOrder', () => {
  it.each([
    ['none', KEY],
    ['none', KEY_24H],
    ['none', LOOKUP],
    ['none', NONE],
    ['later', KEY],
    ['later', KEY_24H],
    ['later', LOOKUP],
    ['later', NONE],
  ] as const)('commits when the last outcome was %s, protected by %j', async (last, repeat) => {
    const script = aScript(repeat);
    expect(await commitAfter(script, last, 100)).toBe(ACCEPTED);
    expect(script.asked).toEqual(['commit']);
  });

  it.each([
    [KEY, 10_000, ['commit']],
    [KEY_24H, 22.99, ['commit']],
    [KEY_24H, 23, ['find', 'commit']],
    [LOOKUP, 0.01, ['find', 'commit']],
    [NONE, 0.01, []],
  ] as const)('after an unknown outcome, protected by %j and %d hours later, asks %j', async (repeat, hours, asked) => {
    const script = aScript(repeat);
    await commitAfter(script, 'unknown', hours);
    expect(script.asked).toEqual(asked);
  });

  it('does not commit what the look-up finds', async () => {
    const script = aScript(LOOKUP, ACCEPTED);
    expect(await commitAfter(script, 'unknown')).toBe(ACCEPTED);
    expect(script.asked).toEqual(['find']);
  });

  it.each([
    { failed: 'unknown', detail: '' },
    { failed: 'paused', cause: 'credentials', detail: '' },
  ] as const)('does not commit when the look-up fails: $failed', async (failure) => {
    const script = aScript(LOOKUP, failure);
    expect(await commitAfter(script, 'unknown')).toEqual(failure);
    expect(script.asked).toEqual(['find']);
  });

  it.each([
    ['the look-up', aScript(LOOKUP, { failed: 'later', afterMs: 7, detail: 'busy' })],
    ['the commit', aScript(LOOKUP, 'absent', { failed: 'later', afterMs: 7, detail: 'busy' })],
    ['the commit with its key', aScript(KEY_24H, 'absent', { failed: 'later', afterMs: 7, detail: 'busy' })],
  ])('keeps the outcome unknown when %s is put off', async (_, script) => {
    expect(await commitAfter(script, 'unknown')).toEqual({ failed: 'unknown', afterMs: 7, detail: 'busy' });
  });

  it('puts off a commit whose outcome was never unknown', async () => {
    const later = { failed: 'later', afterMs: 7, detail: 'busy' } as const;
    expect(await commitAfter(aScript(LOOKUP, 'absent', later), 'later')).toBe(later);
  });

  it('leaves it to a person where nothing protects another attempt', async () => {
    expect(await commitAfter(aScript(NONE), 'unknown')).toMatchObject({ failed: 'outcome_unknown' });
  });
});
