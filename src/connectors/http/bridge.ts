/**
 * The bridge: any upstream that answers two JSON endpoints, `POST /offers` and `POST /usages` (README.md, written for who
 * implements them). Every usage carries keys that the upstream remembers without limit, so the same text may always be
 * sent again.
 */
import { hashParts } from '../../common/hash.ts';
import type { Config } from '../../config.ts';
import type {
  CallContext,
  Connector,
  Created,
  OffersAnswer,
  OffersFailure,
  OffersQuestion,
  UsageCommit,
  UsageFailure,
  UsageResult,
} from '../connector.ts';
import { readAuth } from './config.ts';
import { judgeUsage } from './judge-usage.ts';
import { fromOffersAnswer, readUsagesCall, sentToAnother, toOffersText, toUsagesCall } from './map.ts';
import type { UpstreamRequest } from './upstream/request.ts';
import { createUpstream, type Upstream, type UpstreamDeps } from './upstream/upstream.ts';

export function createBridge(settings: Partial<Config>, deps: Pick<UpstreamDeps, 'baseUrl' | 'secretOf'>): Created {
  const { value: auth, problems } = readAuth(settings);
  if (auth === null) return { problems };
  const upstream = createUpstream({ ...deps, auth, reason: `UPSTREAM_AUTH is ${settings.UPSTREAM_AUTH}` });
  if ('problems' in upstream) return { problems: [...problems, ...upstream.problems] };
  return problems.length > 0 ? { problems } : { connector: connect(upstream) };
}

const post = (target: string, body: string, headers: UpstreamRequest['headers'] = {}): UpstreamRequest => {
  return { method: 'POST', target, headers, body };
};

function connect({ send, clean, describe }: Upstream): Connector {
  async function queryOffers(question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure> {
    return fromOffersAnswer(await send(post('/offers', toOffersText(question)), ctx), describe);
  }

  async function commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure> {
    const due = commit.discounts.filter(({ state }) => state === 'due');
    if (due.length === 0) return { outcomes: new Map() };
    const { call: sentBefore } = commit.attempt;
    const call = sentBefore === undefined ? toUsagesCall(commit, due) : readUsagesCall(sentBefore);
    if (call === null) return sentToAnother(sentBefore);
    const key = await hashParts(...call.lines.map((line) => line.key).sort());
    const answer = await send(post('/usages', call.text, { 'idempotency-key': key }), ctx);
    return judgeUsage(answer, call, new Set(due.map(({ id }) => id)), ctx.now, clean);
  }

  return {
    name: 'http',
    capabilities: {
      repeat: { by: 'key', ttlHours: null },
      commit: 'each',
      offersWithoutReference: false,
      readsBasketState: false,
      maxOffers: 50,
      callsPerCommit: 1,
    },
    queryOffers,
    commitUsage,
  };
}
