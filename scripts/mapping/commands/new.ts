/** `npm run mapping -- new` */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { CommandError } from '../../ops/d1.ts';
import { MAPPINGS } from '../build.ts';
import { fixturesFile } from '../check.ts';
import { COMPILED, writeCompiled } from '../compiled-file.ts';
import { checkFolder } from '../folder.ts';
import { mappingFile } from '../read-mapping.ts';
import { AUTHS, type Choices, MONEYS, REPEATS, scaffoldFixtures, scaffoldMapping } from '../scaffold.ts';
import { UsageError } from '../usage-error.ts';
import { writeJson } from '../write-json.ts';

export const HELP = `Usage: npm run mapping -- new NAME [--auth KIND] [--money ${MONEYS.join('|')}] [--repeat ${REPEATS.join('|')}]

Begins ${MAPPINGS}/NAME.json, and fixtures/NAME.json beside it, which passes. What is there is never
overwritten. What the options leave out is asked for in a terminal; elsewhere the first one named below is taken.

  NAME          small letters, digits and dashes: in-house-crm
  --auth KIND   how we say who we are: a token (bearer), a user and a password (basic), API keys in headers or in the query,
                OAuth 2 client credentials (oauth2), a login that answers with a token (login), a SHA-256 (hash) or an
                HMAC (hmac) over the request, a JWT for each request (jwt), or nothing (none)
  --money UNIT  25.50 is 25.50 (major) or 2550 (minor)
  --repeat HOW  what protects a usage that is sent twice: the upstream remembers keys (key), an order can be looked up
                (lookup), or nothing does and a person decides (none)
  --folder DIR  another folder of mappings (default ${MAPPINGS})
  --help        this text`;

const QUESTIONS = {
  auth: { text: 'How does the upstream know us?', choices: AUTHS, usual: 'bearer' },
  money: { text: 'Is 25.50 written as 25.50 (major) or as 2550 (minor)?', choices: MONEYS, usual: 'major' },
  repeat: {
    text: 'A usage may be sent twice. What protects it: a key, a lookup or none?',
    choices: REPEATS,
    usual: 'key',
  },
} as const satisfies { [K in keyof Choices]: { text: string; choices: readonly Choices[K][]; usual: Choices[K] } };

export async function create(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      auth: { type: 'string' },
      money: { type: 'string' },
      repeat: { type: 'string' },
      folder: { type: 'string', default: MAPPINGS },
    },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError(`One NAME is needed.\n\n${HELP}`);
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 50 || name === 'compiled') {
    throw new UsageError('NAME must be small letters, digits and single dashes, 50 at most: in-house-crm.');
  }
  const folder = checkFolder(values.folder);
  const files = [mappingFile(folder, name), fixturesFile(folder, name)] as const;
  const given = {
    auth: checked('auth', values.auth),
    money: checked('money', values.money),
    repeat: checked('repeat', values.repeat),
  };
  const there = files.find((file) => existsSync(file));
  if (there !== undefined)
    throw new CommandError(`${there} is there already, and stays as it is. Choose another NAME.`);
  const choices = await ask(given);
  try {
    mkdirSync(dirname(files[1]), { recursive: true });
    // wx: nothing that came meanwhile is overwritten either.
    writeFileSync(files[0], writeJson(scaffoldMapping(name, choices)), { flag: 'wx' });
    writeFileSync(files[1], writeJson(scaffoldFixtures(name, choices)), { flag: 'wx' });
  } catch (error) {
    throw new CommandError(`It cannot be written: ${(error as Error).message}`);
  }
  console.log(`${files.join('\n')}\nare written, and ${basename(COMPILED)} with it, for an upstream that is made up: auth ${choices.auth}, money ${choices.money}, repeat ${choices.repeat}.

Next:
  1. Write the first file as the upstream's API has it; an editor shows what can stand where. Write the second one from
     samples of its documentation.
  2. npm run mapping -- check ${name}
  3. npm run mapping -- try ${name} --dry     what would be sent for a sample basket
  4. npm run mapping -- try ${name}           what comes of it; UPSTREAM_URL and secrets from .dev.vars
  5. CONNECTOR=http and MAPPING=${name}: in .dev.vars for npm start, in [vars] of wrangler.toml for npm run deploy`);
  return regenerate(folder);
}

/** The Worker's copy. */
function regenerate(folder: string): number {
  try {
    writeCompiled(folder);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`\n${basename(COMPILED)} is as it was, because ${error.message}\nSee: npm run mapping -- check`);
    return 1;
  }
}

type Given = { readonly [K in keyof Choices]: Choices[K] | undefined };

function choiceOf<K extends keyof Choices>(option: K, value: string): Choices[K] | undefined {
  const choices: readonly string[] = QUESTIONS[option].choices;
  return choices.includes(value) ? (value as Choices[K]) : undefined;
}

function checked<K extends keyof Choices>(option: K, value: string | undefined): Choices[K] | undefined {
  if (value === undefined) return undefined;
  const choice = choiceOf(option, value);
  if (choice === undefined) throw new UsageError(`--${option} must be one of ${QUESTIONS[option].choices.join(', ')}.`);
  return choice;
}

async function ask({ auth, money, repeat }: Given): Promise<Choices> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const terminal = isTerminal ? createInterface({ input: process.stdin, output: process.stdout }) : null;
  // Ctrl-D and Ctrl-C end the questions, and would leave the one that is open without an answer for ever.
  const closed = new Promise<never>((_, reject) => {
    terminal?.once('close', () => reject(new CommandError('\nNothing is written.')));
  });
  closed.catch(() => {});
  const answer = async <K extends keyof Choices>(option: K): Promise<Choices[K]> => {
    const { text, choices, usual } = QUESTIONS[option];
    for (;;) {
      const asked = terminal?.question(`${text}\n  ${choices.join(', ')} [${usual}]: `);
      const said = asked && (await Promise.race([asked, closed]));
      const choice = choiceOf(option, said?.trim().toLowerCase() || usual);
      if (choice !== undefined) return choice;
    }
  };
  try {
    return {
      auth: auth ?? (await answer('auth')),
      money: money ?? (await answer('money')),
      repeat: repeat ?? (await answer('repeat')),
    };
  } finally {
    terminal?.close();
  }
}
