/**
 * Which code a PATCH leaves on the basket. `external_offer_code` comes before everything else and is not verified;
 * `remove_voucher_code` removes, unless an external code came along; `voucher_code` is verified before it is kept.
 * @see Akinon, "Basket", "Data Parameters for PATCH Method"
 */

export interface VoucherFields {
  readonly externalOfferCode?: string | undefined;
  readonly removeVoucherCode?: boolean | undefined;
  readonly voucherCode?: string | undefined;
}

export type VoucherDecision =
  | { readonly do: 'keep' }
  | { readonly do: 'set'; readonly code: string | null }
  | { readonly do: 'verify'; readonly code: string };

export function decideVoucher(fields: VoucherFields): VoucherDecision {
  if (fields.externalOfferCode !== undefined) return { do: 'set', code: fields.externalOfferCode };
  if (fields.removeVoucherCode === true) return { do: 'set', code: null };
  if (fields.voucherCode !== undefined) return { do: 'verify', code: fields.voucherCode };
  return { do: 'keep' };
}
