/**
 * `OPS_USERS`: who may see what only ops sees. `name:role:digest`, separated by commas; the digest is the SHA-256 of
 * `name:password` in hex. A plain hash is enough, because `npm run ops-user` makes passwords of 128 random bits.
 */
export const ROLES = ['viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

export interface OpsUser {
  readonly name: string;
  readonly role: Role;
  /** 64 hex digits. */
  readonly digest: string;
}

export const NAME = /^[A-Za-z0-9._-]{1,50}$/;
const DIGEST = /^[0-9a-f]{64}$/;

/** Null for a text of another form, or with a name twice. */
export function parseOpsUsers(text: string): OpsUser[] | null {
  const users = text.split(',').map((entry): OpsUser | null => {
    const [name = '', role = '', digest = '', ...more] = entry.trim().split(':');
    const isRight = NAME.test(name) && isRole(role) && DIGEST.test(digest) && more.length === 0;
    return isRight ? { name, role, digest } : null;
  });
  if (!users.every((user) => user !== null)) return null;
  return new Set(users.map(({ name }) => name)).size === users.length ? users : null;
}

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
