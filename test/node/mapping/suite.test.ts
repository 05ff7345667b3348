/**
 * The four examples through the suite of the port, each in front of its upstream as a process has one: over HTTP, where a
 * lost answer is a socket that closes, and who asks is read from what came over the wire.
 */
import '../../../scripts/mapping/like-the-worker.ts';
import { readFileSync } from 'node:fs';
import { afterAll } from 'vitest';
import type { CompiledMapping } from '../../../src/connectors/http/mapping/compiled.ts';
import { createMappedConnector } from '../../../src/connectors/http/mapping/connector.ts';
import { EXAMPLES } from '../../support/fakes/examples.ts';
import { type ListeningFake, listen } from '../../support/listening-fake.ts';
import { NOW } from '../../workerd/connectors/order.ts';
import { describeConnector } from '../../workerd/connectors/suite.ts';

const COMPILED = 'src/connectors/http/mappings/compiled.json';
const mappings = JSON.parse(readFileSync(COMPILED, 'utf8')) as CompiledMapping[];
const listening: ListeningFake[] = [];
afterAll(() => Promise.all(listening.map((fake) => fake.stop())));

for (const [name, open] of Object.entries(EXAMPLES)) {
  describeConnector(`over HTTP, the mapping ${name}`, async () => {
    const fake = open();
    const mapping = mappings.find((one) => one.name === name);
    if (mapping === undefined) throw new Error(`there is no mapping ${name}`);
    const server = await listen(fake);
    listening.push(server);
    const created = createMappedConnector(mapping, { baseUrl: server.url, secretOf: (secret) => fake.secrets[secret] });
    if ('problems' in created) throw new Error(JSON.stringify(created.problems));
    return {
      ...{ connector: created.connector, fetch, clock: { now: NOW }, neverOffered: 'unheard-of' },
      faults: fake.faults,
      exhaust: async (id) => void fake.exhausted.add(id),
      countEffects: async (id) => fake.redeemed.get(id) ?? 0,
    };
  });
}
