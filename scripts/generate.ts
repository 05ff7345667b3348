/**
 * `npm run generate` writes what is made from code; with `--check` it only compares, so that no document is older than
 * the Worker.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderDocs as renderConformance } from '../conformance/docs/render.ts';
import { renderBridgeOpenApi } from './generate/bridge-openapi.ts';
import { renderErrorCodes } from './generate/error-codes.ts';
import { renderOpenApi } from './generate/openapi.ts';
import { renderSchema, SCHEMA } from './mapping/build.ts';
import { COMPILED, renderCompiled } from './mapping/compiled-file.ts';

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

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

for (const [file, render] of Object.entries(GENERATED)) {
  const fresh = render();
  if (read(file) === fresh) continue;
  if (process.argv.includes('--check')) {
    console.error(`${file} is not what the code says. Run: npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, fresh);
    console.log(`${file} is written.`);
  }
}
