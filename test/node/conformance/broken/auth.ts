/** Servers with a hole or a stumble in their Basic auth. */
import { answers, failure, letsIn, parsed, spoils } from '../faults.ts';
import { problem } from '../reference-server.ts';
import type { BrokenServer } from './broken-server.ts';

export const BROKEN_AUTH: readonly BrokenServer[] = [
  {
    name: 'lets in who says nothing',
    faults: () => letsIn((scheme) => scheme === ''),
    red: ['auth/none', 'auth/challenge'],
  },
  {
    name: 'looks at the user name alone',
    faults: () => letsIn((_, username) => username === 'reference'),
    red: ['auth/wrong-password', 'auth/before-body'],
    also: /^auth\/scheme-case$/,
  },
  {
    name: 'looks at the password alone',
    faults: () => letsIn((_, username) => username === 'conformance-wrong-user'),
    red: ['auth/wrong-user'],
  },
  { name: 'lets in any Bearer', faults: () => letsIn((scheme) => scheme === 'Bearer'), red: ['auth/other-scheme'] },
  {
    name: 'fails for credentials that are no base64',
    faults: () => answers(({ headers }) => /%/.test(headers.authorization ?? ''), failure),
    red: ['auth/broken-base64'],
  },
  {
    name: 'fails for credentials without a colon',
    faults: () =>
      answers(
        ({ headers }) =>
          Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString() === 'conformance-no-colon',
        failure,
      ),
    red: ['auth/no-colon'],
  },
  {
    name: 'compares the scheme letter by letter',
    faults: () =>
      answers(({ headers }) => headers.authorization?.startsWith('basic') ?? false, problem(401, 'auth', '', 'no')),
    red: ['auth/scheme-case'],
  },
  {
    name: 'does not say which scheme it wants',
    faults: () =>
      spoils(
        ({ status }) => status === 401,
        () => ({ headers: { 'content-type': 'application/json' } }),
      ),
    red: ['auth/challenge'],
  },
  {
    name: 'parses before it looks who is there',
    faults: () => answers((incoming) => parsed(incoming) === undefined, problem(400, 'invalid_json', '', 'no JSON')),
    red: ['auth/before-body'],
  },
  {
    name: 'forbids in place of asking who is there',
    faults: () =>
      spoils(
        ({ status }) => status === 401,
        () => ({ status: 403 }),
      ),
    red: ['auth/none', 'auth/wrong-password', 'auth/wrong-user', 'auth/other-scheme'],
    also: /^auth\//,
  },
];
