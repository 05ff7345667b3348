/** What `GET /ready` of the deployed Worker would name, as far as it can be known here. */
import { unstable_readConfig as readConfig } from 'wrangler';
import { findContradictions, type Problem, parseConfig, secretReader } from '../src/config.ts';
import { createConnector } from '../src/connectors/registry.ts';
import { CommandError } from './ops/d1.ts';

/** Each with its setting and what is wrong: what `secret put` mends, and what `[vars]` lacks. */
export interface Missing {
  readonly secrets: readonly Problem[];
  readonly others: readonly Problem[];
}

export type Settings = Readonly<Record<string, unknown>>;

/** `[vars]` of a wrangler configuration. @throws CommandError */
export function readSettings(configFile: string): Settings {
  try {
    return { ...readConfig({ config: configFile }).vars };
  } catch (error) {
    throw new CommandError(`Not deployed: ${configFile} is no wrangler configuration: ${(error as Error).message}`);
  }
}

/** @param set names of the secrets that are set: nobody can read them, and they are taken to be right */
export function findMissing(vars: Settings, set: ReadonlySet<string>): Missing {
  const { values, problems } = parseConfig(vars);
  const named = new Set(['AKINON_USERNAME', 'AKINON_PASSWORD', 'ALERT_WEBHOOK_URL', 'ALERT_WEBHOOK_SECRET']);
  const fromVars = secretReader(vars);
  const secretOf = (name: string) => {
    named.add(name);
    return set.has(name) ? 'set' : fromVars(name);
  };
  const deps = { db: {} as D1Database, settings: values, secretOf };
  const created = values.CONNECTOR === undefined ? { problems: [] } : createConnector(values.CONNECTOR, deps);
  const known = [...problems, ...('problems' in created ? created.problems : [])].filter((it) => !set.has(it.setting));
  const beside = findContradictions((name) => values[name] !== undefined || set.has(name));
  const all = [...known, ...beside.filter(({ setting }) => !known.some((one) => one.setting === setting))];
  return {
    secrets: all.filter(({ setting }) => named.has(setting)),
    others: all.filter(({ setting }) => !named.has(setting)),
  };
}
