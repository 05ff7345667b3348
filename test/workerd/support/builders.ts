/** Fresh objects in the shapes of the wire, so that a test says only what matters to it. */
import { env } from 'cloudflare:workers';
import demoCatalog from '../../../src/connectors/catalog/demo.sql?raw';
import offersRequest from '../../fixtures/akinon/v2-offers-request.json';
import useOffersRequest from '../../fixtures/akinon/v2-use-offers-request.json';

// biome-ignore lint/suspicious/noExplicitAny: tests break these shapes on purpose
export type Loose = any;

export const theOffersSample = (): Loose => structuredClone(offersRequest);
export const theUseOffersSample = (): Loose => structuredClone(useOffersRequest);

export function anItem(overrides: Record<string, unknown> = {}): Loose {
  const id = (overrides.id as number | undefined) ?? 1;
  return {
    id,
    unitPrice: '100.00',
    quantity: 1,
    unitType: 'QUANTITY',
    taxRate: '20.00',
    totalAmount: '100.00',
    discountAmount: '0.00',
    globallyConsumedQuantity: '0.0',
    currencyType: 'TRY',
    appliedDiscounts: [],
    product: { id: 1000 + id, sku: `SKU${id}`, name: `Product ${id}`, attributes: {} },
    ...overrides,
  };
}

export function aBasket(overrides: Record<string, unknown> = {}): Loose {
  return { id: 7, version: 1758310922044282, voucherCode: null, basketItems: [anItem()], ...overrides };
}

export function anOffersRequest(basket: Record<string, unknown> = {}, user: Record<string, unknown> = {}): Loose {
  return {
    basket: aBasket(basket),
    user: { emailAllowed: false, smsAllowed: false, callAllowed: false, phone: null, email: [], ...user },
  };
}

export function aUsageRequest(overrides: Record<string, unknown> = {}): Loose {
  return { basket: aBasket(), usedDiscounts: ['a'], order: { orderNumber: 'ORD-1' }, ...overrides };
}

export async function loadDemoCatalog(): Promise<void> {
  await env.DB.prepare(demoCatalog.replace(/^--.*$/gm, '')).run();
}

export async function rows<T = Loose>(sql: string, ...values: unknown[]): Promise<T[]> {
  return (
    await env.DB.prepare(sql)
      .bind(...values)
      .all<T>()
  ).results;
}
