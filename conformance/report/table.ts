/** The table at the end of a run: a line for each check, a column for each version. */
import type { Check } from '../check.ts';
import { CHECKS, groupOf, VERSIONS } from '../checks/index.ts';
import type { Outcome, Result } from '../runner.ts';
import { type Paint, plural, seconds } from './text.ts';

const CELLS = { passed: 'pass', failed: 'FAIL', 'not judged': 'not judged', 'not served': 'not served' } as const;
const WIDTHS = { id: 32, level: 10, version: 12 } as const;

export function renderTable({ results, versions }: Outcome, paint: Paint): string {
  const columns = VERSIONS.filter((version) => versions.some((served) => served.version === version));
  const head = [
    pad('check', WIDTHS.id),
    pad('level', WIDTHS.level),
    ...columns.map((version) => pad(version, WIDTHS.version)),
  ];
  const lines = [`  ${head.join('').trimEnd()}`];
  let group = '';
  for (const check of CHECKS.filter((check) => results.some((result) => result.check === check))) {
    if (groupOf(check.id) !== group) lines.push('');
    group = groupOf(check.id);
    const cells = columns.map((version) => cell(resultOf(results, check, version), paint));
    lines.push(`  ${pad(check.id, WIDTHS.id)}${pad(check.level, WIDTHS.level)}${cells.join('')}`.trimEnd());
  }
  return lines.join('\n');
}

function resultOf(results: readonly Result[], check: Check, version: string): Result | undefined {
  return results.find((result) => result.check === check && result.version === version);
}

function cell(result: Result | undefined, paint: Paint): string {
  if (result === undefined) return pad('–', WIDTHS.version);
  const { status } = result.verdict;
  const text = pad(CELLS[status], WIDTHS.version);
  if (status === 'passed') return paint.good(text);
  return status === 'failed' ? paint.bad(text) : paint.faint(text);
}

const pad = (text: string, width: number) => text.padEnd(width);

export function countsOf(results: readonly Result[]): Record<keyof typeof CELLS, number> {
  const counts = { passed: 0, failed: 0, 'not judged': 0, 'not served': 0 };
  for (const { verdict } of results) counts[verdict.status] += 1;
  return counts;
}

/** `v2: 90 checks, 88 passed, 2 failed`, for each version; then what the run cost. */
export function renderTotals({ results, versions, exchanges, ms, stopped }: Outcome): string {
  const lines = versions.map(({ version, isServed, answer }) => {
    if (!isServed) return `${version}: not served: the plain basket was answered with ${answer}`;
    const own = results.filter((result) => result.version === version);
    const { passed, failed, 'not judged': open } = countsOf(own);
    const gaps = open === 0 ? '' : `, ${open} not judged`;
    return `${version}: ${plural(own.length, 'check')}, ${passed} passed, ${failed} failed${gaps}`;
  });
  const end = stopped === null ? '' : `; ended early: ${stopped}`;
  return [...lines, `${plural(exchanges.length, 'request')} in ${seconds(ms)}${end}`].join('\n');
}
