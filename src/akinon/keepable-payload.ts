/**
 * A refused body as ops may keep it: the fields that tell which order, which basket and which discounts, and nothing
 * that could name a person, wherever it stands. An allow-list, because a body that is refused is wrong in ways that
 * nobody foresaw. Within 64 KB; the basket's items go first.
 */
import { isObject, utf8Bytes } from '../common/json.ts';

export const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_TEXT = 200;

/** `true` = a scalar is kept; an object = its fields; a list = each element so. */
type Kept = true | { readonly [field: string]: Kept } | readonly [Kept];

const ITEM = {
  id: true,
  unitPrice: true,
  quantity: true,
  unitType: true,
  totalAmount: true,
  discountAmount: true,
  currencyType: true,
  product: { id: true, sku: true },
} as const;

const BODY: Kept = {
  basket: { id: true, version: true, voucherCode: true, basketItems: [ITEM] },
  usedDiscounts: [true],
  order: { orderNumber: true },
};

export function toKeepablePayload(json: unknown): string {
  const kept = keep(json, BODY);
  const whole = JSON.stringify(kept);
  if (utf8Bytes(whole) <= MAX_PAYLOAD_BYTES) return whole;
  const basket = isObject(kept) && isObject(kept.basket) ? { ...kept.basket, basketItems: '[too large]' } : undefined;
  const smaller = basket === undefined ? whole : JSON.stringify({ ...(kept as object), basket });
  return utf8Bytes(smaller) <= MAX_PAYLOAD_BYTES ? smaller : cutAt(smaller, MAX_PAYLOAD_BYTES);
}

/** What is of another kind than expected is told by its kind alone. */
function keep(value: unknown, kept: Kept): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return kept === true ? value.slice(0, MAX_TEXT).toWellFormed() : '[text]';
  if (Array.isArray(value)) return isList(kept) ? value.map((element) => keep(element, kept[0])) : '[list]';
  if (!isObject(value) || kept === true || isList(kept)) return '[object]';
  const fields = Object.entries(kept).filter(([field]) => Object.hasOwn(value, field));
  return Object.fromEntries(fields.map(([field, inside]) => [field, keep(value[field], inside)]));
}

function isList(kept: Kept): kept is readonly [Kept] {
  return Array.isArray(kept);
}

function cutAt(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
