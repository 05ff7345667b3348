/** Every connector by the name that `CONNECTOR` selects it with. Adding one is a folder here and its line below. */
import type { Config } from '../config.ts';
import { createCatalogConnector } from './catalog/connector.ts';
import type { Connector } from './connector.ts';

export interface ConnectorDeps {
  readonly db: D1Database;
  readonly customerHashKey: string | undefined;
}

const REGISTRY: Readonly<Record<string, (deps: ConnectorDeps) => Connector>> = {
  catalog: createCatalogConnector,
};

export const CONNECTOR_NAMES = Object.keys(REGISTRY);

/** The connector that `CONNECTOR` names, or null when there is none of that name. */
export function createConnector(name: Config['CONNECTOR'], deps: ConnectorDeps): Connector | null {
  return Object.hasOwn(REGISTRY, name) ? (REGISTRY[name]?.(deps) ?? null) : null;
}
