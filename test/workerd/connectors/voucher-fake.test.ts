import { describe, expect, it } from 'vitest';
import { isFailure } from '../../../src/connectors/connector.ts';
import { commitOrder } from '../../../src/delivery/commit-order.ts';
import { createVoucherConnector, customerIdOf } from '../support/fakes/voucher-connector.ts';
import { createVoucherFake, type Redeemable, VOUCHER_TOKEN } from '../support/fakes/voucher-fake.ts';
import { ADA, aCommit, aContext, aQuestion, ask, GUEST, NOW } from './order.ts';
import type { ConnectorUnderTest } from './subject.ts';
import { describeConnector } from './suite.ts';

const PROMOTIONS: Redeemable[] = [
  { object: 'promotion_tier', id: 'promo_spring', amountOff: 2550 },
  { object: 'promotion_tier', id: 'promo_loyal', amountOff: 1000 },
  { object: 'promotion_tier', id: 'promo_third', amountOff: 1 },
];

function aVoucherShop(redeemables: Redeemable[] = PROMOTIONS) {
  const fake = createVoucherFake(redeemables);
  const promotions = redeemables.filter(({ object }) => object === 'promotion_tier').map(({ id }) => id);
  const connector = createVoucherConnector({ token: VOUCHER_TOKEN, promotions });
  return { fake, connector, ctx: aContext({ fetch: fake.fetch }) };
}

/** `pt.promo_spring` → `promo_spring` */
const redeemableOf = (discountId: string) => discountId.slice(discountId.indexOf('.') + 1);

async function setup(): Promise<ConnectorUnderTest> {
  const { fake, connector } = aVoucherShop();
  return {
    connector,
    fetch: fake.fetch,
    clock: { now: NOW },
    faults: fake.faults,
    neverOffered: 'pt.promo_spring',
    exhaust: async (discountId) => {
      const redeemable = fake.redeemables.get(redeemableOf(discountId));
      if (redeemable !== undefined) redeemable.limit = 0;
    },
    countEffects: async (discountId) =>
      fake.redemptions.filter(({ redeemable }) => redeemable === redeemableOf(discountId)).length,
  };
}

describeConnector('shaped on Voucherify', setup);

