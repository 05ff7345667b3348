/** `npm run mapping` as a process, on copies of the repository's mappings. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileMapping, MAPPINGS } from '../../../scripts/mapping/build.ts';
import { writeCompiled } from '../../../scripts/mapping/compiled-file.ts';
import { fixturesSchema } from '../../../scripts/mapping/fixture-file.ts';
import { readJson } from '../../../scripts/mapping/locate.ts';
import { createMask } from '../../../scripts/mapping/mask.ts';
import { AUTHS, MONEYS, REPEATS, scaffoldFixtures, scaffoldMapping } from '../../../scripts/mapping/scaffold.ts';
import { writeJson } from '../../../scripts/mapping/write-json.ts';

const CRM = 'in-house-crm';
/** In the order of their names. */
const EXAMPLES = ['hash-signed-wallet', CRM, 'lookup-points', 'oauth-promotions'];
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mappings-'));
  // The examples only: what else stands in the folder is the retailer's own.
  for (const name of EXAMPLES) {
    for (const file of [`${name}.json`, `fixtures/${name}.json`]) cpSync(join(MAPPINGS, file), join(folder, file));
  }
  writeCompiled(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const command = (args: readonly string[]) => ['scripts/mapping.ts', ...args, '--folder', folder];

function run(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, command(args), {
    env: { ...process.env, UPSTREAM_URL: '', CRM_TOKEN: '', ...env },
    encoding: 'utf8',
  });
  return { status, stdout: stdout.replaceAll(`${folder}/`, ''), stderr: stderr.replaceAll(`${folder}/`, '') };
}

/** Puts one text in place of another, which stands there once. */
function change(file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text.split(from)).toHaveLength(2);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

