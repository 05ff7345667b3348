/** The report for a program. */
import { toCurl } from '../curl.ts';
import type { Exchange, Level } from '../exchange.ts';
import type { Outcome, Result } from '../runner.ts';
import { renderAnswer, sectionOf } from './failures.ts';
import { type Latency, latencies, replayHeaders } from './observed.ts';
import { countsOf } from './table.ts';
import type { Redact } from './text.ts';

export interface RunFacts {
  readonly url: string;
  readonly level: Level;
  readonly startedAt: string;
}

export function renderJson(outcome: Outcome, facts: RunFacts, redact: Redact): string {
  const { versions, results, exchanges, ms, stopped, isSuccess } = outcome;
  const report = {
    ...facts,
    isSuccess,
    seconds: Math.round(ms) / 1000,
    requests: exchanges.length,
    stopped,
    versions,
    totals: countsOf(results),
    latencyMs: rounded(latencies(outcome)),
    replayHeaders: replayHeaders(outcome),
    checks: results.map((result) => toEntry(result, redact)),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** To hundredths of a millisecond. */
function rounded(found: Record<string, Latency>): unknown {
  return JSON.parse(JSON.stringify(found), (_key, part) =>
    typeof part === 'number' ? Math.round(part * 100) / 100 : part,
  );
}

function toEntry({ version, check, verdict, ms }: Result, redact: Redact) {
  const exchange = 'exchange' in verdict ? verdict.exchange : null;
  return {
    version,
    id: check.id,
    level: check.level,
    status: verdict.status,
    ms: Math.round(ms),
    title: check.title,
    section: sectionOf(check.section, version),
    reason: 'reason' in verdict ? redact(verdict.reason) : null,
    exchange: exchange === null ? null : toFacts(exchange, redact),
  };
}

function toFacts(exchange: Exchange, redact: Redact) {
  const { ask, url, ms, answer, error } = exchange;
  return {
    method: ask.method,
    url,
    curl: toCurl(exchange),
    ms: Math.round(ms),
    status: answer?.status ?? null,
    error: error === null ? null : redact(error),
    answer: renderAnswer(exchange, redact),
  };
}
