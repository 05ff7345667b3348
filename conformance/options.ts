/** The command line, read and checked before anything is sent. */
import { parseArgs } from 'node:util';
import type { OffersRequest } from './basket.ts';
import { readBasketFile } from './basket-file.ts';
import { type Check, isAsked } from './check.ts';
import { CHECKS, GROUPS, groupOf, VERSIONS } from './checks/index.ts';
import type { Credentials } from './client.ts';
import type { Level, Version } from './exchange.ts';

export const HELP = `Usage: npm run conformance -- --url URL --username U --password P [options]

Is a server a good counterpart for Akinon's Basket Offer Flows? Sends documented and hostile requests to URL/offers and
URL/use-offers, judges the answers and says what is wrong. Nothing is sent anywhere else. The usages it sends carry
made-up orders: run it against a test deployment.

  --url URL           what Akinon is given as base_url; /offers and /use-offers are added
  --username U        of Basic auth; or CONFORMANCE_USERNAME in the environment
  --password P        of Basic auth; or CONFORMANCE_PASSWORD, which no list of processes shows
  --version v1|v2     judges this version alone, which must be served; without it both are tried
  --level LEVEL       contract: what Akinon's documents say; practice (default): what a careful engineer adds, too
  --only LIST         ids of checks or names of groups, separated by commas; may be repeated
  --basket FILE       a body of /offers, in the shape of v2, for a shop with offers for its own products only
  --timeout MS        for each request (default 10000)
  --json FILE         also writes the results as JSON
  --junit FILE        also writes them for a build server
  --list              lists the checks that would run and sends nothing
  --help              this text

Groups: ${GROUPS.join(', ')}
Exit status: 0 all checks passed; 1 a check failed, or too little could be judged; 2 wrong usage, or no server to judge.`;

/** A mistake on the command line; the message says how to mend it. */
export class UsageError extends Error {}

export interface Options {
  readonly url: string;
  readonly credentials: Credentials;
  readonly version: Version | null;
  readonly level: Level;
  readonly checks: readonly Check[];
  readonly basket: OffersRequest | null;
  readonly timeoutMs: number;
  readonly json: string | undefined;
  readonly junit: string | undefined;
}

/** Checks to show instead of a run. */
export interface Listing {
  readonly list: readonly Check[];
}

export function readOptions(args: string[], environment: NodeJS.ProcessEnv): Options | 'help' | Listing {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      username: { type: 'string' },
      password: { type: 'string' },
      version: { type: 'string' },
      level: { type: 'string' },
      only: { type: 'string', multiple: true },
      basket: { type: 'string' },
      timeout: { type: 'string' },
      json: { type: 'string' },
      junit: { type: 'string' },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return 'help';
  const version = values.version === undefined ? null : oneOf<Version>('version', values.version, ['v1', 'v2']);
  const level = values.level === undefined ? 'practice' : oneOf<Level>('level', values.level, ['contract', 'practice']);
  const checks = values.only === undefined ? CHECKS : pick(values.only);
  const isChosen = (check: Check) => VERSIONS.some((one) => (version ?? one) === one && isAsked(check, one, level));
  if (values.list) return { list: checks.filter(isChosen) };
  if (!checks.some(isChosen)) {
    throw new UsageError('No check is left: those of --only are of another version or level. --list shows which.');
  }
  return {
    url: readUrl(values.url),
    credentials: {
      username: readCredential('username', values.username ?? environment.CONFORMANCE_USERNAME),
      password: readCredential('password', values.password ?? environment.CONFORMANCE_PASSWORD),
    },
    version,
    level,
    checks,
    basket: values.basket === undefined ? null : readBasket(values.basket),
    timeoutMs: values.timeout === undefined ? 10_000 : readTimeout(values.timeout),
    json: values.json,
    junit: values.junit,
  };
}

function readUrl(text: string | undefined): string {
  if (text === undefined) throw new UsageError(`--url is needed.\n\n${HELP}`);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError('--url must begin with http:// or https:// and name a host.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--url must not hold credentials: give them as --username and --password.');
  }
  if (url.search !== '' || url.hash !== '') throw new UsageError('--url must end with its path: no ? and no #.');
  return url.href.replace(/\/+$/, '');
}

function readCredential(name: 'username' | 'password', value: string | undefined): string {
  if (value === undefined || value === '') {
    throw new UsageError(`--${name} is needed, or CONFORMANCE_${name.toUpperCase()} in the environment.`);
  }
  if (name === 'username' && value.includes(':'))
    throw new UsageError('--username must hold no colon: Basic auth ends it there.');
  return value;
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`--${name} is ${allowed.join(' or ')}, not ${value}.`);
  return found;
}

function readTimeout(text: string): number {
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1 || ms > 120_000) {
    throw new UsageError(`--timeout is milliseconds from 1 to 120000, not ${text}.`);
  }
  return ms;
}

function pick(lists: readonly string[]): readonly Check[] {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  for (const name of names) {
    if (GROUPS.includes(name) || CHECKS.some(({ id }) => id === name)) continue;
    const group = GROUPS.find((group) => name.startsWith(`${group}/`));
    const possible = group === undefined ? GROUPS : CHECKS.map(({ id }) => id).filter((id) => groupOf(id) === group);
    throw new UsageError(
      `--only: there is no check or group ${name === '' ? 'without a name' : name}. ${group ?? 'Groups'}: ${possible.join(', ')}.\n--list shows every check.`,
    );
  }
  return CHECKS.filter(({ id }) => names.includes(id) || names.includes(groupOf(id)));
}

function readBasket(file: string): OffersRequest {
  try {
    return readBasketFile(file);
  } catch (error) {
    throw new UsageError(`--basket: ${file} cannot be used: ${(error as Error).message}`);
  }
}
