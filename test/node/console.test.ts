/** The console in a real browser, as ops uses it: find, read, decide, export, by keyboard, in both languages and schemes. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aBrowser } from '../../scripts/browser.ts';
import { aLocalWorker, fixture, type LocalWorker } from './support/akinon.ts';

const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
const OPS_USERS = `ayse:operator:${digestOf('ayse:pw-a')},mehmet:viewer:${digestOf('mehmet:pw-m')}`;
const AYSE = { username: 'ayse', password: 'pw-a' };

let worker: LocalWorker;
let browser: Browser;
let context: BrowserContext | undefined;
let seenDialogs = 0;

beforeAll(async () => {
  worker = await aLocalWorker({ OPS_USERS });
  browser = await aBrowser();
});
afterEach(async () => {
  await context?.close();
});
afterAll(async () => {
  await browser?.close();
  await worker?.dispose();
});

async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  context = await browser.newContext({ httpCredentials: AYSE, locale: 'en-GB', acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    seenDialogs++;
    void dialog.dismiss();
  });
  await page.goto(worker.url + path);
  return page;
}

const usage = fixture('v2-use-offers-request');
let nextBasket = 5000;

/** An order of the demo catalog's offers whose one line that asks to be told is dead. */
async function aDeadOrder(orderNumber: string): Promise<void> {
  const id = nextBasket++;
  const offers = fixture('v2-offers-request') as { basket: object };
  const inBasket = (request: object) => ({ ...request, basket: { ...offers.basket, id } });
  expect((await worker.post('/offers', inBasket(offers), `offers-${orderNumber}`)).status).toBe(200);
  const told = { ...inBasket(usage), order: { orderNumber } };
  expect((await worker.post('/use-offers', told, `usage-${orderNumber}`)).status).toBe(200);
  const line = `order_key = 'o:${orderNumber}' AND discount_id = 'v2-loyalty-reward-2025'`;
  await expect
    .poll(async () => (await worker.query(`SELECT state FROM used_discounts WHERE ${line}`))[0])
    .toEqual({ state: 'delivered' });
  await worker.query(`UPDATE used_discounts SET state = 'dead', reason = 'exhausted' WHERE ${line}`);
}

/** The same request id for another order, as a caller does that reuses one. */
async function aConflict(orderNumber: string): Promise<void> {
  const told = (order: string) => ({ ...usage, order: { orderNumber: order } });
  expect((await worker.post('/use-offers', told(`${orderNumber}-first`), `conflict-${orderNumber}`)).status).toBe(200);
  expect((await worker.post('/use-offers', told(orderNumber), `conflict-${orderNumber}`)).status).toBe(422);
}

/** Every page there is, of a shop that has one of each. */
async function everyPage(name: string): Promise<string[]> {
  await aDeadOrder(name);
  await aConflict(`${name}-conflict`);
  await worker.post('/use-offers', { usedDiscounts: 7 }, `refused-${name}`);
  await worker.sweep();
  const [conflict] = await worker.query<{ request_id: string; fingerprint: string }>('SELECT * FROM usage_conflicts');
  const { request_id: request = '', fingerprint = '' } = conflict ?? {};
  return [
    ...['/ops', '/ops/usages', '/ops/usages?q=nothing', '/ops/usages?state=dead', '/ops/usages/1', '/ops/dead'],
    ...['/ops/conflicts', `/ops/conflict?${new URLSearchParams({ request, fingerprint })}`, '/ops/refused'],
    ...['/ops/catalog', '/ops/catalog?when=past', '/ops/audit', '/ops/nowhere'],
  ];
}

async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

