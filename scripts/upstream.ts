/**
 * `npm run upstream`: the reference upstream of the bridge protocol, to try the `http` connector against; or, with `--as`,
 * that of an example mapping.
 */
import './mapping/like-the-worker.ts';
import { parseArgs } from 'node:util';
import { listen } from '../test/support/listening-fake.ts';
import { readAuth, type UpstreamAuth } from '../test/support/upstream/auth.ts';
import type { RecordedCall } from '../test/support/upstream/calls.ts';
import { CONTROL_HELP } from '../test/support/upstream/control.ts';
import { VOUCHER_CODE } from '../test/support/upstream/offers.ts';
import { startUpstream } from '../test/support/upstream.ts';
import { quoted } from './local-settings.ts';
import { clean } from './ops/print.ts';
import { whenToldToStop } from './when-told-to-stop.ts';

// Loaded late: it loads code of the Worker.
const { EXAMPLES } = await import('../test/support/fakes/examples.ts');

const HELP = `Usage: npm run upstream -- [--port 8790] [--auth none|bearer|basic|header] [--token T] [--username U]
                           [--password P] [--header NAME]
       npm run upstream -- --as MAPPING [--port 8790]

An upstream that speaks the bridge protocol (src/connectors/http/README.md) on this machine, with a memory: it redeems
each key once. Basket voucher code ${VOUCHER_CODE} opens one offer more.

  --port       where to listen on 127.0.0.1 (default 8790)
  --auth       what it demands (default none): bearer needs --token, basic --username and --password, header --header
               and --token
  --as         in place of the bridge protocol speaks the API that an example mapping is for, with a memory, too:
               ${Object.keys(EXAMPLES).join(', ')}

${CONTROL_HELP}`;

const AUTH_OPTIONS = ['auth', 'token', 'username', 'password', 'header'] as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      port: { type: 'string', default: '8790' },
      auth: { type: 'string' },
      token: { type: 'string' },
      username: { type: 'string' },
      password: { type: 'string' },
      header: { type: 'string' },
      as: { type: 'string' },
    },
  });
  if (values.help) return console.log(HELP);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('--port must be a number from 1 to 65535');
  if (values.as !== undefined) {
    const { as, ...rest } = values;
    const unused = AUTH_OPTIONS.filter((option) => rest[option] !== undefined).map((option) => `--${option}`);
    if (unused.length > 0)
      throw new Error(`--as has the auth of its mapping: ${unused.join(', ')} cannot stand beside it`);
    return startExample(as, port);
  }
  const auth = readAuth(
    { ...values, kind: values.auth ?? 'none' },
    (field) => `--${field === 'kind' ? 'auth' : field}`,
  );
  const settings = settingsFor(auth).join('\n');
  const { url, stop } = await startUpstream({ port, auth, onCall: (call) => console.log(describeCall(call)) });
  whenToldToStop(() => void stop());
  console.log(`
The reference upstream runs at ${url}. Put this into .dev.vars, in place of a MAPPING that stands there, then start
the Worker with npm start:

CONNECTOR=http
UPSTREAM_URL=${url}
${settings}

What it was asked: curl ${url}/_control/calls      What took effect: curl ${url}/_control/effects
All of its controls: npm run upstream -- --help          Stop: Ctrl-C
`);
}

async function startExample(name: string, port: number): Promise<void> {
  const open = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
  if (open === undefined) throw new Error(`--as must be one of ${Object.keys(EXAMPLES).join(', ')}`);
  const fake = open();
  const { url, stop } = await listen(fake, {
    port,
    onCall: (method, path, status) => console.log(describeCall({ at: Date.now(), method, path, order: null, status })),
  });
  whenToldToStop(() => void stop());
  const secrets = Object.entries(fake.secrets).map(([secret, value]) => `${secret}=${quoted(value)}`);
  console.log(`
The upstream of the example ${name} runs at ${url}. Put this into .dev.vars, then start the Worker with npm start:

CONNECTOR=http
MAPPING=${name}
UPSTREAM_URL=${url}
${secrets.join('\n')}

A mapping of your own for it has another name, and its secret as well. What it was asked stands below. Stop: Ctrl-C
`);
}

function settingsFor(auth: UpstreamAuth): string[] {
  const lines = [`UPSTREAM_AUTH=${auth.kind}`];
  if (auth.kind === 'header') lines.push(`UPSTREAM_HEADER=${quoted(auth.header)}`);
  if (auth.kind === 'bearer' || auth.kind === 'header') lines.push(`UPSTREAM_TOKEN=${quoted(auth.token)}`);
  if (auth.kind === 'basic') {
    lines.push(`UPSTREAM_USERNAME=${quoted(auth.username)}`, `UPSTREAM_PASSWORD=${quoted(auth.password)}`);
  }
  return lines;
}

/** `21:04:49 POST /usages ORD-1 200` */
function describeCall({
  at,
  method,
  path,
  order,
  status,
}: Pick<RecordedCall, 'at' | 'method' | 'path' | 'order' | 'status'>): string {
  const time = new Date(at).toTimeString().slice(0, 8);
  return clean([time, method, path, order, status ?? 'no answer'].filter((it) => it !== null).join(' '));
}

main().catch((error: NodeJS.ErrnoException) => {
  console.error(error.code === 'EADDRINUSE' ? 'The port is in use. Choose another one: --port 8791' : error.message);
  process.exitCode = 1;
});
