/** `npm run mapping -- compile` */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError } from '../../ops/d1.ts';
import { plural } from '../../ops/print.ts';
import { listMappings, MAPPINGS } from '../build.ts';
import { COMPILED, writeCompiled } from '../compiled-file.ts';
import { checkFolder } from '../folder.ts';
import { UsageError } from '../usage-error.ts';

export const HELP = `Usage: npm run mapping -- compile

Writes ${COMPILED}, which the Worker is bundled with. wrangler does it before each build, so that
this is only needed to see it. While one mapping is wrong nothing is written: a deploy stops, and wrangler
dev goes on with what there was.

  --folder DIR  another folder of mappings (default ${MAPPINGS})
  --help        this text`;

export async function compile(args: string[]): Promise<number> {
  const options = { folder: { type: 'string', default: MAPPINGS } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length > 0) throw new UsageError(`All mappings are compiled: no NAME is needed.\n\n${HELP}`);
  const folder = checkFolder(values.folder);
  try {
    writeCompiled(folder);
  } catch (error) {
    // Whoever is writing a mapping must not stop the Worker that runs meanwhile: wrangler answers nobody after a failure.
    const isDev = process.env.WRANGLER_COMMAND === 'dev' && existsSync(join(folder, basename(COMPILED)));
    if (!isDev || !(error instanceof CommandError)) throw error;
    console.error(`${error.message}\n\nThe Worker goes on with the mappings as they were.`);
    return 0;
  }
  const names = listMappings(folder).map((file) => basename(file, '.json'));
  console.log(`${plural(names.length, 'mapping')} for the Worker: ${names.join(', ')}`);
  return 0;
}
