/** The account routes of the built Worker, with tokens of `npm run customer-token`; every exchange is held to docs/openapi.json. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aLocalWorker, type LocalWorker } from './support/akinon.ts';

function run(args: readonly string[], env: Record<string, string> = {}) {
  const { CUSTOMER_TOKEN_SECRET: _mine, ...others } = process.env;
  const options = { env: { ...others, ...env }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/customer-token.ts', ...args], options);
  return { status, stdout: stdout.trim(), stderr };
}
const LOCAL = ['--secret-from', '.dev.vars.example'];

describe('npm run customer-token', () => {
  it('signs for a phone number, an e-mail address or both', () => {
    const { status, stdout, stderr } = run([...LOCAL, '--phone', '+90 555 000 00 01', '--email', 'demo@example.com']);
    expect([status, stderr]).toEqual([0, '']);
    const { iat = 0, exp = 0, ...claims } = decodeJwt(stdout);
    expect(claims).toEqual({
      ...{ aud: 'offerbridge', currency: 'TRY' },
      ...{ phone: '+90 555 000 00 01', email: 'demo@example.com' },
    });
    expect(exp - iat).toBe(300);
    const other = decodeJwt(run([...LOCAL, '--phone', '1', '--currency', 'eur', '--minutes', '10']).stdout);
    expect([other.email, other.currency, (other.exp ?? 0) - (other.iat ?? 0)]).toEqual([undefined, 'eur', 600]);
  });

  it('takes the secret of the environment where no file is named', () => {
    const one = run(['--phone', '1'], { CUSTOMER_TOKEN_SECRET: 'x'.repeat(32) });
    expect(one.stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  const short = join(tmpdir(), `offerbridge-${process.pid}.vars`);
  writeFileSync(short, 'CUSTOMER_TOKEN_SECRET=short\n');
  afterAll(() => rmSync(short));
  it.each([
    [[...LOCAL], /--phone or --email is needed/],
    [[...LOCAL, '--email', ' '], /--phone or --email is needed/],
    [[...LOCAL, '--phone', '1', '--currency', 'lira'], /--currency must be three letters/],
    [[...LOCAL, '--phone', '1', '--minutes', '11'], /--minutes must be a whole number from 1 to 10/],
    [[...LOCAL, '--phone', '1', '--fon', '2'], /--fon/],
    [['--phone', '1', '--secret-from', 'nowhere'], /There is no file nowhere/],
    [['--phone', '1', '--secret-from', 'package.json'], /CUSTOMER_TOKEN_SECRET is not in package.json/],
    [['--phone', '1', '--secret-from', short], /must be at least 32 bytes/],
  ])('says what is wrong with %j', (args, message) => {
    const { status, stdout, stderr } = run(args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('explains itself with --help', () => {
    expect(run(['--help'])).toMatchObject({ status: 0, stderr: '' });
    expect(run(['--help']).stdout).toMatch(/^Usage: npm run -s customer-token/);
  });
});

describe('the account routes of the built Worker', () => {
  let worker: LocalWorker;
  let token: string;
  const SHOP = 'https://www.shop.example';
  beforeAll(async () => {
    worker = await aLocalWorker({ CORS_ORIGINS: SHOP });
    token = run([...LOCAL, '--email', 'demo@example.com']).stdout;
  });
  afterAll(() => worker.dispose());
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(worker.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } });

  it('list the offers of the demo customer', async () => {
    const answer = await get('/account/basket-offers/', { 'accept-language': 'en' });
    expect(await answer.json()).toMatchObject({
      total_discount: 350,
      discounts: [{ label: 'Thank-you discount' }, { label: 'Welcome discount: 150 TRY off' }],
      all_discounts: Array(4).fill({ status: { value: 'active', label: 'Active' } }),
    });
    for (const [list, code] of [
      ['expired', 'OCTOBER100'],
      ['future', 'DECEMBER500'],
    ] as const) {
      const page = await (await get(`/account/${list}-basket-offers/`, { origin: SHOP })).json();
      expect(page).toMatchObject({ count: 1, next: null, previous: null, results: [{ voucher_code: code }] });
    }
  });

  it('refuse, redirect nothing and answer a browser, all as declared', async () => {
    const path = '/account/future-basket-offers/';
    const statuses = await Promise.all([
      get(path, { authorization: 'Bearer x', origin: SHOP }),
      get(`${path}?page=0`, { origin: SHOP }),
      get(`${path}?page=2`, { origin: SHOP }),
      fetch(worker.url + path, { method: 'POST', headers: { origin: SHOP } }),
      fetch(worker.url + path, { method: 'OPTIONS', headers: { origin: SHOP } }),
      fetch(worker.url + path, { method: 'HEAD', headers: { authorization: `Bearer ${token}` } }),
      get('/account/future-basket-offers'),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([401, 400, 404, 405, 204, 200, 200]);
    expect(worker.judged()).toBeGreaterThan(6);
  });
});
