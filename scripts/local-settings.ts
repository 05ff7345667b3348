/** The settings that the local Worker has, read as `wrangler dev` reads them: .dev.vars over `[vars]` of wrangler.toml. */

export type LocalSettings = Readonly<Record<string, string>>;

/** @param configPath of a wrangler.toml; .dev.vars stands beside it */
export async function readLocalSettings(configPath = 'wrangler.toml'): Promise<LocalSettings> {
  // Loaded late: it takes a second, and only who starts the Worker needs it.
  const { unstable_readConfig: readConfig, unstable_getVarsForDev: readVars } = await import('wrangler');
  const bindings = readVars(configPath, undefined, readConfig({ config: configPath }).vars, undefined, true);
  return Object.fromEntries(
    Object.entries(bindings).map(([name, binding]) => [name, 'value' in binding ? String(binding.value) : '']),
  );
}

/** For .dev.vars, where `#` begins a comment, and \n within double quotes is a line break. */
export function quoted(value: string): string {
  if (/^[\w.:/@+=-]*$/.test(value)) return value;
  const quote = ["'", '`', '"'].find((it) => !value.includes(it));
  if (quote === undefined) throw new Error('A value with all of \' ` " has no place in .dev.vars: choose another one.');
  return quote + value + quote;
}
