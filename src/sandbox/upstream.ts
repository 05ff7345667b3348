/**
 * The reference upstream, as the shop's page sets it: some of its faults by name. All of what it can be told:
 * `npm run upstream -- --help`.
 */
import { sameJson } from './same-thing.ts';

/** Each is what `POST /_control/faults` takes. */
export const FAULTS = {
  none: [],
  'is slow': [{ do: 'answer', slowMs: 1000 }],
  'is too slow': [{ do: 'answer', slowMs: 4000 }],
  hangs: [{ do: 'hang' }],
  'cuts the connection': [{ do: 'reset' }],
  'answers 500': [{ do: 'reply', status: 500 }],
  'answers 429': [{ do: 'reply', status: 429, headers: { 'retry-after': '5' } }],
  'answers 401': [{ do: 'reply', status: 401 }],
  'answers HTML': [{ do: 'reply', status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Sorry</h1>' }],
  'takes usages and says nothing': [{ do: 'hang', apply: true, route: '/usages' }],
  'refuses used discounts': [{ do: 'line', outcome: 'rejected', reason: 'refused by the sandbox' }],
} as const;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** @param url of the reference upstream; `control` is the part of the path after `/_control/` */
export function askControl(url: string, control: string, init: RequestInit): Promise<Response> {
  return fetch(`${url}/_control/${encodeURIComponent(control)}`, init);
}

export async function setFault(url: string, name: FaultName): Promise<void> {
  await (await askControl(url, 'faults', { method: 'DELETE' })).body?.cancel();
  const answer = await askControl(url, 'faults', { method: 'POST', body: JSON.stringify(FAULTS[name]) });
  if (!answer.ok) throw new Error(`the reference upstream refused the fault: ${await answer.text()}`);
}

/** @returns null when the faults are none of those with a name, or the upstream does not run */
export async function findFault(url: string): Promise<FaultName | null> {
  try {
    const { faults } = await (await askControl(url, 'faults', {})).json<{ faults: unknown[] }>();
    return FAULT_NAMES.find((name) => sameJson(FAULTS[name], faults)) ?? null;
  } catch {
    return null;
  }
}
