/** `npm start` as a newcomer meets it: a copy of the repository, nothing configured, the printed commands pasted. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './support/akinon.ts';

let copy: string;
let port: number;

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'offerbridge-start-'));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' }).trim().split('\n');
  for (const file of files) cpSync(file, join(copy, file), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  port = await freePort();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

interface Started {
  readonly output: string;
  stop(): Promise<void>;
}

/** Until it prints how to stop it. */
async function start(): Promise<Started> {
  const child: ChildProcess = spawn('node', ['scripts/start.ts'], {
    cwd: copy,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: unknown) => {
      output += String(chunk);
      if (output.includes('Stop: Ctrl-C')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('close', () => reject(new Error(`npm start ended:\n${output}`)));
  });
  await ready;
  return {
    output,
    stop: async () => {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGINT');
      await gone;
    },
  };
}

const curlsIn = (output: string) => output.split('\n\n').filter((block) => block.startsWith('curl '));
const paste = (command: string) =>
  execFileSync('sh', ['-c', command], { encoding: 'utf8', cwd: tmpdir(), stdio: ['ignore', 'pipe', 'ignore'] });

function query(sql: string): string {
  const env = { ...process.env, CI: 'true' };
  return execFileSync('wrangler', ['d1', 'execute', 'DB', '--local', '--json', '--command', sql], {
    cwd: copy,
    encoding: 'utf8',
    env,
  });
}

describe('npm start', () => {
  it('serves with nothing configured, and what it prints works when pasted', async () => {
    const { output, stop } = await start();
    try {
      expect(output).toContain(`http://localhost:${port}`);
      expect(output).toContain('Created .dev.vars');
      expect(output).toContain('WELCOME150');
      const [offers = '', use = '', ...more] = curlsIn(output);
      expect(more).toEqual([]);
      expect(paste(offers)).toMatch(/^HTTP\/1.1 200 OK[\s\S]*v2-spring-discount-2025/);
      expect(paste(offers)).not.toContain('demo-welcome-150');
      expect(paste(offers.replace('"voucherCode":null', '"voucherCode":"WELCOME150"'))).toContain('demo-welcome-150');
      expect(paste(use)).not.toMatch(/idempotent-replayed/i);
      expect(paste(use)).toMatch(/idempotent-replayed: true/i);
      const [, sql = ''] = /npm run d1 -- "(.*)"/.exec(output) ?? [];
      expect(query(sql)).toContain('not_required');
    } finally {
      await stop();
    }
    await expect(fetch(`http://localhost:${port}/health`)).rejects.toThrow();
  });

  it('loads nothing twice and overwrites no settings when it is started again', async () => {
    query(
      "UPDATE campaigns SET priority = 99 WHERE id = 'demo-free-shipping'; DELETE FROM campaigns WHERE id = 'demo-member-points'",
    );
    const settings = `${readFileSync(join(copy, '.dev.vars'), 'utf8')}# mine\n`;
    writeFileSync(join(copy, '.dev.vars'), settings);
    const { output, stop } = await start();
    await stop();
    expect(output).not.toContain('Created .dev.vars');
    expect(readFileSync(join(copy, '.dev.vars'), 'utf8')).toBe(settings);
    const counts = query(
      'SELECT count(*) AS n, sum(priority = 99) AS mine, (SELECT count(*) FROM usages) AS usages FROM campaigns',
    );
    expect(JSON.parse(counts)[0].results).toEqual([{ n: 7, mine: 1, usages: 1 }]);
  });

  it.each([
    ['--help', {}, /Usage: npm start/, 0],
    ['', { PORT: 'x' }, /PORT must be a number/, 1],
  ])('explains itself with %j and %j', (argument, env, expected, status) => {
    const args = ['scripts/start.ts', ...(argument === '' ? [] : [argument])];
    const run = () => execFileSync('node', args, { env: { ...process.env, ...env }, encoding: 'utf8', stdio: 'pipe' });
    if (status === 0) expect(run()).toMatch(expected);
    else expect(run).toThrow(expected);
  });

  it('says which port is taken and what to do', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const run = () =>
      execFileSync('node', ['scripts/start.ts'], {
        env: { ...process.env, PORT: String(port) },
        encoding: 'utf8',
        stdio: 'pipe',
      });
    expect(run).toThrow(`Port ${port} is in use. Start on another one: PORT=${port + 1} npm start`);
    await new Promise((resolve) => server.close(resolve));
  });
});
