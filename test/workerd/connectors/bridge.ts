/** The `http` connector in front of the reference upstream, inside workerd. */
import { type Config, parseConfig, secretReader } from '../../../src/config.ts';
import type { Connector } from '../../../src/connectors/connector.ts';
import { createHttpConnector } from '../../../src/connectors/http/connector.ts';
import { Upstream, type UpstreamOptions } from '../../support/upstream/core.ts';
import type { Fault } from '../../support/upstream/faults.ts';
import { fetchFrom } from '../../support/upstream/fetch.ts';
import { aContext, NOW } from './order.ts';

export const BASE = 'https://loyalty.test';

/** Settings as the Worker parses them. */
export function settingsOf(vars: Record<string, string>): Partial<Config> {
  return parseConfig({ AKINON_USERNAME: 'a', AKINON_PASSWORD: 'b', CONNECTOR: 'http', ...vars }).values;
}

export function aConnector(vars: Record<string, string> = { UPSTREAM_URL: BASE }): Connector {
  const created = createHttpConnector(settingsOf(vars), secretReader(vars));
  if ('problems' in created) throw new Error(JSON.stringify(created.problems));
  return created.connector;
}

export function aBridge(options: UpstreamOptions & { vars?: Record<string, string>; fault?: Fault } = {}) {
  const { vars, fault, ...rest } = options;
  const clock = { now: NOW };
  const upstream = new Upstream({ now: () => clock.now, ...rest });
  if (fault !== undefined) upstream.faults.add(fault);
  const fetch = fetchFrom(upstream);
  return { upstream, fetch, clock, connector: aConnector({ UPSTREAM_URL: BASE, ...vars }), ctx: aContext({ fetch }) };
}
