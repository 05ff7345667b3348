/** The whole report for a person, on standard output. */
import { VERSIONS } from '../checks/index.ts';
import type { Outcome } from '../runner.ts';
import { renderFailures } from './failures.ts';
import { renderObserved } from './observed.ts';
import { countsOf, renderTable, renderTotals } from './table.ts';
import { clean, indent, type Paint, type Redact } from './text.ts';

export function renderReport(outcome: Outcome, paint: Paint, redact: Redact): string {
  const parts = [
    renderTable(outcome, paint),
    renderFailures(outcome, paint, redact),
    renderNotJudged(outcome, redact),
    `For information, judged by no check:\n${indent(clean(renderObserved(outcome)))}`,
    clean(redact(renderTotals(outcome))),
    renderConclusion(outcome, paint),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** By reason: many checks share one. */
function renderNotJudged({ results }: Outcome, redact: Redact): string {
  const open = results.flatMap(({ version, check, verdict }) =>
    verdict.status === 'not judged' ? [{ name: `${version} ${check.id}`, reason: verdict.reason }] : [],
  );
  return [...Map.groupBy(open, ({ reason }) => reason)]
    .map(([reason, of]) => `Not judged: ${clean(redact(reason))}\n${indent(of.map(({ name }) => name).join('\n'))}`)
    .join('\n\n');
}

function renderConclusion(outcome: Outcome, paint: Paint): string {
  if (outcome.isSuccess) return paint.good('The server conforms, as far as it was judged.');
  const advice = adviceFor(outcome);
  return paint.bad('The server does not conform, or not enough of it was judged.') + (advice && `\n${advice}`);
}

/** What to try first, where the numbers suggest it. */
function adviceFor({ results, versions }: Outcome): string {
  if (versions.every(({ isServed }) => !isServed)) {
    return versions.some(({ answer }) => /^40[45]/.test(answer ?? ''))
      ? 'Is the path of --url right? /offers is added to it.'
      : '';
  }
  const failing = VERSIONS.filter(
    (version) => countsOf(results.filter((result) => result.version === version)).failed > 0,
  );
  const only = VERSIONS.find((version) => !failing.includes(version));
  if (failing.length !== 1 || only === undefined || !versions.every(({ isServed }) => isServed)) return '';
  if (!versions.some(({ version }) => version === only)) return '';
  return `If it means to serve ${only} alone, it should refuse the other version with a 4xx; --version ${only} judges that one.`;
}
