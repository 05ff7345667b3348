/** What the figures are held against. Judged in the report, never in a test: a slow machine is no defect. */
import type { BundleFigures } from './bundle.ts';
import type { Comparison } from './compare.ts';
import type { PipelineFigures } from './pipeline.ts';

export interface Target {
  readonly name: string;
  readonly limit: number;
  readonly figure: number;
  readonly unit: string;
  readonly aim?: number;
  readonly met: boolean;
}

const MAX_PARSE_RATIO = 5;
const MAX_GROWTH = 1.3;
const MAX_GZIP_KB = 93;

export function judge(
  pipeline: readonly PipelineFigures[],
  comparisons: readonly Comparison[],
  bundle: BundleFigures,
): Target[] {
  const ratioOf = (items: number) => pipeline.find((row) => row.items === items)?.ratio ?? Number.NaN;
  return [
    ...comparisons.flatMap(judgeComparison),
    target('pipeline of 100 items against JSON.parse', ratioOf(100), MAX_PARSE_RATIO),
    target('growth of that ratio from 100 to 1,000 items', ratioOf(1000) / ratioOf(100), MAX_GROWTH),
    target('bundle, minified and gzipped', bundle.gzipBytes / 1024, MAX_GZIP_KB, ' KiB'),
  ];
}

function judgeComparison({ label, limits: { cpu, p50, aim }, cpuUs, p50Ms }: Comparison): Target[] {
  const targets = [
    ...(cpuUs === null ? [] : [target(`${label}: CPU`, cpuUs.ratio, cpu)]),
    ...(p50 === undefined ? [] : [target(`${label}: p50`, p50Ms.ratio, p50)]),
  ];
  return aim === undefined ? targets : targets.map((it) => ({ ...it, aim }));
}

function target(name: string, figure: number, limit: number, unit = ' ×'): Target {
  return { name, limit, figure, unit, met: figure <= limit };
}
