/** `npm run pictures`: the console in a real browser, upon orders that are made up, and the shop of `npm start`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { dayIn, daysUpTo } from '../src/console/format.ts';
import { aBrowser } from './browser.ts';
import { isPortFree, prepareDatabase, signalGroup, spawnWorker, untilHealthy, wrangler } from './local-worker.ts';
import { aShop } from './pictures/seed.ts';

const HELP = `Usage: npm run pictures [-- --all FOLDER] [-- --shop URL] [-- --help]

Takes the three pictures of docs/console.md. With --all every page is taken at 320 and 1440 pixels, light in English and
dark in Turkish. The shop in them is made up, in a database of its own that is gone afterwards; the Worker is its own too.

  --all FOLDER   where to put all of them; docs/images stays as it is
  --shop URL     the picture of docs/sandbox.md instead, of an npm start that runs there; it fills a basket
  PORT           where the Worker listens meanwhile (default 8797)`;

const PAGES = {
  overview: '/ops',
  usages: '/ops/usages',
  usage: '/ops/usages/9998',
  dead: '/ops/dead',
  plan: '/ops/dead',
  conflicts: '/ops/conflicts',
  conflict: '/ops/conflict?request=4c1f7a52-1&fingerprint=other',
  refused: '/ops/refused',
  catalog: '/ops/catalog',
  audit: '/ops/audit',
} as const;
type Page = keyof typeof PAGES;

const DOCS: readonly Page[] = ['overview', 'usage', 'conflict'];

interface Look {
  readonly page: Page;
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
  readonly locale: string;
  readonly file: string;
}

const lookAtAll = (folder: string): Look[] =>
  (Object.keys(PAGES) as Page[]).flatMap((page) =>
    ([320, 1440] as const).flatMap((width) =>
      (['light', 'dark'] as const).map((colorScheme) => ({
        ...{ page, width, colorScheme },
        locale: colorScheme === 'dark' ? 'tr-TR' : 'en-GB',
        file: join(folder, `${page}-${width}-${colorScheme}.png`),
      })),
    ),
  );

async function take(browser: Browser, url: string, { page: name, file, width, ...look }: Look): Promise<void> {
  const httpCredentials = { username: 'ops', password: 'local-only-password' };
  const context = await browser.newContext({ ...look, httpCredentials, viewport: { width, height: 900 } });
  const page = await context.newPage();
  await page.goto(url + PAGES[name]);
  if (name === 'plan') {
    for (const box of await page.getByRole('checkbox').all()) await box.check();
    await page.locator('form button').first().click();
    await page.waitForURL('**/ops/plan');
  }
  await page.screenshot({ path: file, fullPage: true });
  await context.close();
  console.log(`  ${file}`);
}

async function takeShop(url: string): Promise<void> {
  const browser = await aBrowser();
  try {
    const page = await browser.newPage({
      ...{ viewport: { width: 1440, height: 1040 }, colorScheme: 'light', reducedMotion: 'reduce' },
    });
    await page.goto(url);
    for (const product of ['Keten gömlek', 'Filtre kahve']) {
      await page.getByRole('button', { name: `Add ${product}` }).click();
      await page.getByText(`${product} is in the basket.`).waitFor();
    }
    await page.locator('#calls summary').first().click();
    // The buttons keep what was pressed last in sight: the picture begins at the top.
    await page.evaluate(() => window.scrollTo(0, 0));
    const file = 'docs/images/shop.png';
    await page.screenshot({ path: file });
    console.log(`  ${file}`);
  } finally {
    await browser.close();
  }
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: { help: { type: 'boolean' }, all: { type: 'string' }, shop: { type: 'string' } },
  });
  if (options.help) return console.log(HELP);
  if (options.shop !== undefined) return takeShop(options.shop);
  const port = Number(process.env.PORT ?? 8797);
  if (!(await isPortFree(port)))
    throw new Error(`Port ${port} is in use. Take another one: PORT=8798 npm run pictures`);
  const url = `http://localhost:${port}`;
  const stateDir = mkdtempSync(join(tmpdir(), 'offerbridge-pictures-'));
  console.log('Preparing a database …');
  await prepareDatabase(stateDir);
  const now = Date.now();
  const seed = join(stateDir, 'shop.sql');
  writeFileSync(seed, aShop(now, daysUpTo(dayIn('Europe/Istanbul', now), 31)));
  await wrangler('d1', 'execute', 'DB', '--local', '--persist-to', stateDir, '--yes', '--file', seed);

  const worker = spawnWorker({ port, stateDir, envFile: '.dev.vars.example', stdio: 'pipe', ownGroup: true });
  worker.stdout?.resume();
  worker.stderr?.resume();
  const browser = await aBrowser();
  try {
    await untilHealthy(url, worker);
    const folder = options.all ?? 'docs/images';
    mkdirSync(folder, { recursive: true });
    const docs = DOCS.map(
      (page): Look => ({
        ...{ page, width: 1120, colorScheme: 'light', locale: 'en-GB' },
        file: join(folder, `console-${page}.png`),
      }),
    );
    console.log('Taking pictures …');
    for (const look of options.all === undefined ? docs : lookAtAll(folder)) await take(browser, url, look);
  } finally {
    await browser.close();
    signalGroup(worker, 'SIGTERM');
    rmSync(stateDir, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
