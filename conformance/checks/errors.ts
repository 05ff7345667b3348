/** Group `errors`: what is wrong is refused, and every failure is told in the documented form. */
import { set, unset, type Wire } from '../basket.ts';
import {
  akinon,
  type Check,
  each,
  expect,
  failed,
  hasErrorEntries,
  hasErrorList,
  hasJsonType,
  hasStatus,
  isProperlyRefused,
  isRefused,
  PASSED,
  type Rule,
  type Verdict,
} from '../check.ts';
import type { Context, Route } from '../context.ts';
import { isObject, jsonOf, show, textOf } from '../exchange.ts';
import { ask, ROUTES } from './headers.ts';

const ERRORS = akinon('"Response Body For Errors (ALL)"');
const OFFERS = akinon('basket-offers, "Request Body"');
const USED = akinon('basket-offers-used, "Request Body"');
const BROKEN_JSON = '{"basket": {"id": 32,';

/** Fails on purpose, in the ways that every server knows, and judges all failures of contract checks. */
function judgeFailures(rule: Rule): Check['run'] {
  return async (context) => {
    await provoke(context);
    const isFailure = (status = 0) => status >= 400;
    const failures = context
      .exchanges()
      .filter(
        ({ answer, error, origin }) => isFailure(answer?.status) && error === null && origin.level === 'contract',
      );
    if (failures.length === 0)
      return failed('nothing that was sent was refused, so there is no error to look at', null);
    return each(failures, (exchange) => expect(exchange, rule));
  };
}

/** Unless the checks of this group have done so already. */
async function provoke(context: Context): Promise<void> {
  if (context.exchanges().some(({ origin }) => origin.check.startsWith('errors/'))) return;
  for (const route of ROUTES) {
    await ask(context, route, { auth: { kind: 'none' } });
    await ask(context, route, { headers: { 'x-akinon-request-id': null } });
    await ask(context, route, { edit: (wire) => unset(wire, 'basket') });
    await context.send(route, BROKEN_JSON);
  }
}

/** Each of several spoilt bodies must be refused. */
async function refusesEdits(
  context: Context,
  route: Route,
  edits: Readonly<Record<string, (wire: Wire) => void>>,
): Promise<Verdict> {
  return each(Object.entries(edits), async ([what, edit]) =>
    expect(await ask(context, route, { edit }), isRefused(what)),
  );
}

/** A wrong field, and the texts by which an error may name it. */
const WRONG_FIELDS: readonly (readonly [Route, path: string, name: RegExp, value: unknown])[] = [
  ['/offers', 'basket.basketItems', /basketItems/, 'none'],
  ['/offers', 'basket.basketItems.0.quantity', /quantity/, 'many'],
  ['/use-offers', 'usedDiscounts', /usedDiscounts/, 'none'],
];

