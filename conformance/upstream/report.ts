/** The results, for a person and for a program: of each check what was expected, what was seen, and where that stands. */
import { toCurl } from '../curl.ts';
import type { Exchange } from '../exchange.ts';
import { renderAnswer } from '../report/failures.ts';
import { percentile } from '../report/observed.ts';
import { clean, indent, type Paint, plural, type Redact, seconds } from '../report/text.ts';
import { PROTOCOL } from './check.ts';
import type { Outcome, Result } from './runner.ts';

const CELLS = { passed: 'pass', failed: 'FAIL', 'not judged': 'not judged' } as const;
const WIDTHS = { id: 24, status: 12 } as const;
const WAITS = 'Offerbridge waits 1500 ms for /offers and 10000 ms for /usages, unless it is told otherwise.';
/** Of a line of the table; a failure shows all of it below. */
const MAX_SEEN = 84;

export function renderReport(outcome: Outcome, paint: Paint, redact: Redact): string {
  const { results, exchanges, ms, stopped } = outcome;
  const failures = results.filter(({ finding }) => finding.status === 'failed');
  const counts = (['passed', 'failed', 'not judged'] as const).map((status) => `${countOf(outcome, status)} ${status}`);
  const end = stopped === null ? '' : `; ended early: ${stopped}`;
  const parts = [
    results.map((result) => renderLine(result, paint, redact)).join('\n'),
    ...failures.map((result) => renderFailure(result, paint, redact)),
    `For information, judged by no check:\n${indent(renderTimes(exchanges))}\n${indent(WAITS)}`,
    `${plural(results.length, 'check')}: ${counts.join(', ')}\n${plural(exchanges.length, 'call')} in ${seconds(ms)}${end}`,
    conclusionOf(outcome, paint),
  ];
  return `${parts.join('\n\n')}\n`;
}

function countOf({ results }: Outcome, status: Result['finding']['status']): number {
  return results.filter(({ finding }) => finding.status === status).length;
}

function conclusionOf(outcome: Outcome, paint: Paint): string {
  if (outcome.stopped !== null) return paint.bad('The run did not come to its end.');
  if (!outcome.isSuccess) return paint.bad('This upstream does not speak the bridge protocol yet.');
  const open = countOf(outcome, 'not judged');
  return paint.good(`This upstream speaks the bridge protocol${open === 0 ? '' : ', as far as it was judged'}.`);
}

function renderLine({ check, finding }: Result, paint: Paint, redact: Redact): string {
  const { status, seen } = finding;
  const colour = { passed: paint.good, failed: paint.bad, 'not judged': paint.faint }[status];
  const text = clean(redact(seen)).replaceAll('\n', ' ');
  const short = [...text].length <= MAX_SEEN ? text : `${[...text].slice(0, MAX_SEEN - 1).join('')}…`;
  return `  ${check.id.padEnd(WIDTHS.id)}${colour(CELLS[status].padEnd(WIDTHS.status))}${short}`;
}

function renderFailure({ check, finding }: Result, paint: Paint, redact: Redact): string {
  const facts = [
    `expected  ${check.expected}`,
    `seen      ${clean(redact(finding.seen))}`,
    paint.faint(`section   ${PROTOCOL}, "${check.section}"`),
  ];
  const parts = [`${paint.bad('FAIL')} ${check.id}`, indent(facts.join('\n'))];
  const { exchange } = finding;
  if (exchange !== null)
    parts.push(indent(redact(toCurl(exchange)), '    '), indent(renderAnswer(exchange, redact), '    '));
  return parts.join('\n\n');
}

/** Of answers with 2xx; from connecting to the last byte, since each call connects anew. */
function timesOf(exchanges: readonly Exchange[]): { path: string; p50: number; count: number }[] {
  return ['/offers', '/usages'].flatMap((path) => {
    const good = exchanges.filter(
      ({ ask, answer, error }) => ask.path === path && error === null && Math.floor((answer?.status ?? 0) / 100) === 2,
    );
    const sorted = good.map(({ ms }) => ms).sort((a, b) => a - b);
    return sorted.length === 0 ? [] : [{ path, p50: percentile(sorted, 0.5), count: sorted.length }];
  });
}

function renderTimes(exchanges: readonly Exchange[]): string {
  const lines = timesOf(exchanges).map(
    ({ path, p50, count }) => `${path}: p50 ${p50.toFixed(0)} ms of ${plural(count, 'answer')}`,
  );
  return lines.join('\n') || 'no call was answered with 2xx';
}

export function renderJson(outcome: Outcome, url: string, redact: Redact): string {
  const { results, exchanges, ms, stopped, isSuccess } = outcome;
  const report = {
    url,
    isSuccess,
    seconds: Math.round(ms) / 1000,
    calls: exchanges.length,
    stopped,
    totals: Object.fromEntries(
      (['passed', 'failed', 'not judged'] as const).map((status) => [status, countOf(outcome, status)]),
    ),
    p50Ms: Object.fromEntries(timesOf(exchanges).map(({ path, p50 }) => [path, Math.round(p50 * 100) / 100])),
    checks: results.map(({ check, finding }) => ({
      id: check.id,
      status: finding.status,
      expected: check.expected,
      seen: redact(finding.seen),
      section: `${PROTOCOL}, "${check.section}"`,
      curl: finding.exchange === null ? null : redact(toCurl(finding.exchange)),
      answer: finding.exchange === null ? null : renderAnswer(finding.exchange, redact),
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
