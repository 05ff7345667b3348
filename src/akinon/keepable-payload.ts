/**
 * A refused body as ops may keep it: the fields that tell which order, which basket and which discounts, and nothing
 * that could name a person, wherever it stands. An allow-list, because a body that is refused is wrong in ways that
 * nobody foresaw. Within 64 KB; the basket's items go first.
 */
import { isObject, utf8Bytes } from '../common/json.ts';

export const MAX_PAYLOAD_BYTES = 64 * 1024;
/** Characters of one text. */
const MAX_TEXT = 200;
/** Elements of one list: no order of this size exists. */
const MAX_ELEMENTS = 1000;

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

/** In the order of their worth: a text that is cut is cut from its end. */
const BODY: Kept = {
  order: { orderNumber: true },
  usedDiscounts: [true],
  basket: { id: true, version: true, voucherCode: true, basketItems: [ITEM] },
};

export function toKeepablePayload(json: unknown): string {
  const kept = keep(json, BODY);
  const whole = JSON.stringify(kept);
  if (utf8Bytes(whole) <= MAX_PAYLOAD_BYTES) return whole;
  const basket = isObject(kept) && isObject(kept.basket) ? { ...kept.basket, basketItems: '[too large]' } : undefined;
  const smaller = basket === undefined ? whole : JSON.stringify({ ...(kept as object), basket });
  return utf8Bytes(smaller) <= MAX_PAYLOAD_BYTES ? smaller : cutAt(smaller, MAX_PAYLOAD_BYTES);
}

/** What is of another kind than expected is told by its kind alone, and so is a text that may be an address. */
function keep(value: unknown, kept: Kept): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return isList(kept) ? keepList(value, kept[0]) : '[list]';
  if (isObject(value)) return kept === true || isList(kept) ? '[object]' : keepFields(value, kept);
  if (kept !== true) return `[${typeof value === 'string' ? 'text' : typeof value}]`;
  if (typeof value !== 'string') return value;
  return value.includes('@') ? '[text]' : [...value.slice(0, 2 * MAX_TEXT)].slice(0, MAX_TEXT).join('').toWellFormed();
}

function keepFields(value: Record<string, unknown>, kept: { readonly [field: string]: Kept }) {
  const fields = Object.entries(kept).filter(([field]) => Object.hasOwn(value, field));
  return Object.fromEntries(fields.map(([field, inside]) => [field, keep(value[field], inside)]));
}

function keepList(list: readonly unknown[], kept: Kept): unknown[] {
  const first = list.slice(0, MAX_ELEMENTS).map((element) => keep(element, kept));
  return list.length > MAX_ELEMENTS ? [...first, `[${list.length - MAX_ELEMENTS} more]`] : first;
}

function isList(kept: Kept): kept is readonly [Kept] {
  return Array.isArray(kept);
}

function cutAt(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
