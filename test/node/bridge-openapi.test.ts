/**
 * docs/bridge.openapi.json is a valid document, its examples are what it says, and so are the calls that the connector
 * makes and the answers that the reference upstream gives.
 */
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { SAMPLE } from '../../conformance/upstream/basket.ts';
import { readReadme } from '../../scripts/generate/read-tables.ts';
import { fetchFrom } from '../support/upstream/fetch.ts';
import { VOUCHER_CODE } from '../support/upstream/offers.ts';
import { aBridge } from '../workerd/connectors/bridge.ts';
import { ADA, aCommit, anItem, aQuestion, ask, GUEST } from '../workerd/connectors/order.ts';

// The Workers runtime has it, and so has Node from its next major version on.
Uint8Array.prototype.toHex ??= function toHex(this: Uint8Array) {
  return Buffer.from(this).toString('hex');
};

type Media = { example: unknown };
type Operation = {
  requestBody: { content: { 'application/json': Media } };
  responses: Record<string, { description: string; content?: { 'application/json': Media } }>;
};

const document = JSON.parse(readFileSync('docs/bridge.openapi.json', 'utf8'));
const paths = document.paths as Record<'/offers' | '/usages', { post: Operation }>;

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'bridge', ...document });

/** What is wrong with a value, by the name of its schema. */
function flaws(name: string, value: unknown): string[] {
  const check = ajv.getSchema(`bridge#/components/schemas/${name}`);
  if (check === undefined) throw new Error(`there is no schema ${name}`);
  return check(value) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

/** Every call of a bridge, with what was answered. */
async function callsOf(run: (bridge: ReturnType<typeof aBridge>) => Promise<void>) {
  const bridge = aBridge();
  const calls: { path: string; sent: unknown; headers: Headers; answered: unknown }[] = [];
  const through = fetchFrom(bridge.upstream);
  const fetch = (async (input: string, init: RequestInit) => {
    const response = await through(input, init);
    const answered: unknown = await response.clone().json();
    const { pathname } = new URL(input);
    calls.push({ path: pathname, sent: JSON.parse(String(init.body)), headers: new Headers(init.headers), answered });
    return response;
  }) as unknown as typeof bridge.fetch;
  await run({ ...bridge, fetch, ctx: { ...bridge.ctx, fetch } });
  return calls;
}

describe('docs/bridge.openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('has the examples of the protocol, and each is valid', () => {
    const { '/offers': offers, '/usages': usages } = paths;
    const exampleOf = (content: { 'application/json': Media } | undefined) => content?.['application/json'].example;
    expect(flaws('OffersQuestion', exampleOf(offers.post.requestBody.content))).toEqual([]);
    expect(flaws('Offers', exampleOf(offers.post.responses[200]?.content))).toEqual([]);
    expect(flaws('Usage', exampleOf(usages.post.requestBody.content))).toEqual([]);
    expect(flaws('Results', exampleOf(usages.post.responses[200]?.content))).toEqual([]);
  });

  it('describes every field of an offer, and no text was lost on the way', () => {
    for (const schema of Object.values(document.components.schemas as Record<string, { description?: string }>)) {
      expect(schema.description ?? 'x').not.toMatch(/^\s*$|undefined/);
    }
    const { properties } = document.components.schemas.OfferFields;
    for (const [name, schema] of Object.entries(properties as Record<string, { description?: string }>)) {
      if (name !== 'type') expect([name, schema.description]).toEqual([name, expect.stringMatching(/./)]);
    }
  });

  it('is what the connector asks and the reference upstream answers on /offers', async () => {
    const applied = {
      type: 'BASKET',
      description: 'Internal Offer',
      extraArgs: { discount: '0.00' },
      discountedItems: [{ itemId: 59, quantity: '1' }],
      conditionItems: [],
    };
    const items = [anItem({ appliedDiscounts: [applied], attributes: { size: ['S'] }, quantity: '0.25' })];
    const calls = await callsOf(async ({ connector, ctx }) => {
      for (const customer of [ADA, GUEST]) {
        await connector.queryOffers(aQuestion({ voucherCode: VOUCHER_CODE, items }, { customer }), ctx);
      }
    });
    expect(calls.map(({ path }) => path)).toEqual(['/offers', '/offers']);
    for (const { sent, answered } of calls) {
      expect(flaws('OffersQuestion', sent)).toEqual([]);
      expect(flaws('Offers', answered)).toEqual([]);
      expect((answered as { offers: unknown[] }).offers.length).toBeGreaterThan(3);
    }
  });

  it('is what the connector asks and the reference upstream answers on /usages', async () => {
    const question = aQuestion();
    const calls = await callsOf(async ({ connector, ctx, upstream }) => {
      const { offers } = await ask(connector, question, ctx);
      upstream.faults.add({ do: 'line', discount: 'points', outcome: 'later', reason: 'busy' });
      const commit = await aCommit({ question, basketState: undefined }, [...offers, 'never-offered']);
      await connector.commitUsage(commit, ctx);
      await connector.commitUsage({ ...commit, orderNumber: null, basket: null }, ctx);
    });
    const usages = calls.filter(({ path }) => path === '/usages');
    expect(usages).toHaveLength(2);
    for (const { sent, headers, answered } of usages) {
      expect(flaws('Usage', sent)).toEqual([]);
      expect(flaws('Results', answered)).toEqual([]);
      expect((answered as { results: { status: string }[] }).results.map(({ status }) => status)).toEqual(
        expect.arrayContaining(['accepted', 'rejected', 'later']),
      );
      expect(headers.get('idempotency-key')).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('is what the conformance command asks', () => {
    expect(flaws('OffersQuestion', { requestId: 'x', ...SAMPLE })).toEqual([]);
  });

  it.each([
    ['an amount as number', { type: 'BASKET', extraArgs: { discount: 25.5 } }],
    ['an amount of nothing', { type: 'BASKET', extraArgs: { discount: '0.00' } }],
    ['no extraArgs', { type: 'LOYALTY_POINT' }],
    ['an unknown type', { type: 'GIFT' }],
    ['an empty id', { id: '', type: 'SHIPPING' }],
    ['a quantity as number', { type: 'SHIPPING', discountedBasketItems: [{ pk: 1, quantity: 1 }] }],
  ])('refuses %s', (_, own) => {
    expect(flaws('Offers', { offers: [{ id: 'a', type: 'SHIPPING' }] })).toEqual([]);
    expect(flaws('Offers', { offers: [{ id: 'a', ...own }] })).not.toEqual([]);
  });
});

describe('what a README says', () => {
  const readme = readReadme('## A\n\n| field | what |\n| --- | --- |\n| `a`, `b` | text |\n\n```json\n{"x":1}\n```\n');

  it('is found by section and name', () => {
    expect(readme.row('A', 'b', 'field')).toEqual(['`a`, `b`', 'text']);
    expect(readme.example('A', 0)).toEqual({ x: 1 });
  });

  it('is missed loudly', () => {
    expect(() => readme.row('A', 'c', 'field')).toThrow('no table of "A" says what c is');
    expect(() => readme.example('A', 1)).toThrow('no block of JSON');
  });
});
