/**
 * `npm run conformance:upstream`: the reference upstream passes, every check is red before the mistake that it is for,
 * and what the protocol allows fails nothing.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SAMPLE } from '../../conformance/upstream/basket.ts';
import { PROTOCOL } from '../../conformance/upstream/check.ts';
import { CHECKS } from '../../conformance/upstream/checks/index.ts';
import { type Outcome, runSuite, type SuiteOptions } from '../../conformance/upstream/runner.ts';
import type { Fault } from '../support/upstream/faults.ts';
import { startUpstream } from '../support/upstream.ts';
import { freePort } from './support/akinon.ts';
import { startTwisted, type Twist } from './support/twisted-upstream.ts';
import {
  firstOffer,
  HTML,
  hasUnheardOf,
  isUsual,
  MISTAKES,
  type Offer,
  results,
  spends,
  usages,
} from './support/vendor-mistakes.ts';

const TOKEN = 'try-it-7f3';
const AUTH = { kind: 'bearer', token: TOKEN } as const;
const WITH_TOKEN = {
  credentials: { authorization: `Bearer ${TOKEN}` },
  wrongCredentials: { authorization: 'Bearer conformance-wrong-token' },
};

let runs = 0;

function runOn(url: string, options: Partial<SuiteOptions> = {}): Promise<Outcome> {
  const name = `test${++runs}`;
  return runSuite({ url, timeoutMs: 5000, sample: SAMPLE, name, credentials: {}, wrongCredentials: null, ...options });
}

const only = (id: string) => CHECKS.filter((check) => check.id === id);

function byStatus({ results }: Outcome, status: string): string[] {
  return results.filter(({ finding }) => finding.status === status).map(({ check }) => check.id);
}

async function judge(id: string, twist: Twist, options: Partial<SuiteOptions> = {}) {
  const server = await startTwisted(twist);
  try {
    const { results } = await runOn(server.url, { checks: only(id), ...options });
    return results[0]?.finding;
  } finally {
    await server.close();
  }
}

describe('conformance:upstream', () => {
  it('finds nothing wrong with the reference upstream, and judges all of it', async () => {
    const { url, stop } = await startUpstream({ auth: AUTH, basePath: '/api' });
    const outcome = await runOn(url, WITH_TOKEN);
    await stop();
    expect(outcome.results.map(({ check, finding }) => [check.id, finding.status])).toEqual(
      CHECKS.map(({ id }) => [id, 'passed']),
    );
    expect(outcome.isSuccess).toBe(true);
  });

  it('has a mistake for each check', () => {
    expect([...new Set(MISTAKES.map(([id]) => id))]).toEqual(CHECKS.map(({ id }) => id));
  });

  it.each(MISTAKES)('%s is red: %s', async (id, _, twist, seen) => {
    const options = id.startsWith('auth/') ? WITH_TOKEN : id.startsWith('http/') ? { timeoutMs: 500 } : {};
    expect(await judge(id, twist, options)).toMatchObject({ status: 'failed', seen: expect.stringMatching(seen) });
  });

  it.each<[string, Fault]>([
    ['offers/answer', { do: 'reset', route: '/offers' }],
    ['usages/accepted', { do: 'truncate', route: '/usages', apply: true }],
    ['usages/accepted', { do: 'invalid-utf8', route: '/usages' }],
    ['http/complete', { do: 'large', route: '/usages' }],
  ])('%s is red with a fault of the reference upstream: %j', async (id, fault) => {
    const { url, upstream, stop } = await startUpstream();
    // The plain basket is answered: there is somebody.
    upstream.faults.add({ do: 'answer', times: 1 });
    upstream.faults.add(fault);
    const { results } = await runOn(url, { checks: [...only('usages/accepted'), ...only(id)] });
    await stop();
    expect(results.at(-1)?.finding.status).toBe('failed');
  });

  it('counts what is wrong in the same way over and over', async () => {
    const twist = firstOffer((_, json) => (json.offers = Array.from({ length: 1000 }, () => ({ type: 'POINT' }))));
    const finding = await judge('offers/ids', twist);
    expect(finding?.seen).toMatch(/^offers\[0\]\.id is nothing .*; and 995 more$/);
  });

  it('names sections that the protocol has', () => {
    const headings = readFileSync(PROTOCOL, 'utf8').matchAll(/^#+ (.*)$/gm);
    const known = [...headings].map(([, text]) => text);
    for (const { section } of CHECKS) expect(known).toContain(section);
  });
});

describe('what the protocol allows', () => {
  it('fails nothing: 204 for all, 422 for what is unheard of, other ids that are never shown', async () => {
    const twist: Twist = {
      say: (said, heard) => {
        if (heard.path !== '/usages' || said.status !== 200) return said;
        return hasUnheardOf(heard) ? { status: 422, body: '' } : { status: 204, body: '' };
      },
    };
    const server = await startTwisted(twist);
    const outcome = await runOn(server.url);
    await server.close();
    expect(byStatus(outcome, 'failed')).toEqual([]);
    expect(byStatus(outcome, 'not judged')).toEqual(['usages/applied-once', 'auth/wrong', 'auth/none']);
    expect(outcome.isSuccess).toBe(true);
  });

  it('may be offered in another order the next time', async () => {
    let asked = 0;
    const twist = firstOffer((_, json) => (++asked % 2 === 0 ? json.offers.reverse() : null));
    expect(await judge('offers/same-ids', twist)).toMatchObject({ status: 'passed' });
  });

  it('judges a balance by what the basket is offered', async () => {
    expect(await judge('usages/applied-once', spends(true))).toMatchObject({
      status: 'passed',
      seen: expect.stringMatching(/changed with the first call, and not with the second/),
    });
  });

  it('lets one of two calls at once be told to come later', async () => {
    let running = 0;
    const twist: Twist = {
      say: async (said, { path }) => {
        if (path !== '/usages') return said;
        running += 1;
        try {
          if (running > 1) return { status: 409, body: '' };
          await new Promise((resolve) => setTimeout(resolve, 30));
          return said;
        } finally {
          running -= 1;
        }
      },
    };
    expect(await judge('usages/at-once', twist)).toMatchObject({ status: 'passed' });
  });

  it.each([
    ['429', usages(isUsual, () => ({ status: 429 }))],
    [
      'later for each line',
      usages(
        isUsual,
        results((all) => all.map(({ id }) => ({ id, status: 'later' }))),
      ),
    ],
  ])('does not judge what waits: %s', async (_, twist) => {
    for (const id of ['usages/accepted', 'usages/same-answer', 'usages/at-once', 'usages/one-line-more']) {
      expect(await judge(id, twist)).toMatchObject({ status: 'not judged' });
    }
  });

  it('does not judge what takes an offer where there is none', async () => {
    const server = await startTwisted(firstOffer((_, json) => (json.offers = [])));
    const outcome = await runOn(server.url);
    await server.close();
    expect(byStatus(outcome, 'failed')).toEqual([]);
    expect(byStatus(outcome, 'passed')).toEqual([
      ...['offers/answer', 'offers/guest', 'offers/unknown-fields', 'offers/invalid-body', 'usages/never-offered'],
      ...['usages/invalid-body', 'http/redirect', 'http/json', 'http/complete'],
    ]);
  });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function command(args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, ['conformance/upstream/run.ts', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, out, err }));
  });
}

describe('npm run conformance:upstream', () => {
  it('explains itself', async () => {
    const { code, out } = await command(['--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: npm run conformance:upstream -- --url URL/);
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it.each<[string[], Record<string, string>, NonNullable<Twist['auth']>]>([
    [['--auth', 'bearer'], { BRIDGE_TOKEN: TOKEN }, AUTH],
    [
      ['--auth', 'header', '--header', 'X-Api-Key', '--token', TOKEN],
      {},
      { kind: 'header', header: 'x-api-key', token: TOKEN },
    ],
    [
      ['--auth', 'basic', '--username', 'mağaza', '--password', 'şifre'],
      {},
      { kind: 'basic', username: 'mağaza', password: 'şifre' },
    ],
  ])('is recognised with %j', async (args, environment, auth) => {
    const { url, stop } = await startUpstream({ auth });
    const { code, out } = await command(['--url', `${url}/`, ...args], environment);
    await stop();
    expect(out).toContain('25 checks: 25 passed, 0 failed, 0 not judged');
    expect(out).toContain('This upstream speaks the bridge protocol.');
    expect(code).toBe(0);
  });

  it('prints what the documentation shows', async () => {
    const example = /\$ npm run -s conformance:upstream -- (.*)\n([\s\S]*?)```/.exec(readFileSync(PROTOCOL, 'utf8'));
    const [, args = '', shown = ''] = example ?? [];
    const { url, stop } = await startUpstream({ auth: { kind: 'bearer', token: 'try-it' } });
    const { out } = await command(args.replace('http://127.0.0.1:8790', url).split(' '));
    await stop();
    const withoutTimes = (text: string) => text.replace(/[\d.]+ (ms|s)\b/g, 'N $1');
    expect(withoutTimes(out)).toBe(withoutTimes(shown));
  });

  it('tells what failed, with the call and without the token', async () => {
    const server = await startTwisted({
      auth: AUTH,
      say: (said, { path, headers }) =>
        path === '/offers' ? said : { ...said, ...HTML, body: `<b>\u001b[2J${headers.authorization}</b>` },
    });
    const args = ['--url', server.url, '--auth', 'bearer', '--token', TOKEN];
    const [text, json] = [await command(args), await command([...args, '--json'])];
    await server.close();
    expect([text.code, json.code]).toEqual([1, 1]);
    expect(text.out).toContain('FAIL usages/accepted');
    expect(text.out).toContain('expected  accepts what it offered');
    expect(text.out).toContain('seen      200, but the body is not JSON in UTF-8');
    expect(text.out).toContain(`section   ${PROTOCOL}, "POST /usages"`);
    expect(text.out).toContain(`curl -i ${server.url}/usages`);
    const report = JSON.parse(json.out);
    expect(report).toMatchObject({ url: server.url, isSuccess: false, p50Ms: { '/offers': expect.any(Number) } });
    expect(report.checks.map(({ id }: Offer) => id)).toEqual(CHECKS.map(({ id }) => id));
    for (const { out } of [text, json]) {
      expect(out).not.toContain(TOKEN);
      expect(out).not.toContain('\u001b');
    }
  });

  it('asks about a basket of one’s own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bridge-basket-'));
    const file = join(folder, 'basket.json');
    writeFileSync(
      file,
      JSON.stringify({ basket: { currency: 'JPY', items: [{ id: 7, unitPrice: '1000', quantity: '3' }] } }),
    );
    const { url, upstream, stop } = await startUpstream();
    const { code, out } = await command(['--url', url, '--basket', file]);
    await stop();
    rmSync(folder, { recursive: true });
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('25 checks: 23 passed') });
    expect(upstream.redemptions.effects.find(({ id }) => id === 'spring-10')).toMatchObject({
      amount: '100',
      currency: 'JPY',
    });
  });

  it.each<[string[], RegExp]>([
    [[], /^--url is needed/],
    [['--url', 'ftp://127.0.0.1'], /must begin with http/],
    [['--url', 'http://u:p@127.0.0.1'], /must not hold credentials/],
    [['--url', 'http://127.0.0.1/?a'], /no \? and no #/],
    [['--url', 'http://127.0.0.1', '--auth', 'digest'], /--auth is none, bearer, basic or header/],
    [['--url', 'http://127.0.0.1', '--auth', 'bearer'], /--auth bearer needs --token/],
    [['--url', 'http://127.0.0.1', '--auth', 'header', '--token', 'x', '--header', 'a b'], /--header must be the name/],
    [['--url', 'http://127.0.0.1', '--timeout', '0'], /--timeout is milliseconds/],
    [['--url', 'http://127.0.0.1', '--basket', 'package.json'], /must be a body of POST \/offers; basket is missing/],
    [['--url', 'http://127.0.0.1', '--colour'], /Unknown option '--colour'/],
  ])('says with status 2 what is wrong with %j', async (args, message) => {
    const { code, out, err } = await command(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('says with status 2 that it is not known, and with 3 that nobody is there', async () => {
    const { url, stop } = await startUpstream({ auth: AUTH });
    const refused = await command(['--url', url]);
    await stop();
    expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/answers 401: give --auth/) });
    const gone = await command(['--url', `http://127.0.0.1:${await freePort()}`]);
    expect(gone).toMatchObject({ code: 3, err: expect.stringMatching(/cannot be reached: nothing listens there/) });
  });
});
