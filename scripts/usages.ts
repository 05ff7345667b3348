/** `npm run usages`: what became of used discounts, and what people decide about them, without a console. */
import { parseArgs } from 'node:util';
import { CommandError, D1_HELP, D1_OPTIONS, openD1 } from './ops/d1.ts';
import { type Action, decide } from './ops/decide.ts';
import { list, STATE_NAMES } from './ops/list.ts';
import { runCommand } from './ops/run.ts';
import { show } from './ops/show.ts';

const COMMON_HELP = `${D1_HELP}
  --help            this text`;

const KEY_HELP = `KEY is an order number, exactly as Akinon sent it, or an order key: o:ORDER_NUMBER, or b:BASKET_ID:VERSION of an order
that came without a number.`;

const HELP = `Usage: npm run usages -- list    [--state STATE] [--limit N] [--json]
       npm run usages -- show    KEY [--json]
       npm run usages -- replay  KEY… --reason TEXT [--discount ID]… [--yes]
       npm run usages -- discard KEY… --reason TEXT [--discount ID]… [--yes]

What became of used discounts, and what to do with those that wait for a person. docs/operations.md explains the states.
Each command has its own --help.

${KEY_HELP}

${COMMON_HELP}`;

const HELP_OF = {
  list: `Usage: npm run usages -- list [--state STATE] [--limit N] [--json]

The gate, how much waits, and the rows of one state; without --state all that wait: dead, unrecognised, conflict, open.
What waits for the upstream is listed from the oldest on, everything else from the newest. delivered, not_required and
discarded go back as far as the log of requests does (REQUEST_RETENTION_DAYS).

  --state STATE     ${STATE_NAMES.slice(0, 6).join(', ')},
                    ${STATE_NAMES.slice(6).join(', ')}
  --limit N         rows of each state (default 50)
  --json            {gate, counts, rows, cut}; amounts of BASKET in minor units, times in ms
${COMMON_HELP}`,
  show: `Usage: npm run usages -- show KEY [--json]

Everything about one order: its discounts, what Akinon sent, attempts, conflicts, decisions.
${KEY_HELP}

  --json            the rows as they are stored; times in ms
${COMMON_HELP}`,
  replay: `Usage: npm run usages -- replay KEY… --reason TEXT [--discount ID]… [--yes]

Delivers lines that are dead, rejected or unrecognised again, at once. A rejected line gets a new key, so that the upstream
takes it for a new attempt; it waits until no other line of its order is due or dead. A line that is delivered is never
touched.
${KEY_HELP}

  --reason TEXT     why, 1 to 500 characters; kept with the decision
  --discount ID     only this discount of the orders; may be repeated
  --yes             needed for more than one line
${COMMON_HELP}`,
  discard: `Usage: npm run usages -- discard KEY… --reason TEXT [--discount ID]… [--yes]

Decides against delivering lines that are due, dead, rejected or unrecognised. Refused while it is not known whether a
line was done.
${KEY_HELP}

  --reason TEXT     why, 1 to 500 characters; kept with the decision
  --discount ID     only this discount of the orders; may be repeated
  --yes             needed for more than one line
${COMMON_HELP}`,
} as const;

const COMMON = { ...D1_OPTIONS, help: { type: 'boolean' } } as const;
const LIST = { ...COMMON, state: { type: 'string' }, limit: { type: 'string' }, json: { type: 'boolean' } } as const;
const SHOW = { ...COMMON, json: { type: 'boolean' } } as const;
const DECIDE = {
  ...COMMON,
  reason: { type: 'string' },
  discount: { type: 'string', multiple: true },
  yes: { type: 'boolean' },
} as const;

async function main([command, ...args]: string[]): Promise<number> {
  switch (command) {
    case 'list': {
      const { values, positionals } = parseArgs({ args, options: LIST, allowPositionals: true });
      if (values.help) return help(HELP_OF.list);
      if (positionals.length > 0) throw new CommandError('list takes no KEY: that is npm run usages -- show KEY.');
      return list(values, openD1(values), Date.now());
    }
    case 'show': {
      const { values, positionals } = parseArgs({ args, options: SHOW, allowPositionals: true });
      if (values.help) return help(HELP_OF.show);
      const [key, ...more] = positionals;
      if (key === undefined || more.length > 0) throw new CommandError(`show takes one KEY.\n\n${HELP_OF.show}`);
      if (key === '') throw new CommandError('KEY is empty.');
      return show(key, values, openD1(values));
    }
    case 'replay':
    case 'discard':
      return runDecision(command, args);
    case '--help':
    case 'help':
      return help(HELP);
    default:
      throw new CommandError(
        `${command === undefined ? 'A command is needed.' : `There is no command ${command}.`}\n\n${HELP}`,
      );
  }
}

async function runDecision(action: Action, args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: DECIDE, allowPositionals: true });
  if (values.help) return help(HELP_OF[action]);
  if (positionals.length === 0) throw new CommandError(`${action} takes a KEY, or several.\n\n${HELP_OF[action]}`);
  if (positionals.includes('')) throw new CommandError('KEY is empty.');
  return decide(action, positionals, values, openD1(values));
}

function help(text: string): number {
  console.log(text);
  return 0;
}

await runCommand(main);
