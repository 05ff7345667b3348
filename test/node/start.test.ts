/** `npm start` in a fresh copy, and the commands that it prints, pasted. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLocalSettings } from '../../scripts/local-settings.ts';
import { whatNext } from '../../scripts/what-next.ts';
import { freePort } from './support/akinon.ts';
import { aFreshCopy, npmStart } from './support/npm-start.ts';

let copy: string;
let port: number;

/** Each test has a copy of its own: none finds what another left. */
beforeEach(async () => {
  copy = aFreshCopy();
  port = await freePort();
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

const start = (lastWords?: string) => npmStart(copy, port, lastWords);

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

/** The queue waits a second for more messages; what no message announces waits for the sweep of the next minute. */
async function untilDelivered(): Promise<void> {
  for (let waited = 0; waited < 90_000; waited += 500) {
    if (JSON.parse(query("SELECT count(*) AS n FROM deliveries WHERE state <> 'done'"))[0].results[0].n === 0) return;
    await sleep(500);
  }
  throw new Error('nothing was delivered');
}

const counts = () =>
  JSON.parse(
    query('SELECT count(*) AS n, sum(priority = 99) AS mine, (SELECT count(*) FROM usages) AS usages FROM campaigns'),
  )[0].results;

describe('npm start', () => {
  it('serves with nothing configured, and again later without loading or overwriting anything', async () => {
    const first = await start();
    try {
      expect(first.output).toContain(`http://localhost:${port}`);
      expect(first.output).toContain('Created .dev.vars');
      expect(first.output).toContain('WELCOME150');
      expect(first.output).toMatch(/^Offers from: +catalog$/m);
      const [offers = '', use = '', ...more] = curlsIn(first.output);
      expect(more).toEqual([]);
      expect(paste(offers)).toMatch(/^HTTP\/1.1 200 OK[\s\S]*v2-spring-discount-2025/);
      expect(paste(offers)).not.toContain('demo-welcome-150');
      expect(paste(offers.replace('"voucherCode":null', '"voucherCode":"WELCOME150"'))).toContain('demo-welcome-150');
      expect(paste(use)).not.toMatch(/idempotent-replayed/i);
      expect(paste(use)).toMatch(/idempotent-replayed: true/i);
      await untilDelivered();
      const [show = ''] = /npm run usages -- show \S+/.exec(first.output) ?? [];
      const shown = execFileSync('sh', ['-c', show], { cwd: copy, encoding: 'utf8' });
      expect(shown).toContain('delivered');
      expect(shown).toContain('not_required');
    } finally {
      await first.stop();
    }
    await expect(fetch(`http://localhost:${port}/health`)).rejects.toThrow();

    query("UPDATE campaigns SET priority = 99 WHERE id = 'demo-free-shipping'");
    query("DELETE FROM campaigns WHERE id = 'demo-member-points'");
    const settings = `${readFileSync(join(copy, '.dev.vars'), 'utf8')}# mine\n`;
    writeFileSync(join(copy, '.dev.vars'), settings);
    const second = await start();
    await second.stop();
    expect(second.output).not.toContain('Created .dev.vars');
    expect(readFileSync(join(copy, '.dev.vars'), 'utf8')).toBe(settings);
    expect(counts()).toEqual([{ n: 12, mine: 1, usages: 1 }]);
  });

  it('sweeps every minute in place of cron: what no message announced is delivered', async () => {
    const { output, stop } = await start();
    try {
      const [, use = ''] = curlsIn(output);
      paste(use);
      await untilDelivered();
      query("UPDATE used_discounts SET state = 'due' WHERE state = 'delivered'");
      query("UPDATE deliveries SET state = 'due', due_at = 1, done_at = NULL");
      await untilDelivered();
    } finally {
      await stop();
    }
  });

  it('has a shop at the same address, which keeps what it knows and can switch to the reference upstream', async () => {
    const url = `http://localhost:${port}`;
    let cookie = '';
    const ask = async (method: string, path: string, body?: unknown) => {
      const headers = { cookie, 'content-type': 'application/json' };
      const response = await fetch(url + path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
      return response.json() as Promise<Record<string, never>>;
    };
    const buy = () => ask('POST', '/baskets/basket/', { product: 100010, quantity: 7 });
    const first = await start();
    try {
      expect(await buy()).toMatchObject({ basket: { total_product_amount: '3500.00', total_amount: '3464.50' } });
      expect(await ask('POST', '/sandbox/orders')).toHaveProperty('order.usedDiscounts[0]', 'v2-loyalty-reward-2025');
      await untilDelivered();

      await ask('POST', '/sandbox/settings', { adapter: 'reference' });
      expect(await buy()).toMatchObject({ basket: { total_amount: '3400.00' } });
      await ask('POST', '/sandbox/upstream/faults', { do: 'reply', status: 500 });
      expect(await ask('PUT', '/baskets/basket/', { product: 100010, quantity: 1 })).toMatchObject({
        basket: { total_amount: '500.00', discounts: [] },
      });
    } finally {
      await first.stop();
    }
    const second = await start();
    try {
      expect(await ask('GET', '/baskets/basket/')).toMatchObject({ basket: { total_quantity: 1 } });
      expect(await ask('GET', '/sandbox/orders')).toMatchObject({ orders: [{ basket: { total_amount: '3464.50' } }] });
    } finally {
      await second.stop();
    }
  });

  it('says what is wrong with the settings in place of commands that cannot work', async () => {
    writeFileSync(join(copy, '.dev.vars'), 'AKINON_USERNAME=me\nPRIORITY_FIRST=foo\n');
    const { output, stop } = await start('then start again');
    await stop();
    expect(output).toContain('AKINON_PASSWORD is not set.');
    expect(output).toContain('PRIORITY_FIRST must be one of lowest, highest.');
    expect(output).not.toContain('curl');
  });

  it('says which mapping is wrong, and goes on with the others', async () => {
    writeFileSync(join(copy, 'src/connectors/http/mappings/my-crm.json'), '{\n  "auth": {},\n}');
    const { output, stop } = await start('More: npm run mapping -- check');
    await stop();
    expect(output).toContain('Offerbridge is ready.');
    expect(output).toMatch(/A mapping is wrong\.[\s\S]*mappings\/my-crm\.json:2:13 {2}this is no JSON/);
  });

  it('prints commands for the connector that is set, in .dev.vars before wrangler.toml', async () => {
    const toml = join(copy, 'wrangler.toml');
    const lines = ['AKINON_USERNAME=me', "AKINON_PASSWORD='a#b'"];
    writeFileSync(join(copy, '.dev.vars'), lines.join('\n'));
    expect(whatNext('http://x', await readLocalSettings(toml), '1')).toMatch(/me \/ a#b\nOffers from: +catalog\n/);
    writeFileSync(join(copy, '.dev.vars'), [...lines, 'MAPPING=my-crm'].join('\n'));
    expect(whatNext('http://x', await readLocalSettings(toml), '1')).toMatch(
      /^Offers from: +catalog {2}\(MAPPING=my-crm counts with CONNECTOR=http only\)$/m,
    );
    lines.push('CONNECTOR=http', 'UPSTREAM_URL=https://loyalty.example/secret-path?key=hidden');
    writeFileSync(join(copy, '.dev.vars'), lines.join('\n'));
    const words = whatNext('http://x', await readLocalSettings(toml), '1');
    expect(words).toMatch(/^Offers from: +http, https:\/\/loyalty\.example$/m);
    expect(words).not.toMatch(/secret-path|hidden|WELCOME150|v2-spring/);
    writeFileSync(join(copy, '.dev.vars'), [...lines, 'MAPPING=my-crm'].join('\n'));
    expect(whatNext('http://x', await readLocalSettings(toml), '1')).toMatch(
      /^Offers from: +http, by the mapping my-crm, https:\/\/loyalty\.example$/m,
    );
    expect(words).toContain('"usedDiscounts":["AN-OFFER-ID"]');
    expect(words).toMatch(/AN-OFFER-ID put the id of an offer[\s\S]*notifyAfterOrderCreation is true/);
  });

  it('ends with npm when that is told to, and leaves nothing behind', async () => {
    const { child, gone } = await start();
    // npm passes it to its shell, and that dies without passing it on.
    child.kill('SIGTERM');
    await gone;
    await expect
      .poll(
        () =>
          fetch(`http://localhost:${port}/health`).then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 15_000 },
      )
      .toBe('down');
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
