/** What vendors get wrong in the bridge protocol, and which check of `npm run conformance:upstream` sees it. */
import type { Heard, Said, Twist } from './twisted-upstream.ts';

export type Offer = Record<string, unknown>;

/** The answer of /offers with its first offer changed. */
export const firstOffer = (change: (offer: Offer, json: { offers: Offer[] }) => unknown): Twist => ({
  say: (said, { path }) => {
    if (path !== '/offers' || said.status !== 200) return said;
    const json = JSON.parse(said.body);
    change(json.offers[0], json);
    return { ...said, body: JSON.stringify(json) };
  },
});

const offer = (own: Offer) => firstOffer((first) => Object.assign(first, own));
const args = (extraArgs: unknown) => offer({ extraArgs });

/** What /usages says, changed where `when` is so. */
export const usages = (
  when: (heard: Heard) => boolean,
  say: (said: Said & { body: string }) => Partial<Said>,
): Twist => ({
  say: (said, heard) => (heard.path === '/usages' && when(heard) ? { ...said, ...say(said) } : said),
});

export const results = (change: (results: Offer[]) => unknown) => (said: { body: string }) => {
  const json = JSON.parse(said.body);
  return { body: JSON.stringify({ results: change(json.results) ?? json.results }) };
};

export const isUsual = ({ json }: Heard) => Array.isArray(json?.discounts);
export const hasUnheardOf = ({ json }: Heard) =>
  isUsual({ json } as Heard) && json.discounts.some(({ id }: Offer) => id === 'conformance-never-offered');

/** True from the second call of the same body on. */
function isRepeated(): (heard: Heard) => boolean {
  const seen = new Set<string>();
  return ({ text, json }) => json?.discounts !== undefined && (seen.has(text) || !seen.add(text));
}

/** Every key is new: what was applied is applied again. */
function forgets(): NonNullable<Twist['hear']> {
  let count = 0;
  return ({ json }) =>
    json.discounts === undefined
      ? json
      : { ...json, discounts: json.discounts.map((line: Offer) => ({ ...line, key: `${++count}` })) };
}

/** What is left of a balance stands in the description; without results nothing else shows it. */
export function spends(isOnce: boolean): Twist {
  let left = 1000;
  const known = new Set<string>();
  return {
    say: (said, { path, json }) => {
      if (path === '/offers' && said.status === 200) {
        return { ...said, body: said.body.replace('10 % of the basket', `${left} left`) };
      }
      if (path !== '/usages' || said.status !== 200) return said;
      for (const { key } of json.discounts) {
        if (!isOnce || !known.has(key)) left -= 1;
        known.add(key);
      }
      return { status: 204, body: '' };
    },
  };
}

/** Remembers calls by their Idempotency-Key alone. */
function remembersCallsAlone(): Twist {
  return {
    hear: ({ json, headers }) =>
      json.discounts === undefined
        ? json
        : {
            ...json,
            discounts: json.discounts.map((line: Offer) => ({
              ...line,
              key: `${headers['idempotency-key']}${line.id}`,
            })),
          },
  };
}

