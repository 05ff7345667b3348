/** `npm run upstream`: the reference upstream of the bridge protocol, to try the `http` connector against. */
import { parseArgs } from 'node:util';
import { readAuth, type UpstreamAuth } from '../test/support/upstream/auth.ts';
import { CONTROL_HELP } from '../test/support/upstream/control.ts';
import { VOUCHER_CODE } from '../test/support/upstream/offers.ts';
import { startUpstream } from '../test/support/upstream.ts';

const HELP = `Usage: npm run upstream -- [--port 8790] [--auth none|bearer|basic|header] [--token T] [--username U]
                           [--password P] [--header NAME]

An upstream that speaks the bridge protocol (src/connectors/http/README.md) on this machine, with a memory: it redeems
each key once. Basket voucher code ${VOUCHER_CODE} opens one offer more.

  --port       where to listen on 127.0.0.1 (default 8790)
  --auth       what it demands (default none): bearer needs --token, basic --username and --password, header --header
               and --token

${CONTROL_HELP}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      port: { type: 'string', default: '8790' },
      auth: { type: 'string', default: 'none' },
      token: { type: 'string' },
      username: { type: 'string' },
      password: { type: 'string' },
      header: { type: 'string' },
    },
  });
  if (values.help) return console.log(HELP);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('--port must be a number from 1 to 65535');
  const auth = readAuth({ ...values, kind: values.auth });
  const { url, stop } = await startUpstream({ port, auth });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop());
  console.log(`
The reference upstream runs at ${url}. Put this into .dev.vars, then start the Worker with npm start:

${settingsFor(url, auth).join('\n')}

What it was asked: curl ${url}/_control/calls      What took effect: curl ${url}/_control/effects
All of its controls: npm run upstream -- --help          Stop: Ctrl-C
`);
}

function settingsFor(url: string, auth: UpstreamAuth): string[] {
  const lines = ['CONNECTOR=http', `UPSTREAM_URL=${url}`, `UPSTREAM_AUTH=${auth.kind}`];
  if (auth.kind === 'header') lines.push(`UPSTREAM_HEADER=${auth.header}`);
  if (auth.kind === 'bearer' || auth.kind === 'header') lines.push(`UPSTREAM_TOKEN=${auth.token}`);
  if (auth.kind === 'basic') lines.push(`UPSTREAM_USERNAME=${auth.username}`, `UPSTREAM_PASSWORD=${auth.password}`);
  return lines;
}

main().catch((error: NodeJS.ErrnoException) => {
  console.error(error.code === 'EADDRINUSE' ? 'The port is in use. Choose another one: --port 8791' : error.message);
  process.exitCode = 1;
});
