/**
 * What every connector must do, whatever it speaks to: the port's promises, driven by its capabilities. A new connector
 * gives a `setup` and is told by these tests whether the core can rely on it.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { isFailure } from '../../../src/connectors/connector.ts';
import type { Faults, HttpFaults } from '../../support/fakes/fake-server.ts';
import { ADA, aCommit, aQuestion, GUEST, HOUR_MS, NOW } from './order.ts';
import { allAccepted, type ConnectorUnderTest, Subject, statuses } from './subject.ts';

type Setup = () => Promise<ConnectorUnderTest>;

export function describeConnector(name: string, setup: Setup): void {
  describe(`connector port: ${name}`, () => {
    let subject: Subject;
    beforeEach(async () => {
      subject = new Subject(await setup());
    });
    const current = () => subject;

    describeOffers(current);
    describeCommits(current);
    describeRepeats(current);
    describeFailures(current);
  });
}

function describeOffers(current: () => Subject): void {
  describe('queryOffers', () => {
    it.each([
      ['a known customer', ADA],
      ['a guest', GUEST],
    ])('proposes what the guard lets through as it is, to %s', async (_, customer) => {
      const { offers, drops, trimmed } = await current().ask(aQuestion({}, { customer }));
      expect({ drops, trimmed }).toEqual({ drops: [], trimmed: [] });
      expect(offers).not.toEqual([]);
    });

    it('proposes the same under the same ids when the basket is asked for again', async () => {
      const subject = current();
      const first = await subject.ask();
      const remembered = subject.connector.capabilities.readsBasketState && first.basketState !== undefined;
      const state = remembered ? { basketState: first.basketState } : {};
      const again = await subject.ask(aQuestion({}, state as { basketState: never }));
      expect(again.offers).toEqual(first.offers);
      expect(again.basketState).toEqual(first.basketState);
    });

    it('remembers something of the basket where it wants it back', async ({ skip }) => {
      const subject = current();
      skip(!subject.connector.capabilities.readsBasketState);
      expect((await subject.ask()).basketState).toBeDefined();
    });
  });
}

function describeCommits(current: () => Subject): void {
  describe('commitUsage', () => {
    it('accepts each line of what was offered, once', async () => {
      const { asked, offers } = await current().offered();
      expect(statuses(await current().commitUsed(asked, offers))).toEqual(allAccepted(offers));
      expect(await current().effects(offers)).toEqual([1, 1, 1]);
    });

    it('commits what was used of the offers, and nothing else', async () => {
      const { asked, offers } = await current().offered();
      expect(statuses(await current().commitUsed(asked, offers.slice(1, 2)))).toEqual(allAccepted(offers.slice(1, 2)));
      expect(await current().effects(offers)).toEqual([0, 1, 0]);
    });

    it('accepts a line that is due beside one that is delivered, and leaves the rejected one alone', async () => {
      const { asked, offers } = await current().offered();
      const [first, added, refused] = offers;
      await current().commitUsed(asked, [first]);
      const states = { [first.id]: 'delivered', [refused.id]: 'rejected' } as const;
      const answer = await current().commitUsed(asked, [first, added, refused], { states });
      expect(statuses(answer)).toEqual({ [added.id]: 'accepted' });
      expect(await current().effects(offers)).toEqual([1, 1, 0]);
    });

    it('does nothing where no line is due', async () => {
      const { asked, offers } = await current().offered();
      const states = Object.fromEntries(offers.map(({ id }) => [id, 'rejected' as const]));
      expect(statuses(await current().commitUsed(asked, offers, { states }))).toEqual({});
      expect(await current().effects(offers)).toEqual([0, 0, 0]);
    });

    it('takes a discount that the basket was never offered only where it says so', async () => {
      const { under, connector } = current();
      const { asked } = await current().offered();
      const commit = await aCommit(asked, [under.neverOffered], { basketState: undefined });
      const taken = connector.capabilities.offersWithoutReference;
      expect(statuses(await current().commit(commit))).toEqual({
        [under.neverOffered]: taken ? 'accepted' : 'rejected',
      });
      expect(await under.countEffects(under.neverOffered)).toBe(taken ? 1 : 0);
    });

    it('rejects with a reason what is refused for good, and spares its neighbours', async () => {
      const { asked, offers } = await current().offered();
      const refused = offers[1];
      await current().under.exhaust(refused.id);
      const before = await current().effects(offers);
      const answer = await current().commitUsed(asked, offers);
      if (isFailure(answer)) throw new Error(`the commit failed: ${JSON.stringify(answer)}`);
      expect(answer.outcomes.get(refused.id)).toEqual({ status: 'rejected', reason: expect.stringMatching(/./) });
      expect(await current().under.countEffects(refused.id)).toBe(before[1]);
      if (current().connector.capabilities.commit !== 'each') return;
      expect(statuses(answer)).toEqual({ ...allAccepted(offers), [refused.id]: 'rejected' });
      expect(await current().effects(offers)).toEqual([1, before[1], 1]);
    });
  });
}

function describeRepeats(current: () => Subject): void {
  const lose = (faults: Faults) => faults.loseNextAnswer();
  const drop = (faults: Faults) => faults.breakNext();

  /** Commits with a fault, then once more by the core's rule, `hours` later. */
  async function commitTwice(fault: (faults: Faults) => void, hours: number) {
    const subject = current();
    const { asked, offers } = await subject.offered();
    fault(subject.under.faults);
    const first = await subject.commitUsed(asked, offers);
    expect(first).toMatchObject({ failed: 'unknown' });
    subject.under.clock.now += hours * HOUR_MS;
    const attempt = { number: 2, firstAt: NOW, last: 'unknown' } as const;
    return { offers, second: await subject.commitUsed(asked, offers, { attempt }) };
  }

  describe('a commit again after an outcome that is unknown', () => {
    it.each([
      ['took effect and lost its answer', lose, 1],
      ['never arrived', drop, 1],
      ['took effect and lost its answer, longer ago than keys are remembered,', lose, 25],
      ['never arrived, longer ago than keys are remembered,', drop, 25],
    ])('has one effect when the first %s', async (_, fault, hours) => {
      const { offers, second } = await commitTwice(fault, hours);
      if (current().connector.capabilities.repeat.by === 'none') {
        expect(second).toMatchObject({ failed: 'outcome_unknown' });
        expect(await current().effects(offers)).toEqual(Array(3).fill(fault === lose ? 1 : 0));
        return;
      }
      expect(statuses(second)).toEqual(allAccepted(offers));
      expect(await current().effects(offers)).toEqual([1, 1, 1]);
    });

    it('has one effect with the same keys, where keys protect it', async ({ skip }) => {
      skip(current().connector.capabilities.repeat.by !== 'key');
      const { asked, offers } = await current().offered();
      const commit = await aCommit(asked, offers);
      await current().commit(commit);
      expect(statuses(await current().commit(commit))).toEqual(allAccepted(offers));
      expect(await current().effects(offers)).toEqual([1, 1, 1]);
    });

    it('finds an order that was committed, and none that was not, where it can look', async ({ skip }) => {
      const { connector, ctx } = current();
      skip(connector.findUsage === undefined);
      const { asked, offers } = await current().offered();
      const commit = await aCommit(asked, offers);
      expect(await connector.findUsage?.(commit, ctx)).toBe('absent');
      await current().commit(commit);
      const found = await connector.findUsage?.(commit, ctx);
      if (found === undefined || found === 'absent') throw new Error('not found');
      expect(statuses(found)).toEqual(allAccepted(offers));
    });
  });
}

