/** What `GET /ready` of the deployed Worker would name, as far as it can be known here. */
import { unstable_readConfig as readConfig } from 'wrangler';
import { type Problem, parseConfig, secretReader } from '../src/config.ts';
import { createHttpConnector } from '../src/connectors/http/connector.ts';

/** Each with its setting and what is wrong: what `secret put` mends, and what `[vars]` lacks. */
export interface Missing {
  readonly secrets: readonly Problem[];
  readonly others: readonly Problem[];
}

export type Settings = Readonly<Record<string, unknown>>;

/** `[vars]` of a wrangler configuration. */
export function readSettings(configFile: string): Settings {
  return readConfig({ config: configFile }).vars;
}

/** @param set names of the secrets that are set: nobody can read them, and they are taken to be right */
export function findMissing(vars: Settings, set: ReadonlySet<string>): Missing {
  const { values, problems } = parseConfig(vars);
  const named = new Set(['AKINON_USERNAME', 'AKINON_PASSWORD']);
  const fromVars = secretReader(vars);
  const secretOf = (name: string) => {
    named.add(name);
    return set.has(name) ? 'set' : fromVars(name);
  };
  // The catalog needs nothing but D1.
  const created = values.CONNECTOR === 'http' ? createHttpConnector(values, secretOf) : { problems: [] };
  const all = [...problems, ...('problems' in created ? created.problems : [])].filter((it) => !set.has(it.setting));
  return {
    secrets: all.filter(({ setting }) => named.has(setting)),
    others: all.filter(({ setting }) => !named.has(setting)),
  };
}
