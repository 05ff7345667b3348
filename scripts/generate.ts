/**
 * `npm run generate` writes what is made from code and configuration; with `--check` it only compares, so that nothing is
 * older than the Worker.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { renderDocs as renderConformance } from '../conformance/docs/render.ts';
import { renderBridgeOpenApi } from './generate/bridge-openapi.ts';
import { renderErrorCodes } from './generate/error-codes.ts';
import { renderOpenApi } from './generate/openapi.ts';
import { renderSchema, SCHEMA } from './mapping/build.ts';
import { COMPILED, renderCompiled } from './mapping/compiled-file.ts';
import { runCommand } from './ops/run.ts';

const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/bridge.openapi.json': renderBridgeOpenApi,
  'docs/conformance.md': renderConformance,
  'docs/error-codes.md': renderErrorCodes,
  'docs/openapi.json': renderOpenApi,
  // What the Worker serves: a static asset, which weighs nothing in its script.
  'src/public/openapi.json': renderOpenApi,
  [COMPILED]: renderCompiled,
  [SCHEMA]: renderSchema,
};
/** Of bindings and `[vars]`, written by wrangler. */
const TYPES = 'worker-configuration.d.ts';

const HELP = `Usage: npm run generate [-- --check]

Writes what is made from the code, the mappings and wrangler.toml:

${[...Object.keys(GENERATED), TYPES].map((file) => `  ${file}`).join('\n')}

  --check   only compare, and say which file is old (exit status 1)
  --help    this text`;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const stale = Object.entries(GENERATED).flatMap(([file, render]) => {
    const fresh = render();
    return read(file) === fresh ? [] : [{ file, fresh }];
  });
  if (values.check) {
    // wrangler compiles the mappings on its way to the types: where those are old, a check must not be what writes them.
    const files = stale.length > 0 ? stale.map(({ file }) => file) : areTypesFresh() ? [] : [TYPES];
    for (const file of files) console.error(`${file} is old. Run: npm run generate`);
    return files.length === 0 ? 0 : 1;
  }
  for (const { file, fresh } of stale) writeFileSync(file, fresh);
  const before = read(TYPES);
  const { status, output } = types();
  if (status !== 0) console.error(output);
  const written = [...stale.map(({ file }) => file), ...(read(TYPES) === before ? [] : [TYPES])];
  for (const file of written) console.log(`${file} is written.`);
  return status;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function areTypesFresh(): boolean {
  const { status, output } = types('--check');
  if (status !== 0 && !output.includes('out of date')) console.error(output);
  return status === 0;
}

function types(...args: string[]): { readonly status: number; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', 'types', '--', ...args], { encoding: 'utf8' });
  return { status: status ?? 1, output: stdout + stderr };
}

await runCommand(main);
