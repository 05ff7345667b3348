/** Which ops user is it? */
import { matchBasic } from '../common/basic-auth.ts';
import type { OpsUser } from './ops-users.ts';

/** @returns null for nobody of them */
export async function identifyOpsUser(
  authorization: string | undefined,
  users: readonly OpsUser[],
): Promise<OpsUser | null> {
  const digests = users.map(({ digest }) => Uint8Array.fromHex(digest));
  return users[await matchBasic(authorization, digests)] ?? null;
}
