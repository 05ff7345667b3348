/**
 * The sandbox of `npm start`: its databases, and the settings of its two Workers. They have a .dev.vars of their own,
 * written anew with each start, because what a person has in the other one may say another connector and upstream.
 */
import { writeFileSync } from 'node:fs';
import { type LocalSettings, quoted } from './local-settings.ts';
import { STATE_DIR, wrangler } from './local-worker.ts';
import { DEMO_VOUCHER } from './what-next.ts';

const FOLDER = 'src/sandbox';
/** The first is the one that listens. */
export const SANDBOX_CONFIGS = [`${FOLDER}/wrangler.toml`, 'wrangler.toml', `${FOLDER}/reference.toml`] as const;

/** What the shop sends, and what the adapter of the reference upstream has in common with the one that is set up. */
const SHARED = [
  'AKINON_USERNAME',
  'AKINON_PASSWORD',
  'CUSTOMER_HASH_KEY',
  'CUSTOMER_TOKEN_SECRET',
  'OPS_USERS',
  'PRIORITY_FIRST',
];

/** The shop's own database, filled shelves and all, and the ledger of the reference adapter. Safe to run again. */
export async function prepareSandbox(stateDir = STATE_DIR): Promise<void> {
  const databases = [
    ['SHOP', 'wrangler.toml'],
    ['DB', 'reference.toml'],
  ] as const;
  for (const [binding, config] of databases) {
    const where = ['--config', `${FOLDER}/${config}`, '--local', '--persist-to', stateDir];
    await wrangler('d1', 'migrations', 'apply', binding, ...where);
  }
}

/** @param upstreamUrl of the reference upstream, which asks for no credentials */
export function writeSandboxSettings(settings: LocalSettings, upstreamUrl: string): void {
  const shared = SHARED.flatMap((name) => (settings[name] ? [`${name}=${quoted(settings[name])}`] : []));
  const lines = ['# Written by npm start: change .dev.vars above instead.', ...shared];
  if ((settings.CONNECTOR ?? 'catalog') === 'catalog') lines.push(`DEMO_VOUCHER=${DEMO_VOUCHER}`);
  lines.push('CONNECTOR=http', `UPSTREAM_URL=${upstreamUrl}`, 'UPSTREAM_AUTH=none', '');
  writeFileSync(`${FOLDER}/.dev.vars`, lines.join('\n'), { mode: 0o600 });
}
