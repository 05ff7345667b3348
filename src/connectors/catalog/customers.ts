/**
 * Recognising a customer without knowing who it is: keyed hashes of phone and e-mail, and nothing else, are stored.
 * A customer has one hash for each way to reach it, so that the one who left only a phone number is met again.
 */
import { createHmac } from '../../common/hash.ts';
import type { Customer } from '../../offers/basket.ts';

/** A customer with more addresses is known by the first ones: an offer has little room to remember them. */
const MAX_IDENTITIES = 10;

/** Hex HMAC-SHA-256 of each phone number and e-mail address, normalised; empty for a guest. */
export async function hashCustomer(
  { phone, emails }: Pick<Customer, 'phone' | 'emails'>,
  key: string,
): Promise<string[]> {
  const known = [...(phone === null ? [] : [normalisePhone(phone)]), ...emails.map(normaliseEmail)].filter(
    (identity) => identity !== '',
  );
  if (known.length === 0) return [];
  const hmac = createHmac('SHA-256', key);
  const identities = [...new Set(known)].slice(0, MAX_IDENTITIES);
  return Promise.all(identities.map(async (identity) => (await hmac(identity)).toHex()));
}

/** Digits only, prefixed with what it is, so that no phone number is ever taken for an address. */
function normalisePhone(phone: string): string {
  const digits = phone.replace(/\D/g, '').replace(/^0+/, '');
  return digits === '' ? '' : `phone:${digits}`;
}

function normaliseEmail(email: string): string {
  const address = email.trim().toLowerCase();
  return address === '' ? '' : `email:${address}`;
}
