/** A customer with offers, tokens for it, and an app that takes them. */
import { SignJWT } from 'jose';
import type { Customer } from '../../../src/offers/basket.ts';
import { addCampaign, assign, HASH_KEY } from '../connectors/catalog-campaigns.ts';
import { aTestApp, type TestApp, type TestAppOptions } from '../support/http.ts';

export const NOW = Date.parse('2026-11-25T12:00:00Z');
/** Long enough for a longer hash: what refuses that must be the list of algorithms. */
export const SECRET = 'a-secret-of-customer-tokens-that-is-longer-than-the-sixty-four-bytes-of-sha-512';
export const PHONE = '+90 555 111 22 33';
export const EMAIL = 'ada@shop.example';

export const ACTIVE = '/account/basket-offers/';
export const EXPIRED = '/account/expired-basket-offers/';
export const FUTURE = '/account/future-basket-offers/';
export const PATHS = [ACTIVE, EXPIRED, FUTURE] as const;

export const seconds = (ms: number) => Math.floor(ms / 1000);

export const claims = (more: Record<string, unknown> = {}) => ({
  ...{ aud: 'offerbridge', iat: seconds(NOW), exp: seconds(NOW) + 300 },
  ...{ phone: PHONE, email: EMAIL, currency: 'TRY' },
  ...more,
});

export const aToken = (more: Record<string, unknown> = {}, secret: string | Uint8Array = SECRET) =>
  new SignJWT(claims(more))
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(typeof secret === 'string' ? new TextEncoder().encode(secret) : secret);

export interface AccountApp extends TestApp {
  /** With a token of the customer, unless the headers say otherwise. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

export function anApp(options: TestAppOptions = {}): AccountApp {
  const app = aTestApp({
    now: () => NOW,
    ...options,
    env: { CUSTOMER_TOKEN_SECRET: SECRET, CUSTOMER_HASH_KEY: HASH_KEY, ...options.env },
  });
  return {
    ...app,
    get: async (path, headers = {}) =>
      app.request(path, { headers: { authorization: `Bearer ${await aToken()}`, ...headers } }),
  };
}

export const ADA: Customer = {
  ...{ phone: PHONE, emails: [EMAIL] },
  ...{ emailAllowed: false, smsAllowed: false, callAllowed: false },
};

/** A campaign that is assigned to the customer: active, 10 TRY, by code. */
export async function addAssigned(id: string, more: Record<string, string | number | null> = {}, customer = ADA) {
  await addCampaign(id, { voucher_code: id.toUpperCase(), ...more });
  await assign(id, customer);
}

export const PERCENT = { benefit_type: 'percentage', amount: null };
export const SHIPPING = { discount_type: 'SHIPPING', benefit_type: 'shipping_free', amount: null, currency: null };

/** One of every benefit and time. */
export async function addEverything(): Promise<void> {
  const amount = { condition_type: 'Amount', condition_value: '90' };
  await addAssigned('fixed', { ...amount, amount: '200.00', end_datetime: '2026-11-30T23:59:59Z' });
  await addAssigned('welcome', { ...amount, amount: '150.10' });
  await addAssigned('percent', { ...amount, ...PERCENT, percentage: '20', currency: 'TRY' });
  await addAssigned('shipping', { ...amount, ...SHIPPING });
  const past = { start_datetime: '2026-10-01T00:00:00Z', end_datetime: '2026-10-31T23:59:59Z' };
  await addAssigned('october', { ...amount, ...past });
  await addAssigned('summer', {
    ...amount,
    ...PERCENT,
    percentage: '15',
    ...past,
    end_datetime: '2026-10-30T23:59:59Z',
  });
  const future = { start_datetime: '2026-12-01T00:00:00Z', end_datetime: '2026-12-31T23:59:59Z' };
  await addAssigned('december', { ...amount, ...future });
  await addAssigned('winter', { ...amount, ...PERCENT, percentage: '25', ...future });
}

export interface WireOffer {
  label: string;
  amount: number;
  percentage: number | null;
  voucher_code: string | null;
  currency: { value: string; label: string };
  condition: { type: string; value: number } | null;
  [more: string]: unknown;
}
export interface WirePage {
  count: number;
  next: string | null;
  previous: string | null;
  results: WireOffer[];
}
export interface WireActive {
  total_discount: number;
  discounts: WireOffer[];
  all_discounts: WireOffer[];
}

export const codesOf = (offers: readonly WireOffer[]) => offers.map(({ voucher_code }) => voucher_code);
export const active = async (response: Promise<Response> | Response) => (await (await response).json()) as WireActive;
export const page = async (response: Promise<Response> | Response) => (await (await response).json()) as WirePage;
