/**
 * How fast a backlog is worked off: orders that are all due, one in ten of which takes effect at the upstream and is not
 * answered the first time. The queue and the cron are those of wrangler.toml. Throws unless each order has one effect.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { numberOf, seedBacklog } from './backlog.ts';
import { Client } from './client.ts';
import { readCounts } from './counts.ts';
import type { Message, Queue } from './queue.ts';
import type { Server } from './server.ts';
import type { Upstream, UpstreamFigures } from './upstream.ts';
import { USED } from './usage-cases.ts';

export interface DrainEffort {
  readonly orders: number;
  /** Not watched for longer. */
  readonly limitMs: number;
}

export interface DrainFigures {
  readonly orders: number;
  /** Fewer than all when the limit came first. */
  readonly delivered: number;
  readonly seconds: number;
  /** Of the orders that do not hang, until the last of them was answered. */
  readonly healthyPerSecond: number;
  readonly invocations: number;
  /** Orders under way at the upstream at the same time. */
  readonly mostOpenCalls: number;
  /** For each order that was delivered. */
  readonly rowsWritten: number;
  readonly statements: number;
  readonly messages: number;
}

/** Of the Worker that drains. */
export const DRAIN_SETTINGS = { USAGE_TIMEOUT_MS: '1000' };

const CRON_MS = 60_000;
const HANGS_EVERY = 10;

/** @param queue where the draining Worker's messages go */
export async function measureDrain(
  server: Server,
  upstream: Upstream,
  queue: Queue,
  { orders, limitMs }: DrainEffort,
): Promise<DrainFigures> {
  await seedBacklog(server, upstream, orders);
  const hangs = Array.from({ length: Math.floor(orders / HANGS_EVERY) }, (_, at) => numberOf((at + 1) * HANGS_EVERY));
  await upstream.tell({ hangs });

  const worker = new Invoked(server);
  const startedAt = Date.now();
  queue.open((messages) => worker.invoke('/bench/queue', messages));
  let delivered = 0;
  let nextCronMs = 0;
  while (delivered < orders && Date.now() - startedAt < limitMs) {
    if (Date.now() - startedAt >= nextCronMs) {
      void worker.invoke('/bench/cron', []);
      nextCronMs += CRON_MS;
    }
    await sleep(100);
    worker.throwIfFailed();
    delivered = await countDelivered(server);
  }
  const seconds = (Date.now() - startedAt) / 1000;
  queue.close();
  await worker.finish();
  delivered = await countDelivered(server);
  const figures = await upstream.figures();
  assertOnce(figures, delivered);

  const { statements, rowsWritten, messages, invocations } = worker;
  return {
    orders,
    delivered,
    seconds,
    healthyPerSecond: (figures.healthy * 1000) / (figures.lastHealthyAt - startedAt),
    invocations,
    mostOpenCalls: figures.mostOpen,
    rowsWritten: rowsWritten / delivered,
    statements: statements / delivered,
    messages: messages / delivered,
  };
}

/** Invocations of the draining Worker, and what they cost together. */
class Invoked {
  invocations = 0;
  statements = 0;
  rowsWritten = 0;
  messages = 0;
  private readonly client: Client;
  private readonly open = new Set<Promise<void>>();
  private readonly failures: unknown[] = [];

  constructor(server: Server) {
    this.client = new Client(server.urlOf('draining'), 8);
  }

  invoke(path: string, messages: readonly Message[]): Promise<void> {
    const invocation = this.ask(path, messages)
      .catch((error: unknown) => void this.failures.push(error))
      .finally(() => this.open.delete(invocation));
    this.open.add(invocation);
    return invocation;
  }

  async finish(): Promise<void> {
    await Promise.all(this.open);
    this.client.close();
    this.throwIfFailed();
  }

  throwIfFailed(): void {
    if (this.failures.length > 0) throw this.failures[0];
  }

  private async ask(path: string, messages: readonly Message[]): Promise<void> {
    const counts = readCounts(await this.client.ask({ path, requestId: 'drain', body: JSON.stringify(messages) }));
    this.invocations++;
    this.statements += counts.statements;
    this.rowsWritten += counts.rowsWritten;
    this.messages += counts.messages;
  }
}

async function countDelivered(server: Server): Promise<number> {
  const [row] = await server.query('draining', `SELECT count(*) AS orders FROM deliveries WHERE state = 'done'`);
  return Number(row?.orders);
}

function assertOnce({ orders, effects, otherText, overlapping }: UpstreamFigures, delivered: number): void {
  if (orders < delivered) throw new Error(`${delivered} orders are delivered, and ${orders} reached the upstream`);
  if (effects !== orders * USED.length) throw new Error(`${orders} orders took effect ${effects} times`);
  if (otherText > 0) throw new Error(`${otherText} calls were repeated with another text`);
  if (overlapping > 0) throw new Error(`${overlapping} calls met another one for the same order`);
}
