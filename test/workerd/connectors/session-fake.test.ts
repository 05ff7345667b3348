import { describe, expect, it } from 'vitest';
import { isFailure, type UsageResult } from '../../../src/connectors/connector.ts';
import { type CommitFailure, commitOrder } from '../../../src/delivery/commit-order.ts';
import { createSessionConnector } from '../support/fakes/session-connector.ts';
import { type Campaign, createSessionFake, SESSION_KEY } from '../support/fakes/session-fake.ts';
import { type Asked, aCommit, aContext, anItem, aQuestion, ask, type CommitOptions, HOUR_MS, NOW } from './order.ts';
import type { ConnectorUnderTest } from './subject.ts';
import { describeConnector } from './suite.ts';

const CAMPAIGNS: Campaign[] = [
  { id: 7, name: 'Ten percent', percentOff: 10 },
  { id: 8, name: 'Five percent', percentOff: 5 },
  { id: 9, name: 'Points', points: 50 },
];

function aSessionShop(campaigns: Campaign[] = CAMPAIGNS) {
  const clock = { now: NOW };
  const fake = createSessionFake(campaigns, () => clock.now);
  const connector = createSessionConnector({ key: SESSION_KEY });
  const ctx = () => aContext({ fetch: fake.fetch, now: clock.now });
  const commit = async (asked: Asked, ids: number[], options?: CommitOptions) => {
    const used = ids.map((id) => asked.offers.find((offer) => campaignOf(offer.id) === id) ?? `t1~none~${id}`);
    return commitOrder(connector, await aCommit(asked, used, options), ctx());
  };
  return { clock, fake, connector, ask: (question = aQuestion()) => ask(connector, question, ctx()), commit };
}

/** `t1~akn-32-1~7` → 7 */
const campaignOf = (discountId: string) => Number(discountId.slice(discountId.lastIndexOf('~') + 1));

function outcomesOf(answer: UsageResult | CommitFailure) {
  if (isFailure(answer)) throw new Error(JSON.stringify(answer));
  return [...answer.outcomes].map(([id, outcome]) => ({ campaign: campaignOf(id), ...outcome }));
}

async function setup(): Promise<ConnectorUnderTest> {
  const { clock, fake, connector } = aSessionShop();
  return {
    connector,
    fetch: fake.fetch,
    clock,
    faults: fake.faults,
    neverOffered: 't1~akn-1-1~7',
    exhaust: async (discountId) => {
      const campaign = fake.campaigns.get(campaignOf(discountId));
      if (campaign !== undefined) campaign.limit = 0;
    },
    countEffects: async (discountId) =>
      fake.used.filter(({ campaignId }) => campaignId === campaignOf(discountId)).length,
  };
}

describeConnector('shaped on Talon.One', setup);

describe('session fake: one session per basket', () => {
  it('turns JSON numbers that are not rounded into exact money, rounded down', async () => {
    const { fake, connector } = aSessionShop();
    const question = aQuestion({ items: [anItem({ unitPrice: '99.99', totalAmount: '99.99' })] });
    const answer = await connector.queryOffers(question, aContext({ fetch: fake.fetch }));
    expect(answer).toMatchObject({ offers: [{ extraArgs: { discount: '9.99' } }, {}, {}] });
  });

  it('prices what is sold by weight as one piece', async () => {
    const { ask, fake } = aSessionShop();
    await ask(aQuestion({ items: [anItem({ quantity: '0.2', unitPrice: '100.00', unitType: 'KILOGRAM' })] }));
    expect(fake.sessions.get('akn-32-1')?.cartItems).toEqual([{ sku: 'SKU8', quantity: 1, price: 20 }]);
  });

  it('gives a basket a new session when it is filled again after its order', async () => {
    const { ask, commit, fake } = aSessionShop();
    const first = await ask();
    expect(first.basketState).toEqual({ session: 'akn-32-1', generation: 1 });
    await commit(first, [7]);
    const again = await ask(aQuestion({}, { basketState: first.basketState ?? null }));
    expect(again.basketState).toEqual({ session: 'akn-32-2', generation: 2 });
    const answer = await commit(again, [7], { orderNumber: 'ORD-2' });
    expect(outcomesOf(answer)).toEqual([{ campaign: 7, status: 'accepted' }]);
    expect(fake.used.map(({ session }) => session)).toEqual(['akn-32-1', 'akn-32-2']);
  });

  it('asks for the remembered session at once, without trying the closed ones', async () => {
    const { ask, commit, fake } = aSessionShop();
    await commit(await ask(), [7]);
    const state = { session: 'akn-32-2', generation: 2 };
    await ask(aQuestion({}, { basketState: state }));
    expect(fake.calls.at(-1)?.line).toBe('PUT /v2/customer_sessions/akn-32-2');
    expect(fake.calls.at(-2)?.body).toMatchObject({ customerSession: { state: 'closed' } });
  });

  it('rejects what another order of the same basket has closed already', async () => {
    const { ask, commit, fake } = aSessionShop();
    const asked = await ask();
    await commit(asked, [7]);
    const answer = await commit(asked, [8], { orderNumber: 'ORD-2' });
    expect(outcomesOf(answer)).toEqual([{ campaign: 8, status: 'rejected', reason: 'session_of_another_order' }]);
    expect(fake.used).toHaveLength(1);
  });

  it('rejects what an earlier session of the basket offered', async () => {
    const { ask, commit } = aSessionShop();
    const first = await ask();
    await commit(first, [7]);
    const { basketState } = await ask();
    const answer = await commit(first, [8], { orderNumber: 'ORD-2', basketState });
    expect(outcomesOf(answer)).toEqual([{ campaign: 8, status: 'rejected', reason: 'offered_in_another_session' }]);
  });

  it('rejects a coupon that another order used up, with the reason it is given', async () => {
    const { ask, commit, fake } = aSessionShop([...CAMPAIGNS, { id: 10, name: 'Coupon', percentOff: 1, coupon: 'C' }]);
    const asked = await ask(aQuestion({ voucherCode: 'C' }));
    (fake.campaigns.get(10) as Campaign).limit = 0;
    expect(outcomesOf(await commit(asked, [7, 10]))).toEqual([
      { campaign: 7, status: 'accepted' },
      { campaign: 10, status: 'rejected', reason: 'CouponLimitReached' },
    ]);
  });
});

