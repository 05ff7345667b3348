/** A report file that is there whole or not at all, and whose place is tried before the run begins. */
import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { UsageError } from '../options.ts';

export interface ReportFile {
  /** Writes and puts it in its place. */
  write(text: string): void;
  /** Leaves what was there before. */
  discard(): void;
}

/** @throws UsageError when the file could not be written */
export function openReport(option: string, file: string): ReportFile {
  const draft = `${file}.${process.pid}.tmp`;
  const isDirectory = statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isDirectory || file === '')
    throw new UsageError(`${option}: ${file || 'the name'} is ${file ? 'a directory' : 'empty'}.`);
  let descriptor: number;
  try {
    descriptor = openSync(draft, 'w');
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be written: ${(error as Error).message}`);
  }
  return {
    write(text) {
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
      closeSync(descriptor);
      renameSync(draft, file);
    },
    discard() {
      closeSync(descriptor);
      rmSync(draft, { force: true });
    },
  };
}
