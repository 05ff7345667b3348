/** What was measured as tables for a person. */
import type { BundleFigures } from './bundle.ts';
import type { Comparison, Paired } from './compare.ts';
import type { Counts } from './counts.ts';
import type { DrainFigures } from './drain.ts';
import type { PipelineFigures } from './pipeline.ts';
import type { ProfileFigures } from './profile.ts';
import { group, kib, round, table, times, title } from './table.ts';
import type { Target } from './targets.ts';

export interface Figures {
  readonly pipeline: readonly PipelineFigures[];
  readonly comparisons: readonly Comparison[];
  readonly profiles: readonly ProfileFigures[];
  readonly drain: DrainFigures;
  readonly counts: readonly Counts[];
  readonly bundle: BundleFigures;
  /** None where there were too few rounds to judge. */
  readonly targets: readonly Target[];
}

export function render({ pipeline, comparisons, profiles, drain, counts, bundle, targets }: Figures): string {
  return [
    title('Pipeline: depth check, parse, validate, translate, guard, serialise; no I/O'),
    table(
      ['items', 'body', 'JSON.parse', 'pipeline', 'ratio', ...(pipeline[0]?.parts.map(({ name }) => name) ?? [])],
      pipeline.map((row) => [
        String(row.items),
        `${row.kilobytes.toFixed(1)} KiB`,
        `${row.parseUs.toFixed(0)} µs`,
        `${row.pipelineUs.toFixed(0)} µs`,
        times(row.ratio),
        ...row.parts.map(({ us }) => `${us.toFixed(0)} µs`),
      ]),
    ),
    title('Ours against plain Workers in one workerd; [least – greatest ratio of a round]'),
    '  /offers: a pass-through to the same upstream that makes the same D1 upsert at the same moment.',
    '  /use-offers: Hono, JSON.parse, and the same rows.',
    '  A mapping: the bridge, which is told the same offers.\n',
    table(
      ['p50, one connection', 'ours', 'plain', 'ratio', ''],
      comparisons.map(({ label, p50Ms }) => [label, ...paired(p50Ms, 'ms', 2)]),
    ),
    '',
    comparisons.some(({ cpuUs }) => cpuUs !== null)
      ? table(
          ['CPU of workerd a request', 'ours', 'plain', 'ratio', '', 'difference'],
          comparisons.flatMap(({ label, cpuUs }) =>
            cpuUs === null ? [] : [[label, ...paired(cpuUs, 'µs', 0), `${(cpuUs.ours - cpuUs.plain).toFixed(0)} µs`]],
          ),
        )
      : 'CPU: skipped, this system has no /proc to read it from.',
    title('The cost that remains: time in the Worker’s isolate for a request, by V8’s profiler'),
    '  What is not JavaScript counts for its caller. The log line (src/common) is dearer here than without an inspector.',
    ...profiles.flatMap((profile) => ['', profileTables(profile)]),
    title(`Drain: ${group(drain.orders)} waiting orders, one in ten takes effect and is not answered the first time`),
    drainTable(drain),
    title('What an operation costs in D1 and the queue, from D1’s own meta'),
    table(
      ['operation', 'round trips', 'statements', 'rows read', 'rows written', 'queue messages'],
      counts.map((row) => [
        row.operation,
        ...[row.roundTrips, row.statements, row.rowsRead, row.rowsWritten, row.messages].map((cost) =>
          String(round(cost)),
        ),
      ]),
    ),
    title('Bundle'),
    `${kib(bundle.bytes)} minified, ${kib(bundle.gzipBytes)} gzipped. Largest parts, minified:`,
    table(
      ['part', 'size'],
      bundle.contributors.slice(0, 5).map(({ name, bytes }) => [name, kib(bytes)]),
    ),
    title('Targets'),
    targets.length === 0 ? 'Not judged: so few rounds say little about them.' : targetTable(targets),
    '',
  ].join('\n');
}

function profileTables({ label, places, functions }: ProfileFigures): string {
  const us = (value: number) => `${value.toFixed(0)} µs`;
  const total = (side: 'oursUs' | 'plainUs') => places.reduce((sum, place) => sum + place[side], 0);
  return [
    table(
      [label, 'ours', 'plain', 'difference'],
      [...places, { name: 'together', oursUs: total('oursUs'), plainUs: total('plainUs') }].map(
        ({ name, oursUs, plainUs }) => [name, us(oursUs), us(plainUs), us(oursUs - plainUs)],
      ),
    ),
    '',
    table(
      ['of that, in ours', ''],
      functions.map(({ name, us: value }) => [name, us(value)]),
    ),
  ].join('\n');
}

function drainTable(drain: DrainFigures): string {
  const { orders, delivered, seconds } = drain;
  const rows = [
    ['orders of those that do not hang', `${drain.healthyPerSecond.toFixed(1)} / s`],
    delivered === orders
      ? ['until all were delivered', `${seconds.toFixed(0)} s`]
      : [
          `until all are delivered, after ${group(delivered)}`,
          `${((seconds * orders) / delivered).toFixed(0)} s at that rate`,
        ],
    ['invocations of the Worker', `${drain.invocations}`],
    ['orders a time', `${(delivered / drain.invocations).toFixed(1)}`],
    ['most calls under way at the upstream', `${drain.mostOpenCalls}`],
    ['rows written for each order', drain.rowsWritten.toFixed(2)],
    ['statements for each order', drain.statements.toFixed(2)],
    ['queue messages for each order', drain.messages.toFixed(2)],
    ['orders with more or less than one effect', '0'],
  ];
  return table(['in all', 'measured'], rows);
}

function targetTable(targets: readonly Target[]): string {
  const rows = targets.map((target) => {
    const { name, limit, figure, unit } = target;
    return [name, `${limit}${unit}`, `${figure.toFixed(2)}${unit}`, verdict(target)];
  });
  return table(['', 'at most', 'measured', ''], rows);
}

function verdict({ figure, limit, aim, unit, met }: Target): string {
  if (!met) return `missed by ${(figure - limit).toFixed(2)}${unit}`;
  return aim !== undefined && figure > aim ? `ok, not yet the aim of ${aim}${unit}` : 'ok';
}

function paired({ ours, plain, ratio, low, high }: Paired, unit: string, digits: number): string[] {
  return [
    `${ours.toFixed(digits)} ${unit}`,
    `${plain.toFixed(digits)} ${unit}`,
    times(ratio),
    `[${low.toFixed(2)} – ${high.toFixed(2)}]`,
  ];
}
