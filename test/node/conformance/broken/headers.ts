/** Servers that look at headers too little or too closely. */
import { answers, failure, mends } from '../faults.ts';
import { problem } from '../reference-server.ts';
import type { BrokenServer } from './broken-server.ts';

export const BROKEN_HEADERS: readonly BrokenServer[] = [
  ...['x-akinon-request-id', 'x-akinon-api-version', 'x-app-device'].map((name) => ({
    name: `does not miss ${name}`,
    faults: () =>
      mends(({ headers }) => {
        const version = headers['x-app-device'] === undefined ? 'v1' : 'v2';
        headers[name] ??= { 'x-akinon-api-version': version }[name] ?? 'any';
      }),
    red: [`headers/no-${name.replace(/^x-(akinon-)?/, '')}`],
  })),
  {
    name: 'knows three devices',
    faults: () =>
      answers(
        ({ headers }) => !['default', 'android', 'instore', undefined].includes(headers['x-app-device']),
        problem(400, 'device', 'x-app-device', 'unknown'),
      ),
    red: ['headers/devices'],
  },
  {
    name: 'fails for a sale in a store',
    faults: () => answers(({ headers }) => headers['x-store-id'] !== undefined, failure),
    red: ['headers/store'],
  },
  {
    name: 'takes an empty request id',
    faults: () =>
      mends(
        ({ headers }) =>
          void (headers['x-akinon-request-id'] === '' && Object.assign(headers, { 'x-akinon-request-id': 'none' })),
      ),
    red: ['headers/empty-request-id'],
  },
  {
    name: 'takes any version for the one it knows',
    faults: () =>
      mends(({ headers }) => {
        if (headers['x-akinon-api-version'] === 'v9')
          headers['x-akinon-api-version'] = headers['x-app-device'] === undefined ? 'v1' : 'v2';
      }),
    red: ['headers/unknown-version'],
  },
  {
    name: 'reads header names in lower case only',
    faults: () =>
      answers(({ names }) => names.some((name) => /^X-A/.test(name)), problem(400, 'missing_header', '', 'missing')),
    red: ['headers/any-case'],
  },
  {
    name: 'takes no charset',
    faults: () =>
      answers(({ headers }) => /charset/.test(headers['content-type'] ?? ''), problem(415, 'type', '', 'not JSON')),
    red: ['headers/charset'],
  },
  {
    name: 'needs a content-length',
    faults: () =>
      answers(({ headers }) => headers['transfer-encoding'] !== undefined, problem(411, 'length', '', 'needed')),
    red: ['headers/chunked'],
  },
];
