/** Branded ids: one string is not as good as another. */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Akinon's `x-akinon-request-id`: 1 to 200 visible ASCII characters. */
export type RequestId = Branded<string, 'RequestId'>;

/** What an order is known by: `o:<order number>`, or `b:<basket id>:<version>` when no number was sent. */
export type OrderKey = Branded<string, 'OrderKey'>;

/** Made once per HTTP request and kept when its batch is retried: tells our own earlier write from another's. */
export type ClaimId = Branded<string, 'ClaimId'>;

export function orderKeyOfNumber(orderNumber: string): OrderKey {
  return `o:${orderNumber}` as OrderKey;
}

export function orderKeyOfBasket(basketId: number, version: number): OrderKey {
  return `b:${basketId}:${version}` as OrderKey;
}

export function newClaimId(): ClaimId {
  return crypto.randomUUID() as ClaimId;
}
