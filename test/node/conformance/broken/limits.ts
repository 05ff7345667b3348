/** Servers that break under what no shop sends. */
import { answers, failure, includes, isUsage, mends, ok, plain, refuses, spoils } from '../faults.ts';
import type { Faults } from '../reference-server.ts';
import type { BrokenServer } from './broken-server.ts';

export const BROKEN_LIMITS: readonly BrokenServer[] = [
  {
    name: 'hangs up on a large body',
    faults: () => ({ answer: (outgoing) => (outgoing.status === 413 ? 'hang up' : outgoing) }),
    red: ['limits/large-body'],
  },
  {
    name: 'takes a body of any size',
    faults: () =>
      spoils(
        ({ status }) => status === 413,
        () => ok('[]'),
      ),
    red: ['limits/large-body'],
  },
  {
    name: 'refuses a large body in HTML',
    faults: () =>
      spoils(
        ({ status }) => status === 413,
        () => plain(413, '<h1>Too Large</h1>'),
      ),
    red: ['limits/large-body'],
  },
  {
    name: 'hangs up on deep nesting',
    faults: () => answers(includes('[[[[[[[['), 'hang up'),
    red: ['limits/deep-nesting'],
  },
  {
    name: 'takes a comma in a price',
    faults: () => replaces('"5,00"', '"5.00"'),
    red: ['limits/hostile-prices'],
  },
  {
    name: 'takes a quantity below zero',
    faults: () => replaces('"quantity":-1,', '"quantity":1,'),
    red: ['limits/negative-quantity'],
  },
  {
    name: 'fails for many used discounts',
    faults: () => answers(includes('conformance-9999'), failure),
    red: ['limits/many-discounts'],
  },
  { name: 'fails for 1e400', faults: () => answers(includes('1e400'), failure), red: ['limits/numbers'] },
  { name: 'fails for NUL', faults: () => answers(includes('\\u0000'), failure), red: ['limits/texts'] },
  { name: 'fails for __proto__', faults: () => answers(includes('__proto__'), failure), red: ['limits/prototype'] },
  {
    name: 'stays poisoned by __proto__',
    faults: () => {
      let isPoisoned = false;
      return {
        request(incoming) {
          if (isPoisoned && incoming.path === '/offers') return failure;
          isPoisoned = includes('__proto__')(incoming) && isUsage(incoming);
          return undefined;
        },
      };
    },
    red: ['limits/prototype'],
    also: /^limits\//,
  },
  {
    name: 'fails for a large basket',
    faults: () => refuses('/offers', ({ basket }) => basket.basketItems.length > 100, 500),
    red: ['limits/many-items'],
  },
];

function replaces(part: string, by: string): Faults {
  return mends((incoming) => {
    incoming.body = incoming.body.replace(part, by);
  });
}
