/** Brings what a request has beyond its contract to the drift report, whatever becomes of the request. */
import type { Context } from 'hono';
import type { Checked } from '../common/errors.ts';
import type { AppEnv, Deps } from '../deps.ts';
import type { Finding } from '../drift/drift.ts';
import type { ContractVersion, Route } from './contract-version.ts';
import { findDrift } from './find-drift.ts';
import type { CallHeaders } from './headers.ts';

/** @param body parsed JSON, not validated */
export function reportDrift(
  c: Context<AppEnv>,
  { drift }: Deps,
  route: Route,
  { name: version, shapes }: ContractVersion,
  body: unknown,
): void {
  store(c, drift.note(findDrift(body, shapes[route]).map((found): Finding => ({ ...found, version, route }))));
}

/** Short enough to be a version and nothing else. */
const NEXT_VERSION = /^v?\d{1,3}(?=\.|$)/i;

/** A version that is not served is how the next one announces itself. */
export function reportUnknownVersion(
  c: Context<AppEnv>,
  { drift }: Deps,
  route: Route,
  headers: Extract<Checked<CallHeaders>, { ok: false }>,
): void {
  const unknown = headers.errors.find(({ kind }) => kind === 'unsupported_api_version');
  if (unknown === undefined || !('field' in unknown)) return;
  const path = unknown.field ?? '';
  const version = NEXT_VERSION.exec(c.req.header(path) ?? '')?.[0].toLowerCase() ?? 'other';
  store(c, drift.note([{ version, route, path, problem: 'unknown_version', found: 'string', expected: '' }]));
}

function store(c: Context<AppEnv>, storing: Promise<void> | null): void {
  if (storing !== null) c.executionCtx.waitUntil(storing);
}
