/** `npm run bench`: what the adapter costs, as ratios from one run in one process, and as counts. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measure } from './measure.ts';
import { render } from './report.ts';

const HELP = `Usage: npm run bench [-- --quick] [--whole-drain] [--json FILE] [--help]

Measures, in one run and on loopback only:
  1. the pure pipeline of /offers against JSON.parse of the same text
  2. /offers with the http connector against a Worker that passes through to the same upstream and makes the same upsert
  3. the same through a mapping, against the bridge
  4. /use-offers against a bare Hono Worker that writes the same rows
  5. where the CPU of /offers goes, by profile
  6. how fast 2,000 waiting orders are delivered when one call in ten hangs
  7. D1 round trips and rows written of each operation, from D1's own meta
  8. the size of the bundle

Ratios are medians of rounds in turn (ABBA). Milliseconds and microseconds are of this machine and only for information:
local D1 compares statements, it is not production. Takes about five minutes on two cores.

  --quick        every part with a fraction of the rounds, to see that it works; its ratios mean little
  --whole-drain  watches the drain to its end, instead of a minute
  --json FILE    also writes the figures
  --help         this text`;

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      'whole-drain': { type: 'boolean' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (options.help) return console.log(HELP);
  const startedAt = performance.now();
  console.log(`Node ${process.versions.node}, ${availableParallelism()} cores, ${process.platform}`);
  const figures = await measure(options.quick === true, options['whole-drain'] === true);
  console.log(render(figures));
  console.log(`Took ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(`\nThe bench failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
