/** Who is it? A user of OPS_USERS with Basic auth; never Akinon. Unset means closed, not open. */
import { matchBasic } from '../common/basic-auth.ts';
import type { OpsUser, Role } from './ops-users.ts';

export interface Actor {
  /** What the log of decisions says. */
  readonly name: string;
  readonly role: Role;
}

export interface OpsAccess {
  /** @returns null for nobody */
  identify(headers: Headers): Promise<Actor | null>;
}

/** Null while it is closed. */
export function createOpsAccess(users: readonly OpsUser[] | undefined): OpsAccess | null {
  if (users === undefined) return null;
  const digests = users.map(({ digest }) => Uint8Array.fromHex(digest));
  return {
    async identify(headers) {
      const user = users[await matchBasic(headers.get('authorization') ?? undefined, digests)];
      return user === undefined ? null : { name: user.name, role: user.role };
    },
  };
}
