/**
 * A refused body as ops may keep it: without what could name a person, and within 64 KB. The basket's items go first,
 * because which order and which discounts is what a person must know.
 */
import { isObject, utf8Bytes } from '../common/json.ts';

export const MAX_PAYLOAD_BYTES = 64 * 1024;

/** Keys whose values are never stored, wherever they stand. */
const PERSONAL = new Set(['user', 'customer', 'phone', 'email', 'emails', 'staffEmail', 'attributes']);
const REMOVED = '[removed]';

export function toKeepablePayload(json: unknown): string {
  const whole = withoutPersonalData(json);
  if (utf8Bytes(whole) <= MAX_PAYLOAD_BYTES) return whole;
  const basket = isObject(json) && isObject(json.basket) ? { ...json.basket, basketItems: '[too large]' } : undefined;
  const smaller = isObject(json) && basket !== undefined ? withoutPersonalData({ ...json, basket }) : whole;
  return utf8Bytes(smaller) <= MAX_PAYLOAD_BYTES ? smaller : cutAt(smaller, MAX_PAYLOAD_BYTES);
}

function withoutPersonalData(json: unknown): string {
  return JSON.stringify(json, (key, value: unknown) => (PERSONAL.has(key) && value !== null ? REMOVED : value));
}

function cutAt(text: string, maxBytes: number): string {
  const bytes = new Uint8Array(maxBytes);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read);
}
