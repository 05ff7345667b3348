/**
 * GET /ready: would /offers and /use-offers work? Names settings, never their values. With `?verbose`, for ops
 * alone, also where Akinon's requests and the contract part.
 */
import { toErrorResponse, toWireError } from './akinon/errors.ts';
import type { AdapterError } from './common/errors.ts';
import { describeError } from './common/log.ts';
import type { Deps } from './deps.ts';

export async function checkReadiness(deps: Deps): Promise<Response> {
  const [first, ...rest] = await findProblems(deps);
  if (first !== undefined) return toErrorResponse([first, ...rest]);
  return Response.json({ status: 'ok' }, NO_STORE);
}

export async function checkReadinessForOps(headers: Headers, deps: Deps): Promise<Response> {
  const { opsAccess } = deps;
  if ('closedBy' in opsAccess) {
    const { closedBy: field } = opsAccess;
    const message = `${field} is not set or not right, so nobody may see more. See docs/console.md, "Who may come in".`;
    return toErrorResponse([{ kind: 'misconfigured', field, message }]);
  }
  const actor = await opsAccess.identify(headers);
  if (actor === 'keys_unavailable') {
    const field = 'OPS_ACCESS_TEAM_DOMAIN';
    const message = `The keys of ${field} cannot be fetched, so nobody can be recognised. The cause is in the log.`;
    return toErrorResponse([{ kind: 'misconfigured', field, message }]);
  }
  if (typeof actor === 'string') return toErrorResponse([REFUSALS[opsAccess.scheme]]);
  const [first, ...rest] = await findProblems(deps);
  const drift = await listDrift(deps);
  if (first === undefined) return Response.json({ status: 'ok', drift }, NO_STORE);
  const failed = toErrorResponse([first]);
  const errors = [first, ...rest].map(toWireError);
  return Response.json({ errors, drift }, { status: failed.status, headers: failed.headers });
}

const REFUSALS = {
  Basic: {
    kind: 'authentication_failed',
    message: 'More than /ready is for a user of OPS_USERS: send its name and password with Basic auth.',
  },
  'Cloudflare-Access': {
    kind: 'authentication_failed',
    message: 'More than /ready is for whom Cloudflare Access lets in: send its token in cf-access-jwt-assertion.',
    challenge: 'Cloudflare-Access',
  },
} as const satisfies Record<string, AdapterError>;

const NO_STORE = { headers: { 'cache-control': 'no-store' } };

async function findProblems(deps: Deps): Promise<AdapterError[]> {
  const errors: AdapterError[] = deps.problems.map(toMisconfigured);
  try {
    if ((await deps.ledger.checkSchema()) === 'migrations_missing') {
      deps.log('error', 'not_ready', { reason: 'migrations_missing' });
      errors.push({ kind: 'storage_unavailable', message: 'Migrations are missing. Run: npm run migrate -- --remote' });
    } else {
      errors.push(...((await deps.service.connector?.checkSettings?.()) ?? []).map(toMisconfigured));
    }
  } catch (error) {
    deps.log('error', 'not_ready', { reason: 'storage_unavailable', error: describeError(error) });
    errors.push({ kind: 'storage_unavailable' });
  }
  return errors;
}

/** Times as ISO 8601; null where the storage that keeps it fails. */
async function listDrift({ drift, log }: Deps) {
  try {
    return (await drift.list()).map(({ firstSeenAt, lastSeenAt, ...counted }) => ({
      ...counted,
      firstSeenAt: new Date(firstSeenAt).toISOString(),
      lastSeenAt: new Date(lastSeenAt).toISOString(),
    }));
  } catch (error) {
    log('warn', 'drift_not_listed', { error: describeError(error) });
    return null;
  }
}

function toMisconfigured({ setting, message }: { setting: string; message: string }): AdapterError {
  return { kind: 'misconfigured', field: setting, message: `${setting} ${message}.` };
}
