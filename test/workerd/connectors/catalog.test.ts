import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { OffersAnswer } from '../../../src/connectors/connector.ts';
import type { Decimal } from '../../../src/offers/money.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';
import { aCatalog, aCatalogWithoutKey, addCampaign, assign, countRedemptions, HASH_KEY } from './catalog-campaigns.ts';
import { ADA, aContext, anItem, aQuestion, ask, GUEST, NOW } from './order.ts';
import type { ConnectorUnderTest } from './subject.ts';
import { describeConnector } from './suite.ts';

async function setup(): Promise<ConnectorUnderTest> {
  await addCampaign('spring', { benefit_type: 'percentage', amount: null, currency: null, percentage: '15' });
  await addCampaign('members', { assigned_only: 1 });
  await assign('members', ADA);
  await addCampaign('once-each', { usage_limit_per_customer: 1, amount: '1.00' });
  await addCampaign('by-code', { voucher_code: 'CODE' });
  const { db, fail } = aFaultyD1(env.DB);
  const exhausted = 'UPDATE campaigns SET usage_limit = 1, times_used = 1 WHERE id = ?';
  return {
    connector: aCatalog(HASH_KEY, db),
    fetch: aContext().fetch,
    clock: { now: NOW },
    faults: { breakNext: () => fail('throw-before'), loseNextAnswer: () => fail('throw-after') },
    neverOffered: 'by-code',
    exhaust: async (id) => void (await env.DB.prepare(exhausted).bind(id).run()),
    countEffects: countRedemptions,
  };
}

describeConnector('catalog', setup);

/** Ids of what a basket is offered, and why the others are not. */
async function offered(question = aQuestion(), now = NOW) {
  const { offers, declined } = await ask(aCatalog(), question, aContext({ now }));
  return { ids: offers.map(({ id }) => id), declined };
}

async function amountOf(question = aQuestion()): Promise<string> {
  const { offers } = await ask(aCatalog(), question, aContext());
  const benefit = offers[0]?.benefit;
  return benefit?.type === 'BASKET' ? benefit.amount.toFixed(2) : 'none';
}

describe('catalog: which campaigns apply', () => {
  it.each([
    ['one second before it begins', Date.UTC(2026, 2, 1) - 1000, []],
    ['in its first second', Date.UTC(2026, 2, 1), ['a']],
    ['in its last second', Date.UTC(2026, 2, 31, 23, 59, 59, 999), ['a']],
    ['one second after it ended', Date.UTC(2026, 3, 1), []],
  ])('offers a campaign within its dates: %s', async (_, now, ids) => {
    await addCampaign('a', { start_datetime: '2026-03-01T00:00:00Z', end_datetime: '2026-03-31T23:59:59Z' });
    expect((await offered(aQuestion(), now)).ids).toEqual(ids);
  });

  it('offers a campaign in its own currency only, and one without a currency in any', async () => {
    await addCampaign('lira', { priority: 1 });
    const anyCurrency = { benefit_type: 'percentage', amount: null, percentage: '10', currency: null };
    await addCampaign('any', { ...anyCurrency, priority: 2 });
    expect((await offered()).ids).toEqual(['lira', 'any']);
    const items = [anItem({ currency: 'EUR' })];
    expect((await offered(aQuestion({ currency: 'EUR', items }))).ids).toEqual(['any']);
  });

  it.each([
    ['Amount', '1299.97', true],
    ['Amount', '1299.98', false],
    ['Quantity', '4', true],
    ['Quantity', '4.5', false],
  ])('offers a campaign from %s %s on: %s', async (condition_type, condition_value, applies) => {
    await addCampaign('a', { condition_type, condition_value });
    const declined = applies ? [] : [{ id: 'a', reason: 'condition_not_met' }];
    expect(await offered()).toEqual({ ids: applies ? ['a'] : [], declined });
  });

  it('measures a condition before any discount, so that an offer stays when it was applied', async () => {
    await addCampaign('a', { condition_type: 'Amount', condition_value: '500' });
    const items = [anItem({ discountAmount: '400.00', totalAmount: '100.00' })];
    expect((await offered(aQuestion({ items }))).ids).toEqual(['a']);
  });

  it.each([
    ['as it is', 'WELCOME150', ['a']],
    ['in another case, with spaces around', ' welcome150 ', ['a']],
    ['not given', null, []],
    ['empty', '', []],
    ['another one', 'WELCOME15', []],
    ['a pattern', 'WELCOME%', []],
  ])('offers a voucher campaign for its code: %s', async (_, voucherCode, ids) => {
    await addCampaign('a', { voucher_code: 'Welcome150' });
    expect((await offered(aQuestion({ voucherCode }))).ids).toEqual(ids);
  });

  it('offers in the order of priority, with what the campaign says', async () => {
    await addCampaign('second', { priority: 2, notify: 0, is_mergeable: 0 });
    const messages = { success_message: '{"en":"no","tr":"{amount} {currency} kazandınız"}', label: '{"en":"Off"}' };
    await addCampaign('first', { priority: 1, ...messages });
    const { offers } = await ask(aCatalog(), aQuestion(), aContext());
    expect(offers).toMatchObject([
      { id: 'first', priority: 1, notify: true, isMergeable: true, label: 'Off' },
      { id: 'second', priority: 2, notify: false, isMergeable: false },
    ]);
    expect(offers[0]?.successMessage).toBe('10.00 TRY kazandınız');
  });
});

