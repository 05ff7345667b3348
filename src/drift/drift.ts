/**
 * The drift report: where Akinon's requests and the contract part, counted by path, never with a value. Each isolate logs
 * a path once, and brings its counts to D1, so that whoever asks sees those of all: at once for a path it has not met,
 * else at most every ten minutes. It is a sign to look at, not a ledger: counts that an isolate takes with it are lost.
 */
import { describeError, type Log } from '../common/log.ts';

export interface Finding {
  /** Of the contract; as the caller said where it is not served, `other` where that is no version. */
  readonly version: string;
  readonly route: string;
  /** `basket.basketItems[].giftWrap`, a header's name, or `(body)` */
  readonly path: string;
  readonly problem: 'unknown_field' | 'other_type' | 'unknown_version';
  /** JSON type of what arrived. */
  readonly found: string;
  /** JSON types that the contract names, or empty. */
  readonly expected: string;
}

export interface Counted extends Finding {
  readonly count: number;
  /** Epoch milliseconds. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

export interface DriftStore {
  /** Adds counts to what is known. */
  add(counted: readonly Counted[], now: number): Promise<void>;
  /** Seen last first. */
  list(): Promise<Counted[]>;
}

/** Different unknown names that one isolate keeps; of types and versions there are not so many. */
const MAX_NAMES = 200;
/** Stands for every name beyond: the report is full, and says so. */
const OTHERS = '(others)';
const FLUSH_MS = 10 * 60 * 1000;

export interface DriftDeps {
  readonly store: DriftStore;
  readonly now: () => number;
  readonly log: Log;
}

export class DriftReport {
  private readonly met = new Set<string>();
  private names = 0;
  private readonly pending = new Map<string, Counted>();
  private flushedAt = 0;
  private readonly deps: DriftDeps;

  constructor(deps: DriftDeps) {
    this.deps = deps;
  }

  /** @returns what to wait for after the answer, where something should be stored now; it never rejects */
  note(findings: readonly Finding[]): Promise<void> | null {
    if (findings.length === 0) return null;
    const now = this.deps.now();
    let isNews = false;
    for (const finding of findings) isNews = this.count(finding, now) || isNews;
    return isNews || now - this.flushedAt >= FLUSH_MS ? this.flush() : null;
  }

  /** What all isolates found, this one's latest included. Throws what the storage throws. */
  async list(): Promise<Counted[]> {
    await this.flush();
    return this.deps.store.list();
  }

  /** Is it the first of its kind here? */
  private count(finding: Finding, now: number): boolean {
    const { version, route, problem, found, expected } = finding;
    const isNamed = problem === 'unknown_field' && finding.path !== OTHERS;
    const key = JSON.stringify([version, route, finding.path, found]);
    const isNews = !this.met.has(key);
    if (isNews && isNamed && this.names >= MAX_NAMES) return this.count({ ...finding, path: OTHERS }, now);
    if (isNews) {
      this.met.add(key);
      if (isNamed) this.names++;
      const reason = problem === 'other_type' ? `${found} instead of ${expected}` : problem;
      this.deps.log('warn', 'contract_drift', { version, route, fields: [finding.path], reason });
    }
    const { count, firstSeenAt } = this.pending.get(key) ?? { count: 0, firstSeenAt: now };
    this.pending.set(key, { ...finding, count: count + 1, firstSeenAt, lastSeenAt: now });
    return isNews;
  }

  private async flush(): Promise<void> {
    const now = this.deps.now();
    this.flushedAt = now;
    const taken = [...this.pending.values()];
    if (taken.length === 0) return;
    this.pending.clear();
    try {
      await this.deps.store.add(taken, now);
    } catch (error) {
      this.deps.log('warn', 'drift_not_stored', { error: describeError(error) });
    }
  }
}
