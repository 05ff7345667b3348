/** D1 that fails as it does in production: before the commit, after it, slowly, or because it is overloaded. */

export type Fault = 'throw-before' | 'throw-after' | 'overloaded' | 'hang';

const LOST = 'D1_ERROR: Network connection lost.';
const OVERLOADED = 'D1_ERROR: D1 DB is overloaded. Requests queued for too long.';

export interface FaultyD1 {
  readonly db: D1Database;
  /** Round trips so far, and their `rows_written` summed. */
  readonly counts: { roundTrips: number; rowsWritten: number };
  /** `rows_read` so far, summed. */
  rowsRead(): number;
  /** So far, those of batches one by one. */
  statements(): number;
  /** The round trips that follow go wrong so. */
  fail(...faults: Fault[]): void;
}

/** @param faults one for each round trip in turn, null = none; after the last, all goes well */
export function aFaultyD1(real: D1Database, faults: (Fault | null)[] = []): FaultyD1 {
  const queue = [...faults];
  const counts = { roundTrips: 0, rowsWritten: 0 };
  let rowsRead = 0;
  let statements = 0;

  async function trip<T>(run: () => Promise<T>): Promise<T> {
    counts.roundTrips++;
    const fault = queue.shift();
    if (fault === 'throw-before') throw new Error(LOST);
    if (fault === 'overloaded') throw new Error(OVERLOADED);
    if (fault === 'hang') return new Promise<T>(() => {});
    const result = await run();
    for (const { meta } of [result].flat() as { meta?: { rows_written?: number; rows_read?: number } }[]) {
      statements++;
      counts.rowsWritten += meta?.rows_written ?? 0;
      rowsRead += meta?.rows_read ?? 0;
    }
    if (fault === 'throw-after') throw new Error(LOST);
    return result;
  }

  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => wrap(target.bind(...values));
        if (name === 'real') return target;
        // `first` is counted as the `all` it stands for, so that its meta is seen.
        if (name === 'first') return async () => (await trip(() => target.all())).results[0] ?? null;
        if (name === 'all' || name === 'run') return () => trip(() => target[name]());
        return undefined;
      },
    });

  const db = {
    prepare: (sql: string) => wrap(real.prepare(sql)),
    batch: (statements: { real: D1PreparedStatement }[]) =>
      trip(() => real.batch(statements.map(({ real: it }) => it))),
  } as unknown as D1Database;
  return {
    db,
    counts,
    rowsRead: () => rowsRead,
    statements: () => statements,
    fail: (...more) => void queue.push(...more),
  };
}
