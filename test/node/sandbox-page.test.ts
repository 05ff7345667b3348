/** The whole story in a real browser, behind `npm start`: fill a basket, order, and find the usage in the ledger. */
import { readFileSync, rmSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aBrowser } from '../../scripts/browser.ts';
import { freePort } from './support/akinon.ts';
import { aFreshCopy, npmStart, type Started } from './support/npm-start.ts';

/** Of `expect.poll`: a call to the adapter, a page and a second until the panel asks. */
const SOON = { timeout: 15_000 };
const axe = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');
/** Of .dev.vars.example. */
const OPS = { username: 'ops', password: 'local-only-password' };

let copy: string;
let url: string;
let started: Started | undefined;
let browser: Browser;
let context: BrowserContext;
const complaints: string[] = [];

beforeAll(async () => {
  copy = aFreshCopy();
  const port = await freePort();
  url = `http://localhost:${port}`;
  started = await npmStart(copy, port);
  browser = await aBrowser();
});
afterEach(async () => {
  await context?.close();
  expect(complaints.splice(0)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await started?.stop();
  rmSync(copy, { recursive: true, force: true });
});

/** A new visitor, in front of an upstream that works. */
async function visit(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  await tellShop('/sandbox/upstream/reset', {});
  const guest = { phone: null, email: [], emailAllowed: false, smsAllowed: false, callAllowed: false };
  await tellShop('/sandbox/settings', {
    ...{ adapter: 'configured', contractVersion: 'v2', customer: guest, useOffers: 'normal', storeId: null },
  });
  context = await browser.newContext({
    httpCredentials: OPS,
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  // A refusal of the shop is answered 400, which the browser notes down as an error of loading.
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 400'))
      complaints.push(`${message.text()} ${message.location().url}`);
  });
  await page.goto(url);
  return page;
}

async function tellShop(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

const notice = (page: Page) => page.locator('#notice');
const newestCall = (page: Page) => page.locator('#calls [data-call]').first();
const offers = (page: Page) => page.locator('.offers > li');

async function add(page: Page, product: string): Promise<void> {
  await page.getByRole('button', { name: `Add ${product}` }).click();
  await notice(page).getByText(`${product} is in the basket.`).waitFor();
}

/** JSON of the newest call, opened. */
async function openedCall(page: Page): Promise<{ request: Record<string, never>; answer: unknown }> {
  const call = newestCall(page);
  await call.locator('summary').first().click();
  const [request = '', answer = 'null'] = await call.locator('pre.json').allTextContents();
  return { request: JSON.parse(request), answer: JSON.parse(answer) };
}

/** Follows the link of the order to the console, until its lines have come to an end. */
async function statesInConsole(page: Page): Promise<string[]> {
  await page.getByRole('link', { name: 'See its usage in the console' }).click();
  const states = page.locator('main .state');
  await expect
    .poll(
      async () => {
        await page.reload();
        return states.evaluateAll((all) => all.map(({ className }) => className));
      },
      { timeout: 30_000, interval: 500 },
    )
    .not.toContain('state due');
  return states.evaluateAll((all) => all.map(({ className }) => className.replace('state ', '')));
}

describe('the shop', () => {
  it.each(['v2', 'v1'])('sells to a guest and to a member, by contract %s, and the ledger has it', async (version) => {
    const page = await visit();
    await page.getByRole('radio', { name: version, exact: true }).check();
    await add(page, 'Keten gömlek');
    await add(page, 'Filtre kahve');
    await page.getByRole('button', { name: 'One Filtre kahve more' }).click();
    await page.locator('#basket h2', { hasText: '3 pieces' }).waitFor();
    expect(await offers(page).count()).toBe(7);
    await offers(page).getByText('25.50 TRY kazandınız.').waitFor();
    await page.getByText('Üye olun, puan kazanın.').first().waitFor();
    await page.locator('.totals', { hasText: /Loyalty points\+50/ }).waitFor();
    expect((await openedCall(page)).request).toMatchObject({ user: { phone: null, email: [] } });

    // A voucher: one that nobody knows, then a good one. v1 has no field for it.
    if (version === 'v2') {
      await page.getByLabel(/Voucher code/).fill('NONSENSE');
      await page.getByRole('button', { name: 'Use' }).click();
      await notice(page).locator('.problem').waitFor();
      await page.getByLabel(/Voucher code/).fill('WELCOME150');
      await page.keyboard.press('Enter');
      await notice(page).getByText('The voucher code is good.').waitFor();
      expect(await offers(page).count()).toBe(8);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('no-code');
    } else {
      await page.getByText('v1 of the contract has no voucher code.').waitFor();
    }

    // A member, with a gift.
    await page.getByRole('radio', { name: 'member' }).check();
    await expect.poll(async () => page.getByLabel('Phone').isVisible(), SOON).toBe(true);
    await expect.poll(() => newestCall(page).textContent(), SOON).toContain('demo@example.com');
    expect((await openedCall(page)).request).toMatchObject({ user: { email: ['demo@example.com'] } });
    await page.getByRole('checkbox', { name: 'Deneme boyu krem' }).check();

    const toPay = await page.locator('.totals dd.sum').textContent();
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByRole('heading', { name: 'Thank you for your order' }).waitFor();
    expect(await page.locator('.totals dd.sum').textContent()).toBe(toPay);
    await page.locator('.items', { hasText: 'Deneme boyu kremyour gift' }).waitFor();
    await page.getByText(/coupon SAVE2025/).waitFor();
    const number = (await page.locator('#number').textContent()) ?? '';
    const { request } = await openedCall(page);
    // v1 has no order; the ledger knows it by its basket then.
    expect(request.order).toEqual(version === 'v2' ? { orderNumber: number } : undefined);
    const { basket } = request as { basket?: { id: number; version: number } };
    const inLedger = version === 'v2' ? number : `${basket?.id}:${basket?.version}`;

    // The same call again is answered as a replay.
    await page.getByRole('button', { name: 'Send it again' }).click();
    await page.getByText('was sent 2 times').waitFor();
    await expect.poll(() => newestCall(page).locator('.badge').textContent(), SOON).toBe('replayed');

    const states = await statesInConsole(page);
    await page.getByRole('heading', { name: inLedger }).waitFor();
    expect(states.length).toBeGreaterThanOrEqual(6);
    expect(new Set(states)).toEqual(new Set(['delivered']));
  });

  it('goes on selling while the upstream fails, and has its offers when it works again', async () => {
    const page = await visit();
    await page.getByRole('radio', { name: 'with the reference upstream' }).check();
    await add(page, 'Gitar');
    expect(await offers(page).allTextContents()).toContainEqual(expect.stringContaining('10 % off, at most 100'));
    await page.locator('#set-fault').selectOption('answers 500');
    await notice(page).getByText('was told').waitFor();
    await page.getByRole('button', { name: 'One Gitar more' }).click();
    await page.getByText('None for this basket. The reference upstream was told that it answers 500').waitFor();
    expect(await page.locator('.totals dd.sum').textContent()).toBe('240.00 TRY');
    await page.locator('#set-fault').selectOption('works');
    await page.getByRole('button', { name: 'One Gitar more' }).click();
    await page.getByText('10 % off, at most 100').first().waitFor();
    await page.getByRole('button', { name: 'Place the order' }).click();
    expect(await statesInConsole(page)).toContain('delivered');
  });

  it('shows a member its own offers, and what an adapter without any says', async () => {
    const page = await visit();
    await page.getByRole('link', { name: 'My offers' }).click();
    await page.getByText('A guest has no offers of its own').waitFor();
    await page.getByRole('radio', { name: 'member' }).check();
    await page.getByRole('heading', { name: 'To come' }).waitFor();
    const [active = [], future, expired] = await page
      .locator('#account .offers')
      .evaluateAll((lists) => lists.map((list) => [...list.querySelectorAll('strong')].map((it) => it.textContent)));
    expect(active).toEqual(['Thank-you discount', '20% off', 'Free shipping', 'Welcome discount: 150 TRY off']);
    expect([future, expired]).toEqual([['December campaign'], ['October campaign']]);
    await page.getByText('come to 350').waitFor();
    await page.getByRole('radio', { name: 'with the reference upstream' }).check();
    await page.getByText(/answered 404: The connector of this adapter does not list/).waitFor();
  });

  it('shows a late call when it is made, without a press', async () => {
    const page = await visit();
    await tellShop('/sandbox/settings', { useOffers: 'delay', delayMs: 1500 });
    await add(page, 'Gitar');
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByText('is sent 1.5 seconds after the order, and was not yet.').waitFor();
    expect(await newestCall(page).textContent()).not.toContain('/use-offers');
    expect(await page.getByRole('link', { name: 'See its usage in the console' }).count()).toBe(0);
    await expect.poll(() => newestCall(page).textContent(), SOON).toContain('/use-offers');
    await page.getByText('was sent once').waitFor();
    await page.getByRole('link', { name: 'See its usage in the console' }).waitFor();
  });

  it('says of an item that it is dearer, or that there are fewer', async () => {
    const page = await visit();
    const change = (body: object) =>
      fetch(`${url}/sandbox/products/2003`, {
        ...{ method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      });
    await add(page, 'Filtre kahve');
    await add(page, 'Filtre kahve');
    await change({ price: '250.00', stock: 1 });
    await page.reload();
    await page.getByText('only 1 left').waitFor();
    expect(await page.getByRole('button', { name: 'Place the order' }).isDisabled()).toBe(true);
    await page.getByText('Something cannot be had').waitFor();
    await page.getByRole('button', { name: 'One Filtre kahve fewer' }).click();
    await page.getByText('Filtre kahve costs 250.00 TRY now, and was 189.95.').waitFor();
    await change({ price: '189.95', stock: 120 });
  });

  it('says what it refuses, and keeps what was typed', async () => {
    const page = await visit();
    await add(page, 'Kulaklık');
    await page.getByLabel(/Voucher code/).fill('HALF-TYP');
    await page.getByRole('button', { name: 'One Kulaklık more' }).click();
    await notice(page).getByText('1 of Kulaklık are in stock.').waitFor();
    expect(await page.getByLabel(/Voucher code/).inputValue()).toBe('HALF-TYP');
    await page.getByText('Headers, consents, delays').click();
    await page.getByLabel('Store id').fill('mağaza');
    await page.getByLabel('Store id').blur();
    await notice(page)
      .getByText(/Store id must be a header/)
      .waitFor();
  });

  it('copies a call as a command that works when it is pasted', async () => {
    const page = await visit();
    await add(page, 'Gitar');
    await newestCall(page).locator('summary').first().click();
    await newestCall(page).getByText('As curl').click();
    await newestCall(page).getByRole('button', { name: 'Copy' }).click();
    await newestCall(page).getByRole('button', { name: 'Copied' }).waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    const { execFileSync } = await import('node:child_process');
    const answer = execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(answer).toMatch(/^HTTP\/1.1 200 OK[\s\S]*v2-spring-discount-2025/);
  });

  it('sells without a script', async () => {
    const page = await visit({ javaScriptEnabled: false });
    await page.getByRole('button', { name: 'Add Gitar' }).click();
    await page.getByRole('button', { name: 'One Gitar more' }).click();
    await page.getByRole('radio', { name: 'v1', exact: true }).check();
    await page.getByRole('button', { name: 'Set' }).first().click();
    expect(await newestCall(page).locator('summary').first().textContent()).toContain('v1');
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByRole('heading', { name: 'Thank you for your order' }).waitFor();
    await page.getByRole('link', { name: 'Back to the shop' }).click();
    expect(await page.locator('#orders li').count()).toBe(1);
  });

  it('is filled and ordered with the keyboard alone, which stays where it was', async () => {
    const page = await visit();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Skip to the shop');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const id = () => page.evaluate(() => document.activeElement?.id ?? '');
    expect(await id()).toBe('add-1309');
    await page.keyboard.press('Enter');
    await page.locator('#basket h2', { hasText: '1 piece' }).waitFor();
    expect(await id()).toBe('add-1309');
    await page.keyboard.press('Enter');
    await page.locator('#basket h2', { hasText: '2 pieces' }).waitFor();
    for (let presses = 0; presses < 60 && (await id()) !== 'place-order'; presses++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Thank you for your order' }).waitFor();
  });

  it.each([
    ['light', 1440],
    ['dark', 320],
  ] as const)('is accessible in %s at %i pixels, and nothing of it sticks out', async (colorScheme, width) => {
    const page = await visit({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
    const look = async () => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.addScriptTag({ content: axe });
      const { violations } = await page.evaluate(() =>
        (
          window as never as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
        ).axe.run(),
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    };
    await look();
    await page.getByRole('radio', { name: 'with the reference upstream' }).check();
    await page.getByRole('radio', { name: 'member' }).check();
    await page.getByText('Headers, consents, delays').click();
    await add(page, 'Keten gömlek');
    await newestCall(page).locator('summary').first().click();
    await newestCall(page).getByText('As curl').click();
    await look();
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByRole('heading', { name: 'Thank you for your order' }).waitFor();
    await look();
    await page.getByRole('radio', { name: 'as set up here' }).check();
    await page.getByRole('link', { name: 'My offers' }).click();
    await page.getByRole('heading', { name: 'To come' }).waitFor();
    await look();
  });
});