describe('catalog: how much a campaign gives', () => {
  const percentage = { benefit_type: 'percentage', amount: null, currency: null };

  it('gives a fixed amount', async () => {
    await addCampaign('a', { amount: '12.5' });
    expect(await amountOf()).toBe('12.50');
  });

  it('gives a percentage of the gross basket, rounded down', async () => {
    await addCampaign('a', { ...percentage, percentage: '15' });
    expect(await amountOf()).toBe('194.99');
  });

  it.each([
    ['25.50', '25.50'],
    ['194.99', '194.99'],
    ['500', '194.99'],
  ])('gives at most max_discount %s', async (max_discount, amount) => {
    await addCampaign('a', { ...percentage, percentage: '15', max_discount });
    expect(await amountOf()).toBe(amount);
  });

  it('declines a campaign whose numbers are none', async () => {
    await addCampaign('a', { amount: '1.2.5' });
    expect(await offered()).toEqual({ ids: [], declined: [{ id: 'a', reason: 'invalid_campaign' }] });
  });
});

describe('catalog: campaigns of certain customers', () => {
  const onlyPhone = { ...GUEST, phone: '0090 532 000 0017' };
  const onlyEmail = { ...GUEST, emails: ['other@example.com', ' ADA@example.com '] };
  const stranger = { ...GUEST, phone: '+905320000018', emails: ['eve@example.com'] };

  it.each([
    ['phone and e-mail', ADA, ['a'], []],
    ['the phone alone, written another way', onlyPhone, ['a'], []],
    ['one of the e-mails alone, in another case', onlyEmail, ['a'], []],
    ['neither', stranger, [], []],
    ['no customer', GUEST, [], []],
  ])('offers an assigned campaign to who is known by %s', async (_, customer, ids, declined) => {
    await addCampaign('a', { assigned_only: 1 });
    await assign('a', ADA);
    expect(await offered(aQuestion({}, { customer }))).toEqual({ ids, declined });
  });

  it('is not blinded by the campaigns of others, however many they are', async () => {
    for (let n = 0; n < 51; n++) await addCampaign(`theirs-${n}`, { assigned_only: 1, priority: 1 });
    await addCampaign('everyone', { priority: 2 });
    expect(await offered(aQuestion({}, { customer: ADA }))).toEqual({ ids: ['everyone'], declined: [] });
  });

  it('declines a percentage that rounds down to nothing', async () => {
    await addCampaign('a', { benefit_type: 'percentage', amount: null, percentage: '0.0001' });
    expect(await offered(aQuestion())).toEqual({ ids: [], declined: [{ id: 'a', reason: 'nothing_left' }] });
  });

  it.each([
    ['a number for a text', { label: '{"tr":5}' }],
    ['an object for a text', { description: '{"en":{"a":1}}' }],
  ])('declines a campaign with %s, and spares the others', async (_, broken) => {
    await addCampaign('broken', broken);
    await addCampaign('good');
    expect(await offered()).toEqual({ ids: ['good'], declined: [{ id: 'broken', reason: 'invalid_campaign' }] });
  });

  it.each([
    ['text that is not strict JSON', { label: "{tr:'x'}" }],
    ['more than all of the basket', { benefit_type: 'percentage', amount: null, percentage: '250' }],
    ['an end before its start', { end_datetime: '2025-01-01T00:00:00Z' }],
    ['an amount with a comma', { amount: '12,50' }],
    ['a type without what it gives', { discount_type: 'SAMPLE_PRODUCT', benefit_type: null, amount: null }],
    ['a voucher code that is automatic', { voucher_code: 'C', offer_type: 'automatic' }],
  ])('is not stored with %s', async (_, broken) => {
    await expect(addCampaign('broken', broken)).rejects.toThrow(/CHECK constraint failed/);
  });

  it('offers what a typed code opens before any number of others', async () => {
    for (let n = 0; n < 210; n++) {
      await addCampaign(`idle-${n}`, { priority: 1, condition_type: 'Amount', condition_value: '999999' });
    }
    await addCampaign('by-code', { voucher_code: 'CODE', priority: 99 });
    expect((await offered(aQuestion({ voucherCode: 'code' }))).ids).toEqual(['by-code']);
  });

  it('rounds a percentage down however many decimals the price has', async () => {
    await addCampaign('a', { benefit_type: 'percentage', amount: null, percentage: '50' });
    const items = [anItem({ unitPrice: '1.9999999999999999999999999' as Decimal, quantity: '1' as Decimal })];
    const answer = await aCatalog().queryOffers(aQuestion({ items }), aContext());
    expect(answer).toMatchObject({ offers: [{ extraArgs: { discount: '0.99' } }] });
  });

  it('says that it is misconfigured without the key of customer hashes, and names the setting', async () => {
    await addCampaign('a', { usage_limit_per_customer: 1 });
    const connector = aCatalogWithoutKey();
    const answer = await connector.queryOffers(aQuestion(), aContext());
    expect(answer).toMatchObject({ failed: 'misconfigured', setting: 'CUSTOMER_HASH_KEY' });
    expect(await connector.checkSettings?.()).toEqual([
      { setting: 'CUSTOMER_HASH_KEY', message: expect.stringMatching(/./) },
    ]);
    expect(await aCatalog().checkSettings?.()).toEqual([]);
  });

  it('needs no key where no campaign is bound to customers, and remembers nothing then', async () => {
    await addCampaign('a', { usage_limit: 5 });
    const connector = aCatalogWithoutKey();
    expect(await connector.checkSettings?.()).toEqual([]);
    expect(await connector.queryOffers(aQuestion(), aContext())).toMatchObject({ offers: [{ id: 'a' }] });
    const { offers } = (await connector.queryOffers(aQuestion(), aContext())) as OffersAnswer;
    expect(offers[0]).not.toHaveProperty('reference');
  });
});
