/**
 * Contract v1: decimals are numbers, a condition line has `consumedQuantity` and `globallyConsumedQuantity`, attributes
 * and extraArgs are drawn as arrays; no voucher code, no order, no device.
 * @see Akinon Basket Offer Flows v1; contract traps 1, 4, 5, 6 and 17a
 */
import * as v from 'valibot';
import { JSON_NUMBER_DIGITS } from '../../offers/money.ts';
import { createContractVersion } from '../contract-version.ts';
import { type DecimalSchema, documented, idSchema, object, type WireDecimal } from '../schema-parts.ts';

/** A shop on its way to v2 may say `quantity` already. */
function conditionLine(decimal: DecimalSchema) {
  const line = object({
    pk: idSchema,
    consumedQuantity: v.nullish(decimal),
    globallyConsumedQuantity: v.nullish(decimal),
    quantity: documented(v.nullish(decimal)),
  });
  return v.pipe(
    line,
    v.forward(
      v.check(({ consumedQuantity, quantity }) => (consumedQuantity ?? quantity ?? null) !== null, 'must be a decimal'),
      ['consumedQuantity'],
    ),
    v.transform(({ pk, consumedQuantity, quantity }) => ({
      pk,
      quantity: (consumedQuantity ?? quantity) as WireDecimal,
    })),
  );
}

export const V1 = createContractVersion({
  name: 'v1',
  needsDevice: false,
  exactDigits: JSON_NUMBER_DIGITS,
  reading: {
    decimal: 'number',
    attributes: 'array',
    extraArgs: ['array', 'object'],
    conditionLine,
    itemFields: (decimal) => ({ consumedQuantity: v.nullish(decimal) }),
    voucherCode: [],
    order: [],
  },
  writing: {
    // Exact, because no offer with more than `exactDigits` comes here.
    decimal: Number,
    conditionLine: ({ itemId, quantity }) => ({
      pk: itemId,
      consumedQuantity: Number(quantity),
      globallyConsumedQuantity: Number(quantity),
    }),
  },
});
