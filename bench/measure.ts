/** The parts of the bench in turn, and how much of each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, bundleWorker, measureBundle } from './bundle.ts';
import { type Comparison, compare, type Effort } from './compare.ts';
import { countOperations } from './counts.ts';
import { DRAIN_SETTINGS, type DrainEffort, measureDrain } from './drain.ts';
import { IDS_OF_A_CASE, KINDS, MAPPED, mappedCase, offersCase, type Size } from './offers-cases.ts';
import { measurePipeline, type PipelineEffort } from './pipeline.ts';
import { type ProfileEffort, type ProfileFigures, profileCase } from './profile.ts';
import { Queue } from './queue.ts';
import type { Figures } from './report.ts';
import { startServer } from './server.ts';
import { judge } from './targets.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { usageCase } from './usage-cases.ts';

const SIZES: readonly Size[] = [10, 100];

interface Depth {
  readonly pipeline: PipelineEffort;
  readonly compare: Effort;
  readonly profile: ProfileEffort;
  readonly drain: DrainEffort;
}

const FULL: Depth = {
  pipeline: { rounds: 41, warmUpMs: 1500, itemsPerRound: 3000 },
  compare: { warmUpMs: 1000, latency: { rounds: 4, blockMs: 300 }, cpu: { rounds: 7, blockMs: 500 } },
  profile: { warmUpRequests: 1600, requests: 1600 },
  drain: { orders: 2000, limitMs: 60_000 },
};
const QUICK: Depth = {
  pipeline: { rounds: 3, warmUpMs: 50, itemsPerRound: 500 },
  compare: { warmUpMs: 50, latency: { rounds: 1, blockMs: 50 }, cpu: { rounds: 1, blockMs: 50 } },
  profile: { warmUpRequests: 16, requests: 160 },
  drain: { orders: 20, limitMs: 60_000 },
};

/** @param wholeDrain not only a minute of it */
export async function measure(quick: boolean, wholeDrain: boolean): Promise<Figures> {
  const depth = quick ? QUICK : FULL;
  const drain = wholeDrain ? { ...depth.drain, limitMs: Number.POSITIVE_INFINITY } : depth.drain;
  const pipeline = [10, 100, 1000].map((items) => {
    progress(`pipeline of ${items} items`);
    return measurePipeline(items, depth.pipeline);
  });
  const directory = mkdtempSync(join(tmpdir(), 'offerbridge-bench-'));
  const upstream = await startUpstream();
  try {
    progress('bundling as for a deploy');
    const bundles = await bundleAll(directory);
    const measured = await measureWorkers(bundles, upstream, { ...depth, drain });
    const profiles = await measureProfiles(bundles, upstream, depth.profile);
    const bundle = measureBundle(bundles.ours);
    const targets = quick ? [] : judge(pipeline, measured.comparisons, bundle);
    return { pipeline, ...measured, profiles, bundle, targets };
  } finally {
    await upstream.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

type Bundles = Awaited<ReturnType<typeof bundleAll>>;

async function bundleAll(directory: string) {
  const bundle = (name: string, entry?: string, minify?: boolean): Promise<Bundle> =>
    bundleWorker(join(directory, name), entry, minify);
  const [ours, passThrough, plainUseOffers, counting, namedOurs, namedPassThrough] = await Promise.all([
    bundle('ours'),
    bundle('pass-through', 'bench/workers/pass-through.js'),
    bundle('plain-use-offers', 'bench/workers/plain-use-offers.js'),
    bundle('counting', 'bench/workers/counting.js'),
    bundle('named-ours', undefined, false),
    bundle('named-pass-through', 'bench/workers/pass-through.js', false),
  ]);
  return { ours, passThrough, plainUseOffers, counting, namedOurs, namedPassThrough };
}

async function measureWorkers(
  { ours, passThrough, plainUseOffers, counting }: Bundles,
  upstream: Upstream,
  depth: Depth,
) {
  progress('starting workerd');
  const queue = new Queue();
  const server = await startServer(
    {
      ours,
      mapped: { ...ours, settings: MAPPED.mapped },
      signed: { ...ours, settings: MAPPED.signed },
      'pass-through': passThrough,
      'plain-use-offers': plainUseOffers,
      counting,
      'counting-catalog': { ...counting, settings: { CONNECTOR: 'catalog' } },
      draining: { ...counting, settings: DRAIN_SETTINGS, queue },
    },
    upstream.url,
  );
  try {
    const counts = await countOperations(server, upstream);
    const cases = [
      ...SIZES.flatMap((items) =>
        KINDS.map((kind, at) => offersCase(items, kind, items * 100 + at * IDS_OF_A_CASE, upstream)),
      ),
      mappedCase(10, 'mapped', 50_000, upstream),
      mappedCase(10, 'signed', 60_000, upstream),
      usageCase(10, upstream),
    ];
    const comparisons: Comparison[] = [];
    for (const subject of cases) {
      progress(subject.label);
      comparisons.push(await compare(server, subject, depth.compare));
    }
    progress(`drain of ${depth.drain.orders} orders`);
    const drain = await measureDrain(server, upstream, queue, depth.drain);
    return { counts, comparisons, drain };
  } finally {
    await server.stop();
  }
}

async function measureProfiles({ namedOurs, namedPassThrough }: Bundles, upstream: Upstream, effort: ProfileEffort) {
  const server = await startServer({ ours: namedOurs, 'pass-through': namedPassThrough }, upstream.url, true);
  const scripts = { ours: namedOurs.script, plain: namedPassThrough.script };
  try {
    const profiles: ProfileFigures[] = [];
    for (const items of SIZES) {
      for (const kind of KINDS.filter(({ notify, changing }) => notify && !changing)) {
        const subject = offersCase(items, kind, items * 100, upstream);
        progress(`profile of ${subject.label}`);
        profiles.push(await profileCase(server, subject, scripts, effort));
      }
    }
    return profiles;
  } finally {
    await server.stop();
  }
}

function progress(what: string): void {
  console.log(`… ${what}`);
}
