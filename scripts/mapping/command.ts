/** `npm run mapping -- check | try | new | compile`. Exit status: 0 all right, 1 something is wrong, 2 called in a wrong way. */

import { MAPPINGS } from './build.ts';
import { HELP as CHECK, check } from './commands/check.ts';
import { HELP as COMPILE, compile } from './commands/compile.ts';
import { create, HELP as NEW } from './commands/new.ts';
import { HELP as TRY, tryOut } from './commands/try.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: npm run mapping -- check [NAME…]
       npm run mapping -- try NAME [--dry] [--basket FILE] [--voucher CODE] [--phone NUMBER] [--email ADDRESS]
       npm run mapping -- new NAME [--auth KIND] [--money UNIT] [--repeat HOW]
       npm run mapping -- compile

A mapping is one file, ${MAPPINGS}/NAME.json: it bridges an upstream with a JSON API of its own, and the
Worker speaks it with CONNECTOR=http and MAPPING=NAME. How to write one: docs/connectors.md.

  check     are the files right, and do their fixtures come out as they say?
  try       send one basket to the real upstream and see which offers come out; --dry only shows what would be sent
  new       begin a mapping with fixtures that pass
  compile   write what the Worker is bundled with; wrangler does it before each build
  --help    this text; of one command with its name: npm run mapping -- try --help

Exit status: 0 all right, 1 something is wrong, 2 called in a wrong way.`;

interface Command {
  readonly help: string;
  readonly run: (args: string[]) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  check: { help: CHECK, run: check },
  try: { help: TRY, run: tryOut },
  new: { help: NEW, run: create },
  compile: { help: COMPILE, run: compile },
};

export async function main([name, ...args]: string[]): Promise<number> {
  try {
    if (name === '--help' || name === '-h' || name === 'help') {
      console.log(HELP);
      return 0;
    }
    const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command !== undefined && args.some((arg) => arg === '--help' || arg === '-h')) {
      console.log(command.help);
      return 0;
    }
    if (command !== undefined) return await command.run(args);
    const message = name === undefined ? 'A command is needed.' : `There is no command ${name}.`;
    throw new UsageError(`${message}\n\n${HELP}`);
  } catch (error) {
    const isUsage =
      error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
    if (!isUsage) throw error;
    console.error((error as Error).message);
    return 2;
  }
}
