/** Runs a command to its exit status: a mistake is told in words, a bug with its stack. */
import { CommandError } from './d1.ts';

/** `| head` has read enough. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}

export async function runCommand(main: (args: string[]) => Promise<number>): Promise<void> {
  process.stdout.on('error', endWithReader);
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const isMistake = error instanceof CommandError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    console.error(isMistake ? (error as Error).message : error);
    process.exitCode = 1;
  }
}
