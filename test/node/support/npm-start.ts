/** `npm start` as a newcomer meets it: through npm, in a copy of the repository where nothing is configured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPortFree } from '../../../scripts/local-worker.ts';

/** What a fresh clone does not have. */
const LEFT_BEHIND = new Set(['.git', 'node_modules', '.wrangler', '.dev.vars', 'dist', 'coverage']);

/** @returns the folder; whoever made it removes it */
export function aFreshCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'offerbridge-start-'));
  cpSync('.', copy, { recursive: true, filter: (path) => !LEFT_BEHIND.has(path) });
  // Nor does it have what a shop has set.
  const configuration = readFileSync('wrangler.toml', 'utf8');
  writeFileSync(join(copy, 'wrangler.toml'), configuration.replace(/^\[vars\]\n[^[]*/m, '[vars]\n\n'));
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

export interface Started {
  readonly output: string;
  readonly child: ChildProcess;
  readonly gone: Promise<void>;
  stop(): Promise<void>;
}

/** As a person does, until it has printed its last words. */
export async function npmStart(cwd: string, port: number, lastWords = 'Stop: Ctrl-C'): Promise<Started> {
  const child: ChildProcess = spawn('npm', ['start'], {
    cwd,
    detached: true,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: unknown) => {
      output += String(chunk);
      if (output.includes(lastWords)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('close', () => reject(new Error(`npm start ended:\n${output}`)));
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await ready;
  return {
    output,
    child,
    gone,
    // Ctrl-C reaches the whole group of the terminal.
    stop: async () => {
      process.kill(-(child.pid ?? 0), 'SIGINT');
      await gone;
      for (let waited = 0; waited < 15_000 && !(await isPortFree(port)); waited += 100) await sleep(100);
    },
  };
}
