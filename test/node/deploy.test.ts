/** `npm run deploy` against a stand-in for the wrangler command, which writes down what it was asked. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offerbridge-deploy-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another configuration. */
function aConfig(vars = ''): string {
  const file = join(folder, 'two.toml');
  writeFileSync(file, `[vars]\n${vars}`);
  return file;
}

/** @param script what the stand-in does with its arguments, in shell */
function deploy(script: string, ...args: string[]) {
  const command = join(folder, 'wrangler');
  writeFileSync(command, `#!/bin/sh\necho "$*" >> ${folder}/asked\n${script}\n`);
  chmodSync(command, 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync('node', ['scripts/deploy.ts', ...args], { env, encoding: 'utf8' });
  const asked = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : [];
  return { status, output: stdout + stderr, asked };
}

const AKINON = ['AKINON_USERNAME', 'AKINON_PASSWORD'];
const listing = (...names: string[]) =>
  `[ "$1" = secret ] && echo '${JSON.stringify(names.map((name) => ({ name, type: 'secret_text' })))}'; exit 0`;

describe('npm run deploy', () => {
  it('applies the migrations before it deploys', () => {
    const config = aConfig();
    const { status, asked } = deploy(listing(...AKINON), '--config', config);
    const commands = ['secret list --format json', 'd1 migrations apply DB --remote', 'deploy'];
    expect([status, asked]).toEqual([0, commands.map((it) => `${it} --config ${config}`)]);
  });

  it('does nothing while a required secret is missing, and says how to set it', () => {
    const config = aConfig();
    const { status, output, asked } = deploy(listing('AKINON_USERNAME', 'OPS_USERS'), '--config', config);
    expect([status, asked]).toEqual([1, [`secret list --format json --config ${config}`]]);
    expect(output).toContain(`npm exec -- wrangler secret put AKINON_PASSWORD --config ${config}`);
    expect(output).not.toContain('put AKINON_USERNAME');
  });

  it.each<[string, string, string[], string[], number?]>([
    [
      'the secret that a mapping names',
      'CONNECTOR = "http"\nMAPPING = "in-house-crm"\nUPSTREAM_URL = "https://crm.example/api"',
      ['CRM_TOKEN is not set, and the mapping in-house-crm needs it', 'wrangler secret put CRM_TOKEN --config'],
      ['AKINON', '[vars]'],
    ],
    [
      'the secret that UPSTREAM_AUTH needs',
      'CONNECTOR = "http"\nUPSTREAM_AUTH = "bearer"\nUPSTREAM_URL = "https://crm.example"',
      ['UPSTREAM_TOKEN is not set', 'wrangler secret put UPSTREAM_TOKEN --config'],
      ['[vars]'],
    ],
    [
      'a mapping that there is',
      'CONNECTOR = "http"\nMAPPING = "in_house_crm"',
      ['MAPPING must be the name of a mapping: ', 'Settings stand in [vars] of '],
      ['secret put'],
      0,
    ],
    ['a connector that there is', 'CONNECTOR = "htpp"', ['CONNECTOR must be one of catalog, http'], ['secret put'], 0],
    ['an address', 'CONNECTOR = "http"', ['UPSTREAM_URL is not set', 'Settings stand in [vars] of '], ['secret put']],
    ['a value that is right', 'OFFERS_ON_FAILURE = "none"', ['OFFERS_ON_FAILURE must be one of'], ['secret put'], 0],
  ])('does nothing while the Worker would lack %s', (_, vars, said, unsaid, asks = 1) => {
    const { status, output, asked } = deploy(listing(...AKINON), '--config', aConfig(vars));
    expect([status, asked.length]).toEqual([1, asks]);
    for (const text of said) expect(output).toContain(text);
    for (const text of unsaid) expect(output).not.toContain(text);
  });

  it('sees what is missing beside a secret that is set, or is there twice', () => {
    const half = deploy(listing(...AKINON, 'ALERT_WEBHOOK_URL'), '--config', aConfig());
    expect([half.status, half.output]).toEqual([1, expect.stringContaining('secret put ALERT_WEBHOOK_SECRET')]);
    const config = aConfig('CUSTOMER_TOKEN_JWKS_URL = "https://shop.example/keys"');
    const twice = deploy(listing(...AKINON, 'CUSTOMER_TOKEN_SECRET'), '--config', config);
    expect([twice.status, twice.output]).toEqual([1, expect.stringContaining('CUSTOMER_TOKEN_JWKS_URL is set, and')]);
  });

  it.each([
    ['no TOML', 'x = [', /two\.toml is no wrangler configuration/, 0],
    ['[vars] that are none', 'vars = "x"', /Not deployed|two\.toml/, 0],
  ])('says what is wrong with %s', (_, toml, words, asks) => {
    const file = join(folder, 'two.toml');
    writeFileSync(file, toml);
    const { status, output, asked } = deploy(listing(...AKINON), '--config', file);
    expect([status, asked.length]).toEqual([1, asks]);
    expect(output).toMatch(words);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('reads what wrangler lists, whatever it says before, and tells what it cannot read', () => {
    const banner = `[ "$1" = secret ] && echo 'update available' && ${listing(...AKINON)}`;
    expect(deploy(banner, '--config', aConfig()).status).toBe(0);
    const { status, output } = deploy(`echo '{}'`, '--config', aConfig());
    expect([status, output]).toEqual([1, expect.stringContaining('the secrets could not be listed')]);
  });

  it('takes what is set as a secret to be right, an address too', () => {
    const config = aConfig('CONNECTOR = "http"\nMAPPING = "in-house-crm"');
    const { status, output } = deploy(listing(...AKINON, 'CRM_TOKEN', 'UPSTREAM_URL'), '--config', config);
    expect([status, output]).toEqual([0, expect.stringContaining('secrets that they need are set')]);
  });

  it('explains what to do when the Worker does not exist yet', () => {
    const { status, output, asked } = deploy(
      'echo "This Worker does not exist on your account. [code: 10007]" >&2; exit 1',
    );
    expect([status, asked.length]).toEqual([1, 1]);
    expect(output).toContain('code: 10007');
    expect(output).toContain('npm exec -- wrangler login');
    expect(output).toContain('npm exec -- wrangler secret put AKINON_USERNAME');
  });

  it('does not deploy when a migration fails', () => {
    const fails = `[ "$1" = d1 ] && exit 3; ${listing(...AKINON)}`;
    const config = aConfig();
    const { status, asked } = deploy(fails, '--config', config);
    expect([status, asked.at(-1)]).toEqual([3, `d1 migrations apply DB --remote --config ${config}`]);
  });

  it('asks nobody when the configuration is not there', () => {
    const { status, output, asked } = deploy('exit 0', '--config', 'no-such.toml');
    expect([status, output, asked]).toEqual([1, 'Not deployed: there is no file no-such.toml (--config).\n', []]);
  });

  it('refuses an option that it does not know, and says which there are', () => {
    const { status, output, asked } = deploy('exit 0', '--bogus');
    expect([status, asked]).toEqual([1, []]);
    expect(output).toMatch(/--bogus[\s\S]*Usage: npm run deploy/);
  });

  it('explains itself and asks nobody with --help', () => {
    const { status, output, asked } = deploy('exit 1', '--help');
    expect([status, asked]).toEqual([0, []]);
    expect(output).toMatch(/^Usage: npm run deploy/);
  });
});
