/** `npm start`: a working adapter on this machine with nothing configured, a shop in front of it, and what to try next. */
import './mapping/like-the-worker.ts';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { startUpstream } from '../test/support/upstream.ts';
import { prepareSandbox, SANDBOX_CONFIGS, writeSandboxSettings } from './local-sandbox.ts';
import { readLocalSettings } from './local-settings.ts';
import { isPortFree, prepareDatabase, STATE_DIR, spawnWorker, sweep, untilHealthy } from './local-worker.ts';
import { CommandError } from './ops/d1.ts';
import { aboutWrongMappings, whatNext, whatToMend } from './what-next.ts';
import { whenToldToStop } from './when-told-to-stop.ts';

const HELP = `Usage: npm start [-- --help]      PORT=8787 npm start
       npm run dev               the same with wrangler's own output and keys

Prepares the local databases in ${STATE_DIR}, loads the demo campaigns when there are none, and starts the Worker, with
a shop in front of it that calls it as Akinon would, and the reference upstream that the shop can switch to (docs/sandbox.md).
Every minute it calls the sweep, because cron does not run locally. Nothing needs an account. Secrets come from .dev.vars, which is copied from .dev.vars.example when it is absent.

  PORT    where to listen on localhost (default 8787)`;

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
  console.log('Preparing the local databases …');
  await prepareDatabase();
  await prepareSandbox();
  const settings = await readLocalSettings();
  if (ending.stopped()) return;

  const upstream = await startUpstream();
  ending.afterwards(() => void upstream.stop());
  writeSandboxSettings(settings, upstream.url);
  const url = `http://localhost:${port}`;
  if (options.dev) {
    ending.take(spawnWorker({ port, configs: SANDBOX_CONFIGS, stdio: 'inherit' }));
    sweepEveryMinute(url);
    return;
  }
  console.log('Starting the Worker …');
  const child = spawnWorker({ port, configs: SANDBOX_CONFIGS, stdio: 'pipe' });
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
  console.log(problems.length === 0 ? whatNext(url, settings, Date.now().toString(36)) : whatToMend(url, problems));
  const wrong = await findWrongMappings();
  if (wrong !== null) console.error(aboutWrongMappings(wrong));
  // Of several Workers wrangler writes the name before each line, and does not know it.
  show = (text) => process.stdout.write(stripVTControlCharacters(text).replaceAll('[undefined] ', ''));
}

/** The Worker ends with us, and whatever is to end after it. */
function watchForTheEnd() {
  let stopping = false;
  let worker: ChildProcess | null = null;
  const last: (() => void)[] = [];
  whenToldToStop(() => {
    console.log('\nStopping …');
    stopping = true;
    worker?.kill();
  });
  return {
    stopped: () => stopping,
    /** What is to end when the Worker has. */
    afterwards: (end: () => void) => void last.push(end),
    take(child: ChildProcess) {
      worker = child;
      if (stopping) child.kill();
      child.on('close', (code) => {
        for (const end of last) end();
        process.exitCode = stopping ? 0 : (code ?? 1);
      });
    },
  };
}

/** In place of cron. A sweep that fails is in the Worker's own log; one that cannot be asked for has no Worker. */
function sweepEveryMinute(url: string): void {
  setInterval(() => void sweep(url).catch(() => {}), 60_000).unref();
}

/** The Worker's build has told it, in output that nobody saw because the Worker came up. */
async function findWrongMappings(): Promise<string | null> {
  const { renderCompiled } = await import('./mapping/compiled-file.ts');
  try {
    renderCompiled();
    return null;
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

/** What /ready finds wrong, in words. */
async function findProblems(url: string): Promise<string[]> {
  const response = await fetch(`${url}/ready`);
  if (response.ok) return [];
  const { errors } = (await response.json()) as { errors: { message: string }[] };
  return errors.map(({ message }) => message);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

main().catch((error: unknown) => fail((error as Error).message));
