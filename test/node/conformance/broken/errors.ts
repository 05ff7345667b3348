/** Servers that accept what is wrong, or tell it in a form of their own. */
import { answers, eachError, isFailure, isUsage, mends, ok, parsed, plain, sentIn, spoils } from '../faults.ts';
import { type Incoming, problem } from '../reference-server.ts';
import type { BrokenServer } from './broken-server.ts';

const isList = Array.isArray;
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !isList(value);
const basketOf = (incoming: Incoming) =>
  (parsed(incoming) as { basket?: { basketItems?: unknown } } | undefined)?.basket;

export const BROKEN_ERRORS: readonly BrokenServer[] = [
  {
    name: 'answers 401 in plain text',
    faults: () =>
      spoils(
        ({ status }) => status === 401,
        () => plain(401, 'Unauthorized'),
      ),
    red: ['errors/body', 'errors/content-type'],
    with: ['auth'],
    also: /^auth\/challenge$/,
  },
  {
    name: 'takes broken JSON for an empty request',
    faults: () => answers((incoming) => parsed(incoming) === undefined && incoming.method === 'POST', ok('[]')),
    red: ['errors/broken-json'],
  },
  {
    name: 'takes any JSON for a request',
    faults: () => answers((incoming) => parsed(incoming) !== undefined && !isObject(parsed(incoming)), ok('[]')),
    red: ['errors/not-an-object'],
  },
  {
    name: 'makes offers for no basket',
    faults: () =>
      answers(
        (incoming) => incoming.path === '/offers' && isObject(parsed(incoming)) && !isObject(basketOf(incoming)),
        ok('[]'),
      ),
    red: ['errors/missing-basket'],
  },
  {
    name: 'takes a usage of nothing',
    faults: () =>
      answers((incoming) => isUsage(incoming) && isObject(parsed(incoming)) && !isObject(basketOf(incoming)), ok()),
    red: ['errors/usage-of-nothing'],
  },
  {
    name: 'takes anything for basket items',
    faults: () =>
      answers((incoming) => {
        const basket = basketOf(incoming);
        return incoming.path === '/offers' && isObject(basket) && !isList(basket?.basketItems);
      }, ok('[]')),
    red: ['errors/items-type', 'errors/field'],
  },
  {
    name: 'takes numbers for basket items',
    faults: () =>
      answers((incoming) => (basketOf(incoming)?.basketItems as unknown[] | undefined)?.[0] === 1, ok('[]')),
    red: ['errors/items-type'],
  },
  {
    name: 'takes anything for used discounts',
    faults: () =>
      answers((incoming) => {
        const used = sentIn(incoming)?.usedDiscounts;
        return (
          isUsage(incoming) &&
          sentIn(incoming) !== null &&
          !(isList(used) && used.every((id) => typeof id === 'string'))
        );
      }, ok()),
    red: ['errors/used-discounts', 'errors/field'],
  },
  {
    name: 'writes one error in place of a list',
    faults: () => spoils(isFailure, () => ({ body: '{"error":"no"}' })),
    red: ['errors/body'],
    also: /^errors\//,
  },
  {
    name: 'writes an empty list of errors',
    faults: () => spoils(isFailure, () => ({ body: '{"errors":[]}' })),
    red: ['errors/body'],
    also: /^errors\//,
  },
  {
    name: 'writes errors without field',
    faults: () => eachError((error) => void delete error.field),
    red: ['errors/entries'],
    also: /^errors\//,
  },
  {
    name: 'writes codes as numbers',
    faults: () => eachError((error) => void Object.assign(error, { code: 17 })),
    red: ['errors/entries'],
    also: /^errors\//,
  },
  {
    name: 'calls its errors plain text',
    faults: () => spoils(isFailure, ({ headers }) => ({ headers: { ...headers, 'content-type': 'text/plain' } })),
    red: ['errors/content-type'],
  },
  {
    name: 'names no field',
    faults: () => eachError((error) => void Object.assign(error, { field: '' })),
    red: ['errors/field'],
  },
  {
    name: 'answers an unknown path in HTML',
    faults: () =>
      spoils(
        ({ status }) => status === 404,
        () => plain(404, '<h1>Not Found</h1>'),
      ),
    red: ['errors/unknown-path'],
  },
  {
    name: 'does not say which method it has',
    faults: () =>
      spoils(
        ({ status }) => status === 405,
        () => ({ headers: { 'content-type': 'application/json' } }),
      ),
    red: ['errors/method'],
  },
  {
    name: 'answers GET as if it were POST',
    faults: () => answers(({ method }) => method === 'GET', ok('[]')),
    red: ['errors/method'],
  },
  {
    name: 'takes plain text',
    faults: () =>
      mends(
        ({ headers }) =>
          void (
            headers['content-type'] === 'text/plain' && Object.assign(headers, { 'content-type': 'application/json' })
          ),
      ),
    red: ['errors/media-type'],
  },
  {
    name: 'shows its stack',
    faults: () =>
      eachError((error) => void Object.assign(error, { message: 'Error: no\n    at handle (/srv/app/index.js:12:7)' })),
    red: ['errors/no-internals'],
  },
  {
    name: 'repeats the password',
    faults: () =>
      spoils(
        ({ status }, { headers }) => status === 401 && Boolean(headers.authorization),
        (_, { headers }) =>
          problem(401, 'auth', '', `wrong: ${Buffer.from(headers.authorization?.slice(6) ?? '', 'base64')}`),
      ),
    red: ['errors/no-internals'],
    with: ['auth'],
    also: /^auth\//,
  },
];
