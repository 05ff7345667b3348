/** Group `limits`: sizes, depths and values no shop sends, which must be refused or borne, never break the server. */
import { set, type Wire } from '../basket.ts';
import {
  type Check,
  each,
  expect,
  failed,
  is200,
  isNotServerError,
  isProperlyRefused,
  PASSED,
  type Verdict,
} from '../check.ts';
import type { Context } from '../context.ts';
import type { Body, Exchange } from '../exchange.ts';
import { ask, ROUTES } from './headers.ts';

const PRACTICE = { level: 'practice', section: 'good practice' } as const;
const HUGE_BYTES = 8 * 1024 * 1024;
const DEPTH = 100_000;
const HUGE_TRIES = 3;

/** A good body with one field that fills it up. */
function hugeBody(): Body {
  const [head, tail] = [
    '{"padding":"',
    '","basket":{"id":32,"version":1758310922044282,"basketItems":[]},"usedDiscounts":[]}',
  ];
  return {
    bytes: Buffer.concat([Buffer.from(head), Buffer.alloc(HUGE_BYTES, 'a'), Buffer.from(tail)]),
    shell: `{ printf %s '${head}'; head -c ${HUGE_BYTES} /dev/zero | tr '\\0' a; printf %s '${tail}'; }`,
  };
}

function nestedBody(): Body {
  return {
    bytes: Buffer.from('['.repeat(DEPTH) + ']'.repeat(DEPTH)),
    shell: `{ head -c ${DEPTH} /dev/zero | tr '\\0' '['; head -c ${DEPTH} /dev/zero | tr '\\0' ']'; }`,
  };
}

/** A server may answer and hang up while the rest is on its way: what counts is the answer. */
function judgeHuge(exchange: Exchange): Verdict {
  if (exchange.answer === null) return failed(exchange.error ?? 'no answer', exchange);
  return expect({ ...exchange, error: null }, isProperlyRefused(`a body of ${HUGE_BYTES / 1024 / 1024} MB`));
}

const HOSTILE_PRICES: readonly unknown[] = ['-1', -1, '1e3', '5,00', 'NaN', ' 5', 'Infinity', '0x10', '', null, {}];

/** JSON that is written by hand, because no serialiser writes it. */
const HOSTILE_JSON: Readonly<Record<string, (json: string) => string>> = {
  'an unsafe integer as version': (json) => json.replace(/"version":\d+/, '"version":9007199254740993'),
  'a version of 400 digits': (json) => json.replace(/"version":\d+/, `"version":${'9'.repeat(400)}`),
  'a quantity of 1e400': (json) => json.replace(/"quantity":[\d.]+/, '"quantity":1e400'),
  'a quantity of 1e-400': (json) => json.replace(/"quantity":[\d.]+/, '"quantity":1e-400'),
};

const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  'NUL in a name': '"\\u0000name"',
  'control characters in a name': '"\\u0001\\u001b[31m\\u007f\\r\\nname"',
  'half a character in a name': '"\\ud800"',
  'a name of quotes': '"\';DROP TABLE orders;--\\"<script>{{7*7}}"',
};

function onBothRoutes(context: Context, hostile: Readonly<Record<string, (json: string) => string>>): Promise<Verdict> {
  return each(ROUTES, (route) =>
    each(Object.entries(hostile), async ([what, spoil]) => {
      const good = await context.body(route);
      return expect(await context.send(route, spoil(good)), isNotServerError(what));
    }),
  );
}

