/** `npm run ops-user`: makes the text of OPS_USERS, because a person should neither choose the password nor hash it. */
import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { isRole, NAME, type OpsUser, parseOpsUsers, ROLES } from '../src/console/ops-users.ts';
import { readLocalSettings } from './local-settings.ts';
import { CommandError } from './ops/d1.ts';
import { runCommand } from './ops/run.ts';

const HELP = `Usage: npm run ops-user -- add NAME --role ${ROLES.join('|')}
       npm run ops-user -- remove NAME
       npm run ops-user -- list

Who may open the console at /ops and GET /ready?verbose. add makes a password of 128 random bits, prints it once, and prints
the whole new OPS_USERS with the earlier users in it; nothing is saved. A name that is there is replaced by remove and add.

The earlier users are those of OPS_USERS in the environment, else of .dev.vars. A secret cannot be read back from
Cloudflare: keep the line, it holds no password.

  NAME              1 to 50 letters, digits, dots, dashes or underscores
  --role ROLE       viewer sees, operator also acts
  --help            this text`;

async function main(args: string[]): Promise<number> {
  const options = { role: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [command, name, ...more] = positionals;
  if (values.help || command === 'help') return print(HELP);
  if (more.length > 0) throw new CommandError(`One NAME at a time.\n\n${HELP}`);
  switch (command) {
    case 'list': {
      if (name !== undefined) throw new CommandError(`list takes no NAME.\n\n${HELP}`);
      const users = await readUsers();
      return print(users.length === 0 ? 'No ops users.' : users.map((user) => `${user.name}  ${user.role}`).join('\n'));
    }
    case 'add':
      return add(checkedName(name), values.role, await readUsers());
    case 'remove':
      return remove(checkedName(name), await readUsers());
    default:
      throw new CommandError(
        `${command === undefined ? 'A command is needed.' : `There is no command ${command}.`}\n\n${HELP}`,
      );
  }
}

function add(name: string, role: string | undefined, users: readonly OpsUser[]): number {
  if (role === undefined || !isRole(role)) throw new CommandError(`--role must be ${ROLES.join(' or ')}.`);
  if (users.some((user) => user.name === name)) {
    throw new CommandError(
      `${name} is there already. For a new password: npm run ops-user -- remove ${name}, set that, then add.`,
    );
  }
  const password = randomBytes(16).toString('base64url');
  const digest = createHash('sha256').update(`${name}:${password}`).digest('hex');
  return print(`Password of ${name}, shown this once:  ${password}

${howToSet([...users, { name, role, digest }])}`);
}

function remove(name: string, users: readonly OpsUser[]): number {
  const others = users.filter((user) => user.name !== name);
  if (others.length === users.length) throw new CommandError(`There is no ${name}. See: npm run ops-user -- list`);
  if (others.length === 0)
    return print('Nobody is left: remove OPS_USERS (npm exec -- wrangler secret delete OPS_USERS).');
  return print(howToSet(others));
}

function howToSet(users: readonly OpsUser[]): string {
  return `OPS_USERS=${users.map(({ name, role, digest }) => `${name}:${role}:${digest}`).join(',')}

On this machine the line goes into .dev.vars; then start again. For the deployed Worker: npm exec -- wrangler secret put OPS_USERS, and
paste what stands behind "OPS_USERS=".`;
}

function checkedName(name: string | undefined): string {
  if (name === undefined) throw new CommandError(`A NAME is needed.\n\n${HELP}`);
  if (!NAME.test(name)) throw new CommandError('NAME must be 1 to 50 letters, digits, dots, dashes or underscores.');
  return name;
}

async function readUsers(): Promise<OpsUser[]> {
  const text = process.env.OPS_USERS ?? (await readLocalSettings()).OPS_USERS ?? '';
  if (text === '') return [];
  const users = parseOpsUsers(text);
  if (users !== null) return users;
  const where = process.env.OPS_USERS === undefined ? '.dev.vars' : 'the environment';
  throw new CommandError(`OPS_USERS in ${where} is not name:role:digest, separated by commas, each name once.`);
}

function print(text: string): number {
  console.log(text);
  return 0;
}

await runCommand(main);
