/** Who fills the basket, as templates see it: by phone in E.164 and by the e-mail addresses that the mapping wants. */
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
}

export function toIdentity(customer: Customer, { country, emails }: CompiledMapping['identity']): Identity {
  const { phone, emails: sent, emailAllowed, smsAllowed, callAllowed } = customer;
  const all = sent.map((email) => email.trim().toLowerCase()).filter((email) => email !== '');
  return {
    isGuest: phone === null && all.length === 0,
    phone: phone === null ? null : toE164(phone, country),
    phoneAsSent: phone,
    email: all[0] ?? null,
    emails: emails === 'first' ? all.slice(0, 1) : all,
    ...{ emailAllowed, smsAllowed, callAllowed },
  };
}
