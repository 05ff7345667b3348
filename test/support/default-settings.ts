import { parseConfig } from '../../src/config.ts';

/**
 * Every setting at its default, as a binding: what a person has in `[vars]` or in .dev.vars is no business of the tests. An
 * empty text is unset.
 */
export const DEFAULT_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(parseConfig({}).values).map(([name, value]) => [name, String(value ?? '')]),
);
