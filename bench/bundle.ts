/** Bundles a Worker exactly as a deploy would, and says how large it is and what it is made of. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface BundleFigures {
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Largest first: a package, or a room of `src`. */
  readonly contributors: readonly { readonly name: string; readonly bytes: number }[];
}

export interface Bundle {
  readonly script: string;
  readonly metafile: string;
}

/**
 * @param entry a Worker's source, from the project's root; without it the one that wrangler.toml names
 * @param minify as a deploy does; else functions keep their names
 */
export async function bundleWorker(outdir: string, entry?: string, minify = true): Promise<Bundle> {
  const metafile = join(outdir, 'meta.json');
  const args = ['deploy', ...(entry === undefined ? [] : [entry]), '--dry-run'];
  await runWrangler([...args, `--minify=${minify}`, '--outdir', outdir, '--metafile', metafile]);
  const name = entry === undefined ? 'index.js' : entry.replace(/^.*\//, '');
  return { script: readFileSync(join(outdir, name), 'utf8'), metafile };
}

async function runWrangler(args: readonly string[]): Promise<void> {
  // The very Node that runs the bench: the one in PATH may be too old for wrangler.
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`wrangler ${args.join(' ')} failed:\n${output}`);
}

/** esbuild's metafile, as far as it is read here. */
interface Metafile {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

export function measureBundle({ script, metafile }: Bundle): BundleFigures {
  const { outputs } = JSON.parse(readFileSync(metafile, 'utf8')) as Metafile;
  const byName = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = toContributor(path);
      byName.set(name, (byName.get(name) ?? 0) + bytesInOutput);
    }
  }
  const contributors = [...byName].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
  const bytes = Buffer.from(script);
  return { bytes: bytes.length, gzipBytes: gzipSync(bytes).length, contributors };
}

/** `../node_modules/hono/dist/app.js` → `hono`; `src/akinon/v2/schemas.ts` → `src/akinon`. */
function toContributor(path: string): string {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  if (inPackage !== undefined) return inPackage;
  const room = /(?:^|\/)(src\/[^/]+)\//.exec(path)?.[1];
  return room ?? (/(?:^|\/)src\//.test(path) ? 'src (entry, app, settings)' : 'wrangler');
}
