/** What was measured as tables for a person. */
import type { BundleFigures } from './bundle.ts';
import type { Comparison, Paired } from './compare.ts';
import type { Counts } from './counts.ts';
import type { PipelineFigures } from './pipeline.ts';

export interface Figures {
  readonly pipeline: readonly PipelineFigures[];
  readonly comparisons: readonly Comparison[];
  readonly counts: readonly Counts[];
  readonly bundle: BundleFigures;
  /** None where there were too few rounds to judge. */
  readonly targets: readonly Target[];
}

export interface Target {
  readonly name: string;
  readonly limit: number;
  readonly figure: number;
  readonly unit: string;
  readonly met: boolean;
}

const MAX_PARSE_RATIO = 5;
const MAX_GROWTH = 1.3;
const MAX_GZIP_KB = 40;

export function judge(pipeline: readonly PipelineFigures[], bundle: BundleFigures): Target[] {
  const ratioOf = (items: number) => pipeline.find((row) => row.items === items)?.ratio ?? Number.NaN;
  const target = (name: string, figure: number, limit: number, unit: string) => ({
    name,
    limit,
    figure,
    unit,
    met: figure <= limit,
  });
  return [
    target('pipeline of 100 items against JSON.parse', ratioOf(100), MAX_PARSE_RATIO, '×'),
    target('growth of that ratio from 100 to 1,000 items', ratioOf(1000) / ratioOf(100), MAX_GROWTH, '×'),
    target('bundle, minified and gzipped', bundle.gzipBytes / 1024, MAX_GZIP_KB, ' KiB'),
  ];
}

export function render({ pipeline, comparisons, counts, bundle, targets }: Figures): string {
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
    title('Ours against a plain Worker with the same D1 work, in one workerd; [least – greatest ratio of a round]'),
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
    title('What an operation costs in D1 and the queue, from D1’s own meta'),
    table(
      ['operation', 'round trips', 'statements', 'rows read', 'rows written', 'queue messages'],
      counts.map((row) => [
        row.operation,
        ...[row.roundTrips, row.statements, row.rowsRead, row.rowsWritten, row.messages].map(String),
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

function targetTable(targets: readonly Target[]): string {
  const rows = targets.map(({ name, limit, figure, unit, met }) => [
    name,
    `${limit}${unit}`,
    `${figure.toFixed(2)}${unit}`,
    met ? 'met' : 'MISSED',
  ]);
  return table(['', 'at most', 'measured', ''], rows);
}

function paired({ ours, plain, ratio, low, high }: Paired, unit: string, digits: number): string[] {
  return [
    `${ours.toFixed(digits)} ${unit}`,
    `${plain.toFixed(digits)} ${unit}`,
    times(ratio),
    `[${low.toFixed(2)} – ${high.toFixed(2)}]`,
  ];
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

function title(text: string): string {
  return `\n${text}\n`;
}

/** The first column to the left, figures to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n');
}
