/**
 * The embedded default: campaigns in our own D1, so that a shop without any loyalty system has offers at once. It is
 * deliberately small, a connector like any other behind the port and not a promotion engine. README.md has its fields.
 */
import * as v from 'valibot';
import { describeError } from '../../common/log.ts';
import type {
  CallContext,
  Connector,
  Declined,
  OffersAnswer,
  OffersFailure,
  OffersQuestion,
  Outcome,
  UsageCommit,
  UsageFailure,
  UsageResult,
} from '../connector.ts';
import {
  FIND_CAMPAIGNS,
  HAS_CUSTOMER_BOUND_CAMPAIGN,
  MAX_OFFERS,
  REDEEM,
  REMEMBER_REDEEMING_CUSTOMER,
  SELECT_OUTCOMES,
} from './campaigns.sql.ts';
import { hashCustomer } from './customers.ts';
import { type CampaignRow, evaluateCampaign, totalsOf } from './evaluate.ts';
import { listCampaigns, toTableTime } from './list-campaigns.ts';
import { listCustomerOffers } from './list-customer-offers.ts';

/** What an offer that is bound to its customer remembers; any other remembers nothing. */
const ReferenceSchema = v.fallback(v.object({ customers: v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))) }), {
  customers: [],
});

const MISSING_KEY = {
  setting: 'CUSTOMER_HASH_KEY',
  message: 'is not set, and a campaign is assigned to customers or limited per customer',
} as const;

interface OutcomeRow {
  readonly id: string;
  readonly redeemed: 0 | 1;
  readonly refusal: string | null;
}

export function createCatalogConnector(deps: { db: D1Database; customerHashKey: string | undefined }): Connector {
  const { db, customerHashKey } = deps;

  async function queryOffers(question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure> {
    const { basket } = question;
    const customers = customerHashKey === undefined ? [] : await hashCustomer(question.customer, customerHashKey);
    const now = toTableTime(ctx.now);
    const voucher = basket.voucherCode?.trim() || null;
    let campaigns: CampaignRow[];
    try {
      const recognised = customerHashKey === undefined ? null : JSON.stringify(customers);
      const values = [now, basket.currency, voucher, recognised];
      campaigns = (
        await db
          .prepare(FIND_CAMPAIGNS)
          .bind(...values)
          .all<CampaignRow>()
      ).results;
    } catch (error) {
      return { failed: 'unavailable', detail: describeError(error) };
    }
    if (customerHashKey === undefined && campaigns.some((campaign) => campaign.customer_bound)) {
      return { failed: 'misconfigured', setting: MISSING_KEY.setting, detail: MISSING_KEY.message };
    }
    const totals = totalsOf(basket);
    const offers: OffersAnswer['offers'][number][] = [];
    const declined: Declined[] = [];
    for (const campaign of campaigns) {
      const evaluated = evaluateSafely(campaign, basket.currency, totals, customers);
      if (typeof evaluated === 'string') declined.push({ id: campaign.id, reason: evaluated });
      else offers.push(evaluated);
    }
    return { offers, declined };
  }

  async function commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure> {
    const due = commit.discounts.filter((discount) => discount.state === 'due');
    const lines = JSON.stringify(
      due.map(({ id, key, reference }) => ({ id, key, ...v.parse(ReferenceSchema, reference) })),
    );
    try {
      const results = await db.batch<OutcomeRow>([
        db.prepare(REDEEM).bind(lines, commit.orderKey, ctx.now),
        db.prepare(REMEMBER_REDEEMING_CUSTOMER).bind(lines),
        db.prepare(SELECT_OUTCOMES).bind(lines),
      ]);
      const rows = results.at(-1)?.results ?? [];
      return { outcomes: new Map(rows.map((row) => [row.id, toOutcome(row)])) };
    } catch (error) {
      // It may have committed and lost only its answer; the keys make asking again safe.
      return { failed: 'unknown', detail: describeError(error) };
    }
  }

  async function checkSettings() {
    if (customerHashKey !== undefined) return [];
    const bound = await db.prepare(HAS_CUSTOMER_BOUND_CAMPAIGN).first();
    return bound === null ? [] : [MISSING_KEY];
  }

  return {
    name: 'catalog',
    capabilities: {
      repeat: { by: 'key', ttlHours: null },
      commit: 'each',
      offersWithoutReference: true,
      readsBasketState: false,
      maxOffers: MAX_OFFERS,
      callsPerCommit: 3,
    },
    queryOffers,
    commitUsage,
    listCampaigns: (question) => listCampaigns(db, question),
    listCustomerOffers: (question, ctx) => listCustomerOffers(deps, question, ctx),
    checkSettings,
  };
}

/** People write campaigns by hand: one that cannot be read gives nothing and spoils no other. */
function evaluateSafely(...campaign: Parameters<typeof evaluateCampaign>): ReturnType<typeof evaluateCampaign> {
  try {
    return evaluateCampaign(...campaign);
  } catch {
    return 'invalid_campaign';
  }
}

function toOutcome({ redeemed, refusal }: OutcomeRow): Outcome {
  return redeemed ? { status: 'accepted' } : { status: 'rejected', reason: refusal ?? 'not_redeemed' };
}
