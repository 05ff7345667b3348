/** Forms of the page → what the shop's functions take. What is wrong is refused in words that a person reads. */
import * as v from 'valibot';
import { ok, type Result, refused } from '../errors.ts';
import type { Gift } from '../orders.sql.ts';
import { orderSchema } from '../read-request.ts';
import { settingsChangeSchema } from '../settings.ts';

export type SettingsChange = v.InferOutput<typeof settingsChangeSchema>;

/** An empty field is a header that is not sent; a guest is nobody, whatever stands in the fields. */
export function readSettingsForm(form: FormData): Result<SettingsChange> {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const orNull = (name: string) => (text(name) === '' ? null : text(name));
  const isMember = text('who') === 'member';
  const emails = text('email')
    .split(/[\s,]+/)
    .filter((email) => email !== '');
  const parsed = v.safeParse(settingsChangeSchema, {
    adapter: text('adapter'),
    contractVersion: text('contractVersion'),
    customer: {
      phone: isMember ? orNull('phone') : null,
      email: isMember ? emails : [],
      emailAllowed: form.has('emailAllowed'),
      smsAllowed: form.has('smsAllowed'),
      callAllowed: form.has('callAllowed'),
    },
    device: text('device'),
    storeId: orNull('storeId'),
    storeRemoteId: orNull('storeRemoteId'),
    staffId: orNull('staffId'),
    staffRemoteId: orNull('staffRemoteId'),
    staffEmail: orNull('staffEmail'),
    priorityFirst: text('priorityFirst'),
    useOffers: text('useOffers'),
    delayMs: /^\d{1,9}$/.test(text('delayMs')) ? Number(text('delayMs')) : text('delayMs'),
  });
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const field = v.getDotPath(issue) ?? '';
  return refused('invalid_field', field, `${inWords(field)} ${issue.message}`);
}

/** `storeRemoteId` → `store remote id`, `customer.phone` → `customer phone` */
function inWords(field: string): string {
  return field.replaceAll('.', ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Boxes of the order's form; each is a gift, as JSON. */
export function readGifts(form: FormData): Result<readonly Gift[]> {
  const boxes = form.getAll('gift').map((box) => {
    try {
      return JSON.parse(String(box)) as unknown;
    } catch {
      return null;
    }
  });
  const parsed = v.safeParse(orderSchema, { gifts: boxes });
  return parsed.success ? ok(parsed.output.gifts) : refused('invalid_field', 'gift', 'choose gifts from the list');
}

/** @returns null when it is no whole number */
export function readWhole(form: FormData, name: string): number | null {
  const text = String(form.get(name) ?? '');
  const value = Number(text);
  return /^-?\d{1,15}$/.test(text) ? value : null;
}
