/** `npm run erase`: takes out what may lead to a person, for requests under KVKK and GDPR. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { hashCustomer } from '../src/connectors/catalog/customers.ts';
import { CommandError, D1_HELP, D1_OPTIONS, type Execute, openD1 } from './ops/d1.ts';
import { readReason } from './ops/decide.ts';
import { erase, type Subject } from './ops/erase.ts';
import { findOrders, readingsOf } from './ops/orders.ts';
import { clean } from './ops/print.ts';
import { runCommand } from './ops/run.ts';

const HELP = `Usage: npm run erase -- --order NUMBER             [--reason TEXT] [--yes]
       npm run erase -- --basket ID                 [--reason TEXT] [--yes]
       npm run erase -- --customer PHONE_OR_EMAIL…  [--reason TEXT] [--yes]

Takes out what may lead to a person, for requests under KVKK and GDPR, and says how much of which table. What was
redeemed stays, or it could be redeemed twice; an order that waits for the upstream or for a person keeps everything and
is named. The loyalty system and Akinon hold data of their own. docs/operations.md has it table by table.

  --order NUMBER    an order number, exactly as Akinon sent it, or an order key; with the baskets it came from
  --basket ID       Akinon's basket id; with the orders that came from it
  --customer TEXT   a phone number or an e-mail address, in the form in which Akinon sends it; may be repeated. Neither is
                    stored: it is hashed with CUSTOMER_HASH_KEY, which is taken from the environment, locally also from
                    .dev.vars. Only the catalog connector knows customers by hash
  --reason TEXT     kept with the decision, 1 to 500 characters; without personal data
  --yes             needed: it cannot be undone
${D1_HELP}
  --help            this text`;

const OPTIONS = {
  ...D1_OPTIONS,
  help: { type: 'boolean' },
  order: { type: 'string' },
  basket: { type: 'string' },
  customer: { type: 'string', multiple: true },
  reason: { type: 'string' },
  yes: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof parseOptions>;
const parseOptions = (args: string[]) => parseArgs({ args, options: OPTIONS }).values;

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const subject = await readSubject(options);
  const why = options.reason === undefined ? null : readReason(options.reason, '--reason is empty.');
  const personal = (options.customer ?? []).find((text) => why?.toLowerCase().includes(text.trim().toLowerCase()));
  if (personal !== undefined)
    throw new CommandError('The reason names the customer, and would be kept: leave that out.');
  const reason = [subject.name, why].filter((it) => it !== null).join(': ');
  const execute = openD1(options);
  const picked =
    options.order === undefined ? subject : { ...subject, orderKeys: [await pick(options.order, execute)] };
  return erase(picked, { yes: options.yes ?? false, reason }, execute);
}

async function readSubject({ order, basket, customer, remote }: Options): Promise<Subject> {
  const none = { orderKeys: [], basketIds: [], customerHashes: [] };
  if ([order, basket, customer].filter((it) => it !== undefined).length !== 1) {
    throw new CommandError(`Give one of --order, --basket and --customer.\n\n${HELP}`);
  }
  if (order !== undefined) {
    if (order === '') throw new CommandError('--order is empty.');
    return { ...none, name: 'order' };
  }
  if (basket !== undefined) {
    const id = Number(basket);
    if (!/^-?\d+$/.test(basket) || !Number.isSafeInteger(id)) {
      throw new CommandError(`--basket is a basket id of Akinon, a whole number, and not "${basket}".`);
    }
    return { ...none, name: `basket ${id}`, basketIds: [id] };
  }
  const key = readHashKey(remote ?? false);
  const hashes = await Promise.all(
    (customer ?? []).map((text) =>
      hashCustomer(text.includes('@') ? { phone: null, emails: [text] } : { phone: text, emails: [] }, key),
    ),
  );
  if (hashes.some((some) => some.length === 0))
    throw new CommandError('--customer is a phone number or an e-mail address.');
  return { ...none, name: 'customer', customerHashes: [...new Set(hashes.flat())] };
}

/** The order key that is meant. Erasing cannot be undone: where both readings are there, nothing is chosen. */
async function pick(order: string, execute: Execute): Promise<string> {
  const [first = '', second] = readingsOf(order);
  if (second === undefined) return first;
  const forKey = first.startsWith('o:') ? `--order ${clean(first.slice(2))}` : `--basket ${first.split(':')[1]}`;
  const forNumber = `--order ${clean(second)}`;
  const [rows = []] = await execute(findOrders([order]));
  const there = new Set(rows.map(({ order_key }) => order_key));
  const name = clean(order);
  if (there.has(first) && there.has(second)) {
    throw new CommandError(
      `${name} is the key of one order and the number of another. Nothing was changed.
Give ${forKey} for the first, ${forNumber} for the second.`,
    );
  }
  if (there.has(second)) {
    console.error(`${name} was read as an order number; for the order that has it as its key give ${forKey}.`);
    return second;
  }
  console.error(`${name} was read as an order key; for an order that has it as its number give ${forNumber}.`);
  return first;
}

function readHashKey(remote: boolean): string {
  const local =
    !remote && existsSync('.dev.vars') ? parseEnv(readFileSync('.dev.vars', 'utf8')).CUSTOMER_HASH_KEY : null;
  const key = process.env.CUSTOMER_HASH_KEY ?? local;
  if (key) return key;
  throw new CommandError(
    remote
      ? 'CUSTOMER_HASH_KEY is needed in the environment: your own copy of the key, Cloudflare never shows it again.'
      : 'CUSTOMER_HASH_KEY is needed, in .dev.vars or in the environment.',
  );
}

/** Part of the Workers runtime, and not yet of this Node. */
Uint8Array.prototype.toHex ??= function (this: Uint8Array) {
  return Buffer.from(this).toString('hex');
};

await runCommand(main);
