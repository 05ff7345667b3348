/** What the shop refuses, in the form that Akinon's documents give errors. The codes are the sandbox's own. */

const STATUS = {
  invalid_json: 400,
  invalid_field: 400,
  unknown_product: 400,
  unknown_item: 400,
  unavailable_product: 400,
  out_of_stock: 400,
  other_currency: 400,
  invalid_voucher_code: 400,
  empty_basket: 400,
  unknown_gift: 400,
  too_many_gifts: 400,
  basket_too_large: 400,
  other_site: 403,
  not_found: 404,
  method_not_allowed: 405,
  basket_changed: 409,
  internal_error: 500,
} as const;

export type ShopErrorCode = keyof typeof STATUS;

export interface ShopError {
  readonly code: ShopErrorCode;
  /** Name in the request, or `''`. */
  readonly field: string;
  readonly message: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ShopError };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refused(code: ShopErrorCode, field: string, message: string): { ok: false; error: ShopError } {
  return { ok: false, error: { code, field, message } };
}

export function toErrorResponse(errors: readonly [ShopError, ...ShopError[]], headers: HeadersInit = {}): Response {
  return Response.json({ errors }, { status: STATUS[errors[0].code], headers });
}
