/**
 * Ours against a plain Worker, in turn (ABBA, then BAAB), so that drift of the machine meets both alike. One connection
 * for the latency, eight for the CPU: a Worker that is kept busy has less idle noise in its account.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, Limits, Side } from './cases.ts';
import { Client } from './client.ts';
import type { Server } from './server.ts';
import { mean, median } from './statistics.ts';

export interface Effort {
  readonly warmUpMs: number;
  readonly latency: Rounds;
  readonly cpu: Rounds;
}

interface Rounds {
  /** Of four blocks each. */
  readonly rounds: number;
  readonly blockMs: number;
}

/** Medians over the rounds; `low` and `high` are the least and the greatest ratio of a round. */
export interface Paired {
  readonly ours: number;
  readonly plain: number;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

export interface Comparison {
  readonly label: string;
  readonly limits: Limits;
  readonly requests: number;
  readonly p50Ms: Paired;
  /** Null where the system does not tell. */
  readonly cpuUs: Paired | null;
}

const LATENCY_CONNECTIONS = 1;
const CPU_CONNECTIONS = 8;

interface Block {
  readonly latenciesMs: readonly number[];
  /** Of workerd, for each request. */
  readonly cpuUs: number;
}

export async function compare(server: Server, subject: Case, effort: Effort): Promise<Comparison> {
  await subject.prepare(server, CPU_CONNECTIONS);
  const { warmUpMs } = effort;
  const latency = await runRounds(server, subject, { ...effort.latency, warmUpMs }, LATENCY_CONNECTIONS);
  const busy = await runRounds(server, subject, { ...effort.cpu, warmUpMs }, CPU_CONNECTIONS);
  await subject.verify(server);
  server.assertQuiet();
  const p50 = (blocks: readonly Block[]) => median(blocks.flatMap((block) => block.latenciesMs));
  const cpu = (blocks: readonly Block[]) => mean(blocks.map((block) => block.cpuUs));
  return {
    label: subject.label,
    limits: subject.limits,
    requests: latency.requests + busy.requests,
    p50Ms: pair(latency.rounds, p50),
    cpuUs: server.cpuUs() === null ? null : pair(busy.rounds, cpu),
  };
}

type Round = Record<Side, Block[]>;

async function runRounds(
  server: Server,
  subject: Case,
  effort: Rounds & { readonly warmUpMs: number },
  connections: number,
) {
  const clients = {
    ours: new Client(server.urlOf(subject.ours ?? 'ours'), connections),
    plain: new Client(server.urlOf(subject.plain), connections),
  };
  const run = (side: Side, perConnection: number) =>
    runBlock(server, clients[side], connections, perConnection, (connection) => subject.next(side, connection));

  let perConnection = 5;
  let warmMs = 0;
  while (warmMs < effort.warmUpMs) {
    const startedAt = performance.now();
    await run('ours', perConnection);
    await run('plain', perConnection);
    const tookMs = performance.now() - startedAt;
    warmMs += tookMs;
    // A block of either side should take `blockMs`: the two together took twice that on average.
    perConnection = Math.max(5, Math.round((perConnection * effort.blockMs * 2) / tookMs));
  }

  const rounds: Round[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    const order: Side[] = round % 2 === 0 ? ['ours', 'plain', 'plain', 'ours'] : ['plain', 'ours', 'ours', 'plain'];
    const blocks: Round = { ours: [], plain: [] };
    for (const side of order) blocks[side].push(await run(side, perConnection));
    rounds.push(blocks);
  }
  clients.ours.close();
  clients.plain.close();
  return { rounds, requests: effort.rounds * 4 * perConnection * connections };
}

async function runBlock(
  server: Server,
  client: Client,
  connections: number,
  perConnection: number,
  next: (connection: number) => ReturnType<Case['next']>,
): Promise<Block> {
  const latenciesMs: number[] = [];
  const before = server.cpuUs() ?? 0;
  const connect = async (_: unknown, connection: number) => {
    for (let i = 0; i < perConnection; i++) {
      const call = next(connection);
      const startedAt = performance.now();
      await client.ask(call);
      latenciesMs.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, connect));
  // Work that outlives an answer belongs to the block that caused it.
  await sleep(20);
  return { latenciesMs, cpuUs: ((server.cpuUs() ?? 0) - before) / latenciesMs.length };
}

function pair(rounds: readonly Round[], figure: (blocks: readonly Block[]) => number): Paired {
  const ratios = rounds.map(({ ours, plain }) => figure(ours) / figure(plain));
  return {
    ours: median(rounds.map(({ ours }) => figure(ours))),
    plain: median(rounds.map(({ plain }) => figure(plain))),
    ratio: median(ratios),
    low: Math.min(...ratios),
    high: Math.max(...ratios),
  };
}
