/** Who is it? What the ways to know answer alike. */
import type { Role } from './ops-users.ts';

export interface Actor {
  /** What the log of decisions says. */
  readonly name: string;
  readonly role: Role;
}

export type Refusal = 'nothing_sent' | 'wrong' | 'keys_unavailable';

export interface OpsAccess {
  /** Of `WWW-Authenticate`. */
  readonly scheme: 'Basic' | 'Cloudflare-Access';
  identify(headers: Headers): Promise<Actor | Refusal>;
}

/** Nobody may come in until this setting is right. */
export interface Closed {
  readonly closedBy: string;
}
