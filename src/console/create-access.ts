/**
 * The way in that the settings name: a person that Cloudflare Access let through, else a user of OPS_USERS with Basic auth;
 * never Akinon. What is unset or wrong means closed, not open.
 */
import { matchBasic } from '../common/basic-auth.ts';
import type { ParsedConfig } from '../config.ts';
import type { Closed, OpsAccess } from './access.ts';
import { type AccessDeps, createCloudflareAccess } from './cloudflare-access.ts';
import type { OpsUser } from './ops-users.ts';

export function createOpsAccess({ values, problems }: ParsedConfig, deps: AccessDeps): OpsAccess | Closed {
  // Passwords that Access was to switch off must not come back because a letter of it is wrong.
  const wrong = problems.find(({ setting }) => setting.startsWith('OPS_ACCESS_'));
  if (wrong !== undefined) return { closedBy: wrong.setting };
  const { OPS_ACCESS_TEAM_DOMAIN: issuer, OPS_ACCESS_AUD: audience, OPS_USERS: users } = values;
  if (issuer !== undefined && audience !== undefined) return createCloudflareAccess(issuer, audience, deps);
  return users === undefined ? { closedBy: 'OPS_USERS' } : createBasicAccess(users);
}

function createBasicAccess(users: readonly OpsUser[]): OpsAccess {
  const digests = users.map(({ digest }) => Uint8Array.fromHex(digest));
  return {
    scheme: 'Basic',
    async identify(headers) {
      const authorization = headers.get('authorization');
      if (authorization === null) return 'nothing_sent';
      const user = users[await matchBasic(authorization, digests)];
      return user === undefined ? 'wrong' : { name: user.name, role: user.role };
    },
  };
}
