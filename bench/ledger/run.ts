/** `npm run bench:ledger`: a ledger of generated data, and how many rows each page of the console reads of it. */
import { parseArgs } from 'node:util';
import { CommandError } from '../../scripts/ops/d1.ts';
import { runCommand } from '../../scripts/ops/run.ts';
import { group, table, title } from '../table.ts';
import { type Measured, measureLedger } from './measure.ts';
import { seedOnce } from './seed.ts';

/** Characters: addresses can be long. */
const MAX_PAGE = 60;
const STATE_DIR = '.wrangler/bench-ledger';

const HELP = `Usage: npm run bench:ledger [-- --orders N] [--state-dir DIR] [--bound N] [--help]

Fills a local D1 in a folder of its own with generated orders (GENERATED-…), discounts and baskets, once; then calls every
page of the console, searches, filters, exports, /ready and the sweep upon it, and prints how many rows each has read, from
D1's own meta. Exit status 1 when one reads more than its bound, or is not answered as it should be.

A million orders take a minute and 2 GB, and are kept for the next time: remove the folder to begin anew. For a quick trial:
--orders 1000 and a folder of its own. The sweep
changes some hundred rows a time. Milliseconds are of this machine and only for information.

  --orders N        how many, from 1000 on (default: those that are there, or 1000000); discounts 2.5 N, baskets 3 N
  --state-dir DIR   where the database lives (default ${STATE_DIR})
  --bound N         holds everything to so many rows, in place of its own bound
  --help            this text`;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      orders: { type: 'string' },
      'state-dir': { type: 'string' },
      bound: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const stateDir = values['state-dir'] ?? STATE_DIR;
  const startedAt = performance.now();
  const seeded = await seedOnce(stateDir, readNumber('orders', values.orders, 1000));
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`… ${group(seeded.orders)} orders are there, after ${seconds.toFixed(0)} s`);
  const measured = await measureLedger(stateDir, seeded, readNumber('bound', values.bound, 0));
  console.log(render(measured));
  const flawed = measured.filter(({ flaw }) => flaw !== null);
  if (flawed.length === 0) console.log(`All ${measured.length} within their bounds.`);
  else console.log(`${flawed.length} of ${measured.length} are not as they should be:`);
  for (const { page, flaw } of flawed) console.log(`  ${page}: ${flaw}`);
  return flawed.length === 0 ? 0 : 1;
}

function readNumber(name: string, text: string | undefined, from: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d{1,8}$/.test(text) && number >= from) return number;
  throw new CommandError(`--${name} is a whole number from ${from} on, and not "${text}".`);
}

function render(measured: readonly Measured[]): string {
  return [
    title('Rows read of a ledger of generated data, from D1’s own meta'),
    table(
      ['page', 'D1 statements', 'rows read', 'ms', 'at most'],
      measured.map(({ page, statements, rowsRead, ms, bound, flaw }) => [
        page.length > MAX_PAGE ? `${page.slice(0, MAX_PAGE)}…` : page,
        ...[statements, rowsRead, Math.round(ms), bound].map(group),
        ...(flaw === null ? [] : [flaw]),
      ]),
    ),
    '',
  ].join('\n');
}

await runCommand(main);
