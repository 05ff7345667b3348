import { describe, expect, it } from 'vitest';
import { hashCustomer } from '../../../src/connectors/catalog/customers.ts';
import { isFailure, type UsageCommit } from '../../../src/connectors/connector.ts';
import { aCatalog, addCampaign, assign, countRedemptions, everythingStored, HASH_KEY } from './catalog-campaigns.ts';
import { ADA, aCommit, aContext, aQuestion, ask, type CommitOptions, GUEST } from './order.ts';

const EVE = { ...GUEST, phone: '+905320000018', emails: ['eve@example.com'] };

async function outcomesOf(commit: UsageCommit) {
  const result = await aCatalog().commitUsage(commit, aContext());
  if (isFailure(result)) throw new Error(JSON.stringify(result));
  return Object.fromEntries(result.outcomes);
}

/** An order of `customer` that used `ids`, which were offered to that customer before others used them up. */
async function anOrder(ids: readonly string[], customer = ADA, options: CommitOptions = {}): Promise<UsageCommit> {
  const customers = await hashCustomer(customer, HASH_KEY);
  const commit = await aCommit({ question: aQuestion({}, { customer }), basketState: undefined }, ids, options);
  return { ...commit, discounts: commit.discounts.map((line) => ({ ...line, reference: { customers } })) };
}

async function declined(customer = ADA): Promise<Record<string, string>> {
  const asked = await ask(aCatalog(), aQuestion({}, { customer }), aContext());
  return Object.fromEntries(asked.declined.map(({ id, reason }) => [id, reason]));
}

const accepted = { status: 'accepted' };
const rejected = (reason: string) => ({ status: 'rejected', reason });

describe('catalog: limits', () => {
  it('lets exactly one of 50 orders at once have a single-use voucher', async () => {
    await addCampaign('single', { voucher_code: 'ONCE', usage_limit: 1 });
    const numbers = Array.from({ length: 50 }, (_, i) => `ORD-${i}`);
    const commits = await Promise.all(numbers.map((orderNumber) => anOrder(['single'], ADA, { orderNumber })));
    const outcomes = await Promise.all(commits.map(outcomesOf));
    const statuses = outcomes.map(({ single }) => (single?.status === 'rejected' ? single.reason : single?.status));
    expect(statuses.toSorted()).toEqual(['accepted', ...Array(49).fill('usage_limit_reached')]);
    expect(await countRedemptions('single')).toBe(1);
  });

  it('lets exactly one of 20 orders of one customer at once have what is once per customer', async () => {
    await addCampaign('once', { usage_limit_per_customer: 1 });
    const numbers = Array.from({ length: 20 }, (_, i) => `ORD-${i}`);
    const commits = await Promise.all(numbers.map((orderNumber) => anOrder(['once'], ADA, { orderNumber })));
    const outcomes = await Promise.all(commits.map(outcomesOf));
    expect(outcomes.filter(({ once }) => once?.status === 'accepted')).toHaveLength(1);
    expect(outcomes.filter(({ once }) => once?.status === 'rejected')).toHaveLength(19);
    expect(await countRedemptions('once')).toBe(1);
  });

  it('accepts the same commit again after its success, with one redemption', async () => {
    await addCampaign('single', { usage_limit: 1, usage_limit_per_customer: 1 });
    const commit = await anOrder(['single']);
    expect(await outcomesOf(commit)).toEqual({ single: accepted });
    expect(await outcomesOf(commit)).toEqual({ single: accepted });
    expect(await countRedemptions('single')).toBe(1);
  });

  it('stops offering and accepting a campaign at its limit', async () => {
    await addCampaign('twice', { usage_limit: 2 });
    for (const orderNumber of ['ORD-1', 'ORD-2']) {
      expect(await declined()).toEqual({});
      expect(await outcomesOf(await anOrder(['twice'], GUEST, { orderNumber }))).toEqual({ twice: accepted });
    }
    expect((await ask(aCatalog(), aQuestion(), aContext())).offers).toEqual([]);
    const third = await anOrder(['twice'], GUEST, { orderNumber: 'ORD-3' });
    expect(await outcomesOf(third)).toEqual({ twice: rejected('usage_limit_reached') });
  });

  it('stops offering and accepting at the limit of a customer, known by phone or e-mail, and of nobody else', async () => {
    await addCampaign('once', { usage_limit_per_customer: 1 });
    expect(await outcomesOf(await anOrder(['once']))).toEqual({ once: accepted });
    for (const customer of [ADA, { ...GUEST, phone: ADA.phone }, { ...GUEST, emails: ADA.emails }]) {
      expect(await declined(customer)).toEqual({ once: 'customer_limit_reached' });
      const second = await anOrder(['once'], customer, { orderNumber: 'ORD-2' });
      expect(await outcomesOf(second)).toEqual({ once: rejected('customer_limit_reached') });
    }
    expect(await declined(EVE)).toEqual({});
    expect(await outcomesOf(await anOrder(['once'], EVE, { orderNumber: 'ORD-3' }))).toEqual({ once: accepted });
  });

  it('counts an order once for a customer who is known in several ways', async () => {
    await addCampaign('twice', { usage_limit_per_customer: 2 });
    expect(await outcomesOf(await anOrder(['twice'], ADA, { orderNumber: 'ORD-1' }))).toEqual({ twice: accepted });
    expect(await declined()).toEqual({});
    expect(await outcomesOf(await anOrder(['twice'], ADA, { orderNumber: 'ORD-2' }))).toEqual({ twice: accepted });
    expect(await declined()).toEqual({ twice: 'customer_limit_reached' });
  });
});

