/** `npm run mapping -- compile` */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { plural } from '../../ops/print.ts';
import { listMappings, MAPPINGS } from '../build.ts';
import { COMPILED, writeCompiled } from '../compiled-file.ts';
import { checkFolder } from '../folder.ts';
import { UsageError } from '../usage-error.ts';

export const HELP = `Usage: npm run mapping -- compile

Writes ${COMPILED}, which the Worker is bundled with. wrangler does it before each build, so that
this is only needed to see it. While one mapping is wrong nothing is written.

  --folder DIR  another folder of mappings (default ${MAPPINGS})
  --help        this text`;

export async function compile(args: string[]): Promise<number> {
  const options = { folder: { type: 'string', default: MAPPINGS } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length > 0) throw new UsageError(`All mappings are compiled: no NAME is needed.\n\n${HELP}`);
  const folder = checkFolder(values.folder);
  writeCompiled(folder);
  const names = listMappings(folder).map((file) => basename(file, '.json'));
  console.log(`${plural(names.length, 'mapping')} for the Worker: ${names.join(', ')}`);
  return 0;
}