/** Looks first, and remembers when it is done. */
function races(): Twist {
  const known = new Map<string, Said>();
  let count = 0;
  return {
    say: async (said, { path, text }) => {
      if (path !== '/usages' || said.status !== 200) return said;
      const before = known.get(text);
      if (before !== undefined) return before;
      const body = said.body.replace(/"R-\d+"/g, () => `"R-${++count}"`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      known.set(text, { ...said, body });
      return { ...said, body };
    },
  };
}

export const HTML = { headers: { 'content-type': 'text/html' }, body: '<html>' };

/** A check, a mistake, and what is seen of it. */
export const MISTAKES: readonly (readonly [string, string, Twist, RegExp])[] = [
  ['offers/answer', 'a bare list', { say: (said) => ({ ...said, body: '[]' }) }, /200, but not \{"offers"/],
  ['offers/answer', '500', { say: () => ({ status: 500, body: 'oops' }) }, /^500 oops/],
  ['offers/answer', '201', { say: (said) => ({ ...said, status: 201 }) }, /^201 /],
  ['offers/answer', 'HTML', { say: (said) => ({ ...said, ...HTML }) }, /200, but not .*<html>/],
  [
    'offers/guest',
    '422 for a guest',
    { say: (said, { json }) => (json?.customer?.phone === null ? { status: 422, body: '{}' } : said) },
    /^422/,
  ],
  [
    'offers/unknown-fields',
    '400 for more fields',
    { say: (said, { text }) => (text.includes('conformanceExtra') ? { status: 400, body: '{}' } : said) },
    /^400/,
  ],
  ['offers/ids', 'no id', offer({ id: undefined }), /offers\[0\]\.id is nothing/],
  ['offers/ids', 'a number', offer({ id: 17 }), /offers\[0\]\.id is 17/],
  ['offers/ids', '201 characters', offer({ id: 'x'.repeat(201) }), /1 to 200 characters/],
  ['offers/ids', 'an id twice', offer({ id: 'points' }), /offers\[1\]\.id "points" is there twice/],
  ['offers/fields', 'a type of its own', offer({ type: 'GIFT' }), /type is "GIFT"/],
  ['offers/fields', 'a priority as text', offer({ priority: '1' }), /priority is not a number but "1"/],
  ['offers/fields', 'a flag as text', offer({ isMergeable: 'no' }), /isMergeable is not true or false/],
  ['offers/fields', 'a label that is null', offer({ label: null }), /label is not a text but null/],
  ['offers/fields', 'another currency', offer({ currency: 'EUR' }), /currency is "EUR", and the basket's TRY/],
  ['offers/fields', 'no object', firstOffer((_, json) => json.offers.unshift('x' as never)), /not an object but "x"/],
  [
    'offers/extra-args',
    'an amount as number',
    args({ discount: 25.5 }),
    /discount is 25\.5 in place of a positive decimal/,
  ],
  ['offers/extra-args', 'an amount with a comma', args({ discount: '25,50' }), /"25,50" in place of/],
  ['offers/extra-args', 'none', args(undefined), /extraArgs is nothing, and BASKET needs it/],
  [
    'offers/extra-args',
    'points as number',
    offer({ type: 'LOYALTY_POINT', extraArgs: { loyaltyData: { amount: 120 } } }),
    /loyaltyData\.amount is 120/,
  ],
  [
    'offers/extra-args',
    'the 30th of February',
    offer({
      type: 'LOYALTY_POINT',
      extraArgs: {
        loyaltyData: { amount: '1', benefitCoefficient: '1', validFrom: '2026-02-30', validUntil: '2026-12-31' },
      },
    }),
    /validFrom is "2026-02-30"/,
  ],
  [
    'offers/extra-args',
    'no sample',
    offer({ type: 'SAMPLE_PRODUCT', extraArgs: { sampleProducts: [] } }),
    /sampleProducts is \[\]/,
  ],
  ['offers/extra-args', 'no coupon', offer({ type: 'DEFERRED', extraArgs: { data: {} } }), /coupon is nothing/],
  [
    'offers/items',
    'an item that is not there',
    offer({ discountedBasketItems: [{ pk: 1, quantity: '1' }] }),
    /pk is 1, and the basket has no such/,
  ],
  [
    'offers/items',
    'more than there is',
    offer({ discountedBasketItems: [{ pk: 58, quantity: '3' }] }),
    /quantity is "3", and the basket has "2"/,
  ],
  [
    'offers/items',
    'a quantity as number',
    offer({ conditionConsumedBasketItems: [{ pk: 58, quantity: 1 }] }),
    /quantity is 1 in place of/,
  ],
  [
    'offers/items',
    'an item twice',
    offer({
      discountedBasketItems: [
        { pk: 58, quantity: '1' },
        { pk: 58, quantity: '1' },
      ],
    }),
    /names item 58 a second time/,
  ],
  ['offers/amounts', 'more than the basket', args({ discount: '1020.01' }), /more than the basket cost: 1020$/],
  ['offers/amounts', 'less than a kuruş', args({ discount: '0.001' }), /nothing, in the minor unit of TRY/],
  [
    'offers/amounts',
    'more than its items',
    offer({ extraArgs: { discount: '20.01' }, discountedBasketItems: [{ pk: 59, quantity: '0.25' }] }),
    /more than its items cost: 20$/,
  ],
  ['offers/references', '5000 bytes', offer({ reference: 'x'.repeat(5000) }), /reference has 5002 bytes/],
  [
    'offers/same-ids',
    'other ids',
    firstOffer((first) => (first.id = `o-${Math.random()}`)),
    /first \["o-0.*then \["o-0/,
  ],
  [
    'offers/invalid-body',
    '200 for garbage',
    { say: (said) => ({ ...said, status: 200, body: '{"offers":[]}' }) },
    /no body: 200/,
  ],
  [
    'offers/invalid-body',
    '500 for garbage',
    { say: (said) => ({ ...said, status: said.status === 400 ? 500 : said.status }) },
    /no body: 500/,
  ],
  [
    'usages/accepted',
    'a body of its own',
    usages(isUsual, () => ({ body: '{"ok":true}' })),
    /200, but the body is not \{"results"/,
  ],
  ['usages/accepted', 'HTML', usages(isUsual, () => HTML), /200, but the body is not JSON/],
  [
    'usages/accepted',
    'a status of its own',
    usages(
      isUsual,
      results((all) => all.map((it) => ({ ...it, status: 'ok' }))),
    ),
    /status is "ok"/,
  ],
  [
    'usages/accepted',
    'no result for one',
    usages(
      isUsual,
      results((all) => all.slice(1)),
    ),
    /no result for spring-10/,
  ],
  ['usages/accepted', '409', usages(isUsual, () => ({ status: 409 })), /409, after which the same call comes again/],
  ['usages/accepted', '404', usages(isUsual, () => ({ status: 404 })), /404, after which all deliveries pause/],
  ['usages/accepted', '422', usages(isUsual, () => ({ status: 422 })), /422: the whole call is refused/],
  [
    'usages/accepted',
    'a line rejected',
    usages(
      isUsual,
      results((all) => all.map((it) => ({ ...it, status: 'rejected' }))),
    ),
    /spring-10 rejected/,
  ],
  [
    'usages/nulls',
    '422 without a number',
    usages(
      ({ json }) => json?.orderNumber === null,
      () => ({ status: 422 }),
    ),
    /422/,
  ],
  [
    'usages/unknown-fields',
    '400 for more',
    usages(
      ({ text }) => text.includes('conformanceExtra'),
      () => ({ status: 400 }),
    ),
    /400/,
  ],
  [
    'usages/same-answer',
    '409 the second time',
    usages(isRepeated(), () => ({ status: 409 })),
    /accepted \(R-1\).*; then 409/,
  ],
  [
    'usages/same-answer',
    'already used',
    usages(
      isRepeated(),
      results((all) => all.map(({ id }) => ({ id, status: 'rejected' }))),
    ),
    /then spring-10 rejected/,
  ],
  ['usages/same-answer', 'keys forgotten', { hear: forgets() }, /R-1\).*then .*R-5\)/],
  ['usages/applied-once', 'keys forgotten', { hear: forgets() }, /references R-1, .*; then R-5/],
  [
    'usages/applied-once',
    'a balance that is spent twice',
    spends(false),
    /changed with the first call and again with the second/,
  ],
  ['usages/at-once', 'a race', races(), /first .*R-1\).*; then .*R-5\)/],
  [
    'usages/one-line-more',
    'calls known by Idempotency-Key alone',
    remembersCallsAlone(),
    /first spring-10 accepted \(R-1\); then spring-10 accepted \(R-2\)/,
  ],
  ['usages/never-offered', '500', usages(hasUnheardOf, () => ({ status: 500 })), /500, after which the same call/],
  [
    'usages/never-offered',
    '404',
    usages(hasUnheardOf, () => ({ status: 404 })),
    /404, after which all deliveries pause/,
  ],
  [
    'usages/never-offered',
    'an empty 204',
    usages(hasUnheardOf, () => ({ status: 204, body: '' })),
    /not rejected: .*conformance-never-offered accepted/,
  ],
  [
    'usages/never-offered',
    'later',
    usages(
      hasUnheardOf,
      results((all) => all.map((it) => ({ ...it, status: 'later' }))),
    ),
    /not rejected/,
  ],
  [
    'usages/never-offered',
    'its neighbours too',
    usages(
      hasUnheardOf,
      results((all) => all.map((it) => ({ ...it, status: 'rejected' }))),
    ),
    /spring-10 rejected/,
  ],
  [
    'usages/invalid-body',
    '204 for garbage',
    usages(
      () => true,
      () => ({ status: 204, body: '' }),
    ),
    /no body: 204/,
  ],
  [
    'usages/invalid-body',
    'nothing there',
    usages(
      () => true,
      () => ({ status: 404 }),
    ),
    /404, which is not about the body/,
  ],
  ['auth/wrong', 'anybody', {}, /\/offers: 200/],
  ['auth/none', 'anybody', {}, /\/offers: 200/],
  [
    'auth/none',
    'anybody on one route',
    {
      say: (said, heard) =>
        heard.path === '/offers' && heard.headers.authorization === undefined ? { status: 401, body: '' } : said,
    },
    /\/usages: 200/,
  ],
  [
    'http/redirect',
    '302',
    { say: () => ({ status: 302, headers: { location: '/login' }, body: '' }) },
    /302 to "\/login" \(1 of 1/,
  ],
  [
    'http/json',
    'no word of JSON',
    { say: (said) => ({ ...said, headers: { 'content-type': 'text/plain' } }) },
    /content-type is "text\/plain"/,
  ],
  [
    'http/json',
    'Latin-1',
    { say: (said) => ({ ...said, body: Buffer.from('{"offers":[],"x":"\u00fc"}', 'latin1') }) },
    /not UTF-8/,
  ],
  [
    'offers/answer',
    'offers that are nested without end',
    { say: (said) => ({ ...said, body: `{"offers":${'['.repeat(20_000)}${']'.repeat(20_000)}}` }) },
    /200, but not \{"offers"/,
  ],
  [
    'http/complete',
    'over 1 MB',
    { say: (said) => ({ ...said, body: said.body + ' '.repeat(1_100_000) }) },
    /larger than 1 MB/,
  ],
  [
    'http/complete',
    'an answer that breaks off',
    { say: (said) => ({ ...said, headers: { 'content-length': '2', connection: 'close' }, body: '{' }) },
    /cut before the answer was complete|no complete answer/,
  ],
];
