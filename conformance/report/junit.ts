/** The report for a build server, in the form that JUnit gave its name: a suite for each version. */

import { groupOf } from '../checks/index.ts';
import { toCurl } from '../curl.ts';
import type { Outcome, Result } from '../runner.ts';
import { renderAnswer, sectionOf } from './failures.ts';
import { countsOf } from './table.ts';
import type { Redact } from './text.ts';

export function renderJunit({ results, versions, ms }: Outcome, startedAt: string, redact: Redact): string {
  const suites = versions.map(({ version }) => {
    const own = results.filter((result) => result.version === version);
    const time = own.reduce((sum, result) => sum + result.ms, 0);
    const attributes = `name="${version}" timestamp="${startedAt.slice(0, 19)}" ${totalsOf(own)} time="${inSeconds(time)}"`;
    return `  <testsuite ${attributes}>\n${own.map((result) => toCase(result, redact)).join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="conformance" ${totalsOf(results)} time="${inSeconds(ms)}">
${suites.join('\n')}
</testsuites>
`;
}

function totalsOf(results: readonly Result[]): string {
  const counts = countsOf(results);
  const skipped = counts['not judged'] + counts['not served'];
  return `tests="${results.length}" failures="${counts.failed}" errors="0" skipped="${skipped}"`;
}

function toCase({ version, check, verdict, ms }: Result, redact: Redact): string {
  const head = `    <testcase classname="${version}.${groupOf(check.id)}" name="${check.id}" time="${inSeconds(ms)}"`;
  if (verdict.status === 'passed') return `${head}/>`;
  if (verdict.status !== 'failed') {
    const message = 'reason' in verdict ? redact(verdict.reason) : 'not served';
    return `${head}><skipped message="${toXml(message)}"/></testcase>`;
  }
  const { reason, exchange } = verdict;
  const details = [`${check.title} (${check.level})`, sectionOf(check.section, version)];
  if (exchange !== null) details.push(toCurl(exchange), renderAnswer(exchange, redact));
  return `${head}><failure message="${toXml(redact(reason))}">${toXml(details.join('\n\n'))}</failure></testcase>`;
}

const inSeconds = (ms: number) => (ms / 1000).toFixed(3);

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** For text and attributes; what XML cannot hold at all is left out. */
function toXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n])[\p{Cc}\ufffe\uffff]/gu, '')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
