/** Every connector by the name that `CONNECTOR` selects it with. Adding one is a folder here and its line below. */
import type { Config } from '../config.ts';
import { createCatalogConnector } from './catalog/connector.ts';
import type { Created, SecretReader } from './connector.ts';
import { createHttpConnector } from './http/connector.ts';

export interface ConnectorDeps {
  readonly db: D1Database;
  /** A setting that is missing here has a problem of its own already. */
  readonly settings: Partial<Config>;
  readonly secretOf: SecretReader;
}

const REGISTRY: Readonly<Record<string, (deps: ConnectorDeps) => Created>> = {
  catalog: ({ db, settings }) => ({
    connector: createCatalogConnector({ db, customerHashKey: settings.CUSTOMER_HASH_KEY }),
  }),
  http: ({ settings, secretOf }) => createHttpConnector(settings, secretOf),
};

/** The connector that `CONNECTOR` names. */
export function createConnector(name: Config['CONNECTOR'], deps: ConnectorDeps): Created {
  const create = Object.hasOwn(REGISTRY, name) ? REGISTRY[name] : undefined;
  const message = `must be one of ${Object.keys(REGISTRY).join(', ')}`;
  return create?.(deps) ?? { problems: [{ setting: 'CONNECTOR', message }] };
}