describe('voucher fake: an upstream without keys', () => {
  it('redeems twice when a commit is sent twice, so that the look-up matters', async () => {
    const { fake, connector, ctx } = aVoucherShop();
    const asked = await ask(connector, aQuestion(), ctx);
    const commit = await aCommit(asked, asked.offers);
    await connector.commitUsage(commit, ctx);
    await connector.commitUsage(commit, ctx);
    expect(fake.redemptions).toHaveLength(6);
  });

  it('is looked up first, and sent only what it does not know', async () => {
    const { fake, connector, ctx } = aVoucherShop();
    const asked = await ask(connector, aQuestion(), ctx);
    await connector.commitUsage(await aCommit(asked, asked.offers), ctx);
    const attempt = { number: 2, firstAt: NOW, last: 'unknown' } as const;
    await commitOrder(connector, await aCommit(asked, asked.offers, { attempt }), ctx);
    await commitOrder(connector, await aCommit(asked, asked.offers, { attempt, orderNumber: 'ORD-2' }), ctx);
    expect(fake.calls.map(({ line }) => line)).toEqual([
      'POST /v1/validations',
      'POST /v1/redemptions',
      'GET /v1/orders/ORD-1',
      'GET /v1/orders/ORD-2',
      'POST /v1/redemptions',
    ]);
  });

  it('redeems once when the first call is still running while it is repeated', async () => {
    const { fake, connector, ctx } = aVoucherShop();
    const asked = await ask(connector, aQuestion(), ctx);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    fake.faults.holdNextChange(released);
    const impatient = new AbortController();
    const first = connector.commitUsage(await aCommit(asked, asked.offers), { ...ctx, signal: impatient.signal });
    await expect.poll(() => fake.calls.length).toBe(2);
    impatient.abort();
    expect(await first).toMatchObject({ failed: 'unknown' });

    const attempt = { number: 2, firstAt: NOW, last: 'unknown' } as const;
    const commit = await aCommit(asked, asked.offers, { attempt });
    expect(await commitOrder(connector, commit, ctx)).toMatchObject({ failed: 'unknown', detail: 'multiple_requests' });
    expect(await connector.commitUsage(commit, ctx)).toMatchObject({ failed: 'unknown' });
    release();
    await expect.poll(() => fake.redemptions.length).toBe(3);
    const last = await commitOrder(connector, commit, ctx);
    if (isFailure(last)) throw new Error(last.detail);
    expect([...last.outcomes.values()].map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(fake.redemptions).toHaveLength(3);
  });

  it('redeems for the customer that an offer remembers, because a usage names none', async () => {
    const holder = (await customerIdOf(ADA)) ?? '';
    const { fake, connector, ctx } = aVoucherShop([{ ...(PROMOTIONS[0] as Redeemable), holder }]);
    const guest = await ask(connector, aQuestion({}, { customer: GUEST }), ctx);
    expect(guest).toMatchObject({ offers: [], declined: [{ id: 'promo_spring', reason: 'customer_rules_violated' }] });
    const asked = await ask(connector, aQuestion(), ctx);
    await connector.commitUsage(await aCommit(asked, asked.offers), ctx);
    expect(fake.redemptions).toMatchObject([{ redeemable: 'promo_spring', customer: holder }]);
  });

  it('redeems the voucher of the basket', async () => {
    const { fake, connector, ctx } = aVoucherShop([{ object: 'voucher', id: 'SAVE10', amountOff: 1000 }]);
    const asked = await ask(connector, aQuestion({ voucherCode: 'SAVE10' }), ctx);
    expect(asked.offers).toMatchObject([{ id: 'vc.SAVE10' }]);
    await connector.commitUsage(await aCommit(asked, asked.offers), ctx);
    expect(fake.redemptions).toMatchObject([{ redeemable: 'SAVE10', order: 'ORD-1' }]);
  });

  it('is paused until its plan begins again when the plan is used up', async () => {
    const { fake, connector, ctx } = aVoucherShop();
    const asked = await ask(connector, aQuestion(), ctx);
    fake.faults.answerNext(429, { 'x-rate-limit-type': 'api_calls_cycle', 'x-rate-limit-retry': '1800000000' });
    const answer = await connector.commitUsage(await aCommit(asked, asked.offers), ctx);
    expect(answer).toMatchObject({ failed: 'paused', cause: 'quota', until: 1_800_000_000_000 });
  });
});

describe('voucher fake: more redeemables than a call takes', () => {
  const many = Array.from({ length: 35 }, (_, i): Redeemable => {
    return { object: 'promotion_tier', id: `promo_${i}`, amountOff: 100 };
  });
  const used = async (connector: Parameters<typeof ask>[0], ctx: Parameters<typeof ask>[2]) => {
    const asked = await ask(connector, aQuestion(), ctx);
    const [first] = asked.offers;
    if (first === undefined) throw new Error('no offers');
    // An order may use what several answers offered: more than one answer may hold.
    const later = many.slice(30).map(({ object, id }) => {
      return { ...first, id: `pt.${id}`, reference: { object, id, customer: null } };
    });
    return { asked, offers: [...asked.offers, ...later] };
  };

  it('offers as many as can be committed together', async () => {
    const { connector, ctx } = aVoucherShop(many);
    expect((await ask(connector, aQuestion(), ctx)).offers).toHaveLength(30);
  });

  it('commits the rest with a second call, and says which lines are unknown when that one is lost', async () => {
    const { fake, connector, ctx } = aVoucherShop(many);
    const { asked, offers } = await used(connector, ctx);
    const secondLost = (async (input, init) => {
      if (fake.redemptions.length === 30) fake.faults.loseNextAnswer();
      return fake.fetch(input, init);
    }) as typeof fetch;
    const first = await connector.commitUsage(await aCommit(asked, offers), { ...ctx, fetch: secondLost });
    if (isFailure(first)) throw new Error(first.detail);
    const statuses = [...first.outcomes.values()].map(({ status }) => status);
    expect(statuses).toEqual([...Array(30).fill('accepted'), ...Array(5).fill('unknown')]);

    const states = Object.fromEntries(asked.offers.map(({ id }) => [id, 'delivered' as const]));
    const attempt = { number: 2, firstAt: NOW, last: 'unknown' } as const;
    const second = await commitOrder(connector, await aCommit(asked, offers, { attempt, states }), ctx);
    if (isFailure(second)) throw new Error(second.detail);
    expect([...second.outcomes.values()].map(({ status }) => status)).toEqual(Array(5).fill('accepted'));
    expect(fake.redemptions).toHaveLength(35);
  });
});
