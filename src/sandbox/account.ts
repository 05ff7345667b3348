/**
 * The customer's own offers, as a storefront's backend gets them: it signs a short-lived token for who is logged in and asks
 * the adapter's account routes with it.
 * @see docs/storefront.md
 */
import { SignJWT } from 'jose';
import type { WireActiveOffers, WireCustomerOffer, WireOffersPage } from '../account/answer-schemas.ts';
import { callAdapter } from './call-adapter.ts';
import type { Settings } from './settings.ts';
import type { Shop } from './shop.ts';

export interface CustomerOffers {
  /** In the order of the page. */
  readonly lists: readonly { readonly title: string; readonly offers: readonly WireCustomerOffer[] }[];
  /** Sum of the fixed amounts that are active. */
  readonly total: number;
  readonly currency: string;
}

const CURRENCY = 'TRY';
const PAGE_SIZE = 20;

/** @returns words that say why there is nothing to show, when there is not */
export async function askForCustomerOffers(shop: Shop, settings: Settings): Promise<CustomerOffers | string> {
  const { phone, email } = settings.customer;
  if (phone === null && email.length === 0)
    return 'A guest has no offers of its own: be a member (Switches, Customer).';
  if (shop.customerTokenSecret === null) return 'CUSTOMER_TOKEN_SECRET is not in .dev.vars: .dev.vars.example has one.';
  const token = await new SignJWT({ phone, email: email[0], currency: CURRENCY })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('offerbridge')
    .setIssuedAt(Math.floor(shop.now() / 1000))
    .setExpirationTime(Math.floor(shop.now() / 1000) + 60)
    .sign(new TextEncoder().encode(shop.customerTokenSecret));
  const paths = ['basket-offers/', 'future-basket-offers/', 'expired-basket-offers/'];
  const [active, future, expired] = await Promise.all(
    paths.map((path, index) => {
      const query = index === 0 ? '' : `?page_size=${PAGE_SIZE}`;
      const call = { method: 'GET', path: `/account/${path}${query}`, settings } as const;
      return callAdapter({ ...call, headers: { 'accept-language': 'en' }, authorization: `Bearer ${token}` }, shop);
    }),
  );
  if (active?.status !== 200 || future?.status !== 200 || expired?.status !== 200) {
    const failed = [active, future, expired].find((answer) => answer?.status !== 200);
    return `The adapter answered ${failed?.status ?? 'nothing'}: ${messageOf(failed?.body ?? '')}`;
  }
  const { all_discounts, total_discount } = JSON.parse(active.body) as WireActiveOffers;
  const pageOf = ({ body }: { body: string }) => (JSON.parse(body) as WireOffersPage).results;
  return {
    lists: [
      { title: 'Active', offers: all_discounts },
      { title: 'To come', offers: pageOf(future) },
      { title: 'Over', offers: pageOf(expired) },
    ],
    total: total_discount,
    currency: CURRENCY,
  };
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { errors: { message: string }[] }).errors[0]?.message ?? body;
  } catch {
    return body;
  }
}
