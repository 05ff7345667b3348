/**
 * The `http` connector with a mapping: an upstream with a JSON API of its own, bridged by one file. Requests are rendered
 * from it and answers read by it; amounts, retries and what is safe to show stay with us.
 */
import type { Capabilities, Created } from '../../connector.ts';
import { createUpstream, type UpstreamDeps } from '../upstream/upstream.ts';
import { createUsageCommit } from './commit-usages.ts';
import type { CompiledMapping } from './compiled.ts';
import { createHelpers } from './helpers.ts';
import { createIdentity } from './identity.ts';
import { createOffersQuery } from './query-offers.ts';

/** A token may be fetched before the call, and again with it when it is refused. */
const callsOf = (kind: CompiledMapping['auth']['kind']) => (kind === 'oauth2' || kind === 'login' ? 4 : 1);

export function createMappedConnector(
  mapping: CompiledMapping,
  deps: Pick<UpstreamDeps, 'baseUrl' | 'secretOf'>,
): Created {
  const { auth, identity, name } = mapping;
  const { hashKey } = identity;
  const alsoSecret = hashKey === undefined ? [] : [hashKey];
  const upstream = createUpstream({ ...deps, auth, alsoSecret, reason: `the mapping ${name} needs it` });
  if ('problems' in upstream) return upstream;
  const readIdentity = createIdentity(identity, hashKey === undefined ? undefined : deps.secretOf(hashKey));
  const helpers = createHelpers(identity.country);
  const queryOffers = createOffersQuery(mapping, helpers, upstream, readIdentity);
  const { commitUsage, findUsage } = createUsageCommit(mapping, helpers, upstream);

  const base = { name: `http:${name}`, queryOffers, commitUsage };
  const capabilities: Omit<Capabilities, 'repeat'> = {
    ...{ commit: 'each', offersWithoutReference: false, readsBasketState: false, maxOffers: 50 },
    callsPerCommit: (findUsage === null ? 1 : 2) * callsOf(auth.kind),
  };
  if (mapping.usages.repeat === 'lookup' && findUsage !== null) {
    return { connector: { ...base, capabilities: { ...capabilities, repeat: { by: 'lookup' } }, findUsage } };
  }
  const repeat: { by: 'key'; ttlHours: null } | { by: 'none' } =
    mapping.usages.repeat === 'key' ? { by: 'key', ttlHours: null } : { by: 'none' };
  return { connector: { ...base, capabilities: { ...capabilities, repeat } } };
}
