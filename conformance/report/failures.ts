/** Each failed check with all that is needed to see the failure again. */
import { toCurl } from '../curl.ts';
import { type Exchange, jsonOf } from '../exchange.ts';
import type { Outcome, Result } from '../runner.ts';
import { clean, indent, type Paint, type Redact } from './text.ts';

const MAX_BODY = 1000;

export function renderFailures({ results }: Outcome, paint: Paint, redact: Redact): string {
  return results
    .filter(({ verdict }) => verdict.status === 'failed')
    .map((result) => renderFailure(result, paint, redact))
    .join('\n\n');
}

function renderFailure({ check, version, verdict }: Result, paint: Paint, redact: Redact): string {
  if (verdict.status !== 'failed') return '';
  const { reason, exchange } = verdict;
  const parts = [
    `${paint.bad('FAIL')} ${version} ${check.id}: ${check.title}`,
    indent(`${clean(redact(reason))}\n${paint.faint(sectionOf(check.section, version))}`),
  ];
  if (exchange !== null) parts.push(indent(toCurl(exchange), '    '), indent(renderAnswer(exchange, redact), '    '));
  return parts.join('\n\n');
}

/** The section, with the version of Akinon's document it stands in. */
export function sectionOf(section: string, version: string): string {
  return section.replace('Akinon Basket Offer Flows,', `Akinon Basket Offer Flows ${version},`);
}

/** Status line, headers and the beginning of the body. */
export function renderAnswer({ answer, error, ms }: Exchange, redact: Redact): string {
  if (answer === null) return `no answer after ${Math.round(ms)} ms: ${clean(error ?? '')}`;
  const head = [`HTTP ${answer.status} after ${Math.round(ms)} ms`];
  for (const [name, value] of Object.entries(answer.headers)) head.push(`${name}: ${value}`);
  const parts = [head.join('\n'), bodyOf(answer.bytes, jsonOf(answer)), error === null ? '' : `(${error})`];
  return clean(redact(parts.filter(Boolean).join('\n\n')));
}

function bodyOf(bytes: Buffer, json: unknown): string {
  if (bytes.length === 0) return '(no body)';
  const text = json === undefined ? bytes.subarray(0, 4 * MAX_BODY).toString() : JSON.stringify(json);
  return text.length <= MAX_BODY ? text : `${text.slice(0, MAX_BODY)}… (${bytes.length} bytes)`;
}
