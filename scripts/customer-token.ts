/** `npm run customer-token`: signs what a storefront's backend would, so that the account routes can be tried from a shell. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { SignJWT } from 'jose';
import { CommandError } from './ops/d1.ts';
import { runCommand } from './ops/run.ts';

const HELP = `Usage: npm run -s customer-token -- [--phone NUMBER] [--email ADDRESS] [--currency TRY] [--minutes 5] [--secret-from FILE]

Prints a token for the account routes (docs/storefront.md), signed with CUSTOMER_TOKEN_SECRET: of the file that is
named, else of the environment, else of .dev.vars. Only for trying: in a shop the storefront's backend signs, for the customer that it has logged in.

  --phone NUMBER      as Akinon sends it; this, --email or both
  --email ADDRESS     the other way to know the customer
  --currency CODE     three letters: in which the customer shops (default TRY)
  --minutes N         how long the token is good, 1 to 10 (default 5)
  --secret-from FILE  file with the secret, such as .dev.vars
  --help              this text`;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      phone: { type: 'string' },
      email: { type: 'string' },
      currency: { type: 'string', default: 'TRY' },
      minutes: { type: 'string', default: '5' },
      'secret-from': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return print(HELP);
  const { phone, email, currency, minutes } = values;
  if (!phone?.trim() && !email?.trim()) throw new CommandError(`--phone or --email is needed.\n\n${HELP}`);
  if (!/^[a-z]{3}$/i.test(currency)) throw new CommandError('--currency must be three letters, such as TRY.');
  if (!/^(?:[1-9]|10)$/.test(minutes)) throw new CommandError('--minutes must be a whole number from 1 to 10.');
  const issuedAt = Math.floor(Date.now() / 1000);
  const token = new SignJWT({ ...(phone && { phone }), ...(email && { email }), currency })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setAudience('offerbridge')
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Number(minutes) * 60);
  return print(await token.sign(new TextEncoder().encode(readSecret(values['secret-from']))));
}

/** A file that is named is meant, whatever the environment holds. */
function readSecret(named: string | undefined): string {
  const file = named ?? '.dev.vars';
  if (named !== undefined && !existsSync(file)) throw new CommandError(`There is no file ${file} (--secret-from).`);
  const inFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')).CUSTOMER_TOKEN_SECRET : undefined;
  const secret = named === undefined ? (process.env.CUSTOMER_TOKEN_SECRET ?? inFile) : inFile;
  if (!secret) {
    throw new CommandError(`CUSTOMER_TOKEN_SECRET is not in ${file}. npm start makes it from .dev.vars.example; one that
was there before lacks it: copy the line.`);
  }
  if (Buffer.byteLength(secret) < 32) throw new CommandError('CUSTOMER_TOKEN_SECRET must be at least 32 bytes.');
  return secret;
}

function print(text: string): number {
  console.log(text);
  return 0;
}

await runCommand(main);