describe('catalog: what a commit is refused for', () => {
  it('rejects an id that no campaign has, beside one that has', async () => {
    await addCampaign('known');
    expect(await outcomesOf(await anOrder(['known', 'nothing']))).toEqual({
      known: accepted,
      nothing: rejected('unknown_campaign'),
    });
  });

  it.each([
    ['assigned', { assigned_only: 1 }],
    ['limited per customer', { usage_limit_per_customer: 1 }],
  ])('rejects a campaign that is %s when the customer is not remembered', async (_, bound) => {
    await addCampaign('bound', bound);
    await assign('bound', ADA);
    const neverOffered = await aCommit(await ask(aCatalog(), aQuestion(), aContext()), ['bound']);
    expect(await outcomesOf(neverOffered)).toEqual({ bound: rejected('customer_not_remembered') });
    expect(await countRedemptions('bound')).toBe(0);
  });

  it('rejects an assigned campaign of somebody else', async () => {
    await addCampaign('bound', { assigned_only: 1 });
    await assign('bound', ADA);
    expect(await outcomesOf(await anOrder(['bound'], EVE))).toEqual({ bound: rejected('not_assigned_to_customer') });
    expect(await outcomesOf(await anOrder(['bound'], ADA))).toEqual({ bound: accepted });
  });

  it('accepts what was offered in time although the campaign has ended since', async () => {
    await addCampaign('spring');
    const result = await aCatalog().commitUsage(await anOrder(['spring']), aContext({ now: Date.UTC(2027, 1, 1) }));
    expect(isFailure(result) ? result : Object.fromEntries(result.outcomes)).toEqual({ spring: accepted });
  });
});

describe('catalog: whose a basket was', () => {
  it('does not change for an offer when a guest asks for the same basket afterwards', async () => {
    await addCampaign('once', { usage_limit_per_customer: 1 });
    await addCampaign('everyone');
    const asked = await ask(aCatalog(), aQuestion({}, { customer: ADA }), aContext());
    const later = await ask(aCatalog(), aQuestion({}, { customer: GUEST }), aContext());
    expect(later.offers.map(({ id }) => id)).toEqual(['everyone']);
    expect(await outcomesOf(await aCommit(asked, asked.offers))).toEqual({ everyone: accepted, once: accepted });
  });
});

describe('catalog: what is stored of a customer', () => {
  it('is keyed hashes, and neither phone nor e-mail in any form', async () => {
    await addCampaign('bound', { assigned_only: 1, usage_limit_per_customer: 3 });
    await assign('bound', ADA);
    const asked = await ask(aCatalog(), aQuestion(), aContext());
    const commit = await aCommit(asked, asked.offers);
    expect(await outcomesOf(commit)).toEqual({ bound: accepted });
    const stored = `${await everythingStored()}${JSON.stringify(commit.discounts)}`;
    expect(stored.match(/[0-9a-f]{64}/g)?.length).toBeGreaterThanOrEqual(6);
    expect(stored).not.toMatch(/ada@|example\.com|5320000017|532\D+000\D+00\D+17/i);
  });

  it('is another hash under another key', async () => {
    await addCampaign('once', { usage_limit_per_customer: 1 });
    const remembered = async (key: string) => (await ask(aCatalog(key), aQuestion(), aContext())).offers[0]?.reference;
    expect(await remembered('key one')).toEqual({ customers: expect.any(Array) });
    expect(await remembered('key one')).not.toEqual(await remembered('key two'));
  });
});
