import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../../conformance/checks/index.ts';
import { MAX_REQUESTS } from '../../../conformance/client.ts';
import type { Outcome } from '../../../conformance/runner.ts';
import { CREDENTIALS, type ReferenceServer, startReferenceServer } from './reference-server.ts';
import { checksOf, namesOf, runOn } from './run-suite.ts';

describe('the reference server', () => {
  let server: ReferenceServer;
  let outcome: Outcome;
  let received: number;

  beforeAll(async () => {
    server = await startReferenceServer();
    outcome = await runOn(server.url, { name: 'first' });
    received = server.requests();
  });
  afterAll(() => server.close());

  it('passes every check in both versions', () => {
    const all = CHECKS.flatMap(({ id, versions = ['v2', 'v1'] }) => versions.map((version) => `${version} ${id}`));
    expect(namesOf(outcome, 'passed').sort()).toEqual(all.sort());
    expect(outcome.isSuccess).toBe(true);
  });

  it('is sent what is counted, well within the budget', () => {
    expect(outcome.exchanges).toHaveLength(received);
    expect(outcome.exchanges.length).toBeLessThan(MAX_REQUESTS * 0.75);
  });

  it('is sent request ids and order numbers that tell the run, and each order once under new ids', () => {
    for (const { ask } of outcome.exchanges) {
      const id = ask.headers['x-akinon-request-id'];
      if (id !== undefined && id !== '') expect(id).toMatch(/^conformance-first-\d+$/);
      for (const [, number] of (ask.body?.bytes.toString() ?? '').matchAll(/"orderNumber":\s*"([^"]*)"/g)) {
        expect(number).toMatch(/^CONFORMANCE-first-\d+$/);
      }
    }
  });

  it('is sent each version in its own shape', () => {
    const bodyOf = (version: string) =>
      JSON.parse(outcome.exchanges.find(({ origin }) => origin.version === version)?.ask.body?.bytes.toString() ?? '');
    expect(bodyOf('v2').basket.basketItems[1]).toMatchObject({ unitPrice: '500.00', product: { attributes: {} } });
    expect(bodyOf('v1').basket).not.toHaveProperty('voucherCode');
    expect(bodyOf('v1').user).toMatchObject({ phone: '' });
    expect(bodyOf('v1').basket.basketItems[1]).toMatchObject({
      unitPrice: 500,
      discountAmount: 12.32,
      consumedQuantity: 0,
      globallyConsumedQuantity: 0,
      product: { attributes: [] },
      appliedDiscounts: [
        {
          discount: {
            discountedBasketItems: [
              { pk: 59, quantity: 1 },
              { pk: 58, quantity: 7 },
            ],
            conditionConsumedBasketItems: [{ pk: 58, consumedQuantity: 0.2, globallyConsumedQuantity: 0.2 }],
            extraArgs: { discount: 12.32 },
          },
        },
      ],
    });
  });

  it('is judged by contract alone when asked', async () => {
    const { results } = await runOn(server.url, { level: 'contract' });
    expect(new Set(results.map(({ check }) => check.level))).toEqual(new Set(['contract']));
  });

  it.each(CHECKS)('passes $id when it runs alone', async ({ id }) => {
    const alone = await runOn(server.url, { checks: checksOf(id) });
    expect([...namesOf(alone, 'failed'), ...namesOf(alone, 'not judged')]).toEqual([]);
  });
});

describe('which versions are served', () => {
  const only = (version: string) => ({
    request: ({ headers }: { headers: Record<string, string> }) =>
      headers['x-akinon-api-version'] === version
        ? undefined
        : { status: 400, headers: { 'content-type': 'application/json' }, body: REFUSAL },
  });
  const REFUSAL = '{"errors":[{"code":"unsupported_api_version","field":"x-akinon-api-version","message":"no"}]}';

  it('fails nothing for a version that is not served while the other is', async () => {
    const server = await startReferenceServer(only('v2'));
    const outcome = await runOn(server.url, { checks: checksOf('offers') });
    expect(outcome.versions).toEqual([
      { version: 'v2', isServed: true, answer: null },
      { version: 'v1', isServed: false, answer: '400 unsupported_api_version' },
    ]);
    expect(outcome.isSuccess).toBe(true);
    expect(outcome.exchanges.filter(({ origin }) => origin.version === 'v1')).toHaveLength(1);
    await server.close();
  });

  it('is no success when the version that was named is not served', async () => {
    const server = await startReferenceServer(only('v2'));
    expect(await runOn(server.url, { version: 'v1' })).toMatchObject({ isSuccess: false });
    await server.close();
  });

  it('is no success when no offer ever came back', async () => {
    const server = await startReferenceServer({
      answer: (outgoing, { path }) =>
        path === '/offers' && outgoing.status === 200 ? { ...outgoing, body: '[]' } : outgoing,
    });
    const outcome = await runOn(server.url, { checks: checksOf('offers', 'money') });
    expect(namesOf(outcome, 'failed')).toEqual([]);
    expect(outcome.isSuccess).toBe(false);
    expect(outcome.results.find(({ check }) => check.id === 'offers/lines')?.verdict).toMatchObject({
      reason: expect.stringContaining('--basket FILE'),
    });
    await server.close();
  });

  it('takes another basket for the one of the document', async () => {
    const item = { ...BASKET_ITEM, id: 7, quantity: 2.5, unitPrice: '19.90' };
    const basket = { basket: { id: 1, version: 1, basketItems: [item] }, user: USER };
    const server = await startReferenceServer();
    const outcome = await runOn(server.url, { basket, credentials: CREDENTIALS });
    expect(namesOf(outcome, 'failed')).toEqual([]);
    expect(outcome.exchanges[0]?.ask.body?.bytes.toString()).toContain('"unitPrice":"19.90"');
    await server.close();
  });
});

const USER = { emailAllowed: true, smsAllowed: true, callAllowed: false, phone: null, email: [] };
const BASKET_ITEM = {
  id: 58,
  unitPrice: '500.00',
  quantity: 7,
  unitType: 'KILOGRAM',
  taxRate: '20.00',
  totalAmount: '49.75',
  discountAmount: '0.00',
  globallyConsumedQuantity: '0.0',
  currencyType: 'TRY',
  appliedDiscounts: [],
  product: { id: 100010, sku: 'SKU9', name: 'Test Product 9', attributes: {} },
};
