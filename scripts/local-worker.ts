/**
 * The Worker on this machine: database prepared, `wrangler dev` started. Used by `npm start` and by the tests that talk
 * to the built Worker.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const STATE_DIR = '.wrangler/state';
const DEMO_CATALOG = 'src/connectors/catalog/demo.sql';

const ENVIRONMENT = {
  ...process.env,
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

/** Runs wrangler to its end and answers what it printed; throws with that output when it fails. */
export async function wrangler(...args: string[]): Promise<string> {
  const child = spawn('wrangler', args, { env: { ...ENVIRONMENT, CI: 'true' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`wrangler ${args.join(' ')} failed:\n${output}`);
  return output;
}

/** Every migration, and the demo campaigns where there is no campaign yet. Safe to run again. */
export async function prepareDatabase(stateDir = STATE_DIR): Promise<void> {
  await wrangler('d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', stateDir);
  await wrangler('d1', 'execute', 'DB', '--local', '--persist-to', stateDir, '--yes', '--file', DEMO_CATALOG);
}

export interface WorkerOptions {
  readonly port: number;
  /** Several Workers in one process: the first listens, and reaches the others by service bindings. */
  readonly configs?: readonly string[];
  readonly stateDir?: string;
  /** Secrets to use in place of `.dev.vars`. */
  readonly envFile?: string;
  readonly vars?: Readonly<Record<string, string>>;
  /** `pipe` keeps the output for the caller; `inherit` is for a person, with wrangler's own keys. */
  readonly stdio: 'pipe' | 'inherit';
  /** In a process group of its own, which {@link signalGroup} can reach whole. */
  readonly ownGroup?: boolean;
}

export function spawnWorker({
  port,
  configs = [],
  stateDir = STATE_DIR,
  envFile,
  vars = {},
  stdio,
  ownGroup = false,
}: WorkerOptions): ChildProcess {
  const args = ['dev', '--port', String(port), '--persist-to', stateDir];
  for (const config of configs) args.push('--config', config);
  if (stdio === 'pipe') args.push('--show-interactive-dev-session=false');
  if (envFile !== undefined) args.push('--env-file', envFile);
  for (const [name, value] of Object.entries(vars)) args.push('--var', `${name}:${value}`);
  const streams = stdio === 'pipe' ? (['ignore', 'pipe', 'pipe'] as const) : ('inherit' as const);
  return spawn('wrangler', args, { env: ENVIRONMENT, detached: ownGroup, stdio: streams as StdioOptions });
}

/** Resolves when /health answers; throws when the process ends before, or after half a minute. */
export async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 100) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the Worker ended before it was ready');
    const response = await fetch(`${url}/health`).catch(() => null);
    if (response?.ok) return;
    await sleep(100);
  }
  throw new Error(`no answer from ${url}/health within 30 s`);
}

/** Runs the scheduled handler, which cron would run in production; resolves when it has ended. */
export async function sweep(url: string): Promise<void> {
  const response = await fetch(`${url}/cdn-cgi/local/scheduled`);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the sweep answered ${response.status}`);
}

/** Signals the whole group: wrangler and the workerd it started. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, signal);
}

/** Is the port free on loopback, for both families? */
export async function isPortFree(port: number): Promise<boolean> {
  const free = (host: string) =>
    new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
    });
  return (await free('127.0.0.1')) && (await free('::1'));
}
