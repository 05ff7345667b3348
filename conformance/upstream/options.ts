/** The command line, read and checked before anything is sent. */
import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';
import { readSample, SAMPLE, type Sample } from './basket.ts';
import type { Headers } from './context.ts';

export const HELP = `Usage: npm run conformance:upstream -- --url URL [--auth none|bearer|basic|header] [options]

Does an upstream speak the bridge protocol (src/connectors/http/README.md) as Offerbridge expects it? Calls URL/offers
and URL/usages as Offerbridge would, judges the answers and says what is wrong. Nothing is sent anywhere else. It
reports made-up orders (CONFORMANCE-…): run it against a test system.

  --url URL           what would be UPSTREAM_URL; /offers and /usages are added
  --auth KIND         as UPSTREAM_AUTH: none (default); bearer needs --token, basic --username and --password, header
                      --header NAME and --token
  --token T           or BRIDGE_TOKEN in the environment, which no list of processes shows
  --username U        of Basic auth
  --password P        or BRIDGE_PASSWORD
  --header NAME       such as x-api-key
  --basket FILE       a body of POST /offers for which there are offers, in place of two made-up items; the basket's id
                      is replaced by a new one for each check
  --timeout MS        for each call (default 10000)
  --json              the results as JSON, in place of the text
  --help              this text

Exit status: 0 nothing failed; 1 a check failed; 2 wrong usage, or wrong credentials; 3 the URL cannot be reached.`;

export interface Options {
  readonly url: string;
  readonly credentials: Headers;
  readonly wrongCredentials: Headers | null;
  /** What no report may show. */
  readonly secret: { readonly username: string; readonly password: string } | null;
  readonly sample: Sample;
  readonly timeoutMs: number;
  readonly asJson: boolean;
}

type Who = Pick<Options, 'credentials' | 'wrongCredentials' | 'secret'>;

/** @throws UsageError that says how to mend it */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      auth: { type: 'string', default: 'none' },
      token: { type: 'string' },
      username: { type: 'string' },
      password: { type: 'string' },
      header: { type: 'string' },
      basket: { type: 'string' },
      timeout: { type: 'string', default: '10000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return 'help';
  const { token = environment.BRIDGE_TOKEN, password = environment.BRIDGE_PASSWORD, username, header } = values;
  return {
    url: readUrl(values.url),
    ...readAuth(values.auth, { token, username, password, header }),
    sample: values.basket === undefined ? SAMPLE : readBasket(values.basket),
    timeoutMs: readTimeout(values.timeout),
    asJson: values.json,
  };
}

function readUrl(text: string | undefined): string {
  if (text === undefined) throw new UsageError(`--url is needed.\n\n${HELP}`);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UsageError('--url must begin with http:// or https:// and name a host.');
  if (url.username !== '' || url.password !== '')
    throw new UsageError('--url must not hold credentials: give them with --auth.');
  if (url.search !== '' || url.hash !== '') throw new UsageError('--url must end with its path: no ? and no #.');
  return url.href.replace(/\/+$/, '');
}

function readAuth(
  kind: string,
  given: Readonly<Record<'token' | 'username' | 'password' | 'header', string | undefined>>,
): Who {
  const need = (name: keyof typeof given) => {
    const value = given[name];
    if (value === undefined || value === '') throw new UsageError(`--auth ${kind} needs --${name}.`);
    return value;
  };
  const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
  switch (kind) {
    case 'none':
      return { credentials: {}, wrongCredentials: null, secret: null };
    case 'bearer':
      return asHeader('authorization', headerText('token', need('token')), 'Bearer ');
    case 'header':
      return asHeader(headerName(need('header')), headerText('token', need('token')));
    case 'basic': {
      const [username, password] = [need('username'), need('password')];
      if (username.includes(':')) throw new UsageError('--username must hold no colon: Basic auth ends it there.');
      return {
        credentials: basic(`${username}:${password}`),
        wrongCredentials: basic(`${username}:conformance-wrong-password`),
        secret: { username, password },
      };
    }
    default:
      throw new UsageError(`--auth is none, bearer, basic or header, not ${kind}.`);
  }
}

function asHeader(name: string, token: string, before = ''): Who {
  return {
    credentials: { [name]: before + token },
    wrongCredentials: { [name]: `${before}conformance-wrong-token` },
    secret: { username: '', password: token },
  };
}

function headerName(name: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw new UsageError('--header must be the name of a header, such as x-api-key.');
  return name.toLowerCase();
}

function headerText(name: string, value: string): string {
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value))
    throw new UsageError(`--${name} must be visible ASCII characters.`);
  return value;
}

function readTimeout(text: string): number {
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1 || ms > 120_000)
    throw new UsageError(`--timeout is milliseconds from 1 to 120000, not ${text}.`);
  return ms;
}

function readBasket(file: string): Sample {
  try {
    return readSample(file);
  } catch (error) {
    throw new UsageError(`--basket: ${file} cannot be used: ${(error as Error).message}`);
  }
}
