/** `npm run conformance`: judges a server by Akinon's Basket Offer Flows, knowing nothing of it but its URL. */
import type { Check } from './check.ts';
import { HELP, readOptions, UsageError } from './options.ts';
import { openReport, type ReportFile } from './report/file.ts';
import { renderJson } from './report/json.ts';
import { renderJunit } from './report/junit.ts';
import { createProgress } from './report/progress.ts';
import { renderReport } from './report/summary.ts';
import { clean, paintFor, redactorOf } from './report/text.ts';
import { runSuite, Unreachable } from './runner.ts';

async function main(args: string[]): Promise<number> {
  const options = readOptions(args, process.env);
  if (options === 'help') return print(HELP);
  if ('list' in options) return print(list(options.list));

  const files: ReportFile[] = [];
  const open = (option: string, file: string | undefined) => {
    const report = file === undefined ? undefined : openReport(option, file);
    if (report !== undefined) files.push(report);
    return report;
  };
  const redact = redactorOf(options.credentials);
  const startedAt = new Date();
  const progress = createProgress(process.stderr);
  try {
    const [json, junit] = [open('--json', options.json), open('--junit', options.junit)];
    const outcome = await runSuite({
      ...options,
      name: nameOf(startedAt),
      signal: untilInterrupted(),
      onProgress: progress.show,
    });
    progress.end();
    process.stdout.write(renderReport(outcome, paintFor(process.stdout.isTTY), redact));
    const facts = { url: options.url, level: options.level, startedAt: startedAt.toISOString() };
    json?.write(renderJson(outcome, facts, redact));
    junit?.write(renderJunit(outcome, facts.startedAt, redact));
    return outcome.isSuccess ? 0 : 1;
  } catch (error) {
    progress.end();
    for (const file of files) file.discard();
    if (error instanceof Unreachable) throw new UsageError(clean(redact(error.message)));
    throw error;
  }
}

/** Short, and no two runs of a server's lifetime share it. */
function nameOf(startedAt: Date): string {
  return `${startedAt.getTime().toString(36)}${Math.floor(Math.random() * 36 ** 3).toString(36)}`;
}

/** The first Ctrl-C ends the run with what is known, the second ends the process. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

function list(checks: readonly Check[]): string {
  const versionsOf = (versions: readonly string[] = ['v1', 'v2']) => versions.join(' ');
  return checks
    .map(
      ({ id, level, versions, title }) =>
        `${id.padEnd(32)}${level.padEnd(10)}${versionsOf(versions).padEnd(7)}${title}`,
    )
    .join('\n');
}

function print(text: string): number {
  console.log(text);
  return 0;
}

// Whoever reads the progress may go away; the verdict stands. A report that cannot be written is no verdict.
process.stderr.on('error', () => {});
process.stdout.on('error', () => {
  process.exitCode = 2;
});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isMistake = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(isMistake ? (error as Error).message : error);
  process.exitCode = 2;
}
