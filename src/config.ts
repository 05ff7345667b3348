/**
 * Vars and secrets, parsed once with valibot. A bad value never falls back in silence: it becomes a problem that names
 * the setting (never its value) for `/ready` and the log, and the routes that need it answer `misconfigured`.
 */
import Big from 'big.js';
import * as v from 'valibot';
import { isDecimal, isPositive } from './offers/money.ts';

/** An empty text is an unset setting: a secret that is empty must never be accepted as one. */
const optionalText = v.pipe(
  v.optional(v.string('must be text'), ''),
  v.transform((text) => (text === '' ? undefined : text)),
);

const requiredText = v.pipe(v.string('is not set'), v.nonEmpty('is empty'));

function optionalOneOf<const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) {
  return v.optional(v.picklist(values, `must be one of ${values.join(', ')}`), fallback);
}

const SETTINGS = {
  AKINON_USERNAME: v.pipe(
    requiredText,
    v.check((name) => !name.includes(':'), 'must not contain a colon: Basic auth ends the user name there'),
  ),
  AKINON_PASSWORD: requiredText,
  AKINON_PASSWORD_PREVIOUS: optionalText,
  CONNECTOR: v.optional(v.pipe(v.string('must be text'), v.nonEmpty('is empty')), 'catalog'),
  UPSTREAM_TIMEOUT_MS: v.pipe(
    v.optional(v.string('must be text'), '1500'),
    v.regex(/^[1-9]\d{0,4}$/, 'must be whole milliseconds from 1 to 99999'),
    v.transform(Number),
  ),
  OFFERS_ON_FAILURE: optionalOneOf(['empty', 'stale', 'error'], 'empty'),
  GUARD_MAX_POINTS: v.pipe(
    v.optional(v.string('must be text'), '1000000'),
    v.check((text) => isDecimal(text) && isPositive(text), 'must be a positive decimal, such as 1000000'),
    v.transform((text) => new Big(text)),
  ),
  PRIORITY_FIRST: optionalOneOf(['lowest', 'highest'], 'lowest'),
  CUSTOMER_HASH_KEY: optionalText,
};

const ConfigSchema = v.object(SETTINGS);

export type Config = v.InferOutput<typeof ConfigSchema>;

export interface Problem {
  readonly setting: string;
  readonly message: string;
}

export interface ParsedConfig {
  /** What could be parsed; a setting with a problem is absent. */
  readonly values: Partial<Config>;
  /** Every setting is there and right. */
  readonly complete: Config | null;
  readonly problems: readonly Problem[];
}

/** @param env the Worker's bindings; what is not a setting is ignored */
export function parseConfig(env: object): ParsedConfig {
  // Absent settings are given as such, so that each says itself that it is not set.
  const settings = Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [name, (env as Record<string, unknown>)[name]]),
  );
  const result = v.safeParse(ConfigSchema, settings);
  if (result.success) return { values: result.output, complete: result.output, problems: [] };
  const problems = result.issues.map((issue) => ({ setting: v.getDotPath(issue) ?? '', message: issue.message }));
  const wrong = new Set(problems.map(({ setting }) => setting));
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(SETTINGS)) {
    if (!wrong.has(name)) values[name] = v.parse(schema, settings[name]);
  }
  return { values: values as Partial<Config>, complete: null, problems };
}
