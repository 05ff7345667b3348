/** Who fills the basket, as templates see it: by phone in E.164 and by the e-mail addresses that the mapping wants. */
import { createHmac } from '../../../common/hash.ts';
import type { Customer } from '../../../offers/basket.ts';
import type { CompiledMapping } from './compiled.ts';
import { toE164 } from './helpers.ts';

export interface Identity {
  readonly isGuest: boolean;
  /** E.164; null for none, or what is no number. */
  readonly phone: string | null;
  /** As Akinon sent it. */
  readonly phoneAsSent: string | null;
  /** The first one, trimmed, in lower case; null for none. */
  readonly email: string | null;
  readonly emails: readonly string[];
  readonly emailAllowed: boolean;
  readonly smsAllowed: boolean;
  readonly callAllowed: boolean;
  /** Hex HMAC-SHA-256 of `phone` and `email` where the mapping names a key; null for none. */
  readonly phoneHash?: string | null;
  readonly emailHash?: string | null;
}

export type ReadIdentity = (customer: Customer) => Promise<Identity>;

/** @param hashKey the secret's value; undefined where the mapping names none */
export function createIdentity(
  { country, emails }: CompiledMapping['identity'],
  hashKey: string | undefined,
): ReadIdentity {
  const hmac = hashKey === undefined ? null : createHmac('SHA-256', hashKey);
  return async ({ phone: sentPhone, emails: sent, emailAllowed, smsAllowed, callAllowed }) => {
    const all = sent.map((email) => email.trim().toLowerCase()).filter((email) => email !== '');
    const phone = sentPhone === null ? null : toE164(sentPhone, country);
    const email = all[0] ?? null;
    const hash = async (text: string | null) => (hmac === null || text === null ? null : (await hmac(text)).toHex());
    return {
      isGuest: !/\d/.test(sentPhone ?? '') && all.length === 0,
      phone,
      phoneAsSent: sentPhone,
      email,
      emails: emails === 'first' ? all.slice(0, 1) : all,
      ...{ emailAllowed, smsAllowed, callAllowed },
      ...(hmac !== null && { phoneHash: await hash(phone), emailHash: await hash(email) }),
    };
  };
}
