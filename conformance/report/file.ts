/** A report file that is there whole or not at all, and whose place is tried before the run begins. */
import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { UsageError } from '../options.ts';

export interface ReportFile {
  /** Writes and puts it in its place. */
  write(text: string): void;
  /** Leaves what was there before. */
  discard(): void;
}

/** @throws UsageError when the file could not be written */
export function openReport(option: string, file: string): ReportFile {
  const there = statSync(file, { throwIfNoEntry: false });
  // A device or a pipe is written to, not replaced; of a link, what it leads to.
  const isReplaced = there === undefined || there.isFile();
  const target = there === undefined ? file : realpathSync(file);
  const draft = isReplaced ? `${target}.${process.pid}.tmp` : target;
  if (there?.isDirectory() || file === '')
    throw new UsageError(`${option}: ${file || 'the name'} is ${file ? 'a directory' : 'empty'}.`);
  let descriptor: number;
  try {
    descriptor = openSync(draft, 'w');
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
  return {
    write(text) {
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
      closeSync(descriptor);
      if (isReplaced) renameSync(draft, target);
    },
    discard() {
      closeSync(descriptor);
      if (isReplaced) rmSync(draft, { force: true });
    },
  };
}
