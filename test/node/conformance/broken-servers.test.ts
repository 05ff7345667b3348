import { describe, expect, it } from 'vitest';
import { CHECKS, groupOf } from '../../../conformance/checks/index.ts';
import { BROKEN_SERVERS } from './broken/index.ts';
import { type Faults, startReferenceServer } from './reference-server.ts';
import { checksOf, namesOf, runOn } from './run-suite.ts';

async function redOn(faults: Faults, groups: readonly string[]): Promise<string[]> {
  const server = await startReferenceServer(faults);
  try {
    return namesOf(await runOn(server.url, { checks: checksOf(...groups) }), 'failed');
  } finally {
    await server.close();
  }
}

const versionsOf = (id: string) => CHECKS.find((check) => check.id === id)?.versions ?? ['v1', 'v2'];

describe('a broken server', () => {
  it.each(BROKEN_SERVERS)('that $name turns $red red', async ({ faults, red, versions, also, with: others = [] }) => {
    const found = await redOn(faults(), [...others, ...red.map(groupOf)]);
    const wanted = red.flatMap((id) =>
      versionsOf(id)
        .filter((version) => versions?.includes(version) ?? true)
        .map((version) => `${version} ${id}`),
    );
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(found.filter((name) => !wanted.includes(name) && !(also?.test(name.slice(3)) ?? false))).toEqual([]);
  });

  it('exists for every check in every version', () => {
    const claimed = BROKEN_SERVERS.flatMap(({ red, versions }) =>
      red.flatMap((id) => (versions ?? versionsOf(id)).map((version) => `${version} ${id}`)),
    );
    const all = CHECKS.flatMap(({ id }) => versionsOf(id).map((version) => `${version} ${id}`));
    expect(all.filter((name) => !claimed.includes(name))).toEqual([]);
  });
});
