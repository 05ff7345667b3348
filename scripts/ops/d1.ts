/**
 * The shop's D1 for commands: statements of `src`, with their values written into them, through `wrangler d1 execute`.
 * Statements of one call are one transaction, here and remotely: wrangler hands them to `batch()` locally, and to an
 * endpoint that runs what is joined by semicolons as a batch.
 * @see Cloudflare API, "Query D1 Database", `sql`
 */
import { existsSync } from 'node:fs';
import { wrangler } from '../local-worker.ts';

/** Options of every command that talks to a database, for `parseArgs`. */
export const D1_OPTIONS = {
  remote: { type: 'boolean' },
  'persist-to': { type: 'string' },
  config: { type: 'string', short: 'c' },
} as const;

export const D1_HELP = `  --remote          the deployed database; without it the local one of npm start
  --config FILE     another wrangler configuration: a second shop has its own
  --persist-to DIR  where the local database lives (default .wrangler/state)`;

export interface D1Target {
  readonly remote?: boolean | undefined;
  readonly 'persist-to'?: string | undefined;
  readonly config?: string | undefined;
}

export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;
/** Runs statements in one transaction; rows of each. */
export type Execute = (...statements: readonly string[]) => Promise<Row[][]>;

/** A failure that the person at the keyboard can mend. */
export class CommandError extends Error {}

/**
 * A value as SQL. Text travels in hexadecimal: whatever it holds, there is no quote, semicolon or comment in it for
 * wrangler's own splitter to trip over.
 */
export function quote(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new CommandError(`${value} is not a whole number that can be stored.`);
    return String(value);
  }
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new CommandError('A value holds a NUL character or half a character, and no such text is stored.');
  }
  return `CAST(x'${Buffer.from(value).toString('hex')}' AS TEXT)`;
}

/** `?1` … become the values, except within quotes and comments. */
export function inline(sql: string, ...values: readonly SqlValue[]): string {
  return sql.replace(/'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\?(\d+)/g, (found, number?: string) => {
    if (number === undefined) return found;
    const value = values[Number(number) - 1];
    if (value === undefined) throw new Error(`no value for ?${number}`);
    return quote(value);
  });
}

export function openD1(target: D1Target): Execute {
  if (target.remote && target['persist-to'] !== undefined) {
    throw new CommandError('--persist-to names a local database: leave it out with --remote.');
  }
  if (target.config !== undefined && !existsSync(target.config)) {
    throw new CommandError(`--config: there is no file ${target.config}.`);
  }
  const where = [
    target.remote ? '--remote' : '--local',
    ...(target['persist-to'] === undefined ? [] : ['--persist-to', target['persist-to']]),
    ...(target.config === undefined ? [] : ['--config', target.config]),
  ];
  return async (...statements) => {
    const command = statements.join(';\n');
    let output: string;
    try {
      output = await wrangler('d1', 'execute', 'DB', ...where, '--json', '--command', command);
    } catch (error) {
      throw explain((error as Error).message, target);
    }
    const json = /^\[$[\s\S]*^\]$/m.exec(output);
    if (json === null) throw new CommandError(`wrangler answered no JSON:\n${output}`);
    return (JSON.parse(json[0]) as { results: Row[] }[]).map(({ results }) => results);
  };
}

/** Statements are bounded (100 KB in D1, 128 KB for an argument), and lists are not. An element is never cut. */
export function chunk<T>(list: readonly T[], maxBytes = 8000): T[][] {
  const chunks: T[][] = [];
  let room = 0;
  for (const element of list) {
    const size = Buffer.byteLength(JSON.stringify(element));
    if (size > room) {
      chunks.push([]);
      room = maxBytes;
    }
    chunks.at(-1)?.push(element);
    room -= size;
  }
  return chunks;
}

function explain(output: string, { remote, config }: D1Target): CommandError {
  const text = /^ {4}"text": (".*")/m.exec(output)?.[1];
  const said = text === undefined ? output.replace(/^wrangler [\s\S]*? failed:\n/, '').trim() : JSON.parse(text);
  const withConfig = config === undefined ? '' : ` --config ${config}`;
  if (/no such (table|column)/.test(said)) {
    const migrate = `npm run migrate -- ${remote ? '--remote' : '--local'}${withConfig}`;
    return new CommandError(
      `The database has no tables of this version (${said}).
${remote ? '' : 'Start once with npm start, or '}${remote ? 'Run' : 'run'}: ${migrate}`,
    );
  }
  if (/CLOUDFLARE_API_TOKEN|not logged in|Authentication error/i.test(said)) {
    return new CommandError(`${said}\nLog in with npm exec -- wrangler login, or set CLOUDFLARE_API_TOKEN.`);
  }
  if (/SQLITE_BUSY|database is locked/.test(said)) {
    return new CommandError(`The database is busy (${said}). Nothing was changed: try again.`);
  }
  return new CommandError(`The database could not be asked: ${said}`);
}
