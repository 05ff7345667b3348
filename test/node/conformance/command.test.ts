import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../../conformance/checks/index.ts';
import { IN_ENVIRONMENT, runCommand } from './command.ts';
import { isFailure, refuses, spoils } from './faults.ts';
import { CREDENTIALS, listen, type ReferenceServer, startReferenceServer } from './reference-server.ts';

let folder: string;
let server: ReferenceServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  server = await startReferenceServer();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Report {
  isSuccess: boolean;
  totals: Record<string, number>;
  checks: { version: string; id: string; status: string; section: string; exchange: { curl: string } | null }[];
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Report;

describe('npm run conformance', () => {
  it('explains itself', async () => {
    const { code, out } = await runCommand(['--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: npm run conformance -- --url URL/);
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it('lists every check', async () => {
    const { code, out } = await runCommand(['--list']);
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(CHECKS.map(({ id }) => id));
  });

  it('judges a server, with its reports in agreement', async () => {
    const [json, junit] = [join(folder, 'good.json'), join(folder, 'good.xml')];
    const args = ['--url', `${server.url}/`, '--only', 'auth,offers/status', '--only', 'money'];
    const { code, out, err } = await runCommand([...args, '--json', json, '--junit', junit], IN_ENVIRONMENT);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('v2 auth/none: passed') });
    expect(out).toMatch(/^ {2}auth\/none +contract +pass +pass$/m);
    expect(out).toContain('The server conforms, as far as it was judged.');
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
    const report = readJson(json);
    expect(report.isSuccess).toBe(true);
    expect(report.checks.every(({ status }) => status === 'passed')).toBe(true);
    expect(casesOf(readFileSync(junit, 'utf8'))).toEqual(
      report.checks.map(({ version, id }) => `${version} ${id} passed`),
    );
  });

  it('tells what failed, with all that is needed to see it again and without the password', async () => {
    const echo = spoils(isFailure, (_, { headers }) => ({
      headers: { 'content-type': 'text/html', 'x-seen': headers.authorization ?? '' },
      body: `<b>\u001b[2J${CREDENTIALS.password}</b>`,
    }));
    const broken = await startReferenceServer(echo);
    const [json, junit] = [join(folder, 'bad.json'), join(folder, 'bad.xml')];
    const args = ['--url', broken.url, '--username', CREDENTIALS.username, '--password', CREDENTIALS.password];
    const { code, out, err } = await runCommand([...args, '--only', 'errors', '--json', json, '--junit', junit]);
    await broken.close();
    expect(code).toBe(1);
    expect(out).toContain('FAIL v2 errors/body: answers each failure with a list of errors');
    expect(out).toContain('Akinon Basket Offer Flows v2, "Response Body For Errors (ALL)"');
    expect(out).toContain(`curl -i ${broken.url}/offers`);
    expect(out).toContain('-u "$CONFORMANCE_USERNAME:$CONFORMANCE_PASSWORD"');
    expect(out).toContain('content-type: text/html');
    expect(out).not.toContain('\u001b');

    const report = readJson(json);
    const xml = readFileSync(junit, 'utf8');
    expect(casesOf(xml)).toEqual(report.checks.map(({ version, id, status }) => `${version} ${id} ${status}`));
    expect(report.checks.find(({ status }) => status === 'failed')?.exchange?.curl).toContain('curl -i');
    const token = Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64');
    for (const text of [out, err, readFileSync(json, 'utf8'), xml]) {
      for (const secret of [CREDENTIALS.password, token, JSON.stringify(CREDENTIALS.password).slice(1, -1), 's3cret']) {
        expect(text).not.toContain(secret);
      }
    }
  });

  it('names a version that is not served, which fails only when it was asked for', async () => {
    const v2 = await startReferenceServer(
      refuses('both', (_, { headers }) => headers['x-akinon-api-version'] === 'v1'),
    );
    const args = ['--url', v2.url, '--only', 'headers/store,offers/status'];
    const both = await runCommand(args, IN_ENVIRONMENT);
    expect(both).toMatchObject({ code: 0, out: expect.stringMatching(/^v1: not served: .* 400 disliked$/m) });
    expect(await runCommand([...args, '--version', 'v1'], IN_ENVIRONMENT)).toMatchObject({ code: 1 });
    await v2.close();
  });

  it('sends to the path of the URL, and nowhere else', async () => {
    const paths = new Set<string>();
    const prefixed = await listen((request, response) => {
      paths.add(request.url ?? '');
      response.setHeader('content-type', 'application/json').end('[]');
    });
    await runCommand(['--url', `${prefixed.url}/a/bridge/`, '--only', 'offers/status,usage/status'], IN_ENVIRONMENT);
    await prefixed.close();
    expect([...paths].sort()).toEqual(['/a/bridge/offers', '/a/bridge/use-offers']);
  });

  it('leaves good practice out at the level of the contract', async () => {
    const { code, out } = await runCommand(
      ['--url', server.url, '--level', 'contract', '--only', 'auth'],
      IN_ENVIRONMENT,
    );
    expect(code).toBe(0);
    expect(out).toContain('auth/wrong-user');
    expect(out).not.toContain('practice');
  });

  it('ends with what it knows when it is interrupted', async () => {
    const slow = await startReferenceServer({
      answer: async (outgoing) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return outgoing;
      },
    });
    const json = join(folder, 'interrupted.json');
    const { code, out } = await runCommand(['--url', slow.url, '--json', json], IN_ENVIRONMENT, (child) => {
      child.stderr?.once('data', () => child.kill('SIGINT'));
    });
    await slow.close();
    expect(code).toBe(1);
    expect(out).toContain('Not judged: the run was interrupted');
    expect(readJson(json).totals).toMatchObject({ failed: 0 });
  });
});

describe('wrong usage', () => {
  const good = () => ['--url', server.url];

  it.each<[string, () => string[], RegExp]>([
    ['no URL', () => [], /^--url is needed/],
    ['another protocol', () => ['--url', 'ftp://127.0.0.1'], /must begin with http/],
    ['credentials in the URL', () => ['--url', 'http://u:p@127.0.0.1'], /must not hold credentials/],
    ['a query in the URL', () => ['--url', 'http://127.0.0.1/?a=b'], /must end with its path/],
    ['an unknown option', () => [...good(), '--colour'], /Unknown option '--colour'/],
    ['an unknown version', () => [...good(), '--version', 'v3'], /--version is v1 or v2, not v3/],
    ['an unknown level', () => [...good(), '--level', 'strict'], /--level is contract or practice/],
    [
      'an unknown group',
      () => [...good(), '--only', 'speed'],
      /no check or group speed\. Groups: offers, money, usage/,
    ],
    ['an unknown check', () => [...good(), '--only', 'auth/nine'], /no check or group auth\/nine\. auth: auth\/none, /],
    [
      'no check of that version',
      () => [...good(), '--version', 'v2', '--only', 'offers/phone-null'],
      /^No check is left/,
    ],
    ['no time', () => [...good(), '--timeout', '0'], /--timeout is milliseconds/],
    [
      'a basket that is not there',
      () => [...good(), '--basket', 'none.json'],
      /--basket: none\.json cannot be used: ENOENT/,
    ],
    [
      'a basket that is none',
      () => [...good(), '--basket', 'package.json'],
      /it must be a body of \/offers in v2; basket is missing/,
    ],
    [
      'a report that cannot be written',
      () => [...good(), '--json', 'no/such/folder/a.json'],
      /--json: .* cannot be written/,
    ],
    [
      'a report in place of a folder',
      () => [...good(), '--junit', 'conformance'],
      /--junit: conformance is a directory/,
    ],
  ])('%s is told with status 2 before anything is sent', async (_, args, message) => {
    const before = server.requests();
    const { code, err, out } = await runCommand(args(), IN_ENVIRONMENT);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(server.requests()).toBe(before);
  });

  it('names the variable when a credential is missing', async () => {
    const { code, err } = await runCommand([...good(), '--username', 'u']);
    expect(code).toBe(2);
    expect(err).toContain('--password is needed, or CONFORMANCE_PASSWORD in the environment');
  });

  it('says what to do when nothing listens, and leaves an older report alone', async () => {
    const gone = await listen(() => {});
    await gone.close();
    const json = join(folder, 'older.json');
    writeFileSync(json, 'older');
    const { code, err } = await runCommand(['--url', gone.url, '--json', json], IN_ENVIRONMENT);
    expect(code).toBe(2);
    expect(err).toMatch(/nothing listens there .* Is the server running/);
    expect(readFileSync(json, 'utf8')).toBe('older');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

/** `v2 auth/none passed` of each test case; throws when the elements are not nested properly. */
function casesOf(xml: string): string[] {
  const open: string[] = [];
  const cases: string[] = [];
  for (const [, closing, name, attributes = '', empty] of xml.matchAll(
    /<(\/?)([a-z]+)((?:\s[a-z]+="[^"<]*")*)(\/?)>/g,
  )) {
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    if (name === 'testcase') {
      const [, version, id] = /classname="(v\d)\.[^"]*" name="([^"]*)"/.exec(attributes) ?? [];
      cases.push(`${version} ${id} passed`);
    }
    if (name === 'failure') cases.push(cases.pop()?.replace(/passed$/, 'failed') ?? '');
    if (name === 'skipped') cases.push(cases.pop()?.replace(/passed$/, 'skipped') ?? '');
    if (!empty && name !== undefined) open.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.join('><')}> is not closed`);
  return cases;
}