describe('session fake: closing again', () => {
  const again = { number: 2, firstAt: NOW, last: 'unknown' } as const;

  it('sends the same key while it is remembered, and gets the same answer', async () => {
    const { ask, commit, fake, clock } = aSessionShop();
    const asked = await ask();
    fake.faults.loseNextAnswer();
    await commit(asked, [7]);
    clock.now += 22 * HOUR_MS;
    expect(outcomesOf(await commit(asked, [7], { attempt: again }))).toEqual([{ campaign: 7, status: 'accepted' }]);
    const [, first, second] = fake.calls;
    expect(fake.calls).toHaveLength(3);
    expect(second?.headers.get('idempotency-key')).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toEqual(first);
  });

  it('is looked up once the key may be forgotten', async () => {
    const { ask, commit, fake, clock } = aSessionShop();
    const asked = await ask();
    fake.faults.loseNextAnswer();
    await commit(asked, [7]);
    clock.now += 23 * HOUR_MS;
    expect(outcomesOf(await commit(asked, [7], { attempt: again }))).toEqual([{ campaign: 7, status: 'accepted' }]);
    expect(fake.calls.slice(2).map(({ line }) => line)).toEqual(['GET /v2/customer_sessions/akn-32-1']);
  });

  it('settles by what is closed when the key is forgotten all the same', async () => {
    const { ask, commit, fake, clock } = aSessionShop();
    const asked = await ask();
    fake.faults.loseNextAnswer();
    await commit(asked, [7]);
    clock.now += 30 * HOUR_MS;
    expect(outcomesOf(await commit(asked, [7]))).toEqual([{ campaign: 7, status: 'accepted' }]);
    expect(fake.used).toHaveLength(1);
  });

  it('opens a closed order again for a line that joins it, and closes it with all of its lines', async () => {
    const { ask, commit, fake } = aSessionShop();
    const asked = await ask();
    await commit(asked, [7]);
    const [delivered] = asked.offers;
    const states = { [delivered?.id ?? '']: 'delivered' } as const;
    expect(outcomesOf(await commit(asked, [7, 8], { states }))).toEqual([{ campaign: 8, status: 'accepted' }]);
    expect(fake.used.map(({ campaignId }) => campaignId)).toEqual([7, 8]);
    expect(fake.calls.map(({ line }) => line)).toContain('PUT /v2/customer_sessions/akn-32-1/reopen');
  });

  it('does not take what an earlier generation closed for the replay, of which nothing is known', async () => {
    const { ask, commit, clock } = aSessionShop();
    const asked = await ask();
    await commit(asked, [7]);
    clock.now += 30 * HOUR_MS;
    const states = { [asked.offers[0]?.id ?? '']: 'delivered' } as const;
    const answer = await commit(asked, [7, 8], { states, generation: 1, attempt: again });
    expect(outcomesOf(answer)).toEqual([{ campaign: 8, status: 'accepted' }]);
  });

  it.each([2, 30])('reopens only once when the answer to the replay is lost, %i hours later too', async (hours) => {
    const { ask, commit, fake, clock } = aSessionShop();
    const asked = await ask();
    await commit(asked, [7]);
    const replay = { generation: 1, states: { [asked.offers[0]?.id ?? '']: 'delivered' as const } };
    const calls = fake.calls.length;
    fake.faults.loseNextAnswer();
    expect(await commit(asked, [7, 8], replay)).toMatchObject({ failed: 'unknown' });
    fake.faults.loseNextAnswer();
    expect(await commit(asked, [7, 8], { ...replay, attempt: again })).toMatchObject({ failed: 'unknown' });
    clock.now += hours * HOUR_MS;
    const last = await commit(asked, [7, 8], { ...replay, attempt: { ...again, number: 3 } });
    expect(outcomesOf(last)).toEqual([{ campaign: 8, status: 'accepted' }]);
    expect(fake.used.map(({ campaignId }) => campaignId)).toEqual([7, 8]);
    expect(fake.calls.slice(calls).filter(({ line }) => line.endsWith('/reopen'))).toHaveLength(1);
  });
});