/** As an editor shows it: `12:7`. */
function placeOf(file: string, found: string): string {
  const before = readFileSync(join(folder, file), 'utf8').split(found)[0] ?? '';
  const lines = before.split('\n');
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

describe('npm run mapping -- check', () => {
  it('says that all is right, and with 0', () => {
    const { status, stdout, stderr } = run(['check']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toContain(`${CRM}: all right; 12 cases`);
    expect(stdout.match(/: all right; \d+ cases/g)).toHaveLength(EXAMPLES.length);
    expect(run(['check', `${CRM}.json`]).status).toBe(0);
  });

  it.each([
    [
      'a wrong expression',
      ['{ "$eval": "customer.phone" }', '{ "$eval": "customer phone" }'],
      ['"customer phone"', 'offers.body.member.phone.$eval', /customer phone/],
    ],
    [
      'an operator that there is not',
      ['"coupon": { "$eval": "basket.voucherCode" }', '"coupon": { "$evil": "basket.voucherCode" }'],
      ['"basket.voucherCode"', 'offers.body.coupon.$evil', /there is no operator \$evil/],
    ],
    [
      'a key that is missing',
      ['    "repeat": "key",\n', ''],
      ['{\n    "method": "POST",\n    "path": "/orders', 'usages.repeat', /is missing/],
    ],
    ['a key that is misspelled', ['"identity": {', '"identityy": {'], ['{ "country"', 'identityy', /none of its keys/]],
    [
      'a value that there is not',
      ['"unit": "major"', '"unit": "cents"'],
      ['"cents"', 'money.unit', /must be "major" or "minor", and is "cents"/],
    ],
    [
      'a secret of the adapter',
      ['"CRM_TOKEN"', '"AKINON_PASSWORD"'],
      ['"AKINON_PASSWORD"', 'auth.token', /is a setting of the adapter/],
    ],
    [
      'a key that is there twice',
      ['"emails": "first"', '"emails": "first", "emails": "all"'],
      ['"all"', 'identity.emails', /twice/],
    ],
  ] as const)('names the line and column of %s', (_, [from, to], [at, path, message]) => {
    change(`${CRM}.json`, from, to);
    const { status, stdout } = run(['check', CRM]);
    expect(status).toBe(1);
    const [line = ''] = stdout.split('\n');
    expect(line.startsWith(`${CRM}.json:${placeOf(`${CRM}.json`, at)}  ${path}: `)).toBe(true);
    expect(line).toMatch(message);
    expect(stdout).toMatch(/\n1 problem in 1 file\.\n$/);
  });

  it('says where a file stops being JSON', () => {
    change(`${CRM}.json`, '"emails": "first" }', '"emails": "first", }');
    const place = placeOf(`${CRM}.json`, ', },');
    expect(run(['check']).stdout).toMatch(`${CRM}.json:${place}  this is no JSON: nothing follows this comma`);
  });

  it('shows what a fixture expects and what came instead', () => {
    const file = `fixtures/${CRM}.json`;
    change(`${CRM}.json`, '"$eval": "money(item.unitPrice)"', '"$eval": "money(item.totalAmount)"');
    const { status, stdout } = run(['check']);
    expect(status).toBe(1);
    expect(stdout).toContain(
      `${file}:${placeOf(file, '"500.10" },\n            { "line": 60')}  offers.0.sends.body.lines.0.price: expected "500.10", got "1000.20" (in "a member, two items")`,
    );
  });

  it('reports secrets, dropped offers, failures and answers that are missing', () => {
    const file = `fixtures/${CRM}.json`;
    change(
      file,
      '"headers": { "authorization": "Bearer <CRM_TOKEN>", "x-',
      '"headers": { "authorization": "Bearer x", "x-',
    );
    change(file, ',\n      "drops": [{ "id": "crm-cash", "reason": "unknown_type" }]', '');
    change(file, '"answers": { "status": 422, "body": { "error": "order unknown" } },', '');
    const { stdout } = run(['check']);
    expect(stdout).toContain('offers.0.sends.headers.authorization: expected "Bearer x", got "Bearer <CRM_TOKEN>"');
    expect(stdout).toMatch(/offers\.4\.offers\.0: the guard drops crm-cash: .*\(unknown_type\)/);
    expect(stdout).toContain('POST /orders/o%3AORD-1/redemptions is sent, and the case has no answers');
    expect(stdout).toContain('usages.3.fails: expected "refused", got "unknown"');
  });

  it('names rules that no fixture reaches, which is no problem', () => {
    const rule = '{ "status": [404], "means": "empty" }';
    change(`${CRM}.json`, rule, `${rule}, { "status": [410], "means": "empty" }`);
    const { status, stdout } = run(['check', CRM]);
    expect(status).toBe(0);
    expect(stdout).toBe(
      `${CRM}: all right; 12 cases\n  ${CRM}.json:${placeOf(`${CRM}.json`, '{ "status": [410]')}  offers.rules.1: no fixture reaches this rule: add a case whose answer it is about\n`,
    );
  });

  it('counts a rule as reached by its fixture, although a later one says nearly the same', () => {
    const rule = '{ "status": [404], "means": "empty" }';
    const refused = `{ "status": [200], "when": "get(body, 'error') == 9", "means": "credentials" }`;
    const failed = `{ "status": [200], "when": "get(body, 'error') != null", "means": "failed" }`;
    change(`${CRM}.json`, rule, `${rule}, ${refused}, ${failed}`);
    const file = join(folder, `fixtures/${CRM}.json`);
    const fixtures = JSON.parse(readFileSync(file, 'utf8')) as { offers: unknown[] };
    const answered = (error: number) => ({ name: `error ${error}`, answers: { body: { error } }, fails: 'error' });
    writeFileSync(file, JSON.stringify({ ...fixtures, offers: [...fixtures.offers, answered(9), answered(1)] }));
    expect(run(['check', CRM])).toMatchObject({ status: 0, stdout: `${CRM}: all right; 14 cases\n` });
  });

  it('has the moment of a question, and none of an order', () => {
    const day = '{ "$eval": "date(now, \'day\', \'Europe/Istanbul\')" }';
    change(`${CRM}.json`, '"store": { "$eval": "channel.storeRemoteId" }', `"store": ${day}`);
    expect(run(['check', CRM]).stdout).toContain('sends.body.store: expected null, got "2026-01-01"');
    change(`${CRM}.json`, '"else": { "$eval": "used.amount" }', '"else": { "$eval": "now" }');
    expect(run(['check', CRM]).stdout).toMatch(/usages\.body\S*\.amount: there is no now here/);
  });

  it('sees whether a key is sent, whatever looks like one', () => {
    change(
      `${CRM}.json`,
      `"headers": { "idempotency-key": "\${key}" }`,
      `"headers": { "idempotency-key": "\${len(key)}" }`,
    );
    change(`${CRM}.json`, '"key": { "$eval": "used.key" }', '"key": { "$eval": "used.key[0:2]" }');
    const { status, stdout } = run(['check', CRM]);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /usages\.0\.sends: usages\.repeat is "key", and neither the key of the call nor that of every line/,
    );
  });

  it('says of files that cannot be read what is wrong with them', () => {
    mkdirSync(join(folder, 'folder.json'));
    expect(run(['check'])).toMatchObject({ status: 0 });
    symlinkSync('/nowhere', join(folder, 'gone.json'));
    expect(run(['check']).stderr).toMatch(/^gone\.json cannot be read: ENOENT/);
    expect(run(['new', 'gone'])).toMatchObject({ status: 1, stderr: /^It cannot be written: / });
    rmSync(join(folder, 'gone.json'));
    writeFileSync(join(folder, 'latin.json'), Buffer.from('{ "title": "Café" }', 'latin1'));
    expect(run(['check']).stderr).toMatch(/^latin\.json is not UTF-8/);
    rmSync(join(folder, 'latin.json'));
    writeFileSync(join(folder, 'bom.json'), '\ufeff{}');
    writeFileSync(join(folder, 'deep.json'), '['.repeat(30_000));
    const { status, stdout } = run(['check']);
    expect(status).toBe(1);
    expect(stdout).toContain('bom.json:1:1  this is no JSON: the file begins with a byte order mark');
    expect(stdout).toContain('deep.json:1:102  this is no JSON: nested deeper than 100 levels');
    expect(run(['try', CRM, '--basket', folder])).toMatchObject({ status: 1, stderr: /cannot be read: EISDIR/ });
  });

  it('signs a JWT as the Worker does: in letters that a URL has, and without padding', () => {
    run(['new', 'signed', '--auth', 'jwt', '--money', 'major', '--repeat', 'key']);
    const offers = [{ name: 'a sample', sends: { headers: { authorization: '' } }, answers: {}, fails: 'error' }];
    for (let at = 0; at < 4; at++) {
      const secret = `secret ${at}`;
      writeFileSync(
        join(folder, 'fixtures/signed.json'),
        JSON.stringify({ secrets: { SIGNED_SECRET: secret }, offers }),
      );
      const said = /expected "", got "Bearer (\S+)\.(\S+)"/.exec(run(['check', 'signed']).stdout) ?? [];
      const [, signed = '', signature] = said;
      expect(signature).toBe(createHmac('sha256', secret).update(signed).digest('base64url'));
    }
  });

  it('signs with the secrets and at the moment that the fixtures say', () => {
    change(
      'hash-signed-wallet.json',
      '"parts": [',
      '"timestampHeader": "x-time", "timestampAs": "iso", "parts": ["timestamp", ',
    );
    const file = 'fixtures/hash-signed-wallet.json';
    const target = '/wallet/open';
    const sends = { method: 'POST', target, headers: { 'x-time': '2026-03-01T10:00:00.000Z', 'x-auth-hash': '' } };
    const write = () => {
      const offers = [{ name: 'a sample', sends, answers: { status: 500 }, fails: 'error' }];
      const secrets = { WALLET_SECRET: 'of the documentation' };
      writeFileSync(join(folder, file), JSON.stringify({ now: '2026-03-01T10:00:00Z', secrets, offers }));
      return run(['check', 'hash-signed-wallet']).stdout;
    };
    const hash = /x-auth-hash: expected "", got "([0-9a-f]{64})"/.exec(write())?.[1] ?? '';
    const body = JSON.stringify({
      ...{ reference: 'request-1', lock: false, identity: null },
      ...{ basket: { contents: [{ upc: 'SKU-1', itemUnitCost: 10000, quantity: '1' }] }, tokens: [] },
    });
    const whole = `2026-03-01T10:00:00.000Z${target}${body}of the documentation`;
    expect(hash).toBe(createHash('sha256').update(whole).digest('hex'));
    sends.headers['x-auth-hash'] = hash;
    expect(write()).toContain('all right; 1 case');
  });

  it('validates the fixtures too, and finds those of no mapping', () => {
    const file = `fixtures/${CRM}.json`;
    change(file, '"unitPrice": "500.10"', '"unitPrice": 500.1');
    cpSync(join(folder, file), join(folder, 'fixtures/nobody.json'));
    const { stdout } = run(['check']);
    expect(stdout).toContain(
      `${file}:${placeOf(file, '500.1,')}  offers.0.question.basket.items.0.unitPrice: must be a text`,
    );
    expect(stdout).toContain('fixtures/nobody.json:1:1  there is no mapping nobody.json');
  });
});

describe('npm run mapping -- compile', () => {
  const compiled = () => readFileSync(join(folder, 'compiled.json'), 'utf8');

  it('writes what the Worker is bundled with, and leaves it alone where nothing changed', () => {
    const [before, writtenAt] = [compiled(), statSync(join(folder, 'compiled.json')).mtimeMs];
    expect(run(['compile'])).toMatchObject({ status: 0, stdout: expect.stringContaining('in-house-crm') });
    expect(statSync(join(folder, 'compiled.json')).mtimeMs).toBe(writtenAt);
    change(`${CRM}.json`, '"country": "90"', '"country": "1"');
    expect(run(['compile']).status).toBe(0);
    const countriesOf = (text: string) =>
      (JSON.parse(text) as { identity: { country: string } }[]).map(({ identity }) => identity.country);
    expect([countriesOf(before), countriesOf(compiled())]).toEqual([Array(4).fill('90'), ['90', '1', '90', '90']]);
  });

  it('writes nothing while a mapping is wrong, and says where', () => {
    const before = compiled();
    change(`${CRM}.json`, '"country": "90"', '"country": "+90"');
    const { status, stderr } = run(['compile']);
    expect(status).toBe(1);
    expect(stderr).toContain(
      `${CRM}.json:${placeOf(`${CRM}.json`, '"+90"')}  identity.country: must be a calling code`,
    );
    expect(compiled()).toBe(before);
    const meanwhile = run(['compile'], { WRANGLER_COMMAND: 'dev' });
    expect(meanwhile).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/must be a calling code[\s\S]*goes on/),
    });
    expect(compiled()).toBe(before);
  });
});

