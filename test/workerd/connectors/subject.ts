/** A connector under test, its upstream, and the steps that most tests of the port take. */
import { expect } from 'vitest';
import {
  type CallContext,
  type Connector,
  isFailure,
  type Outcome,
  type UsageCommit,
} from '../../../src/connectors/connector.ts';
import { commitOrder } from '../../../src/delivery/commit-order.ts';
import type { Offer } from '../../../src/offers/offer.ts';
import type { Faults, HttpFaults } from '../../support/fakes/fake-server.ts';
import { ADA, type Asked, aCommit, aContext, aQuestion, ask, type CommitOptions, GUEST } from './order.ts';

export interface ConnectorUnderTest {
  /** Proposes at least three offers that ask for notification to {@link ADA}, and one to {@link GUEST}. */
  readonly connector: Connector;
  readonly fetch: typeof fetch;
  /** The clock that the upstream goes by as well. */
  readonly clock: { now: number };
  /** `answerNext` where the upstream speaks HTTP. */
  readonly faults: Faults & Partial<HttpFaults>;
  /** A discount id that the upstream knows, never offered to the basket of the tests. */
  readonly neverOffered: string;
  /** From now on the upstream refuses this discount for good. */
  exhaust(discountId: string): Promise<void>;
  /** How often this discount took effect there, whatever the order. */
  countEffects(discountId: string): Promise<number>;
}

/** One test's connector and the steps that most tests take. */
export class Subject {
  readonly under: ConnectorUnderTest;

  constructor(under: ConnectorUnderTest) {
    this.under = under;
  }

  get connector(): Connector {
    return this.under.connector;
  }

  get ctx(): CallContext {
    return aContext({ fetch: this.under.fetch, now: this.under.clock.now });
  }

  ask(question = aQuestion()): Promise<Asked> {
    return ask(this.connector, question, this.ctx);
  }

  /** Three offers of one basket. */
  async offered(): Promise<{ asked: Asked; offers: [Offer, Offer, Offer] }> {
    const asked = await this.ask();
    const [a, b, c] = asked.offers.filter(({ notify }) => notify);
    if (a === undefined || b === undefined || c === undefined) throw new Error('set-up offers fewer than three');
    return { asked, offers: [a, b, c] };
  }

  /** By the core's rule; every answer is about lines that were asked for, and of nothing else. */
  async commit(commit: UsageCommit): Promise<Awaited<ReturnType<typeof commitOrder>>> {
    const answer = await commitOrder(this.connector, commit, this.ctx);
    if (!isFailure(answer)) expectOnlyAsked(answer.outcomes, commit);
    return answer;
  }

  async commitUsed(asked: Asked, offers: readonly Offer[], options?: CommitOptions) {
    return this.commit(await aCommit(asked, offers, options));
  }

  effects(offers: readonly Offer[]): Promise<number[]> {
    return Promise.all(offers.map(({ id }) => this.under.countEffects(id)));
  }
}

function expectOnlyAsked(outcomes: ReadonlyMap<string, Outcome>, { discounts }: UsageCommit): void {
  const due = discounts.filter(({ state }) => state === 'due').map(({ id }) => id);
  expect(due).toEqual(expect.arrayContaining([...outcomes.keys()]));
}

export function statuses(answer: Awaited<ReturnType<typeof commitOrder>>): Record<string, string> {
  if (isFailure(answer)) throw new Error(`the commit failed: ${JSON.stringify(answer)}`);
  return Object.fromEntries([...answer.outcomes].map(([id, { status }]) => [id, status]));
}

export function allAccepted(offers: readonly Offer[]): Record<string, string> {
  return Object.fromEntries(offers.map(({ id }) => [id, 'accepted']));
}
