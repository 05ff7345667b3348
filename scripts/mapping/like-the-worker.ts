/**
 * What code of the Worker takes for granted and Node 24 does not have yet, so that mappings run here through the very connector
 * that runs there. Imported before anything of `src` is loaded.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

// The Worker's bundler takes `version` alone out of package.json. Node knows no names in JSON modules, and gets one made.
registerHooks({
  load(url, context, next) {
    if (!url.endsWith('/package.json') || context.importAttributes.type !== undefined) return next(url, context);
    const { version } = JSON.parse(readFileSync(fileURLToPath(url), 'utf8')) as { version?: string };
    return { format: 'module', source: `export const version = ${JSON.stringify(version)};`, shortCircuit: true };
  },
});

const METHODS = {
  toHex(this: Uint8Array) {
    return Buffer.from(this).toString('hex');
  },
  /** @see ECMAScript, "Uint8Array.prototype.toBase64": padded unless it is told otherwise, whichever the alphabet */
  toBase64(this: Uint8Array, { alphabet = 'base64', omitPadding = false } = {}) {
    const text = Buffer.from(this)
      .toString(alphabet as 'base64' | 'base64url')
      .replace(/=+$/, '');
    return omitPadding ? text : text.padEnd(4 * Math.ceil(this.length / 3), '=');
  },
};
for (const [name, value] of Object.entries(METHODS)) {
  if (!(name in Uint8Array.prototype)) Object.defineProperty(Uint8Array.prototype, name, { value });
}
