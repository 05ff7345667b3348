/** What the run saw besides: information that no check judges. */
import type { Outcome } from '../runner.ts';

/** Sent by some servers with the answer to a repeated request. */
const REPLAY_HEADER = 'idempotent-replayed';

export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Milliseconds of answers with 200, by route; from connecting to the last byte, since each request connects anew. */
export function latencies({ exchanges }: Outcome): Record<string, Latency> {
  const found: Record<string, Latency> = {};
  for (const path of ['/offers', '/use-offers']) {
    const good = exchanges.filter(
      ({ ask, answer, error }) => ask.path === path && answer?.status === 200 && error === null,
    );
    const sorted = good.map(({ ms }) => ms).sort((a, b) => a - b);
    if (sorted.length === 0) continue;
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => percentile(sorted, share)) as [number, number, number];
    found[path] = { count: sorted.length, p50, p90, p99 };
  }
  return found;
}

/** Nearest rank. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export function replayHeaders({ exchanges }: Outcome): number {
  return exchanges.filter(({ answer }) => answer !== null && REPLAY_HEADER in answer.headers).length;
}

export function renderObserved(outcome: Outcome): string {
  const lines = Object.entries(latencies(outcome)).map(([path, { count, p50, p90, p99 }]) => {
    const [a, b, c] = [p50, p90, p99].map((ms) => `${ms.toFixed(0)} ms`);
    return `${path}: p50 ${a}, p90 ${b}, p99 ${c} of ${count} answers`;
  });
  const replays = replayHeaders(outcome);
  return [...lines, `${REPLAY_HEADER}: ${replays === 0 ? 'not seen' : `on ${replays} answers`}`].join('\n');
}
