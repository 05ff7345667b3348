import { describe, expect, it } from 'vitest';
import { readOffersRequest } from '../../../src/akinon/read-offers-request.ts';
import { V2 } from '../../../src/akinon/v2/contract.ts';
import { hashParts } from '../../../src/common/hash.ts';
import type { RequestId } from '../../../src/common/ids.ts';
import { isFailure, type UsageCommit } from '../../../src/connectors/connector.ts';
import { freezeBasket } from '../../../src/usage/snapshot.ts';
import { VERSION } from '../../../src/version.ts';
import { VOUCHER_CODE, VOUCHER_OFFER_ID } from '../../support/upstream/offers.ts';
import { theOffersSample } from '../support/builders.ts';
import { aBridge } from './bridge.ts';
import { ADA, aCommit, anItem, aQuestion, ask, NOW } from './order.ts';
import type { ConnectorUnderTest } from './subject.ts';
import { describeConnector } from './suite.ts';

async function setup(): Promise<ConnectorUnderTest> {
  const { upstream, connector, fetch, clock } = aBridge();
  const { faults, redemptions } = upstream;
  return {
    connector,
    fetch,
    clock,
    faults: {
      breakNext: () => faults.add({ do: 'reset', times: 1 }),
      loseNextAnswer: () => faults.add({ do: 'reset', route: '/usages', apply: true, times: 1 }),
      answerNext: (status, headers = {}, body = '{}') => faults.add({ do: 'reply', status, headers, body, times: 1 }),
    },
    neverOffered: VOUCHER_OFFER_ID,
    exhaust: async (discount) => faults.add({ do: 'line', discount, outcome: 'rejected' }),
    countEffects: async (discountId) => redemptions.effects.filter(({ id }) => id === discountId).length,
  };
}

describeConnector('http', setup);

/** Akinon's own sample, as it is asked and as it is frozen for the delivery. */
function theSample() {
  const read = readOffersRequest(theOffersSample(), V2);
  if (!read.ok) throw new Error('the sample is refused');
  const { basket, customer } = read.value;
  return { basket: { ...basket, currency: 'TRY' }, customer };
}

const CHANNEL = {
  device: 'instore',
  storeId: '7',
  storeRemoteId: 'S-7',
  staffId: '9',
  staffRemoteId: 'P-9',
  staffEmail: 'clerk@shop.example',
};

async function aSampleCommit(overrides: Partial<UsageCommit> = {}): Promise<UsageCommit> {
  const { basket, customer } = theSample();
  const question = aQuestion(basket, { customer });
  const bridge = aBridge();
  const { offers } = await ask(bridge.connector, question, bridge.ctx);
  const commit = await aCommit({ question, basketState: undefined }, offers.slice(0, 2), { orderNumber: 'ORD-12345' });
  return { ...commit, basket: JSON.parse(freezeBasket(basket).text), channel: CHANNEL, ...overrides };
}

const ITEM_59 = {
  id: 59,
  sku: 'SKU8',
  productId: 100009,
  name: 'Test Product 8',
  attributes: {},
  unitPrice: '500.00',
  quantity: '1',
  unitType: 'QUANTITY',
  taxRate: '20.00',
  totalAmount: '500.00',
  discountAmount: '0.00',
  globallyConsumedQuantity: '0.0',
  appliedDiscounts: [
    {
      type: 'BASKET',
      description: 'Internal Offer',
      extraArgs: { discount: '0.00' },
      discountedBasketItems: [
        { pk: 59, quantity: '1' },
        { pk: 58, quantity: '7' },
      ],
      conditionConsumedBasketItems: [{ pk: 58, quantity: '0.2' }],
    },
  ],
};

