/**
 * `npm run deploy`: mappings, settings and secrets first, because a Worker that lacks one answers 503; then the schema,
 * which older code tolerates; then the code.
 */
import './mapping/like-the-worker.ts';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CommandError } from './ops/d1.ts';
import { runCommand } from './ops/run.ts';

const HELP = `Usage: npm run deploy -- [--config FILE] [--dry-run]

Checks what the Worker would start with: the mappings with their fixtures, the settings in [vars], and that each secret is
set which is always needed or which the chosen connector needs. Then applies the migrations to the remote database, and deploys.

  --config FILE   another wrangler configuration: a second shop has its own, with its own database
  --dry-run       check, and list the migrations that would be applied; change nothing that is deployed
  --help          this text

Needs \`npm exec -- wrangler login\` once, or CLOUDFLARE_API_TOKEN. README.md, "Deploy", has every step.`;

/** Without these nobody is let in; setting them creates the Worker. */
const FIRST_SECRETS = ['AKINON_USERNAME', 'AKINON_PASSWORD'];

async function main(args: string[]): Promise<number> {
  const values = readOptions(args);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const file = values.config ?? 'wrangler.toml';
  if (!existsSync(file)) throw new CommandError(`Not deployed: there is no file ${file} (--config).`);
  const config = values.config === undefined ? [] : ['--config', values.config];
  const { check } = await import('./mapping/commands/check.ts');
  if ((await check([])) !== 0) throw new CommandError('Not deployed: mend the mappings first.');
  // Loaded late, and one after the other: the settings are judged by the mappings as they are compiled now.
  const { writeCompiled } = await import('./mapping/compiled-file.ts');
  writeCompiled();
  const { readSettings, findMissing } = await import('./deploy-settings.ts');
  const settings = readSettings(file);
  const wrong = findMissing(settings, new Set()).others.filter(({ setting }) => setting in settings);
  const { secrets, others } =
    wrong.length > 0 ? { secrets: [], others: wrong } : findMissing(settings, listSecrets(config));
  if (secrets.length + others.length > 0) {
    const lines = [...others, ...secrets].map(({ setting, message }) => `  ${setting} ${message}`);
    const names = secrets.map(({ setting }) => setting);
    const ways = [
      ...(others.length > 0 ? [`Settings stand in [vars] of ${file}; README.md, "Settings", has all of them.`] : []),
      ...(names.length > 0 ? [`Secrets are set with:\n${howToSet(names, config)}`] : []),
    ];
    throw new CommandError(`Not deployed: the Worker would answer 503.\n\n${[...lines, '', ...ways].join('\n')}`);
  }
  console.log('The settings are right, and the secrets that they need are set.');
  if (values['dry-run']) {
    return run('d1', 'migrations', 'list', 'DB', '--remote', ...config) || run('deploy', '--dry-run', ...config);
  }
  return run('d1', 'migrations', 'apply', 'DB', '--remote', ...config) || run('deploy', ...config);
}

function readOptions(args: string[]) {
  try {
    const options = {
      config: { type: 'string', short: 'c' },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean' },
    } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\n\n${HELP}`);
  }
}

/** Names of the secrets that the deployed Worker has. */
function listSecrets(config: readonly string[]): Set<string> {
  const list = spawnSync('wrangler', ['secret', 'list', '--format', 'json', ...config], { encoding: 'utf8' });
  if (list.error)
    throw new CommandError(`Not deployed: wrangler cannot be run (${list.error.message}): npm ci brings it.`);
  const names = list.status === 0 ? readNames(list.stdout) : null;
  if (names !== null) return new Set(names);
  throw new CommandError(`${list.stdout}${list.stderr}
Not deployed: the secrets could not be listed.
Not logged in? Log in, or set CLOUDFLARE_API_TOKEN:
  npm exec -- wrangler login
The Worker does not exist yet? Setting its secrets creates it:
${howToSet(FIRST_SECRETS, config)}`);
}

/** wrangler may say something before its JSON. Null for what is none of its lists. */
function readNames(output: string): string[] | null {
  try {
    const list: unknown = JSON.parse(output.slice(output.indexOf('[')));
    return (list as { name: string }[]).map(({ name }) => name);
  } catch {
    return null;
  }
}

function howToSet(secrets: readonly string[], config: readonly string[]): string {
  return secrets.map((name) => `  npm exec -- wrangler secret put ${[name, ...config].join(' ')}`).join('\n');
}

/** Exit status of wrangler with these arguments, its output shown. */
function run(...args: string[]): number {
  console.log(`wrangler ${args.join(' ')}`);
  return spawnSync('wrangler', args, { stdio: 'inherit' }).status ?? 1;
}

await runCommand(main);
