import { statSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** @throws UsageError where it is none */
export function checkFolder(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder.replace(/\/+$/, '');
  throw new UsageError(`There is no folder ${folder} (--folder).`);
}