export const errorChecks: readonly Check[] = [
  {
    id: 'errors/broken-json',
    level: 'contract',
    title: 'refuses a body that is not JSON',
    section: ERRORS,
    why: 'JSON that ends in the middle, and no body at all. That is a mistake of the caller: 4xx.',
    run: (context) =>
      each(ROUTES, (route) =>
        each([BROKEN_JSON, ''], async (body) =>
          expect(await context.send(route, body), isRefused('the body is not JSON')),
        ),
      ),
  },
  {
    id: 'errors/not-an-object',
    level: 'contract',
    title: 'refuses JSON that is no object',
    section: OFFERS,
    why: '`[]`, `null`, `"text"` and `1` are JSON but no request.',
    run: (context) =>
      each(ROUTES, (route) =>
        each(['[]', 'null', '"text"', '1'], async (body) =>
          expect(await context.send(route, body), isRefused(`the body is ${body}`)),
        ),
      ),
  },
  {
    id: 'errors/missing-basket',
    level: 'contract',
    title: 'refuses to make offers without a basket',
    section: OFFERS,
    why: 'Absent and null on /offers. A list of offers for no basket would be an answer to another question.',
    run: (context) =>
      refusesEdits(context, '/offers', {
        'there is no basket': (wire) => unset(wire, 'basket'),
        'basket is null': (wire) => set(wire, 'basket', null),
      }),
  },
  {
    id: 'errors/usage-of-nothing',
    level: 'contract',
    title: 'refuses a usage that has neither basket nor order',
    section: USED,
    why: 'Discounts that were used by nobody knows what. A server may bear one of the two missing, since the order exists; not both.',
    run: (context) =>
      refusesEdits(context, '/use-offers', {
        'there is neither basket nor order': (wire) => {
          unset(wire, 'basket');
          unset(wire, 'order');
        },
      }),
  },
  {
    id: 'errors/items-type',
    level: 'contract',
    title: 'refuses basket items that are no list of objects',
    section: OFFERS,
    why: 'A text, an object, a list of numbers, and none at all in place of the list on /offers.',
    run: (context) =>
      refusesEdits(context, '/offers', {
        'basketItems is a text': (wire) => set(wire, 'basket.basketItems', 'none'),
        'basketItems is an object': (wire) => set(wire, 'basket.basketItems', { 0: {} }),
        'basketItems is a list of numbers': (wire) => set(wire, 'basket.basketItems', [1, 2]),
        'basketItems is absent': (wire) => unset(wire, 'basket.basketItems'),
      }),
  },
  {
    id: 'errors/used-discounts',
    level: 'contract',
    title: 'refuses used discounts that are no list of texts',
    section: USED,
    why: 'Absent, a text, and a list of objects. A server that reads them as "nothing was used" loses a redemption.',
    run: (context) =>
      refusesEdits(context, '/use-offers', {
        'usedDiscounts is absent': (wire) => unset(wire, 'usedDiscounts'),
        'usedDiscounts is a text': (wire) => set(wire, 'usedDiscounts', 'v2-spring-discount-2025'),
        'usedDiscounts is a list of objects': (wire) => set(wire, 'usedDiscounts', [{ id: 'v2-spring-discount-2025' }]),
      }),
  },
  {
    id: 'errors/body',
    level: 'contract',
    isReview: true,
    title: 'answers each failure with a list of errors',
    section: ERRORS,
    why: 'Every 4xx and 5xx that a request of the contract level was answered, those without credentials included: `{"errors": […]}` with at least one entry. Plain text, HTML and an empty body are red.',
    run: judgeFailures(hasErrorList),
  },
  {
    id: 'errors/entries',
    level: 'contract',
    isReview: true,
    title: 'says code, field and message in each error',
    section: ERRORS,
    why: 'All three are texts. `field` is empty when the error comes from none; `code` and `message` say something.',
    run: judgeFailures(hasErrorEntries),
  },
  {
    id: 'errors/content-type',
    level: 'contract',
    isReview: true,
    title: 'says that the errors are JSON',
    section: ERRORS,
    why: 'The document calls the body JSON for 4xx and 5xx alike.',
    run: judgeFailures(hasJsonType),
  },
  {
    id: 'errors/field',
    level: 'practice',
    title: 'names the field that is wrong',
    section: ERRORS,
    why: 'One field is spoilt at a time; `field` of an error has to contain its name. "Bad request" alone cannot be acted upon.',
    run: (context) =>
      each(WRONG_FIELDS, async ([route, path, name, value]) => {
        const exchange = await ask(context, route, { edit: (wire) => set(wire, path, value) });
        return expect(exchange, isProperlyRefused(`${path} is ${show(value)}`), ({ answer }) => {
          const json = jsonOf(answer);
          const errors = isObject(json) && Array.isArray(json.errors) ? json.errors : [];
          return errors.some((error) => isObject(error) && name.test(String(error.field)))
            ? null
            : `no error names ${path}; field is ${errors.map((error) => show(error?.field)).join(', ')}`;
        });
      }),
  },
  {
    id: 'errors/unknown-path',
    level: 'practice',
    title: 'answers 404 to a path it does not have',
    section: 'RFC 9110, 15.5.5',
    why: 'In the documented error format, as every other failure.',
    run: async (context) =>
      expect(await context.send('/conformance-no-such-path', '{}'), hasStatus(404), isProperlyRefused('no such path')),
  },
  {
    id: 'errors/method',
    level: 'practice',
    title: 'answers 405 to another method and names the right one',
    section: 'RFC 9110, 15.5.6',
    why: 'GET on both routes: 405 with Allow: POST, in the documented error format. A GET that is answered like a POST may be cached or prefetched.',
    run: (context) =>
      each(ROUTES, async (route) =>
        expect(
          await context.send(route, null, { method: 'GET' }),
          hasStatus(405),
          isProperlyRefused('GET'),
          ({ answer }) =>
            /\bPOST\b/i.test(answer?.headers.allow ?? '')
              ? null
              : `allow is ${answer?.headers.allow ?? 'absent'} in place of POST`,
        ),
      ),
  },
  {
    id: 'errors/media-type',
    level: 'practice',
    title: 'refuses a body that calls itself plain text',
    section: 'RFC 9110, 15.5.16',
    why: 'A page in a browser can send text/plain to any server without asking; JSON it cannot. 415 or another 4xx.',
    run: (context) =>
      each(ROUTES, async (route) =>
        expect(
          await ask(context, route, { headers: { 'content-type': 'text/plain' } }),
          isProperlyRefused('content-type is text/plain'),
        ),
      ),
  },
  {
    id: 'errors/no-internals',
    level: 'practice',
    isReview: true,
    title: 'tells nothing of its inside in an error',
    section: 'good practice',
    why: 'No stack trace, no file with a line number, and not the password that was sent, in any failure of the whole run.',
    async run(context) {
      await provoke(context);
      for (const exchange of context.exchanges()) {
        const { answer } = exchange;
        if (answer === null || answer.status < 400) continue;
        const found = INTERNALS.find(([, pattern]) => pattern.test(textOf(answer) ?? ''));
        if (found !== undefined) return failed(`the ${answer.status} holds ${found[0]}`, exchange);
      }
      return PASSED;
    },
  },
];

const INTERNALS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a stack trace', /Traceback \(most recent call last\)|(\n|\\n)\s+at .{1,200}:\d+/],
  ['a file with a line number', /[\w/\\-]+\.(js|ts|mjs|py|java|kt|rb|php|go|cs|rs):\d+/],
  ['the password that was sent', /conformance-wrong-password/],
];
