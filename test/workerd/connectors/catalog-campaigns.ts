/** Campaigns of the catalog connector in D1, and what is stored about them. */
import { env } from 'cloudflare:workers';
import { createCatalogConnector } from '../../../src/connectors/catalog/connector.ts';
import { hashCustomer } from '../../../src/connectors/catalog/customers.ts';
import type { Connector } from '../../../src/connectors/connector.ts';
import type { Customer } from '../../../src/offers/basket.ts';

export const HASH_KEY = 'a-hash-key';

export function aCatalog(customerHashKey: string | undefined = HASH_KEY, db: D1Database = env.DB): Connector {
  return createCatalogConnector({ db, customerHashKey });
}

/** Without the secret that recognises customers. */
export function aCatalogWithoutKey(): Connector {
  return createCatalogConnector({ db: env.DB, customerHashKey: undefined });
}

/** Inserts a campaign of 10 TRY off every basket; `overrides` by column. */
export async function addCampaign(id: string, overrides: Record<string, string | number | null> = {}): Promise<void> {
  const row = {
    id,
    discount_type: 'BASKET',
    benefit_type: 'fixed',
    amount: '10.00',
    currency: 'TRY',
    label: JSON.stringify({ tr: id }),
    start_datetime: '2026-01-01T00:00:00Z',
    end_datetime: '2026-12-31T23:59:59Z',
    offer_type: overrides.voucher_code === undefined ? 'automatic' : 'coupon_code',
    ...overrides,
  };
  const columns = Object.keys(row);
  const marks = columns.map(() => '?').join(', ');
  await env.DB.prepare(`INSERT INTO campaigns (${columns.join(', ')}) VALUES (${marks})`)
    .bind(...Object.values(row))
    .run();
}

export async function assign(campaignId: string, customer: Customer): Promise<void> {
  const insert = env.DB.prepare('INSERT INTO campaign_customers (campaign_id, customer_hash) VALUES (?, ?)');
  const hashes = await hashCustomer(customer, HASH_KEY);
  await env.DB.batch(hashes.map((hash) => insert.bind(campaignId, hash)));
}

export async function countRedemptions(campaignId: string): Promise<number> {
  const count = 'SELECT count(*) AS n FROM campaign_redemptions WHERE campaign_id = ?';
  return (await env.DB.prepare(count).bind(campaignId).first<number>('n')) ?? 0;
}

/** Every value of every row of every table, as text. */
export async function everythingStored(): Promise<string> {
  const list =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'";
  const tables = (await env.DB.prepare(list).all<{ name: string }>()).results;
  const contents = await env.DB.batch(tables.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`)));
  return JSON.stringify(contents.map(({ results }) => results));
}
