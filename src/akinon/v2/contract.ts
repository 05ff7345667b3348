/**
 * Contract v2: decimals are text, a condition line has a quantity, attributes and extraArgs are objects.
 * @see Akinon Basket Offer Flows v2
 */
import type { ContractVersion } from '../contract-version.ts';
import { createRequestSchemas } from '../request-schemas.ts';
import { idSchema, object } from '../schema-parts.ts';
import { type OfferDialect, writeOffers } from '../write-offers.ts';

const writing = {
  decimal: (text) => text,
  conditionLine: ({ itemId, quantity }) => ({ pk: itemId, quantity }),
} satisfies OfferDialect;

export const V2: ContractVersion = {
  name: 'v2',
  needsDevice: true,
  schemas: createRequestSchemas({
    decimal: 'string',
    attributes: 'object',
    extraArgs: ['object'],
    conditionLine: (decimal) => object({ pk: idSchema, quantity: decimal }),
    itemFields: () => ({}),
    voucherCode: ['string', 'null'],
    order: ['object'],
  }),
  writeOffers: (offers) => writeOffers(offers, writing),
};
