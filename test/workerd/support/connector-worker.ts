/**
 * The `http` connector alone in a Worker of its own, for tests with real sockets (test/node/http-connector.test.ts): what
 * a broken connection looks like is the runtime's business, and workerd's is the one that counts.
 */
import { type CallContext, type Connector, isFailure } from '../../../src/connectors/connector.ts';
import { aConnector } from '../connectors/bridge.ts';
import { aCommit, aQuestion, NOW } from '../connectors/order.ts';

export interface Task {
  readonly vars: Record<string, string>;
  readonly do: 'offers' | 'usages';
  readonly timeoutMs: number;
}

async function run(task: Task, connector: Connector): Promise<unknown> {
  const ctx: CallContext = {
    signal: AbortSignal.timeout(task.timeoutMs),
    now: NOW,
    fetch: (...args) => fetch(...args),
  };
  if (task.do === 'offers') return connector.queryOffers(aQuestion(), ctx);
  const reference = { campaign: 'a' };
  const commit = await aCommit({ question: aQuestion(), basketState: undefined }, ['a', 'b']);
  const discounts = commit.discounts.map((line) => ({ ...line, reference }));
  const answer = await connector.commitUsage({ ...commit, discounts }, ctx);
  return isFailure(answer) ? answer : { ...answer, outcomes: Object.fromEntries(answer.outcomes) };
}

export default {
  async fetch(request: Request): Promise<Response> {
    const task = (await request.json()) as Task;
    return Response.json(await run(task, aConnector(task.vars)));
  },
};
