/** Group `auth`: Basic credentials on both routes. */
import { akinon, type Check, each, expect, hasStatus, is200, type Rule } from '../check.ts';
import type { Context, Route } from '../context.ts';
import type { Auth, Exchange } from '../exchange.ts';
import { ask, ROUTES } from './headers.ts';

const AUTHORIZATION = akinon('"Request Headers", Authorization');
const WRONG_PASSWORD: Auth = { kind: 'basic', password: 'conformance-wrong-password' };
const is401 = hasStatus(401);

/** 403 is another check's business. */
const isTurnedAway: Rule = (exchange) => (exchange.answer?.status === 403 ? null : is401(exchange));

/** A good request to both routes, but for who sends it. */
function as(auth: Auth, ...rules: readonly Rule[]): Check['run'] {
  return (context) => each(ROUTES, async (route) => expect(await ask(context, route, { auth }), ...rules));
}

const withBadBody = (context: Context, route: Route): Promise<Exchange> =>
  context.send(route, '{"basket": {', { auth: WRONG_PASSWORD });

export const authChecks: readonly Check[] = [
  {
    id: 'auth/none',
    level: 'contract',
    title: 'answers 401 without credentials',
    section: AUTHORIZATION,
    why: 'The header is mandatory, and its scheme, Basic, has 401 for a request without it.',
    run: as({ kind: 'none' }, is401),
  },
  {
    id: 'auth/wrong-password',
    level: 'contract',
    title: 'answers 401 to a wrong password',
    section: AUTHORIZATION,
    why: 'The right user name with a made-up password.',
    run: as(WRONG_PASSWORD, is401),
  },
  {
    id: 'auth/wrong-user',
    level: 'contract',
    title: 'answers 401 to a wrong user name',
    section: AUTHORIZATION,
    why: 'A made-up user name with the right password: a server that looks at the password alone lets it in.',
    run: as({ kind: 'basic', username: 'conformance-wrong-user' }, is401),
  },
  {
    id: 'auth/other-scheme',
    level: 'contract',
    title: 'answers 401 to another scheme',
    section: AUTHORIZATION,
    why: 'A made-up Bearer token. Only Basic is documented.',
    run: as({ kind: 'made-up', value: 'Bearer conformance-made-up-token' }, is401),
  },
  {
    id: 'auth/broken-base64',
    level: 'practice',
    title: 'answers 401 to credentials that are no base64',
    section: 'RFC 7617, 2',
    why: 'A server that decodes without care fails with 500 here.',
    run: as({ kind: 'made-up', value: 'Basic %%%not-base64%%%' }, is401),
  },
  {
    id: 'auth/no-colon',
    level: 'practice',
    title: 'answers 401 to credentials without a colon',
    section: 'RFC 7617, 2',
    why: 'Proper base64 of a text that has no colon, so no password: not a reason to fail with 500.',
    run: as({ kind: 'made-up', value: `Basic ${Buffer.from('conformance-no-colon').toString('base64')}` }, is401),
  },
  {
    id: 'auth/scheme-case',
    level: 'practice',
    title: 'accepts the scheme in lower case',
    section: 'RFC 7617, 2',
    why: 'Names of schemes are the same in upper and lower case.',
    run: as({ kind: 'basic', scheme: 'basic' }, is200),
  },
  {
    id: 'auth/challenge',
    level: 'practice',
    title: 'says with each 401 which scheme it wants',
    section: 'RFC 9110, 11.6.1',
    why: 'A 401 has to carry WWW-Authenticate. Without it some clients do not understand what is asked of them.',
    run: as({ kind: 'none' }, is401, ({ answer }) =>
      /^basic\b/i.test(answer?.headers['www-authenticate'] ?? '')
        ? null
        : `www-authenticate is ${answer?.headers['www-authenticate'] ?? 'absent'} in place of Basic realm="…"`,
    ),
  },
  {
    id: 'auth/before-body',
    level: 'practice',
    title: 'decides about credentials before it looks at the body',
    section: 'good practice',
    why: 'A wrong password with broken JSON. Whoever may not come in learns nothing from the order of errors and costs no parsing.',
    run: (context) => each(ROUTES, async (route) => expect(await withBadBody(context, route), isTurnedAway)),
  },
];
