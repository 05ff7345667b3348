/** `npm start`: a working adapter on this machine with nothing configured, and what to try next. */
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { isPortFree, prepareDatabase, STATE_DIR, spawnWorker, sweep, untilHealthy } from './local-worker.ts';

const HELP = `Usage: npm start [-- --help]      PORT=8787 npm start
       npm run dev               the same with wrangler's own output and keys

Prepares the local database in ${STATE_DIR}, loads the demo campaigns when there are none, and starts the Worker.
Every minute it calls the sweep, because cron does not run locally. Nothing needs an account. Secrets come from .dev.vars, which is copied from .dev.vars.example when it is absent.

  PORT    where to listen on localhost (default 8787)`;

/** Campaign of the demo catalog that only this code opens. */
const DEMO_VOUCHER = 'WELCOME150';

async function main(): Promise<void> {
  const { values: options } = parseArgs({ options: { help: { type: 'boolean' }, dev: { type: 'boolean' } } });
  if (options.help) return console.log(HELP);
  const ending = watchForTheEnd();
  const port = Number(process.env.PORT ?? 8787);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return fail(`PORT must be a number from 1 to 65535, and is "${process.env.PORT}".`);
  }
  if (!(await isPortFree(port)))
    return fail(`Port ${port} is in use. Start on another one: PORT=${port < 65_535 ? port + 1 : 8787} npm start`);
  if (!existsSync('.dev.vars')) {
    copyFileSync('.dev.vars.example', '.dev.vars');
    console.log('Created .dev.vars from .dev.vars.example.');
  }
  console.log('Preparing the local database …');
  await prepareDatabase();
  if (ending.stopped()) return;

  const url = `http://localhost:${port}`;
  if (options.dev) {
    ending.take(spawnWorker({ port, stdio: 'inherit' }));
    sweepEveryMinute(url);
    return;
  }
  console.log('Starting the Worker …');
  const child = spawnWorker({ port, stdio: 'pipe' });
  let output = '';
  let show = (text: string) => {
    output += text;
  };
  child.stdout?.on('data', (chunk) => show(String(chunk)));
  child.stderr?.on('data', (chunk) => show(String(chunk)));
  ending.take(child);
  try {
    await untilHealthy(url, child);
  } catch (error) {
    child.kill();
    return fail(`${(error as Error).message}\n${output}`);
  }
  sweepEveryMinute(url);
  const problems = await findProblems(url);
  console.log(problems.length === 0 ? whatNext(url) : whatToMend(url, problems));
  show = (text) => process.stdout.write(text);
}

/** Whatever ends us ends the Worker: a signal, or our parent going away without passing one on. */
function watchForTheEnd() {
  let stopping = false;
  let worker: ChildProcess | null = null;
  const stop = () => {
    if (!stopping) console.log('\nStopping …');
    stopping = true;
    worker?.kill();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && stop(), 500).unref();
  return {
    stopped: () => stopping,
    take(child: ChildProcess) {
      worker = child;
      child.on('close', (code) => {
        clearInterval(watch);
        process.exitCode = stopping ? 0 : (code ?? 1);
      });
    },
  };
}

/** In place of cron. A sweep that fails is in the Worker's own log; one that cannot be asked for has no Worker. */
function sweepEveryMinute(url: string): void {
  setInterval(() => void sweep(url).catch(() => {}), 60_000).unref();
}

/** What /ready finds wrong, in words. */
async function findProblems(url: string): Promise<string[]> {
  const response = await fetch(`${url}/ready`);
  if (response.ok) return [];
  const { errors } = (await response.json()) as { errors: { message: string }[] };
  return errors.map(({ message }) => message);
}

function whatToMend(url: string, problems: readonly string[]): string {
  return `
Offerbridge runs at ${url} but is not ready:

${problems.map((problem) => `  ${problem}`).join('\n')}

Secrets stand in .dev.vars (compare .dev.vars.example), the other settings in wrangler.toml. Correct them, then start again.
`;
}

function whatNext(url: string): string {
  const { AKINON_USERNAME: username = '', AKINON_PASSWORD: password = '' } = parseEnv(
    readFileSync('.dev.vars', 'utf8'),
  );
  const item = {
    id: 58,
    unitPrice: '500.00',
    quantity: 7,
    unitType: 'QUANTITY',
    taxRate: '20.00',
    totalAmount: '3500.00',
    discountAmount: '0.00',
    globallyConsumedQuantity: '0.0',
    currencyType: 'TRY',
    appliedDiscounts: [],
    product: { id: 100010, sku: 'SKU9', name: 'Test Product 9', attributes: {} },
  };
  const basket = { id: 32, version: 1758310922044282, voucherCode: null, basketItems: [item] };
  const user = { emailAllowed: true, smsAllowed: true, callAllowed: false, phone: null, email: [] };
  const usedDiscounts = ['v2-spring-discount-2025', 'v2-loyalty-reward-2025'];
  const order = { orderNumber: 'ORD-12345' };
  const curl = (path: string, requestId: string, body: unknown) =>
    [
      `curl -i -u ${quoted(`${username}:${password}`)} ${url}${path}`,
      `-H 'content-type: application/json' -H 'x-akinon-request-id: ${requestId}'`,
      `-H 'x-akinon-api-version: v2' -H 'x-app-device: default'`,
      `-d ${quoted(JSON.stringify(body))}`,
    ].join(' \\\n  ');

  return `
Offerbridge is ready:  ${url}
Credentials (local):   ${username} / ${password}

1. Ask for offers, as Akinon does for every basket:

${curl('/offers', 'try-offers-1', { basket, user })}

   With "voucherCode":"${DEMO_VOUCHER}" in place of null there is one offer more.

2. Tell that an order used two of them; a second time it is answered as a replay. A moment later the one that asks to
   be told is delivered:

${curl('/use-offers', 'try-usage-1', { basket, usedDiscounts, order })}

3. See what was recorded and delivered:

npm run usages -- show ORD-12345

Also: ${url}/health  ${url}/ready  ${url}/error-codes          Stop: Ctrl-C
`;
}

/** For a shell, whatever the text holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

main().catch((error: unknown) => fail((error as Error).message));
