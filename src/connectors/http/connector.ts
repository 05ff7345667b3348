/**
 * `CONNECTOR=http`: an upstream with a JSON API. It speaks the bridge protocol, or, with `MAPPING`, what that file says of
 * it (docs/connectors.md).
 */
import type { Config } from '../../config.ts';
import type { Created, SecretReader } from '../connector.ts';
import { createBridge } from './bridge.ts';
import { readBaseUrl } from './config.ts';
import { findMapping, listMappingNames } from './mapping/compiled.ts';
import { createMappedConnector } from './mapping/connector.ts';

/** @param secretOf what an auth section names, `UPSTREAM_TOKEN` and the like included */
export function createHttpConnector(settings: Partial<Config>, secretOf: SecretReader): Created {
  const { MAPPING: name } = settings;
  const base = readBaseUrl(settings);
  const deps = { baseUrl: base.value ?? '', secretOf };
  const created = name === undefined ? createBridge(settings, deps) : createMapped(name, deps);
  if ('problems' in created) return { problems: [...base.problems, ...created.problems] };
  return base.value === null ? { problems: base.problems } : created;
}

function createMapped(name: string, deps: Parameters<typeof createMappedConnector>[1]): Created {
  const mapping = findMapping(name);
  if (mapping !== undefined) return createMappedConnector(mapping, deps);
  const message = `must be the name of a mapping: ${listMappingNames().join(', ') || 'there is none yet'}`;
  return { problems: [{ setting: 'MAPPING', message }] };
}