describe('the console in a browser', () => {
  it('finds an order, reads what happened, replays what is dead and sees it delivered', async () => {
    await aDeadOrder('B-1');
    const page = await open('/ops');
    await page.getByRole('link', { name: 'Usages', exact: true }).click();
    await page.getByLabel('Order, request, discount or basket').fill('B-1');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(new URL(page.url()).search).toContain('q=B-1');
    await page.getByRole('link', { name: 'B-1' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Order B-1');
    expect(await page.locator('.timeline').textContent()).toMatch(/Akinon told that the order used.*Attempt/s);
    await page.getByRole('checkbox', { name: 'v2-loyalty-reward-2025' }).check();
    await page.getByRole('button', { name: 'Replay' }).click();
    expect(await page.locator('strong').textContent()).toBe('Can be done: 1 of 1.');
    await page.getByLabel('Reason, kept with the decision').fill('mended by the vendor');
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.waitForURL('**/ops/audit?*');
    expect(await page.locator('tbody tr').first().textContent()).toMatch(/ayse.*replay.*B-1.*mended by the vendor/);
    await expect
      .poll(async () => {
        await page.goto(`${worker.url}/ops/usages?q=B-1`);
        return page.locator('.discounts').textContent();
      })
      .not.toContain('dead');
  });

  it('decides about several at once, by keyboard alone', async () => {
    for (const order of ['K-1', 'K-2', 'K-3']) await aDeadOrder(order);
    const page = await open('/ops/dead');
    for (const order of ['K-1', 'K-3']) {
      await page.getByRole('checkbox', { name: `${order} v2-loyalty-reward-2025` }).focus();
      await page.keyboard.press('Space');
    }
    const press = async (name: string) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate('document.activeElement.textContent || document.activeElement.name');
        if (focused === name) break;
      }
      await page.keyboard.press('Enter');
    };
    await press('Discard');
    expect(await page.locator('strong').textContent()).toBe('Can be done: 2 of 2.');
    await page.getByRole('textbox').focus();
    await page.keyboard.type('agreed with the shop');
    await press('Discard');
    await page.waitForURL('**/ops/audit?*');
    const states = await worker.query<{ order_key: string; state: string }>(
      "SELECT order_key, state FROM used_discounts WHERE order_key LIKE 'o:K-%' AND discount_id = 'v2-loyalty-reward-2025' ORDER BY 1",
    );
    expect(states.map(({ state }) => state)).toEqual(['discarded', 'dead', 'discarded']);
  });

  it('replays everything that a filtered list shows, with a reason, and sees it delivered', async () => {
    for (const order of ['R-1', 'R-2']) await aDeadOrder(order);
    await worker.query(
      "UPDATE usages SET channel = json_set(channel, '$.device', 'kiosk') WHERE order_key LIKE 'o:R-%'",
    );
    const page = await open('/ops/usages?state=dead&device=kiosk');
    await page.getByRole('button', { name: 'Replay all of these: dead' }).click();
    expect(await page.locator('strong').textContent()).toBe('Can be done: 2 of 2.');
    await page.getByLabel('Reason, kept with the decision').fill('the kiosk is mended');
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.waitForURL('**/ops/audit?decided=2&of=2');
    await expect
      .poll(() =>
        worker.query(
          "SELECT DISTINCT state FROM used_discounts WHERE order_key LIKE 'o:R-%' AND discount_id = 'v2-loyalty-reward-2025'",
        ),
      )
      .toEqual([{ state: 'delivered' }]);
  });

  it('chooses a whole page at once', async () => {
    for (const order of ['W-1', 'W-2']) await aDeadOrder(order);
    const page = await open('/ops/dead');
    await page.getByLabel('Choose all of this page').check();
    expect(await page.locator('input[name="line"]:not(:checked)').count()).toBe(0);
    await page.getByRole('checkbox', { name: 'W-1 v2-loyalty-reward-2025' }).uncheck();
    expect(await page.getByLabel('Choose all of this page').isChecked()).toBe(false);
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await page.locator('strong').textContent()).toMatch(/^Can be done: (\d+) of \1\.$/);
    expect(await page.locator('table').textContent()).not.toContain('W-1');
    expect(await page.locator('table').textContent()).toContain('W-2');
  });

  it('compares the two sides of a conflict, and accepts the other one as a usage of its own', async () => {
    await aConflict('F-1');
    const page = await open('/ops/conflicts');
    await page.getByRole('link', { name: 'conflict-F-1', exact: true }).click();
    expect(await page.getByRole('row', { name: /^Order/ }).textContent()).toBe('OrderF-1-firstF-1');
    await page.getByRole('button', { name: 'Accept as a usage' }).click();
    await page.getByLabel('Reason, kept with the decision').fill('both orders are real');
    await page.getByRole('button', { name: 'Accept as a usage' }).click();
    await page.waitForURL('**/ops/audit?decided=1&of=1');
    await page.getByRole('link', { name: 'F-1', exact: true }).first().click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Order F-1');
  });

  it('draws the days, which say their values by keyboard too, and lead to their usages', async () => {
    await aDeadOrder('D-1');
    await worker.sweep();
    const page = await open('/ops');
    const chart = page.locator('.chart', { hasText: 'Usages a day' });
    const [row] = await worker.query<{ count: number }>('SELECT count(*) AS count FROM usages');
    // One stop of the Tab key: the newest day.
    expect(await chart.locator('.day[tabindex="0"]').count()).toBe(1);
    await chart.locator('.day[tabindex="0"]').focus();
    const focused = chart.locator('.day:focus');
    expect(await focused.getAttribute('aria-label')).toMatch(new RegExp(`, ${row?.count}$`));
    const shown = "getComputedStyle(document.activeElement.querySelector('.values')).visibility";
    expect(await page.evaluate(shown)).toBe('visible');
    const today = await focused.getAttribute('href');
    await page.keyboard.press('ArrowLeft');
    expect(await focused.getAttribute('href')).not.toBe(today);
    await page.keyboard.press('ArrowRight');
    expect(await focused.getAttribute('href')).toBe(today);
    await page.keyboard.press('Home');
    expect(await focused.getAttribute('href')).toBe(await chart.locator('.day').first().getAttribute('href'));
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/ops/usages?from=*');
    expect(await page.locator('tbody tr').count()).toBe(Math.min(50, row?.count ?? 0));
  });

  it('works without its script', async () => {
    await aDeadOrder('N-1');
    const page = await open('/ops', { javaScriptEnabled: false });
    await page.getByRole('link', { name: /Dead: given up/ }).click();
    await page.getByRole('checkbox', { name: 'N-1 v2-loyalty-reward-2025' }).check();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByLabel('Reason, kept with the decision').fill('agreed');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.waitForURL('**/ops/audit?decided=1&of=1');
  });

  it('exports the list as a file that a spreadsheet opens', async () => {
    await aDeadOrder('X-1');
    const page = await open('/ops/usages?q=X-1');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    const [head, ...lines] = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(head).toBe(
      '\ufeffreceived_at,order,request_id,basket_id,store,device,discount_id,state,type,amount,currency,settled_at,upstream_ref,reason',
    );
    expect(lines.map((line) => line.split(',').slice(6, 11).join(','))).toEqual([
      'v2-spring-discount-2025,not_required,BASKET,25.50,TRY',
      'v2-loyalty-reward-2025,dead,BASKET,10.00,TRY',
    ]);
  });

  it('is in Turkish and dark where the browser is, and fits 320 pixels', async () => {
    for (const path of await everyPage('T-1')) {
      const page = await open(path, { locale: 'tr-TR', colorScheme: 'dark', viewport: { width: 320, height: 640 } });
      expect(await page.locator('html').getAttribute('lang')).toBe('tr');
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(20, 23, 26)');
      expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, 320]);
      await context?.close();
    }
  });

  it.each(['light', 'dark'] as const)(
    'has no serious violation of accessibility on any page, %s',
    async (colorScheme) => {
      for (const path of await everyPage(`A-${colorScheme}`)) {
        const page = await open(path, { colorScheme });
        // What is folded is read as well.
        for (const summary of await page.locator('summary').all()) await summary.click();
        expect([path, await violationsOf(page)]).toEqual([path, []]);
        await context?.close();
      }
      const page = await open('/ops/dead', { colorScheme });
      await page.getByRole('checkbox').first().check();
      await page.getByRole('button', { name: 'Mark as delivered' }).click();
      expect(await violationsOf(page)).toEqual([]);
    },
  );

  it('runs nothing that a caller wrote, and asks nobody else for anything', async () => {
    const asked: string[] = [];
    const canary = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
    const hostile = `"><img src=${address}/img onerror=alert(1)><script src=${address}/js></script>`;
    const order = { ...usage, usedDiscounts: [hostile], order: { orderNumber: hostile } };
    expect((await worker.post('/use-offers', order, 'hostile')).status).toBe(200);
    await worker.query(`UPDATE used_discounts SET state = 'dead', reason = '${hostile}' WHERE order_key LIKE '%img%'`);
    const [row] = await worker.query<{ id: number }>("SELECT id FROM usages WHERE request_id = 'hostile'");
    expect(
      (await worker.post('/use-offers', { ...order, order: { orderNumber: `${hostile}2` } }, 'hostile')).status,
    ).toBe(422);
    const [conflict] = await worker.query<{ fingerprint: string }>(
      "SELECT fingerprint FROM usage_conflicts WHERE request_id = 'hostile'",
    );
    await worker.query(
      `UPDATE delivery_gate SET state = 'paused', reason = 'outage', detail = '${hostile}', paused_at = 1, until = 9e12`,
    );
    const comparison = `/ops/conflict?request=hostile&fingerprint=${conflict?.fingerprint}`;
    for (const path of ['/ops', '/ops/usages', `/ops/usages/${row?.id}`, '/ops/dead', '/ops/conflicts', comparison]) {
      const page = await open(path);
      expect(await page.locator('body').textContent()).toContain('onerror=alert(1)');
      await page.waitForLoadState('networkidle');
      await context?.close();
    }
    await worker.query(
      "UPDATE delivery_gate SET state = 'open', reason = NULL, detail = NULL, paused_at = NULL, until = NULL",
    );
    canary.close();
    expect([asked, seenDialogs]).toEqual([[], 0]);
  });

  it('refuses a form from another site', async () => {
    await aDeadOrder('C-1');
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(`<form method="post" action="${worker.url}/ops/decide">
        <input name="decision" value="discard"><input name="line" value='["o:C-1","v2-loyalty-reward-2025","dead"]'>
        <input name="at" value="${Date.now()}"><input name="reason" value="x"><button>go</button></form>`);
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    const page = await open('/ops/usages');
    await page.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`);
    const [response] = await Promise.all([page.waitForNavigation(), page.getByRole('button').click()]);
    evil.close();
    expect(response?.status()).toBe(403);
    const [line] = await worker.query(
      "SELECT state FROM used_discounts WHERE order_key = 'o:C-1' AND discount_id = 'v2-loyalty-reward-2025'",
    );
    expect(line).toEqual({ state: 'dead' });
  });

  it('shows a viewer everything and no way to decide', async () => {
    const page = await open('/ops/dead', { httpCredentials: { username: 'mehmet', password: 'pw-m' } });
    expect(await page.getByRole('checkbox').count()).toBe(0);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.locator('.who').textContent()).toContain('mehmet (viewer)');
  });
});