describe('http: what is sent', () => {
  it('asks with the basket as the protocol draws it, decimals with the digits Akinon sent', async () => {
    const { upstream, connector, ctx } = aBridge();
    const question = { requestId: 'akinon-1' as RequestId, ...theSample(), channel: CHANNEL };
    await connector.queryOffers(question, ctx);
    const [call] = upstream.calls.all;
    expect(call).toMatchObject({ method: 'POST', path: '/offers' });
    const sent = JSON.parse(call?.body ?? '');
    // The text, so that order and absence of fields count too.
    expect(JSON.stringify({ ...sent, basket: { ...sent.basket, items: sent.basket.items.slice(0, 1) } })).toBe(
      JSON.stringify({
        requestId: 'akinon-1',
        basket: { id: 32, version: 1758310922044282, currency: 'TRY', voucherCode: null, items: [ITEM_59] },
        customer: { phone: null, emails: [], emailAllowed: true, smsAllowed: true, callAllowed: false },
        channel: CHANNEL,
      }),
    );
    expect(sent.basket.items).toHaveLength(2);
  });

  it('passes on product attributes, the voucher code and who the customer is', async () => {
    const { upstream, connector, ctx } = aBridge();
    const items = [anItem({ attributes: { brand: 'ATÖLYE', nested: { a: [1] } }, quantity: '0.25' })];
    const offered = await ask(connector, aQuestion({ items, voucherCode: VOUCHER_CODE }, { customer: ADA }), ctx);
    expect(JSON.parse(upstream.calls.all[0]?.body ?? '')).toMatchObject({
      basket: {
        voucherCode: VOUCHER_CODE,
        items: [{ attributes: { brand: 'ATÖLYE', nested: { a: [1] } }, quantity: '0.25' }],
      },
      customer: { phone: ADA.phone, emails: ADA.emails },
    });
    expect(offered.offers.map(({ id }) => id)).toEqual(expect.arrayContaining(['member-5', VOUCHER_OFFER_ID]));
  });

  it('reports a usage as the protocol draws it: keys, references, and no personal data of the channel', async () => {
    const { upstream, connector, ctx } = aBridge();
    const commit = await aSampleCommit();
    await connector.commitUsage(commit, ctx);
    const [call] = upstream.calls.all;
    expect(call).toMatchObject({ method: 'POST', path: '/usages' });
    const sent = JSON.parse(call?.body ?? '');
    const keys = commit.discounts.map(({ key }) => key);
    expect(JSON.stringify({ ...sent, basket: { ...sent.basket, items: sent.basket.items.slice(0, 1) } })).toBe(
      JSON.stringify({
        orderNumber: 'ORD-12345',
        basket: { id: 32, version: 1758310922044282, currency: 'TRY', voucherCode: null, items: [ITEM_59] },
        discounts: [
          {
            id: 'spring-10',
            key: keys[0],
            type: 'BASKET',
            amount: '100.00',
            currency: 'TRY',
            reference: { campaign: 'spring-10' },
          },
          {
            id: 'points',
            key: keys[1],
            type: 'LOYALTY_POINT',
            amount: '400',
            currency: null,
            reference: { campaign: 'points' },
          },
        ],
        channel: { ...CHANNEL, staffEmail: null },
      }),
    );
  });

  it('sends null for an order number and a basket that Akinon did not send, and for what is not known of a discount', async () => {
    const { upstream, connector, ctx } = aBridge();
    const commit = await aCommit({ question: aQuestion(), basketState: undefined }, ['stranger']);
    await connector.commitUsage({ ...commit, orderNumber: null, basket: null }, ctx);
    expect(JSON.parse(upstream.calls.all[0]?.body ?? '')).toMatchObject({
      orderNumber: null,
      basket: null,
      discounts: [{ id: 'stranger', type: null, amount: null, currency: null, reference: null }],
    });
  });

  it('names only the lines that are due', async () => {
    const { upstream, connector, ctx } = aBridge();
    const commit = await aCommit({ question: aQuestion(), basketState: undefined }, ['a', 'b', 'c'], {
      states: { a: 'delivered', c: 'rejected' },
    });
    await connector.commitUsage(commit, ctx);
    expect(upstream.calls.all[0]?.discounts).toEqual(['b']);
  });

  it('says JSON, who it is, and one key for the keys of the call', async () => {
    const { upstream, connector, ctx } = aBridge();
    const commit = await aSampleCommit();
    await connector.queryOffers(aQuestion(), ctx);
    await connector.commitUsage(commit, ctx);
    const [offers, usages] = upstream.calls.all;
    const json = {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': `offerbridge/${VERSION}`,
    };
    expect(offers?.headers).toMatchObject(json);
    expect(offers?.headers).not.toHaveProperty('idempotency-key');
    const keys = commit.discounts.map(({ key }) => key).sort();
    expect(usages?.headers).toMatchObject({ ...json, 'idempotency-key': await hashParts(...keys) });
  });
});

describe('http: a usage that is sent again', () => {
  it('has the same bytes and the same key, whatever the clock says', async () => {
    const { upstream, connector, ctx } = aBridge();
    const commit = await aSampleCommit();
    await connector.commitUsage(commit, ctx);
    await connector.commitUsage(structuredClone(commit), { ...ctx, now: NOW + 1 });
    const [first, second] = upstream.calls.all;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
  });

  it('is the earlier text while its outcome is unknown, and what joined the order since waits', async () => {
    const { upstream, connector, ctx } = aBridge({ fault: { do: 'reset', apply: true, times: 1 } });
    const commit = await aSampleCommit();
    const lost = await connector.commitUsage(commit, ctx);
    if (!isFailure(lost) || lost.failed !== 'unknown' || lost.call === undefined)
      throw new Error('no text to send again');
    expect(lost.call).toBe(upstream.calls.all[0]?.body);

    const [line] = commit.discounts;
    if (line === undefined) throw new Error('no line');
    const joined = { ...line, id: 'joined', key: 'another-key' };
    // Were the text made anew, it would have no basket and one line more.
    const grown = { ...commit, basket: null, discounts: [...commit.discounts, joined] };
    const attempt = { number: 2, firstAt: NOW, last: 'unknown', call: lost.call } as const;
    const answer = await connector.commitUsage({ ...grown, attempt }, ctx);
    const [first, second] = upstream.calls.all;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    if (isFailure(answer)) throw new Error(answer.detail);
    expect([...answer.outcomes.keys()]).toEqual(['spring-10', 'points']);
    expect(upstream.redemptions.effects.map(({ id, asked }) => [id, asked])).toEqual([
      ['spring-10', 2],
      ['points', 2],
    ]);
  });

  it.each([
    ['accepts all', { status: 204 }, 'accepted'],
    ['refuses all', { status: 422 }, 'rejected'],
  ])('decides only about lines that are in its text and still due when the upstream %s', async (_, reply, expected) => {
    const { connector, ctx } = aBridge({ fault: { do: 'reply', ...reply } });
    const commit = await aSampleCommit();
    const [first, second] = commit.discounts;
    if (first === undefined || second === undefined) throw new Error('no lines');
    const call = JSON.stringify({ discounts: [first, second].map(({ id, key }) => ({ id, key })) });
    const discounts = [first, { ...second, state: 'delivered' as const }, { ...first, id: 'joined' }];
    const attempt = { number: 2, firstAt: NOW, last: 'unknown', call } as const;
    const answer = await connector.commitUsage({ ...commit, discounts, attempt }, ctx);
    if (isFailure(answer)) throw new Error(answer.failed);
    expect([...answer.outcomes].map(([id, { status }]) => [id, status])).toEqual([[first.id, expected]]);
  });
});
