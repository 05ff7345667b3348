/** `npm run upstream` as a vendor meets it: the settings that it prints, the calls that it tells of, what it refuses. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLocalSettings } from '../../scripts/local-settings.ts';
import { isPortFree } from '../../scripts/local-worker.ts';
import { freePort } from './support/akinon.ts';

interface Running {
  readonly url: string;
  output(): string;
}

/** Runs until `test` has ended. */
async function withUpstream(args: readonly string[], test: (running: Running) => Promise<void>): Promise<void> {
  const port = await freePort();
  const child = spawn('node', ['scripts/upstream.ts', '--port', String(port), ...args]);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  try {
    await expect.poll(() => output, { timeout: 15_000 }).toContain('Stop: Ctrl-C');
    await test({ url: `http://127.0.0.1:${port}`, output: () => output });
  } finally {
    child.kill();
    await ended;
  }
}

/** What wrangler reads of the printed lines. */
async function settingsIn(output: string): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'offerbridge-upstream-'));
  try {
    writeFileSync(join(folder, 'wrangler.toml'), 'name = "x"\n');
    writeFileSync(
      join(folder, '.dev.vars'),
      output.split('\n\n').find((block) => block.startsWith('CONNECTOR=')) ?? '',
    );
    return await readLocalSettings(join(folder, 'wrangler.toml'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('npm run upstream', () => {
  it.each([
    [['--auth', 'bearer', '--token', 'plain-1.2/3+4='], { UPSTREAM_TOKEN: 'plain-1.2/3+4=' }],
    [['--auth', 'header', '--token', 'a#b "c" \\n$d', '--header', 'x-key'], { UPSTREAM_TOKEN: 'a#b "c" \\n$d' }],
    [
      ['--auth', 'basic', '--username', "it's #1 \\n", '--password', "'`#"],
      { UPSTREAM_USERNAME: "it's #1 \\n", UPSTREAM_PASSWORD: "'`#" },
    ],
  ])('prints settings that are read as they were given: %j', (args, expected) =>
    withUpstream(args, async ({ url, output }) => {
      const settings = { CONNECTOR: 'http', UPSTREAM_URL: url, UPSTREAM_AUTH: args[1], ...expected };
      expect(await settingsIn(output())).toMatchObject(settings);
    }),
  );

  it('ends with npm when that is told to', async () => {
    const port = await freePort();
    const child = spawn('npm', ['run', '-s', 'upstream', '--', '--port', String(port)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    await expect.poll(() => output, { timeout: 15_000 }).toContain('Stop: Ctrl-C');
    child.kill('SIGTERM');
    await expect.poll(() => isPortFree(port), { timeout: 15_000 }).toBe(true);
  });

  it('tells of every call in a line', () =>
    withUpstream(['--auth', 'bearer', '--token', 'T'], async ({ url, output }) => {
      const post = (path: string, authorization: string) =>
        fetch(`${url}${path}`, {
          method: 'POST',
          headers: { authorization },
          body: '{"orderNumber":"ORD-1\\u001b[2J","basket":null,"discounts":[]}',
        });
      await post('/usages', 'Bearer T');
      await post('/offers', 'Bearer wrong');
      await fetch(`${url}/_control/faults`, { method: 'POST', body: '{"do":"reset","times":1}' });
      await expect(post('/usages', 'Bearer T')).rejects.toThrow();
      await expect.poll(output).toMatch(/no answer\n$/);
      const lines = output().split('Stop: Ctrl-C\n')[1]?.trim().split('\n');
      expect(lines).toEqual([
        expect.stringMatching(/^\d\d:\d\d:\d\d POST \/usages ORD-1\[2J 200$/),
        expect.stringMatching(/ POST \/offers ORD-1\[2J 401$/),
        expect.stringMatching(/ POST \/usages ORD-1\[2J no answer$/),
      ]);
    }));

  it('speaks the API of an example mapping, checks who asks, and prints the settings for it', () =>
    withUpstream(['--as', 'lookup-points'], async ({ url, output }) => {
      const settings = await settingsIn(output());
      expect(settings).toMatchObject({ CONNECTOR: 'http', MAPPING: 'lookup-points', UPSTREAM_URL: `${url}/api` });
      const ask = (token: string) =>
        fetch(`${url}/api/transaction/simulate`, {
          method: 'POST',
          headers: { 'x-auth-token': token },
          body: '{"items":[]}',
        });
      expect((await ask('wrong')).status).toBe(401);
      expect((await ask(settings.POINTS_TOKEN ?? '')).status).toBe(200);
      await expect.poll(output).toMatch(/ POST \/api\/transaction\/simulate 401\n.* POST \S+ 200\n$/);
    }));

  it.each([
    [['--as', 'nobody'], '--as must be one of in-house-crm, hash-signed-wallet'],
    [['--auth', 'digest'], '--auth must be one of none, bearer, basic, header'],
    [['--auth', 'bearer'], '--auth bearer needs --token'],
    [['--auth', 'basic', '--username', 'u'], '--auth basic needs --password'],
    [['--auth', 'bearer', '--token', '\'"` '], 'has no place in .dev.vars'],
    [['--port', '0'], '--port must be a number'],
  ])('names the option that is wrong: %j', (args, expected) => {
    const run = () => execFileSync('node', ['scripts/upstream.ts', ...args], { stdio: 'pipe', encoding: 'utf8' });
    expect(run).toThrow(expected);
  });
});
