/** GET /ready: would /offers and /use-offers work? Names settings, never their values. */
import { toErrorResponse } from './akinon/errors.ts';
import type { AdapterError } from './common/errors.ts';
import { describeError } from './common/log.ts';
import type { Deps } from './deps.ts';

export async function checkReadiness(deps: Deps): Promise<Response> {
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
  const [first, ...rest] = errors;
  if (first !== undefined) return toErrorResponse([first, ...rest]);
  return Response.json({ status: 'ok' }, { headers: { 'cache-control': 'no-store' } });
}

function toMisconfigured({ setting, message }: { setting: string; message: string }): AdapterError {
  return { kind: 'misconfigured', field: setting, message: `${setting} ${message}.` };
}
