/** `npm run conformance:upstream`: judges an upstream by the bridge protocol, knowing nothing of it but its URL. */
import { UsageError } from '../options.ts';
import { clean, paintFor, redactorOf } from '../report/text.ts';
import { HELP, readOptions } from './options.ts';
import { renderJson, renderReport } from './report.ts';
import { runSuite, Unknown, Unreachable } from './runner.ts';

async function main(args: string[]): Promise<number> {
  const options = readOptions(args, process.env);
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const redact = options.secret === null ? clean : redactorOf(options.secret);
  const interrupted = new AbortController();
  // The first Ctrl-C ends the run with what is known, the second ends the process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const name = `${Date.now().toString(36)}${Math.floor(Math.random() * 36 ** 3).toString(36)}`;
  const outcome = await runSuite({ ...options, name, signal: interrupted.signal });
  const text = options.asJson
    ? renderJson(outcome, options.url, redact)
    : renderReport(outcome, paintFor(process.stdout.isTTY), redact);
  process.stdout.write(text);
  return outcome.isSuccess ? 0 : 1;
}

// A report that cannot be written is no verdict.
process.stdout.on('error', () => {
  process.exitCode = 2;
});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isOption = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  const isMistake = isOption || [UsageError, Unknown, Unreachable].some((kind) => error instanceof kind);
  console.error(isMistake ? clean((error as Error).message) : error);
  process.exitCode = error instanceof Unreachable ? 3 : 2;
}