describe('npm run mapping -- try', () => {
  it('with --dry shows the request without its secrets, and needs none', () => {
    const { status, stdout } = run(['try', CRM, '--dry', '--phone', '0532 000 00 01', '--voucher', 'CRM50']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^POST https:\/\/upstream\.invalid\/campaigns\/eligible\n/);
    expect(stdout).toMatch(/^authorization: Bearer \*\*\*$/m);
    expect(stdout).toContain('"phone": "+905320000001"');
    expect(stdout).toContain('"coupon": "CRM50"');
    expect(stdout).toMatch(/Nothing was sent \(--dry\)\.\n$/);
  });

  it('shows the answer, the offers and what is dropped, and no secret though the upstream repeats it', async () => {
    const token = 'token/of "the" tests';
    const campaigns = [
      { code: 'ten', kind: 'discount', title: 'Ten', amount: '10.00' },
      { code: 'cash', kind: 'cashback', title: 'Cash' },
    ];
    let authorization: string | undefined;
    let questions = 0;
    const server = createServer((request, response) => {
      authorization = request.headers.authorization;
      questions++;
      response.end(JSON.stringify({ said: authorization, campaigns, filler: 'x'.repeat(3000) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = { ...process.env, UPSTREAM_URL: `http://127.0.0.1:${port}/api/`, CRM_TOKEN: token };
    // The server is in this process: it must not be blocked.
    const child = spawn(process.execPath, command(['try', CRM]), { env });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    server.close();
    expect(status).toBe(0);
    expect(authorization).toBe(`Bearer ${token}`);
    expect(stdout).not.toContain('token/of');
    expect(stdout).toMatch(/^200 OK, \d+ ms$/m);
    expect(stdout).toContain('"said": "Bearer ***"');
    expect(stdout).toMatch(/… \(\d+ characters more\)/);
    expect(stdout).toMatch(/^1 offer for the shop:$/m);
    expect(stdout).toMatch(/^ {2}cash: type must be .* \(unknown_type\)$/m);
    expect(stdout).toMatch(/Nothing is sent now:\n\nPOST http:\S+\/orders\/o%3ASAMPLE-1\/redemptions\n/);
    expect(stdout).toMatch(/"code": "ten",\n\s+"member": null,\n\s+"amount": "10\.00"/);
    expect(questions).toBe(1);
  });

  it('with --dry hashes a customer under the secret that is set, and says where there is none', () => {
    change(`${CRM}.json`, '"emails": "first" }', '"emails": "first", "hashKey": "CRM_HASH_KEY" }');
    change(`${CRM}.json`, '"phone": { "$eval": "customer.phone" }', '"phone": { "$eval": "customer.phoneHash" }');
    const args = ['try', CRM, '--dry', '--phone', '+905320000001'];
    const set = run(args, { CRM_HASH_KEY: 'pepper' });
    // printf '+905320000001' | openssl dgst -sha256 -hmac pepper
    expect(set.stdout).toContain('77f1822463d218d65587106354390f6b856889fd9ce89e3e0a02ea028d6d5576');
    expect(set.stdout).not.toMatch(/pepper|stand-in/);
    expect(run(args).stdout).toContain('CRM_HASH_KEY is not set: hashes of the customer are made with a stand-in');
  });

  it('with --dry shows the question behind a token, though nobody hands one out', () => {
    const { status, stdout } = run(['try', 'oauth-promotions', '--dry']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^POST https:\/\/upstream\.invalid\/oauth\/token\n/);
    expect(stdout).toMatch(/^POST https:\/\/upstream\.invalid\/v2\/promotions\/evaluate\?currency=TRY/m);
  });

  it('says what it lacks', () => {
    const UPSTREAM_URL = 'http://127.0.0.1:1';
    expect(run(['try', CRM]).stderr).toMatch(/^UPSTREAM_URL is not set/);
    expect(run(['try', CRM], { UPSTREAM_URL })).toMatchObject({ status: 1, stderr: /CRM_TOKEN is not set/ });
    const refused = run(['try', CRM], { UPSTREAM_URL, CRM_TOKEN: 't' });
    expect(refused).toMatchObject({ status: 1, stdout: /No offers\. unavailable/ });
  });
});

describe('npm run mapping -- new', () => {
  it('begins a mapping that passes, and overwrites nothing', () => {
    const made = run(['new', 'loyalty-x', '--money', 'minor', '--repeat', 'lookup']);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toMatch(/auth bearer, money minor, repeat lookup[\s\S]*npm run mapping -- check loyalty-x/);
    expect(run(['check', 'loyalty-x'])).toMatchObject({ status: 0, stdout: 'loyalty-x: all right; 8 cases\n' });
    const compiled = JSON.parse(readFileSync(join(folder, 'compiled.json'), 'utf8')) as { name: string }[];
    expect(compiled.map(({ name }) => name)).toEqual([...EXAMPLES, 'loyalty-x'].sort());
    const before = readFileSync(join(folder, 'loyalty-x.json'), 'utf8');
    expect(run(['new', 'loyalty-x', '--auth', 'none'])).toMatchObject({ status: 1, stderr: /is there already/ });
    expect(readFileSync(join(folder, 'loyalty-x.json'), 'utf8')).toBe(before);
  });

  it('begins with every choice, all of which pass', () => {
    const names: string[] = [];
    for (const auth of AUTHS) {
      for (const money of MONEYS) {
        for (const repeat of REPEATS) {
          const [name, choices] = [`x-${auth}-${money}-${repeat}`, { auth, money, repeat }] as const;
          names.push(name);
          expect(compileMapping(name, scaffoldMapping(name, choices))).toHaveProperty('mapping');
          expect(v.is(fixturesSchema, scaffoldFixtures(name, choices))).toBe(true);
          writeFileSync(join(folder, `${name}.json`), writeJson(scaffoldMapping(name, choices)));
          writeFileSync(join(folder, `fixtures/${name}.json`), writeJson(scaffoldFixtures(name, choices)));
        }
      }
    }
    const { status, stdout } = run(['check', ...names]);
    expect(stdout.match(/all right; [68] cases/g)).toHaveLength(60);
    expect(status).toBe(0);
  });
});

describe('npm run mapping', () => {
  it.each([
    [[], /A command is needed/],
    [['chek'], /There is no command chek/],
    [['check', 'nobody'], /There is no mapping nobody .*: in-house-crm\./],
    [['check', '--all'], /--all/],
    [['try'], /One NAME is needed/],
    [['try', CRM, '--basket', 'none.json'], /There is no file none\.json/],
    [['new'], /One NAME is needed/],
    [['new', 'A b'], /NAME must be/],
    [['new', 'x', '--auth', 'magic'], /--auth must be one of/],
  ] as const)('answers 2 to %j', (args, message) => {
    expect(run(args)).toMatchObject({ status: 2, stdout: '', stderr: message });
  });

  it.each([['--help'], ['check', '--help'], ['try', '--help'], ['new', '--help']])(
    'explains itself: %s %s',
    (...args) => {
      const { status, stdout, stderr } = run(args.filter((one) => one !== undefined));
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: npm run mapping -- /);
    },
  );
});

describe('readJson', () => {
  it.each([
    ['', '1:1', /the file ends/],
    ['{\n  "a": 1\n  "b": 2\n}', '3:3', /a comma is missing/],
    ['[1,\n 2,]', '2:3', /take the comma out/],
    ["{ 'a': 1 }", '1:3', /a key in double quotes/],
    ['{ "a": 01 }', '1:9', /a comma is missing/],
    ['{\n// why\n}', '2:1', /no comments/],
    ['[1] 2', '1:5', /the end of the file/],
    ['["a\nb"]', '1:2', /not closed/],
    ['{ "a": [1, 2 }', '1:14', /should be/],
  ])('of %j fails at %s', (text, place, message) => {
    const read = readJson(text);
    if (!('message' in read)) throw new Error('it is JSON');
    expect(`${read.place.line}:${read.place.column}`).toBe(place);
    expect(read.message).toMatch(message);
  });
});

describe('createMask', () => {
  it('hides what is signed, and a token as soon as an answer hands it out', () => {
    const parts = ['body' as const];
    const hmac = { kind: 'hmac', algorithm: 'SHA-256', secret: 'KEY', parts, encoding: 'hex', prefix: '' } as const;
    const signed = createMask({ ...hmac, header: 'X-Sign', headers: {}, timestampAs: 'seconds' }, new Map());
    expect([signed.header('x-sign', 'abc'), signed.header('x-time', '12')]).toEqual(['***', '12']);
    const login = {
      kind: 'login',
      url: '/login',
      body: {},
      token: 'data.token',
      header: 'x-auth',
      headers: {},
    } as const;
    const { learn, text, header } = createMask(login, new Map());
    expect(header('x-auth', 'tok-1')).toBe('***');
    learn('{"data":{"token":"tok-1"}}');
    learn('<html>');
    expect(text('it was tok-1')).toBe('it was ***');
  });

  it('hides what the auth section adds, by its place', () => {
    const url = 'https://crm.test/a?x=1&api%20key=s+e%2Fcret';
    const query = createMask({ kind: 'query', key: 'api key', value: 'KEY' }, new Map());
    expect(query.url(url)).toBe('https://crm.test/a?x=1&api+key=***');
    const headers = createMask({ kind: 'headers', headers: { 'X-Api-Key': 'KEY' } }, new Map());
    expect(headers.header('x-api-key', 'abc')).toBe('***');
    expect(headers.header('x-request-id', 'abc')).toBe('abc');
  });

  it('hides a secret in every form in which an upstream may say it back', () => {
    const secrets = new Map([
      ['USER', 'ada'],
      ['PASS', 'a/"b c'],
    ]);
    const { text, header } = createMask({ kind: 'basic', username: 'USER', password: 'PASS' }, secrets);
    const pair = Buffer.from('ada:a/"b c').toString('base64');
    expect(header('authorization', `Basic ${pair}`)).toBe('Basic ***');
    expect(text(`${pair} a/"b c ${JSON.stringify('a/"b c')} a%2F%22b%20c a%2F%22b+c`)).toBe('*** *** "***" *** ***');
  });
});
