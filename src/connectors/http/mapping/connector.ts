/**
 * The `http` connector with a mapping: an upstream with a JSON API of its own, bridged by one file. Requests are rendered
 * from it and answers read by it; amounts, retries and what is safe to show stay with us.
 */
import type { Capabilities, Connector, Created, SecretReader } from '../../connector.ts';
import { createUsageCommit } from './commit-usages.ts';
import type { CompiledMapping } from './compiled.ts';
import { createHelpers } from './helpers.ts';
import { createOffersQuery } from './query-offers.ts';
import { createUpstream } from './upstream.ts';

export interface MappingDeps {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly secretOf: SecretReader;
}

/** A token may be fetched before the call, and again with it when it is refused. */
const callsOf = (kind: CompiledMapping['auth']['kind']) => (kind === 'oauth2' || kind === 'login' ? 4 : 1);

export function createMappedConnector(mapping: CompiledMapping, deps: MappingDeps): Created {
  const upstream = createUpstream(mapping.auth, deps);
  if ('problems' in upstream) return upstream;
  const helpers = createHelpers(mapping.identity.country);
  const queryOffers = createOffersQuery(mapping, helpers, upstream);
  const { commitUsage, findUsage } = createUsageCommit(mapping, helpers, upstream);

  const base = { name: `http:${mapping.name}`, queryOffers, commitUsage };
  const capabilities: Omit<Capabilities, 'repeat'> = {
    ...{ commit: 'each', offersWithoutReference: false, readsBasketState: false, maxOffers: 50 },
    callsPerCommit: (findUsage === null ? 1 : 2) * callsOf(mapping.auth.kind),
  };
  if (mapping.usages.repeat === 'lookup' && findUsage !== null) {
    const connector: Connector = { ...base, capabilities: { ...capabilities, repeat: { by: 'lookup' } }, findUsage };
    return { connector };
  }
  const repeat: { by: 'key'; ttlHours: null } | { by: 'none' } =
    mapping.usages.repeat === 'key' ? { by: 'key', ttlHours: null } : { by: 'none' };
  return { connector: { ...base, capabilities: { ...capabilities, repeat } } };
}
