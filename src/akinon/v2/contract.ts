/**
 * Contract v2: decimals are text, a condition line has a quantity, attributes and extraArgs are objects.
 * @see Akinon Basket Offer Flows v2
 */
import { createContractVersion } from '../contract-version.ts';
import { idSchema, object } from '../schema-parts.ts';

export const V2 = createContractVersion({
  name: 'v2',
  needsDevice: true,
  reading: {
    decimal: 'string',
    attributes: 'object',
    extraArgs: ['object'],
    conditionLine: (decimal) => object({ pk: idSchema, quantity: decimal }),
    itemFields: () => ({}),
    voucherCode: ['string', 'null'],
    order: ['object'],
  },
  writing: {
    decimal: (text) => text,
    conditionLine: ({ itemId, quantity }) => ({ pk: itemId, quantity }),
  },
});