function describeFailures(current: () => Subject): void {
  /** Every call that the connector has, each after the fault. */
  async function failEach(fault: () => void) {
    const { asked, offers } = await current().offered();
    const { connector, ctx } = current();
    const commit = await aCommit(asked, offers);
    fault();
    const query = await connector.queryOffers(asked.question, ctx);
    fault();
    const commitAnswer = await connector.commitUsage(commit, ctx);
    if (connector.findUsage !== undefined) fault();
    const find = connector.findUsage === undefined ? undefined : await connector.findUsage(commit, ctx);
    expect(await current().effects(offers)).toEqual([0, 0, 0]);
    return { query, commit: commitAnswer, find };
  }

  function http(skip: (condition: boolean) => void): HttpFaults {
    const { faults } = current().under;
    skip(faults.answerNext === undefined);
    return faults as HttpFaults;
  }

  const found = <T>(expected: T): T | undefined => (current().connector.findUsage === undefined ? undefined : expected);

  describe('failures', () => {
    it('are values when the upstream cannot be reached', async () => {
      const { query, commit, find } = await failEach(() => current().under.faults.breakNext());
      expect(query).toMatchObject({ failed: 'unavailable' });
      expect(commit).toMatchObject({ failed: expect.stringMatching(/^(unknown|later)$/) });
      expect(find).toEqual(found(expect.objectContaining({ failed: 'later' })));
    });

    it('pause the deliveries when the credentials are refused', async ({ skip }) => {
      const faults = http(skip);
      const { query, commit, find } = await failEach(() => faults.answerNext(401));
      // `misconfigured` answers 503 at checkout, whatever `OFFERS_ON_FAILURE` says: a connector may prefer not to.
      expect(query).toMatchObject({ failed: expect.stringMatching(/^(misconfigured|error)$/) });
      expect(commit).toMatchObject({ failed: 'paused', cause: 'credentials' });
      expect(find).toEqual(found(expect.objectContaining({ failed: 'paused', cause: 'credentials' })));
    });

    it('say how long to wait when the upstream does', async ({ skip }) => {
      const faults = http(skip);
      const { query, commit, find } = await failEach(() => faults.answerNext(429, { 'retry-after': '7' }));
      expect(query).toMatchObject({ failed: 'error' });
      expect(commit).toMatchObject({ failed: 'later', afterMs: 7000 });
      expect(find).toEqual(found(expect.objectContaining({ failed: 'later', afterMs: 7000 })));
    });

    it.for(['<html>', '[]'])('leave the outcome open when a 200 is not readable: %s', async (body, { skip }) => {
      const faults = http(skip);
      const { query, commit, find } = await failEach(() => faults.answerNext(200, {}, body));
      expect(query).toMatchObject({ failed: expect.stringMatching(/^(unavailable|error)$/) });
      expect(commit).toMatchObject({ failed: expect.stringMatching(/^(unknown|paused)$/) });
      expect(find).toEqual(found(expect.objectContaining({ failed: expect.stringMatching(/^(later|paused)$/) })));
    });
  });
}
