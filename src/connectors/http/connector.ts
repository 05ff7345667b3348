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
import { exchange } from './call.ts';
import { readSettings } from './config.ts';
import { createClean, describeAnswer } from './describe-answer.ts';
import { judgeUsage } from './judge-usage.ts';
import { fromOffersAnswer, readUsagesCall, toOffersText, toUsagesCall } from './map.ts';

export function createHttpConnector(settings: Partial<Config>): Created {
  const upstream = readSettings(settings);
  if (!('offersUrl' in upstream)) return { problems: upstream };
  const { offersUrl, usagesUrl, authHeaders, secrets } = upstream;
  const clean = createClean(secrets);

  async function queryOffers(question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure> {
    const answer = await exchange(ctx, { url: offersUrl, headers: authHeaders, text: toOffersText(question) });
    return fromOffersAnswer(answer, (it) => describeAnswer(it, clean));
  }

  async function commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure> {
    const due = commit.discounts.filter(({ state }) => state === 'due');
    if (due.length === 0) return { outcomes: new Map() };
    const { call: sentBefore } = commit.attempt;
    const call = sentBefore === undefined ? toUsagesCall(commit, due) : readUsagesCall(sentBefore);
    const key = await hashParts(...call.lines.map((line) => line.key).sort());
    const answer = await exchange(ctx, {
      ...{ url: usagesUrl, headers: { ...authHeaders, 'idempotency-key': key }, text: call.text },
    });
    return judgeUsage(answer, call, new Set(due.map(({ id }) => id)), ctx.now, clean);
  }

  const connector: Connector = {
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
  return { connector };
}
