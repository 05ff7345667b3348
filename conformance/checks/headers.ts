/** Group `headers`: what has to be there, what may be there, and what HTTP allows. */
import { akinon, type Check, each, expect, is200, isProperlyRefused, isRefused, type Verdict } from '../check.ts';
import type { Changes, Context, Route } from '../context.ts';
import type { Exchange } from '../exchange.ts';

const HEADERS = akinon('"Request Headers"');
export const ROUTES: readonly Route[] = ['/offers', '/use-offers'];

/** A good request to either route, but for the changes. */
export async function ask(context: Context, route: Route, changes: Changes): Promise<Exchange> {
  return route === '/offers'
    ? context.offers(context.offersRequest(), changes)
    : context.use(await context.usageRequest(), changes);
}

function onBoth(context: Context, changes: Changes, judge: (exchange: Exchange) => Verdict): Promise<Verdict> {
  return each(ROUTES, async (route) => judge(await ask(context, route, changes)));
}

function without(name: string, versions?: Check['versions']): Check {
  return {
    id: `headers/no-${name.replace(/^x-(akinon-)?/, '')}`,
    level: 'contract',
    ...(versions === undefined ? {} : { versions }),
    title: `refuses a request without ${name}`,
    section: HEADERS,
    why: 'The header is mandatory on both routes: a request without it is not of this contract and gets a 4xx.',
    run: (context) =>
      onBoth(context, { headers: { [name]: null } }, (exchange) =>
        expect(exchange, isRefused(`${name} is mandatory and absent`)),
      ),
  };
}

export const headerChecks: readonly Check[] = [
  without('x-akinon-request-id'),
  without('x-akinon-api-version'),
  without('x-app-device', ['v2']),
  {
    id: 'headers/devices',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts each kind of device',
    section: HEADERS,
    why: '`default`, `android` and `instore` are examples of the document, not a closed list, so one that it does not name is sent as well.',
    run: (context) =>
      each(['android', 'instore', 'ios'], (device) =>
        onBoth(context, { headers: { 'x-app-device': device } }, (exchange) => expect(exchange, is200)),
      ),
  },
  {
    id: 'headers/store',
    level: 'contract',
    versions: ['v2'],
    title: 'accepts the optional headers of a store',
    section: HEADERS,
    why: 'All five are sent at once, as a sale in a store sends them.',
    run: (context) =>
      onBoth(
        context,
        {
          headers: {
            'x-app-device': 'instore',
            'x-store-id': '17',
            'x-store-remote-id': 'IST-017',
            'x-store-staff-id': '42',
            'x-store-staff-remote-id': 'ST-42',
            'x-store-staff-email': 'staff@example.com',
          },
        },
        (exchange) => expect(exchange, is200),
      ),
  },
  {
    id: 'headers/empty-request-id',
    level: 'practice',
    title: 'refuses an empty request id',
    section: 'good practice',
    why: 'An empty id is as good as none, and as a key for repetitions it would make all such requests one.',
    run: (context) =>
      onBoth(context, { headers: { 'x-akinon-request-id': '' } }, (exchange) =>
        expect(exchange, isProperlyRefused('the request id is empty')),
      ),
  },
  {
    id: 'headers/unknown-version',
    level: 'practice',
    title: 'refuses a version that does not exist',
    section: 'good practice',
    why: 'v9 is asked for. Answering it in the shape of another version hands wrong types to a caller that trusts them.',
    run: (context) =>
      onBoth(context, { headers: { 'x-akinon-api-version': 'v9' } }, (exchange) =>
        expect(exchange, isProperlyRefused('there is no version v9')),
      ),
  },
  {
    id: 'headers/any-case',
    level: 'practice',
    title: 'reads header names in any case',
    section: 'RFC 9110, 5.1',
    why: 'Names of headers are the same in upper and lower case; clients and proxies rewrite them.',
    run: (context) =>
      onBoth(
        context,
        {
          headers: {
            'x-akinon-request-id': null,
            'x-akinon-api-version': null,
            'x-app-device': null,
            'X-AKINON-REQUEST-ID': context.requestId(),
            'X-Akinon-Api-Version': context.version,
            ...(context.version === 'v2' ? { 'X-App-Device': 'default' } : {}),
          },
        },
        (exchange) => expect(exchange, is200),
      ),
  },
  {
    id: 'headers/charset',
    level: 'practice',
    title: 'accepts a content type with a charset',
    section: 'RFC 9110, 8.3',
    why: '`application/json; charset=utf-8` is what many clients send; a comparison of the whole text refuses it.',
    run: (context) =>
      onBoth(context, { headers: { 'content-type': 'application/json; charset=utf-8' } }, (exchange) =>
        expect(exchange, is200),
      ),
  },
  {
    id: 'headers/chunked',
    level: 'practice',
    title: 'accepts a body sent in chunks',
    section: 'RFC 9112, 7.1',
    why: 'A client or proxy that does not know the length beforehand sends no content-length. The body is as good.',
    run: (context) => onBoth(context, { chunked: true }, (exchange) => expect(exchange, is200)),
  },
];
