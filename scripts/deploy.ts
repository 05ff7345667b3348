/**
 * `npm run deploy`: the secrets first, because a Worker without them answers 503; then the schema, which older code
 * tolerates; then the code.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

const HELP = `Usage: npm run deploy [-- --config FILE] [-- --dry-run]

Checks that the required secrets are set, applies the migrations to the remote database, and deploys.

  --config FILE   another wrangler configuration: a second shop has its own, with its own database
  --dry-run       check the secrets and list the migrations that would be applied, change nothing
  --help          this text

Needs \`npm exec -- wrangler login\` once, or CLOUDFLARE_API_TOKEN. README.md, "Deploy", has every step.`;

const REQUIRED_SECRETS = ['AKINON_USERNAME', 'AKINON_PASSWORD'] as const;

let config: string[] = [];

function main(): number {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', short: 'c' },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  config = values.config === undefined ? [] : ['--config', values.config];
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.config !== undefined && !existsSync(values.config)) {
    console.error(`Not deployed: there is no file ${values.config} (--config).`);
    return 1;
  }
  const missing = missingSecrets();
  if (missing === null) return 1;
  if (missing.length > 0) {
    console.error(`Not deployed: ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set. Set with:`);
    sayHowToSet(missing);
    return 1;
  }
  console.log('The required secrets are set.');
  if (values['dry-run']) {
    return run('d1', 'migrations', 'list', 'DB', '--remote', ...config) || run('deploy', '--dry-run', ...config);
  }
  return run('d1', 'migrations', 'apply', 'DB', '--remote', ...config) || run('deploy', ...config);
}

/** Names of required secrets that are not set, or null when that could not be found out. */
function missingSecrets(): string[] | null {
  const list = spawnSync('wrangler', ['secret', 'list', '--format', 'json', ...config], { encoding: 'utf8' });
  if (list.status !== 0) {
    console.error(list.stdout, list.stderr);
    console.error(`Not deployed: the secrets could not be listed.
Not logged in? Log in, or set CLOUDFLARE_API_TOKEN:
  npm exec -- wrangler login
The Worker does not exist yet? Setting its secrets creates it:`);
    sayHowToSet(REQUIRED_SECRETS);
    return null;
  }
  const set = new Set((JSON.parse(list.stdout) as { name: string }[]).map(({ name }) => name));
  return REQUIRED_SECRETS.filter((name) => !set.has(name));
}

function sayHowToSet(secrets: readonly string[]): void {
  for (const name of secrets) console.error(`  npm exec -- wrangler secret put ${[name, ...config].join(' ')}`);
}

/** Exit status of wrangler with these arguments, its output shown. */
function run(...args: string[]): number {
  console.log(`wrangler ${args.join(' ')}`);
  return spawnSync('wrangler', args, { stdio: 'inherit' }).status ?? 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`${(error as Error).message}\n\n${HELP}`);
  process.exitCode = 1;
}
