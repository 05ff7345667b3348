/** A mapping to begin with: of an upstream that nobody has, complete, and with fixtures that it passes. */
import type { Json } from '../../src/common/json.ts';

export const AUTHS = ['bearer', 'basic', 'headers', 'query', 'oauth2', 'login', 'hash', 'hmac', 'jwt', 'none'] as const;
export const MONEYS = ['major', 'minor'] as const;
export const REPEATS = ['key', 'lookup', 'none'] as const;

export interface Choices {
  readonly auth: (typeof AUTHS)[number];
  readonly money: (typeof MONEYS)[number];
  readonly repeat: (typeof REPEATS)[number];
}

const evaluate = (expression: string) => ({ $eval: expression });
/** Not written as an object: one with a `then` passes for a promise. */
const when = (condition: string, yes: Json, no: Json): Json =>
  Object.fromEntries([
    ['$if', condition],
    ['then', yes],
    ['else', no],
  ]);

export function scaffoldMapping(name: string, { auth, money, repeat }: Choices): Json {
  return {
    $schema: './mapping.schema.json',
    title: name,
    about: 'A beginning: change it to what the API of your upstream says, then run npm run mapping -- check',
    auth: authOf(name, auth),
    identity: { country: '90', emails: 'first', guests: 'ask' },
    money: money === 'major' ? { unit: 'major', as: 'string' } : { unit: 'minor', as: 'number' },
    tables: { types: { discount: 'BASKET', shipping: 'SHIPPING' } },
    offers: {
      method: 'POST',
      path: '/campaigns',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: of a template
      headers: { 'x-request-id': '${requestId}' },
      body: {
        customer: { phone: evaluate('customer.phone'), email: evaluate('customer.email') },
        currency: evaluate('basket.currency'),
        voucher: evaluate('basket.voucherCode'),
        lines: {
          $map: evaluate('basket.items'),
          'each(item)': {
            id: evaluate('item.id'),
            sku: evaluate('item.sku'),
            quantity: evaluate('item.quantity'),
            price: evaluate('money(item.unitPrice)'),
          },
        },
      },
      rules: [{ status: [404], means: 'empty' }],
      offers: {
        $map: evaluate('body.campaigns'),
        'each(campaign)': {
          id: evaluate('campaign.code'),
          type: evaluate("get(tables.types, campaign.kind, 'unknown')"),
          label: evaluate('campaign.title'),
          extraArgs: when("campaign.kind == 'discount'", { discount: evaluate('campaign.amount') }, {}),
        },
      },
    },
    usages: {
      method: 'POST',
      path: ORDER_PATH,
      repeat,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: of a template
      ...(repeat === 'key' && { headers: { 'idempotency-key': '${key}' } }),
      body: {
        $map: evaluate('discounts'),
        'each(used)': {
          key: evaluate('used.key'),
          code: evaluate('used.id'),
          // Points are no money.
          amount: when("used.type == 'BASKET'", evaluate('money(used.amount)'), evaluate('used.amount')),
        },
      },
      rules: [{ status: [409], when: "get(body, 'error', '') == 'already_redeemed'", means: 'already_done' }],
      outcomes: OUTCOMES,
      ...(repeat === 'lookup' && {
        lookup: {
          method: 'GET',
          path: ORDER_PATH,
          rules: [{ status: [404], means: 'absent' }],
          outcomes: OUTCOMES,
        },
      }),
    },
  };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: of a template
const ORDER_PATH = '/orders/${orderKey}/redemptions';

const OUTCOMES = {
  $map: evaluate('body.redemptions'),
  'each(done)': {
    id: evaluate('done.code'),
    status: when('done.ok', 'accepted', 'rejected'),
    reason: evaluate("get(done, 'reason', '')"),
    reference: evaluate("get(done, 'number', '')"),
  },
};

/** `in-house-crm` → `IN_HOUSE_CRM_TOKEN` */
const secretOf = (name: string, end: string) => `${name.toUpperCase().replaceAll('-', '_')}_${end}`;

function authOf(name: string, kind: Choices['auth']): Json {
  switch (kind) {
    case 'none':
      return { kind };
    case 'basic':
      return { kind, username: secretOf(name, 'USERNAME'), password: secretOf(name, 'PASSWORD') };
    case 'bearer':
      return { kind, token: secretOf(name, 'TOKEN') };
    case 'headers':
      return { kind, headers: { 'x-api-key': secretOf(name, 'KEY') } };
    case 'query':
      return { kind, key: 'apiKey', value: secretOf(name, 'KEY') };
    case 'oauth2':
      return {
        ...{ kind, tokenUrl: '/oauth/token' },
        ...{ clientId: secretOf(name, 'CLIENT_ID'), clientSecret: secretOf(name, 'CLIENT_SECRET') },
      };
    case 'login': {
      const body = {
        username: { secret: secretOf(name, 'USERNAME') },
        password: { secret: secretOf(name, 'PASSWORD') },
      };
      return { kind, url: '/login', body, token: 'token', expiresIn: 'expires_in' };
    }
    case 'hash':
      return {
        ...{ kind, header: 'x-signature', parts: ['target', 'body', { secret: secretOf(name, 'SECRET') }] },
        headers: { 'x-client-id': secretOf(name, 'CLIENT_ID') },
      };
    case 'hmac':
      return {
        ...{ kind, secret: secretOf(name, 'SECRET'), header: 'x-signature', timestampHeader: 'x-timestamp' },
        parts: ['method', 'target', 'timestamp', 'body'],
      };
    case 'jwt':
      return { kind, secret: secretOf(name, 'SECRET'), claims: { iss: 'shop' } };
  }
}

export function scaffoldFixtures(name: string, { auth, money, repeat }: Choices): Json {
  const write = (major: string) => (money === 'major' ? major : Math.round(Number(major) * 100));
  const headers = headersOf(name, auth);
  const query = auth === 'query' ? `?apiKey=<${secretOf(name, 'KEY')}>` : '';
  const redemptions = `/orders/o%3AORD-1/redemptions${query}`;
  const commit = { discounts: [{ id: 'ten-off', type: 'BASKET', amount: '10.00', currency: 'TRY' }] };
  const taken = { redemptions: [{ code: 'ten-off', ok: true, number: 'N-1' }] };
  const accepted = { 'ten-off': { status: 'accepted', reference: 'N-1' } };
  return {
    offers: [
      {
        name: 'a customer whom we know',
        question: {
          basket: { voucherCode: 'TEN', items: [{ id: 59, sku: 'SKU8', unitPrice: '99.90', quantity: '2' }] },
          customer: { phone: '0532 000 00 01', emails: ['ada@example.com'] },
        },
        sends: {
          method: 'POST',
          target: `/campaigns${query}`,
          headers: { ...headers, 'x-request-id': 'request-1' },
          body: {
            customer: { phone: '+905320000001', email: 'ada@example.com' },
            currency: 'TRY',
            voucher: 'TEN',
            lines: [{ id: 59, sku: 'SKU8', quantity: '2', price: write('99.90') }],
          },
        },
        answers: {
          status: 200,
          body: {
            campaigns: [
              { code: 'ten-off', kind: 'discount', title: '10 off', amount: write('10.00') },
              { code: 'free-shipping', kind: 'shipping', title: 'Free shipping' },
            ],
          },
        },
        offers: [
          {
            id: 'ten-off',
            type: 'BASKET',
            label: '10 off',
            extraArgs: { discount: '10.00' },
          },
          { id: 'free-shipping', type: 'SHIPPING', label: 'Free shipping', extraArgs: {} },
        ],
      },
      { name: 'a guest, and no campaigns', question: { customer: {} }, answers: { status: 404 }, offers: [] },
      { name: 'the upstream is down', answers: 'nothing', fails: 'unavailable' },
    ],
    usages: [
      {
        name: 'a used discount is redeemed',
        commit,
        sends: {
          method: 'POST',
          target: redemptions,
          headers: { ...headers, ...(repeat === 'key' && { 'idempotency-key': '<any>' }) },
          body: [{ key: 'key-of-ten-off', code: 'ten-off', amount: write('10.00') }],
        },
        answers: { status: 200, body: taken },
        outcomes: accepted,
      },
      {
        name: 'what is redeemed already is done',
        commit,
        answers: { status: 409, body: { error: 'already_redeemed' } },
        outcomes: { 'ten-off': { status: 'accepted' } },
      },
      {
        name: 'what is refused',
        commit,
        answers: { status: 200, body: { redemptions: [{ code: 'ten-off', ok: false, reason: 'used up' }] } },
        outcomes: { 'ten-off': { status: 'rejected', reason: 'used up' } },
      },
    ],
    ...(repeat === 'lookup' && {
      lookups: [
        {
          name: 'an order that is there',
          commit,
          sends: { method: 'GET', target: redemptions, headers },
          answers: { status: 200, body: taken },
          outcomes: accepted,
        },
        { name: 'an order that is not', commit, answers: { status: 404 }, absent: true },
      ],
    }),
  } as Json;
}

function headersOf(name: string, kind: Choices['auth']): Record<string, string> {
  switch (kind) {
    case 'basic':
      return { authorization: `Basic <${secretOf(name, 'USERNAME')}>:<${secretOf(name, 'PASSWORD')}>` };
    case 'bearer':
      return { authorization: `Bearer <${secretOf(name, 'TOKEN')}>` };
    case 'headers':
      return { 'x-api-key': `<${secretOf(name, 'KEY')}>` };
    case 'oauth2':
    case 'login':
      return { authorization: 'Bearer <token>' };
    case 'hash':
      return { 'x-client-id': `<${secretOf(name, 'CLIENT_ID')}>`, 'x-signature': '<any>' };
    case 'hmac':
      return { 'x-timestamp': '1767225600', 'x-signature': '<any>' };
    case 'jwt':
      return { authorization: '<any>' };
    default:
      return {};
  }
}