export const limitChecks: readonly Check[] = [
  {
    ...PRACTICE,
    id: 'limits/large-body',
    title: 'refuses a body of 8 MB with an error',
    why: 'Good JSON with one endless field. The answer may come before the body has been read, and the connection may be cut after it, but there has to be one: 4xx in the error format. A cut without an answer is tried three times, because an answer can be lost on the way.',
    run: (context) =>
      each(ROUTES, async (route) => {
        let verdict: Verdict = PASSED;
        for (let tries = 0; tries < HUGE_TRIES; tries += 1) {
          const exchange = await context.send(route, hugeBody());
          verdict = judgeHuge(exchange);
          if (exchange.answer !== null) break;
        }
        return verdict;
      }),
  },
  {
    ...PRACTICE,
    id: 'limits/deep-nesting',
    title: `refuses ${DEPTH.toLocaleString('en')} nested lists`,
    why: 'A parser that calls itself for each level runs out of stack: 500, or the end of the process.',
    run: (context) =>
      each(ROUTES, async (route) =>
        expect(await context.send(route, nestedBody()), isProperlyRefused(`${DEPTH} nested lists`)),
      ),
  },
  {
    ...PRACTICE,
    id: 'limits/hostile-prices',
    title: 'refuses prices that are no plain decimals',
    why: 'Negative, with exponent, comma, blank, hexadecimal, NaN, empty, null, an object: each read as a number by some language, and a wrong discount ever after.',
    run: (context) =>
      each(HOSTILE_PRICES, async (price) => {
        const edit = (wire: Wire) => set(wire, 'basket.basketItems.0.unitPrice', price);
        const what = `unitPrice is ${JSON.stringify(price)}`;
        return expect(await ask(context, '/offers', { edit }), isProperlyRefused(what));
      }),
  },
  {
    ...PRACTICE,
    id: 'limits/negative-quantity',
    title: 'refuses a quantity below zero',
    why: 'It turns a discount into a price. 4xx, with the error body.',
    run: async (context) =>
      expect(
        await ask(context, '/offers', { edit: (wire) => set(wire, 'basket.basketItems.0.quantity', -1) }),
        isProperlyRefused('quantity is -1'),
      ),
  },
  {
    ...PRACTICE,
    id: 'limits/many-discounts',
    title: 'bears 10,000 used discounts',
    why: 'Refused or accepted, but no 5xx: one write for each, or one statement for all, fails here.',
    async run(context) {
      const usage = await context.usageRequest();
      const usedDiscounts = Array.from({ length: 10_000 }, (_, index) => `conformance-${index}`);
      return expect(await context.use({ ...usage, usedDiscounts }), isNotServerError('10,000 used discounts'));
    },
  },
  {
    ...PRACTICE,
    id: 'limits/numbers',
    title: 'bears numbers that fit in no double',
    why: 'Integers beyond 2^53 and exponents beyond a double, on both routes: refused or accepted, but no 5xx.',
    run: (context) => onBothRoutes(context, HOSTILE_JSON),
  },
  {
    ...PRACTICE,
    id: 'limits/texts',
    title: 'bears texts that break databases and logs',
    why: 'NUL, control characters, half a surrogate pair, quotes and markup as a product name: refused or accepted, but no 5xx.',
    run: (context) =>
      onBothRoutes(
        context,
        Object.fromEntries(
          Object.entries(HOSTILE_TEXTS).map(([what, text]) => [
            what,
            (json: string) => json.replace(/"name":"[^"]*"/, () => `"name":${text}`),
          ]),
        ),
      ),
  },
  {
    ...PRACTICE,
    id: 'limits/prototype',
    title: 'bears fields named __proto__ and constructor',
    why: 'Copied without care they change every object of a server in JavaScript. The next plain basket has to be answered with 200 as before.',
    async run(context) {
      const poison = '{"__proto__":{"basket":null,"status":500},"constructor":{"prototype":{"quantity":-1}},';
      const verdict = await onBothRoutes(context, { 'a field named __proto__': (json) => json.replace('{', poison) });
      if (verdict.status !== 'passed') return verdict;
      return expect(await context.offers(context.offersRequest()), is200);
    },
  },
  {
    ...PRACTICE,
    id: 'limits/many-items',
    title: 'answers a basket of 300 items in time',
    why: 'A large basket is a good customer. 200 within the timeout of a request.',
    async run(context) {
      const request = context.offersRequest();
      const [first] = request.basket.basketItems;
      if (first === undefined) return PASSED;
      request.basket.basketItems = Array.from({ length: 300 }, (_, index) => ({
        ...first,
        id: 10_000 + index,
        appliedDiscounts: [],
        product: { ...first.product, id: 200_000 + index, sku: `SKU-${index}` },
      }));
      return expect(await context.offers(request), is200);
    },
  },
];
