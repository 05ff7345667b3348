/** `src/connectors/http/mappings/*.json` → `compiled.json` beside them, which the Worker is bundled with. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandError } from '../ops/d1.ts';
import { listMappings, MAPPINGS } from './build.ts';
import { describeProblem, readMapping } from './read-mapping.ts';

export const COMPILED = `${MAPPINGS}/compiled.json`;

/** @throws CommandError with a line for each problem of each file: nothing is compiled while one is wrong */
export function renderCompiled(folder = MAPPINGS): string {
  const read = listMappings(folder).map((file) => readMapping(file, basename(file, '.json')));
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) throw new CommandError(problems.map(describeProblem).join('\n'));
  return `${JSON.stringify(read.map(({ mapping }) => mapping))}\n`;
}

/** Only where it changes: wrangler watches the folder. @throws CommandError, and leaves the file as it was */
export function writeCompiled(folder = MAPPINGS): void {
  const compiled = renderCompiled(folder);
  if (!isFresh(folder, compiled)) writeFileSync(join(folder, basename(COMPILED)), compiled);
}

function isFresh(folder: string, compiled: string): boolean {
  try {
    return readFileSync(join(folder, basename(COMPILED)), 'utf8') === compiled;
  } catch {
    return false;
  }
}
