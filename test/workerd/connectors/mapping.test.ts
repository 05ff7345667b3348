import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/common/json.ts';
import { type CallContext, isFailure, type OffersAnswer, type UsageCommit } from '../../../src/connectors/connector.ts';
import type { CompiledMapping } from '../../../src/connectors/http/mapping/compiled.ts';
import { createMappedConnector } from '../../../src/connectors/http/mapping/connector.ts';
import mappings from '../../../src/connectors/http/mappings/compiled.json';
import { grossOf } from '../../../src/offers/basket.ts';
import { guardOffers } from '../../../src/offers/guard.ts';
import { aCrm, CRM_TOKEN } from '../../support/fakes/crm-fake.ts';
import { EXAMPLES } from '../../support/fakes/examples.ts';
import { aBridge } from './bridge.ts';
import { ADA, aCommit, aContext, anItem, aQuestion, ask, GUEST, NOW } from './order.ts';
import { describeConnector } from './suite.ts';

const deps = (secrets: Readonly<Record<string, string>> = { CRM_TOKEN }) => ({
  baseUrl: 'https://crm.test/api',
  secretOf: (name: string) => secrets[name],
});

function theMapping(name: string): CompiledMapping {
  const found = (mappings as unknown as CompiledMapping[]).find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no mapping ${name}`);
  return found;
}

function aMapped() {
  const created = createMappedConnector(theMapping('in-house-crm'), deps());
  if ('problems' in created) throw new Error(JSON.stringify(created.problems));
  return created.connector;
}

for (const [name, open] of Object.entries(EXAMPLES)) {
  describeConnector(`http with the mapping ${name}`, async () => {
    const { fetch, faults, secrets, baseUrl, exhausted, redeemed } = open();
    const created = createMappedConnector(theMapping(name), { baseUrl, secretOf: (secret) => secrets[secret] });
    if ('problems' in created) throw new Error(JSON.stringify(created.problems));
    return {
      ...{ connector: created.connector, fetch, faults, clock: { now: NOW }, neverOffered: 'unheard-of' },
      exhaust: async (id) => void exhausted.add(id),
      countEffects: async (id) => redeemed.get(id) ?? 0,
    };
  });
}

/** In front of an upstream that answers this. */
const answering = (answer: () => Response | Promise<Response>): CallContext =>
  aContext({ fetch: async () => answer() });

describe('a mapping: what is sent', () => {
  it('is what the file says, amounts exact and the phone in E.164', async () => {
    const crm = aCrm();
    const question = aQuestion(
      { items: [anItem({ id: 59, unitPrice: '500.10', quantity: '2' })], voucherCode: 'CRM50' },
      { customer: { ...ADA, phone: '0532 000 00 01', emails: [' Ada@Example.com ', 'b@example.com'] } },
    );
    const { offers } = await ask(aMapped(), question, aContext({ fetch: crm.fetch }));
    const [call] = crm.calls;
    expect(call?.line).toBe('POST /api/campaigns/eligible');
    expect(call?.headers.get('x-request-id')).toBe(question.requestId);
    expect(call?.body).toMatchObject({
      member: { phone: '+905320000001', email: 'ada@example.com' },
      ...{ currency: 'TRY', coupon: 'CRM50', store: null },
      lines: [{ line: 59, quantity: '2', price: '500.10' }],
    });
    expect(offers.map(({ id }) => id)).toEqual(['crm-ten', 'crm-points', 'crm-shipping', 'crm-50']);
    expect(offers[0]).toMatchObject({ reference: { member: 'M-17' }, label: '10 % off' });
  });

  it('knows a customer by hashes under a key of the mapping’s own', async () => {
    const crm = aCrm();
    const mapping = theMapping('in-house-crm');
    const member = {
      ...mapping,
      identity: { ...mapping.identity, hashKey: 'CRM_HASH_KEY' },
      offers: {
        ...mapping.offers,
        body: [
          'list',
          [
            ['prop', ['var', 'customer'], 'phoneHash'],
            ['prop', ['var', 'customer'], 'emailHash'],
          ],
        ],
      },
    } as const;
    expect(createMappedConnector(member, deps())).toEqual({
      problems: [{ setting: 'CRM_HASH_KEY', message: 'is not set, and the mapping in-house-crm needs it' }],
    });
    const created = createMappedConnector(member, deps({ CRM_TOKEN, CRM_HASH_KEY: 'pepper' }));
    if ('problems' in created) throw new Error(JSON.stringify(created.problems));
    const sent = async (customer: Partial<typeof ADA>) => {
      await created.connector.queryOffers(
        aQuestion({}, { customer: { ...GUEST, ...customer } }),
        aContext({ fetch: crm.fetch }),
      );
      return crm.calls.at(-1)?.body;
    };
    // printf '+905320000001' | openssl dgst -sha256 -hmac pepper
    const phone = '77f1822463d218d65587106354390f6b856889fd9ce89e3e0a02ea028d6d5576';
    const email = '73c43507a0192e95887a051ea55e31d1744e34bf152ba65977f3e52fd1f683a5';
    expect(await sent({ phone: '0532 000 00 01', emails: [' Ada@Example.com'] })).toEqual([phone, email]);
    expect(await sent({})).toEqual([null, null]);
  });

  it('has each key once, and the order in its path whatever its name holds', async () => {
    const crm = aCrm();
    const connector = aMapped();
    const asked = await ask(connector, aQuestion(), aContext({ fetch: crm.fetch }));
    const commit = await aCommit(asked, asked.offers, { orderNumber: '../a b/ç' });
    // The CRM takes what stands between two slashes for the order.
    const answer = await connector.commitUsage(commit, aContext({ fetch: crm.fetch }));
    expect(isFailure(answer)).toBe(false);
    const call = crm.calls[1];
    expect(call?.line).toBe('POST /api/orders/o:../a b/ç/redemptions');
    expect(call?.headers.get('idempotency-key')).toMatch(/^[0-9a-f]{64}$/);
    const { redemptions } = (call?.body ?? {}) as { redemptions: { key: string; member: string }[] };
    expect(redemptions.map(({ key }) => key)).toEqual(commit.discounts.map(({ key }) => key));
    expect(redemptions.every(({ member }) => member === 'M-17')).toBe(true);
  });
});

describe('a mapping: what an answer means', () => {
  it.each([
    [404, {}, { offers: [] }],
    [500, {}, { failed: 'error' }],
    [
      200,
      { campaigns: 7 },
      { failed: 'error', detail: expect.stringMatching(/^mapping in-house-crm: offers\.offers: \$map wants a list/) },
    ],
    [200, [], { failed: 'error' }],
    [
      200,
      { campaigns: [{ code: 'a' }] },
      { detail: expect.stringContaining('offers.offers.0.type: there is no .kind') },
    ],
    [200, { campaigns: [] }, { offers: [] }],
  ])('of %i %j to /offers', async (status, body, expected) => {
    const ctx = answering(() => Response.json(body, { status }));
    expect(await aMapped().queryOffers(aQuestion(), ctx)).toMatchObject(expected);
  });

  it.each([
    [409, { error: 'already_redeemed' }, { outcomes: new Map([['crm-ten', { status: 'accepted' }]]) }],
    [409, { error: 'busy' }, { failed: 'later' }],
    [422, { error: 'no' }, { failed: 'refused' }],
    [401, {}, { failed: 'paused', cause: 'credentials' }],
    [302, {}, { failed: 'paused', cause: 'misconfigured' }],
    [502, {}, { failed: 'unknown', call: expect.any(String) }],
    [200, { redemptions: 'x' }, { failed: 'paused', cause: 'misconfigured', call: expect.any(String) }],
    [200, { redemptions: [{}] }, { detail: expect.stringContaining('usages.outcomes.0.id: there is no .code') }],
  ])('of %i %j to the order', async (status, body, expected) => {
    const crm = aCrm();
    const connector = aMapped();
    const asked = await ask(connector, aQuestion(), aContext({ fetch: crm.fetch }));
    const commit = await aCommit(asked, asked.offers.slice(0, 1));
    const ctx = answering(() => Response.json(body, { status }));
    expect(await connector.commitUsage(commit, ctx)).toMatchObject(expected);
  });

  it('is not asked for where one basket makes no request: checkout goes on, and a person reads why', async () => {
    const wallet = EXAMPLES['hash-signed-wallet']?.();
    const created = createMappedConnector(theMapping('hash-signed-wallet'), {
      baseUrl: 'https://x.test',
      secretOf: () => 'a secret',
    });
    if (wallet === undefined || 'problems' in created) throw new Error('there is no wallet');
    const basket = { items: [anItem(), anItem({ id: 60, unitPrice: '9.995' })] };
    const answer = await created.connector.queryOffers(aQuestion(basket), aContext({ fetch: wallet.fetch }));
    expect(answer).toEqual({
      failed: 'unaskable',
      detail: 'mapping hash-signed-wallet: offers.body.basket.contents.1.itemUnitCost: 9.995 has no whole minor units',
    });
    expect(wallet.calls).toEqual([]);
  });

  it('is not asked for where one order makes no request: it waits, and the others go on', async () => {
    const crm = aCrm();
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: crm.fetch }));
    const mapping = theMapping('in-house-crm');
    const usages = { ...mapping.usages, body: ['prop', ['var', 'basket'], 'nothing'] } as const;
    const created = createMappedConnector({ ...mapping, usages }, deps());
    if ('problems' in created) throw new Error('it has no problems');
    const before = crm.calls.length;
    const answer = await created.connector.commitUsage(
      await aCommit(asked, asked.offers),
      aContext({ fetch: crm.fetch }),
    );
    expect(answer).toMatchObject({
      failed: 'later',
      detail: expect.stringMatching(/^mapping in-house-crm: usages\.body: there is no \.nothing/),
    });
    expect(crm.calls.length).toBe(before);
  });
});

describe('a call whose outcome is unknown', () => {
  it('is sent again as it was though the mapping says something else by now, and by no other mapping', async () => {
    const crm = aCrm();
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: crm.fetch }));
    const commit = await aCommit(asked, asked.offers);
    crm.faults.loseNextAnswer();
    const first = await aMapped().commitUsage(commit, aContext({ fetch: crm.fetch }));
    if (!('call' in first) || first.call === undefined) throw new Error('its text is not kept');
    const again = { ...commit, attempt: { number: 2, firstAt: NOW, last: 'unknown', call: first.call } } as const;

    const mapping = theMapping('in-house-crm');
    const other = createMappedConnector({ ...mapping, name: 'other' }, deps());
    const changed = createMappedConnector({ ...mapping, usages: { ...mapping.usages, body: ['const', {}] } }, deps());
    if ('problems' in other || 'problems' in changed) throw new Error('they have no problems');
    const before = crm.calls.length;
    for (const connector of [other.connector, aBridge().connector]) {
      const answer = await connector.commitUsage(again, aContext({ fetch: crm.fetch }));
      expect(answer).toEqual({
        failed: 'unknown',
        call: first.call,
        detail: expect.stringContaining('MAPPING was changed'),
      });
    }
    expect(crm.calls.length).toBe(before);

    const second = await changed.connector.commitUsage(again, aContext({ fetch: crm.fetch }));
    expect(second).toMatchObject({ outcomes: expect.any(Map) });
    expect(crm.calls.at(-1)?.body).toEqual(crm.calls.at(-2)?.body);
    expect([...crm.redeemed.values()]).toEqual([1, 1, 1]);
  });
});

describe('an answer that is not what its rules are about', () => {
  const failing = {
    status: [200],
    when: [
      'unary',
      '!',
      [
        'call',
        'get',
        [
          ['var', 'body'],
          ['const', 'ok'],
          ['const', false],
        ],
      ],
    ],
  } as const;

  async function commitTo(answer: () => Response, means: 'refused' | 'already_done') {
    const mapping = theMapping('in-house-crm');
    const created = createMappedConnector(
      { ...mapping, usages: { ...mapping.usages, rules: [{ ...failing, means }] } },
      deps(),
    );
    if ('problems' in created) throw new Error('it has no problems');
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: aCrm().fetch }));
    return created.connector.commitUsage(await aCommit(asked, asked.offers), answering(answer));
  }
  const brokenOff = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"ok":tr'));
          controller.error(new Error('reset'));
        },
      }),
    );

  it.each(['refused', 'already_done'] as const)('is not judged by them: %s', async (means) => {
    expect(await commitTo(brokenOff, means)).toMatchObject({ failed: 'unknown', call: expect.any(String) });
    expect(await commitTo(() => new Response('<html>'), means)).toMatchObject({
      failed: 'paused',
      cause: 'misconfigured',
    });
    expect(await commitTo(() => new Response(''), means)).toMatchObject({ failed: 'paused', cause: 'misconfigured' });
  });

  it('is none when it is nested beyond all measure', async () => {
    const deep = `{"campaigns":${'['.repeat(20_000)}${']'.repeat(20_000)},"redemptions":[]}`;
    expect(
      await aMapped().queryOffers(
        aQuestion(),
        answering(() => new Response(deep)),
      ),
    ).toMatchObject({ failed: 'error' });
    expect(await commitTo(() => new Response(deep), 'refused')).toMatchObject({ failed: 'paused' });
  });

  it('does not bring a Worker to its knees', async () => {
    const member = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, at]));
    const campaigns = Array.from({ length: 300 }, (_, at) => ({ code: `c${at}`, kind: 'shipping', title: 'x' }));
    const answer = await aMapped().queryOffers(
      aQuestion(),
      answering(() => Response.json({ member, campaigns })),
    );
    expect(answer).toMatchObject({ failed: 'error', detail: expect.stringContaining('too many steps') });
  });
});

describe('a hash in an answer', () => {
  it('is one, and not what was hashed', async () => {
    const mapping = theMapping('in-house-crm');
    const hash = ['call', 'sha256', [['prop', ['var', 'customer'], 'email']]] as const;
    const offer = [
      'object',
      [
        [
          ['const', 'id'],
          ['const', 'a'],
        ],
        [
          ['const', 'type'],
          ['const', 'SHIPPING'],
        ],
        [['const', 'reference'], hash],
      ],
    ] as const;
    const created = createMappedConnector(
      { ...mapping, offers: { ...mapping.offers, offers: ['list', [offer]] } },
      deps(),
    );
    if ('problems' in created) throw new Error('it has no problems');
    const answer = await created.connector.queryOffers(
      aQuestion({}, { customer: ADA }),
      answering(() => Response.json({})),
    );
    // printf ada@example.com | sha256sum
    expect(answer).toMatchObject({
      offers: [{ reference: 'b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72' }],
    });
    const outcomes = [
      'list',
      [
        [
          'object',
          [
            [
              ['const', 'id'],
              ['const', 'a'],
            ],
            [
              ['const', 'reference'],
              ['call', 'sha256', [['const', 'x']]],
            ],
          ],
        ],
      ],
    ] as const;
    const other = createMappedConnector({ ...mapping, usages: { ...mapping.usages, outcomes } }, deps());
    if ('problems' in other) throw new Error('it has no problems');
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: aCrm().fetch }));
    const found = await other.connector.commitUsage(
      await aCommit(asked, asked.offers),
      answering(() => Response.json({})),
    );
    expect(found).toMatchObject({ failed: 'paused', detail: expect.stringContaining('for requests and offers') });
  });
});

describe('an upstream that remembers no keys', () => {
  it('is sent what is due alone, once it has been looked up', async () => {
    const service = EXAMPLES['lookup-points']?.();
    const created = createMappedConnector(theMapping('lookup-points'), {
      baseUrl: service?.baseUrl ?? '',
      secretOf: (name) => service?.secrets[name],
    });
    if (service === undefined || 'problems' in created) throw new Error('there is no service');
    const ctx = aContext({ fetch: service.fetch });
    const asked = await ask(created.connector, aQuestion(), ctx);
    const commit = await aCommit(asked, asked.offers.slice(0, 2));
    service.faults.loseNextAnswer();
    const lost = await created.connector.commitUsage(commit, ctx);
    if (!('call' in lost) || lost.call === undefined) throw new Error('its text is not kept');
    // The look-up has found the first line; the upstream knows nothing of the second.
    const [first, second] = commit.discounts;
    if (first === undefined || second === undefined) throw new Error('there are not two');
    const discounts = [{ ...first, state: 'delivered' as const }, second];
    const again = {
      ...commit,
      discounts,
      attempt: { number: 2, firstAt: NOW, last: 'unknown', call: lost.call },
    } as const;
    await created.connector.commitUsage(again, ctx);
    expect(service.calls.at(-1)?.body).toMatchObject({ redemptions: [{ code: second.id }] });
    expect(service.redeemed.get(first.id)).toBe(1);
  });

  /** @param answer null for a connection that is lost; 202, 418 and 500 mean later */
  async function commitTo(answer: Response | null, repeat: 'lookup' | 'none', afterSeconds?: number) {
    const mapping = theMapping('lookup-points');
    const { lookup, ...usages } = mapping.usages;
    if (lookup === undefined) throw new Error('it looks nothing up');
    const rules = [{ status: [202, 418, 500], means: 'later' as const }];
    const outcomes = ['prop', ['var', 'body'], 'results'] as const;
    const looking = { ...lookup, ...(afterSeconds !== undefined && { afterSeconds }) };
    const created = createMappedConnector(
      { ...mapping, usages: { ...usages, repeat, rules, outcomes, ...(repeat === 'lookup' && { lookup: looking }) } },
      { baseUrl: 'https://x.test', secretOf: () => 'a secret' },
    );
    if ('problems' in created) throw new Error('it has no problems');
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: aCrm().fetch }));
    return created.connector.commitUsage(
      await aCommit(asked, asked.offers),
      answering(() => answer ?? Promise.reject(new TypeError('reset'))),
    );
  }

  it.each(['lookup', 'none'] as const)('may have begun what it puts off: %s', async (repeat) => {
    const headers = { 'retry-after': '3' };
    expect(await commitTo(new Response('{}', { status: 202, headers }), repeat)).toMatchObject({
      ...{ failed: 'unknown', afterMs: 3000, call: expect.any(String) },
    });
    const results = [
      { id: 'crm-ten', status: 'accepted' },
      { id: 'crm-points', status: 'later' },
    ];
    const answer = await commitTo(Response.json({ results }), repeat);
    expect(answer).toMatchObject({
      outcomes: new Map([
        ['crm-ten', { status: 'accepted' }],
        ['crm-points', { status: 'unknown' }],
        ['crm-shipping', { status: 'unknown' }],
      ]),
    });
    // Whether an error came before or after the effect it does not say.
    expect(await commitTo(new Response('', { status: 501 }), repeat)).toMatchObject({ failed: 'unknown' });
  });

  it.each(['lookup', 'none'] as const)('may have done what it answers with a redirect: %s', async (repeat) => {
    const headers = { location: '/redemptions/17' };
    expect(await commitTo(new Response(null, { status: 303, headers }), repeat)).toMatchObject({
      ...{ failed: 'paused', cause: 'misconfigured', call: expect.any(String) },
    });
    expect(await commitTo(new Response('{}', { status: 404 }), repeat)).not.toHaveProperty('call');
  });

  it.each([429, 503, 418, 500])('has done nothing where it or the mapping says so: %i', async (status) => {
    expect(await commitTo(new Response('', { status }), 'lookup')).toMatchObject({ failed: 'later' });
  });

  it('is not asked about what was sent to another', async () => {
    const service = EXAMPLES['lookup-points']?.();
    const created = createMappedConnector(
      { ...theMapping('lookup-points'), name: 'other' },
      {
        baseUrl: service?.baseUrl ?? '',
        secretOf: (name) => service?.secrets[name],
      },
    );
    if (service === undefined || 'problems' in created) throw new Error('there is no service');
    const ctx = aContext({ fetch: service.fetch });
    const asked = await ask(created.connector, aQuestion(), ctx);
    const call = JSON.stringify({
      mapping: 'lookup-points',
      request: { method: 'POST', target: '/', headers: {}, body: null },
      lines: [],
    });
    const commit = {
      ...(await aCommit(asked, asked.offers)),
      attempt: { number: 2, firstAt: NOW, last: 'unknown', call },
    } as const;
    const before = service.calls.length;
    expect(await created.connector.findUsage?.(commit, ctx)).toMatchObject({ failed: 'unknown', call });
    expect(service.calls.length).toBe(before);
  });

  it('is given that time, too, where nobody knows when it was called', async () => {
    const { lookup, ...usages } = theMapping('lookup-points').usages;
    if (lookup === undefined) throw new Error('it looks nothing up');
    const created = createMappedConnector(
      { ...theMapping('lookup-points'), usages: { ...usages, lookup: { ...lookup, afterSeconds: 300 } } },
      { baseUrl: 'https://x.test', secretOf: () => 'a secret' },
    );
    if ('problems' in created) throw new Error('it has no problems');
    const { connector } = created;
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: aCrm().fetch }));
    const first = { number: 2, firstAt: NOW, last: 'unknown', isTakenOver: true } as const;
    const find = async (attempt: UsageCommit['attempt']) =>
      connector.findUsage?.(
        { ...(await aCommit(asked, asked.offers)), attempt },
        answering(() => Response.json({ redemptions: [] })),
      );
    const given = await find(first);
    expect(given).toMatchObject({ failed: 'unknown', afterMs: 300_000, call: expect.any(String) });
    const call = given !== undefined && given !== 'absent' && 'call' in given ? given.call : undefined;
    if (call === undefined) throw new Error('its text is not kept');
    // The worker that sent it again vanished as well.
    expect(await find({ ...first, call })).toMatchObject({ failed: 'unknown', afterMs: 300_000 });
    expect(await find({ number: 3, firstAt: NOW, last: 'unknown', call })).toBe('absent');
  });

  it('is given the time that it needs before it is looked at', async () => {
    const lost = await commitTo(null, 'lookup', 20);
    expect(lost).toMatchObject({ failed: 'unknown', afterMs: 20_000 });
    expect(await commitTo(new Response('', { status: 504 }), 'lookup', 20)).toMatchObject({
      failed: 'unknown',
      afterMs: 20_000,
    });
  });
});

describe('an answer of the order that a mapping does not foresee', () => {
  const { rules: _, outcomes: __, ...usages } = theMapping('in-house-crm').usages;
  /** Means a failure by what stands in a 200, and does not see to it that something stands there. */
  const sloppy = { when: ['binary', '==', ['prop', ['var', 'body'], 'error'], ['const', 7]], means: 'later' } as const;

  async function commitTo(answer: () => Response, parts: Partial<CompiledMapping['usages']>) {
    const mapping = { ...theMapping('in-house-crm'), usages: { ...usages, rules: [], ...parts } };
    const created = createMappedConnector(mapping, deps());
    if ('problems' in created) throw new Error('it has no problems');
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: aCrm().fetch }));
    return created.connector.commitUsage(await aCommit(asked, asked.offers), answering(answer));
  }

  it.each([
    [
      'by a rule that cannot be computed',
      JSON.stringify({ done: true }),
      { rules: [sloppy] },
      'usages.rules.0.when: there',
    ],
    ['by a page in place of JSON, where nothing else is looked at', '<html>', {}, 'the answer is no JSON'],
  ])('is not taken for a yes: %s', async (_, body, parts, words) => {
    expect(await commitTo(() => new Response(body), parts)).toMatchObject({
      ...{ failed: 'paused', cause: 'misconfigured', call: expect.any(String) },
      detail: expect.stringContaining(words),
    });
  });

  it.each([
    [503, 'later'],
    [422, 'refused'],
    [502, 'unknown'],
  ])('means what its status says where that is no yes: %i', async (status, failed) => {
    const answer = await commitTo(() => new Response('<html>', { status }), { rules: [sloppy] });
    expect(answer).toMatchObject({ failed });
  });

  it.each(['', '{}', '"done"'])('is a yes where nothing is asked of it: %j', async (body) => {
    expect(await commitTo(() => new Response(body), {})).toMatchObject({ outcomes: expect.any(Map) });
  });
});

/** A right answer of each kind, to be spoilt. */
const ANSWERS: Readonly<Record<string, { readonly offers: Json; readonly usages: Json }>> = {
  'in-house-crm': {
    offers: {
      member: 'M-17',
      campaigns: [
        { code: 'a', kind: 'discount', title: 'A', text: 't', amount: '10.00' },
        { code: 'b', kind: 'points', title: 'B', amount: 20, from: '2026-01-01', to: '2035-12-31' },
      ],
    },
    usages: {
      redemptions: [
        { code: 'crm-ten', ok: true, number: 'N-1' },
        { code: 'crm-points', ok: false, reason: 'no' },
      ],
    },
  },
  'hash-signed-wallet': {
    offers: {
      walletId: 'W',
      analysis: {
        discounts: [
          { campaignId: 1, type: 'MONEY_OFF', name: 'A', value: 1000 },
          {
            campaignId: 2,
            type: 'POINTS',
            name: 'B',
            points: 5,
            startsAt: '2026-01-01T00:00:00Z',
            endsAt: '2035-01-01T00:00:00Z',
          },
        ],
      },
    },
    usages: { results: [{ campaignId: 'crm-ten', state: 'REDEEMED', redemptionId: 'R' }] },
  },
  'oauth-promotions': {
    offers: {
      status: { success: true, code: 200 },
      eligible: [{ id: 'a', reward: 'DISCOUNT', name: 'A', value: '10.00', rank: 1 }],
    },
    usages: {
      status: { success: true, code: 200 },
      items: [{ promotionId: 'crm-ten', success: true, executionId: 'E' }],
    },
  },
  'lookup-points': {
    offers: {
      rewards: [{ code: 'a', name: 'A', value: 10 }],
      points: 5,
      validFrom: '2026-01-01',
      validUntil: '2035-12-31',
    },
    usages: { redemptions: [{ id: 'R', code: 'crm-ten', status: 'done' }] },
  },
};

type Spoil = (value: Json) => Json | undefined;

/** The place that `at` picks is another value, or gone. */
function spoil(answer: Json, at: number, how: Spoil): Json {
  const places: (string | number)[][] = [];
  const walk = (value: Json, path: (string | number)[]) => {
    places.push(path);
    if (typeof value === 'object' && value !== null)
      for (const [key, part] of Object.entries(value)) walk(part, [...path, key]);
  };
  walk(answer, []);
  const [key, ...rest] = places[at % places.length] ?? [];
  if (key === undefined) return how(answer) ?? null;
  const spoilt = JSON.parse(JSON.stringify(answer));
  let parent = spoilt;
  let last = key;
  for (const next of rest) [parent, last] = [parent[last], next];
  const value = how(parent[last]);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return spoilt;
}

const spoilings: fc.Arbitrary<Spoil> = fc.oneof(
  fc.constant(() => undefined),
  fc.jsonValue().map((other) => () => other as Json),
  fc
    .constantFrom<Json>(
      ...['x'.repeat(1_000_000), '-5', '1e9', '9'.repeat(50), '0.001', -1, 1e300, 0.1, null, [], {}, '__proto__'],
    )
    .map((other) => () => other),
  fc.constant((value: Json) => Array.from({ length: 2000 }, () => value)),
  fc.constant((value: Json) => Array.from({ length: 40 }).reduce<Json>((inner) => [inner], value)),
);

describe.each(Object.entries(ANSWERS))('any answer through the mapping %s', (name, right) => {
  const { auth } = theMapping(name);
  // A token of its own would be asked for first.
  const mapping = { ...theMapping(name), auth: auth.kind === 'oauth2' ? ({ kind: 'none' } as const) : auth };
  const created = createMappedConnector(mapping, { baseUrl: 'https://x.test', secretOf: () => 'secret' });
  if ('problems' in created) throw new Error(JSON.stringify(created.problems));
  const { connector } = created;
  const bodies = (answer: Json) =>
    fc.oneof(
      { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
      { weight: 1, arbitrary: fc.constantFrom('', '<html>', '{"a":', '"text"', 'null') },
      {
        weight: 6,
        arbitrary: fc.tuple(fc.nat(100), spoilings).map(([at, how]) => JSON.stringify(spoil(answer, at, how))),
      },
    );
  const statuses = fc.constantFrom(200, 200, 200, 201, 207, 302, 400, 404, 409, 429, 500, 503);

  it('is offers where it is right', async () => {
    const asked = await ask(
      connector,
      aQuestion(),
      answering(() => Response.json(right.offers)),
    );
    expect(asked).toMatchObject({ drops: [], trimmed: [] });
    expect(asked.offers.length).toBeGreaterThan(0);
  });

  it('is guarded offers, or a failure with a name', async () => {
    const question = aQuestion({}, { customer: GUEST });
    await fc.assert(
      fc.asyncProperty(bodies(right.offers), statuses, async (text, status) => {
        const answer = await connector.queryOffers(
          question,
          answering(() => new Response(text, { status })),
        );
        if (isFailure(answer)) {
          expect(['error', 'unavailable']).toContain(answer.failed);
          expect(answer.detail.length).toBeLessThan(1000);
          return;
        }
        const limits = { maxPoints: new Big(1_000_000), priorityFirst: 'lowest', maxOffers: 50 } as const;
        const { offers } = guardOffers((answer as OffersAnswer).offers, question.basket, limits);
        const gross = question.basket.items.reduce((sum, item) => sum.plus(grossOf(item)), new Big(0));
        for (const { benefit } of offers) {
          if (benefit.type === 'BASKET') expect(benefit.amount.gt(0) && benefit.amount.lte(gross)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is outcomes of the lines that were sent, or a failure with a name', async () => {
    const crm = aCrm();
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: crm.fetch }));
    const commit = await aCommit(asked, asked.offers);
    const ids = commit.discounts.map(({ id }) => id);
    await fc.assert(
      fc.asyncProperty(bodies(right.usages), statuses, async (text, status) => {
        const answer = await connector.commitUsage(
          commit,
          answering(() => new Response(text, { status })),
        );
        if (isFailure(answer)) {
          expect(['later', 'unknown', 'refused', 'paused']).toContain(answer.failed);
          return;
        }
        for (const [id, outcome] of answer.outcomes) {
          expect(ids).toContain(id);
          const doubtful = connector.capabilities.repeat.by === 'key' ? 'later' : 'unknown';
          expect(['accepted', 'rejected', doubtful]).toContain(outcome.status);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('what a mapping says', () => {
  it.each([
    ['in-house-crm', { by: 'key', ttlHours: null }, 1],
    ['hash-signed-wallet', { by: 'key', ttlHours: null }, 1],
    // A token may be fetched before the call, and again.
    ['oauth-promotions', { by: 'key', ttlHours: null }, 4],
    ['lookup-points', { by: 'lookup' }, 2],
  ])('of repeating is what the core goes by: %s', (name, repeat, callsPerCommit) => {
    const created = createMappedConnector(theMapping(name), { baseUrl: 'https://x.test', secretOf: () => 'secret' });
    expect(created).toMatchObject({ connector: { capabilities: { repeat, callsPerCommit } } });
  });

  it('of an answer may depend on the order that it answers', async () => {
    const crm = aCrm();
    const asked = await ask(aMapped(), aQuestion(), aContext({ fetch: crm.fetch }));
    const mapping = theMapping('in-house-crm');
    const first = ['index', ['var', 'discounts'], ['const', 0]] as const;
    const line = [
      [
        ['const', 'id'],
        ['prop', first, 'id'],
      ],
      [
        ['const', 'status'],
        ['const', 'accepted'],
      ],
    ] as const;
    const usages = { ...mapping.usages, rules: [], outcomes: ['list', [['object', line]]] } as const;
    const created = createMappedConnector({ ...mapping, usages }, deps());
    if ('problems' in created) throw new Error('it has no problems');
    const commit = await aCommit(asked, asked.offers);
    const answer = await created.connector.commitUsage(
      commit,
      answering(() => Response.json({})),
    );
    expect(answer).toMatchObject({ outcomes: new Map([[commit.discounts[0]?.id, { status: 'accepted' }]]) });
  });
});

describe('secrets of a mapping', () => {
  it.each([
    [{}, ['CRM_TOKEN']],
    [{ CRM_TOKEN: 'a\nb' }, ['CRM_TOKEN']],
    [{ CRM_TOKEN: 'right' }, []],
  ])('%j lack %j', (secrets, missing) => {
    const created = createMappedConnector(theMapping('in-house-crm'), deps(secrets));
    expect('problems' in created ? created.problems.map(({ setting }) => setting) : []).toEqual(missing);
  });
});
