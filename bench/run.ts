/** `npm run bench`: what the adapter costs, as ratios from one run in one process, and as counts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bundle, bundleWorker, measureBundle } from './bundle.ts';
import { offersCase, usageCase } from './cases.ts';
import { type Comparison, compare, type Effort } from './compare.ts';
import { countOperations } from './counts.ts';
import { measurePipeline, type PipelineEffort } from './pipeline.ts';
import { type Figures, judge, render } from './report.ts';
import { type Server, startServer } from './server.ts';

const HELP = `Usage: npm run bench [-- --quick] [--json FILE] [--help]

Measures, in one run and on loopback only:
  1. the pure pipeline of /offers against JSON.parse of the same text
  2. /offers with the catalog connector against a plain Worker that does the same D1 work and answers a fixed text
  3. /use-offers against a bare Hono Worker that writes the same rows
  4. D1 round trips and rows written of each operation, from D1's own meta
  5. the size of the bundle

Ratios are medians of rounds in turn (ABBA). Milliseconds and microseconds are of this machine and only for information:
local D1 compares statements, it is not production. Takes about two and a half minutes on two cores.

  --quick        every part with a fraction of the rounds, to see that it works; its ratios mean little
  --json FILE    also writes the figures
  --help         this text`;

interface Depth {
  readonly pipeline: PipelineEffort;
  readonly effort: Effort;
}

const FULL: Depth = {
  pipeline: { rounds: 41, warmUpMs: 1500, itemsPerRound: 3000 },
  effort: { warmUpMs: 1500, latency: { rounds: 4, blockMs: 300 }, cpu: { rounds: 7, blockMs: 500 } },
};
const QUICK: Depth = {
  pipeline: { rounds: 3, warmUpMs: 50, itemsPerRound: 500 },
  effort: { warmUpMs: 50, latency: { rounds: 1, blockMs: 50 }, cpu: { rounds: 1, blockMs: 50 } },
};

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: { quick: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (options.help) return console.log(HELP);
  const startedAt = performance.now();
  console.log(`Node ${process.versions.node}, ${availableParallelism()} cores, ${process.platform}`);
  const figures = await measure(options.quick === true);
  console.log(render(figures));
  console.log(`Took ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}

async function measure(quick: boolean): Promise<Figures> {
  const { pipeline: pipelineEffort, effort } = quick ? QUICK : FULL;
  const pipeline = [10, 100, 1000].map((items) => {
    progress(`pipeline of ${items} items`);
    return measurePipeline(items, pipelineEffort);
  });

  const directory = mkdtempSync(join(tmpdir(), 'offerbridge-bench-'));
  let server: Server | null = null;
  try {
    progress('bundling as for a deploy');
    const bundles = await bundleAll(directory);
    progress('starting workerd');
    server = await startServer({
      ours: bundles.ours.script,
      'plain-offers': bundles.plainOffers.script,
      'plain-use-offers': bundles.plainUseOffers.script,
      counting: bundles.counting.script,
    });
    const counts = await countOperations(server);
    const cases = [
      offersCase(10, false, 1000),
      offersCase(10, true, 2000),
      offersCase(100, false, 3000),
      offersCase(100, true, 4000),
      usageCase(10, false),
      usageCase(10, true),
    ];
    const comparisons: Comparison[] = [];
    for (const subject of cases) {
      progress(subject.label);
      comparisons.push(await compare(server, subject, effort));
    }
    const bundle = measureBundle(bundles.ours);
    return { pipeline, comparisons, counts, bundle, targets: quick ? [] : judge(pipeline, bundle) };
  } finally {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function bundleAll(directory: string) {
  const bundle = (name: string, entry?: string): Promise<Bundle> => bundleWorker(join(directory, name), entry);
  const [ours, plainOffers, plainUseOffers, counting] = await Promise.all([
    bundle('ours'),
    bundle('plain-offers', 'bench/workers/plain-offers.js'),
    bundle('plain-use-offers', 'bench/workers/plain-use-offers.js'),
    bundle('counting', 'bench/workers/counting.js'),
  ]);
  return { ours, plainOffers, plainUseOffers, counting };
}

function progress(what: string): void {
  console.log(`… ${what}`);
}

main().catch((error: unknown) => {
  console.error(`\nThe bench failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
