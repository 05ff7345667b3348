/**
 * What is asked of ours and of a plain Worker, and the proof that both did the same work: afterwards the rows in the
 * two databases must be equal, and so must the answers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './client.ts';
import type { Row, Server, WorkerName } from './server.ts';

export type Side = 'ours' | 'plain';

/** At most so many times the plain Worker's. */
export interface Limits {
  readonly cpu: number;
  readonly p50?: number;
  /** Wanted, not asked for. */
  readonly aim?: number;
}

export interface Case {
  readonly label: string;
  /** Absent = the Worker as it is deployed. */
  readonly ours?: WorkerName;
  readonly plain: WorkerName;
  readonly limits: Limits;
  /** Calls that must be there before; checks both answers. */
  prepare(server: Server, connections: number): Promise<void>;
  /** The next call of a connection. Both sides get the same sequence. */
  next(side: Side, connection: number): Call;
  /** Throws unless both sides answered and stored the same. */
  verify(server: Server): Promise<void>;
}

export function assertOffers(answer: string): void {
  const offers = JSON.parse(answer) as unknown;
  if (!Array.isArray(offers) || offers.length === 0) throw new Error(`no offers in the answer: ${answer}`);
}

export async function assertSameRows(
  server: Server,
  { ours = 'ours', plain }: Pick<Case, 'ours' | 'plain'>,
  sql: string,
  ...values: number[]
): Promise<void> {
  const inText = (rows: Row[]) => JSON.stringify(rows);
  await eventually(async () => {
    const rows = await server.query(ours, sql, ...values);
    if (rows.length === 0) throw new Error(`ours has no rows: ${sql}`);
    assertEqual(`the rows of "${sql}"`, inText(rows), inText(await server.query(plain, sql, ...values)));
  });
}

/** Tries for two seconds: work may outlive its answer. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 40; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(50);
    }
  }
}

export function assertEqual(what: string, ours: string | undefined, plain: string | undefined): void {
  if (ours === plain) return;
  const cut = (text = '') => text.slice(0, 400);
  throw new Error(`${what} differ:\nours  ${cut(ours)}\nplain ${cut(plain)}`);
}
