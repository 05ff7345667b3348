/** The campaigns as ops looks at them: read only. Whoever runs the shop writes them: README.md. */
import type { DiscountType } from '../../offers/offer.ts';
import type { Campaign, CampaignsPage, CampaignsQuestion } from '../connector.ts';
import { listCampaigns as select } from './campaigns.sql.ts';

interface Row {
  readonly id: string;
  readonly discount_type: DiscountType;
  readonly label: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly percentage: string | null;
  readonly max_discount: string | null;
  readonly start_datetime: string;
  readonly end_datetime: string;
  readonly voucher_code: string | null;
  readonly assigned_only: 0 | 1;
  readonly times_used: number;
  readonly usage_limit: number | null;
  readonly usage_limit_per_customer: number | null;
}

/** As the table has times, and in their order. */
export const toTableTime = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export async function listCampaigns(
  db: D1Database,
  { when, now, before, limit }: CampaignsQuestion,
): Promise<CampaignsPage> {
  const [start, id] = readKey(before);
  const { results } = await db
    .prepare(select(when))
    .bind(toTableTime(now), limit + 1, start, id)
    .all<Row>();
  const rows = results.slice(0, limit);
  const last = rows.at(-1);
  const isMore = results.length > limit && last !== undefined;
  return {
    campaigns: rows.map(toCampaign),
    next: isMore ? JSON.stringify([last.start_datetime, last.id]) : null,
  };
}

function readKey(text: string | null): readonly [string, string] | readonly [null, null] {
  try {
    const key = JSON.parse(text ?? '') as unknown;
    const isKey = Array.isArray(key) && key.length === 2 && key.every((part) => typeof part === 'string');
    return isKey ? (key as [string, string]) : [null, null];
  } catch {
    return [null, null];
  }
}

function toCampaign(row: Row): Campaign {
  return {
    id: row.id,
    type: row.discount_type,
    label: JSON.parse(row.label) as Record<string, string>,
    amount: row.amount,
    currency: row.currency,
    percentage: row.percentage,
    maxDiscount: row.max_discount,
    startsAt: Date.parse(row.start_datetime),
    endsAt: Date.parse(row.end_datetime),
    voucherCode: row.voucher_code,
    assignedOnly: row.assigned_only === 1,
    timesUsed: row.times_used,
    usageLimit: row.usage_limit,
    usageLimitPerCustomer: row.usage_limit_per_customer,
  };
}
