/**
 * What a retailer sees when it is us who are wrong: the whole Worker, the `http` connector, the reference upstream and
 * an alert webhook. The gate shuts, nothing is condemned but the first four, a person hears of it once, and after the
 * mend everything is delivered.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { handleSchedule } from '../../../src/delivery/handlers.ts';
import { Upstream } from '../../support/upstream/core.ts';
import { fetchFrom } from '../../support/upstream/fetch.ts';
import { rows, theOffersSample, theUseOffersSample } from '../support/builders.ts';
import { gate, MINUTE, START } from '../support/delivery.ts';
import { aTestApp } from '../support/http.ts';

const ALERTS = 'https://ops.test/alerts';
const SECRET = `whsec_${btoa('a key of at least twenty-four bytes')}`;

const clock = { now: START };
let upstream: Upstream;
let alerts: { type: string; data: Record<string, unknown> }[];

beforeEach(() => {
  clock.now = START;
  upstream = new Upstream({ auth: { kind: 'bearer', token: 'right' }, now: () => clock.now });
  alerts = [];
});

function aShop(settings: Record<string, string> = {}) {
  const toUpstream = fetchFrom(upstream);
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    if (String(input) !== ALERTS) return toUpstream(input as never, init as never);
    alerts.push(JSON.parse(String(init?.body)));
    return new Response(null, { status: 204 });
  };
  const env = {
    CONNECTOR: 'http',
    UPSTREAM_URL: 'https://loyalty.test',
    UPSTREAM_AUTH: 'bearer',
    UPSTREAM_TOKEN: 'right',
    ALERT_WEBHOOK_URL: ALERTS,
    ALERT_WEBHOOK_SECRET: SECRET,
    DELIVERIES: { send: async () => {}, sendBatch: async () => {} },
    ...settings,
  };
  const app = aTestApp({ env, now: () => clock.now, random: () => 1, fetch: fetch as typeof globalThis.fetch });
  return {
    async order(orderNumber: string) {
      const body = { ...theUseOffersSample(), usedDiscounts: ['spring-10', 'points'], order: { orderNumber } };
      const response = await app.post('/use-offers', body);
      expect(response.status).toBe(200);
    },
    offers: () => app.post('/offers', theOffersSample()),
    async minutes(count: number) {
      for (let minute = 0; minute < count; minute++) {
        clock.now += MINUTE;
        await handleSchedule(app.deps.delivery, app.deps.upkeep);
      }
    },
  };
}

const counts = async () =>
  Object.fromEntries(
    (await rows('SELECT state, count(*) AS n FROM used_discounts GROUP BY state')).map(({ state, n }) => [state, n]),
  );
const gateAlerts = () => alerts.filter(({ type }) => type === 'gate.paused').map(({ data }) => data.reason);

describe.each([
  ['the URL of another service (404)', 'misconfigured', { UPSTREAM_URL: 'https://loyalty.test/nothing/here' }, null],
  ['credentials that were rotated (401)', 'credentials', { UPSTREAM_TOKEN: 'old' }, null],
  [
    'a vendor that refuses everything (422)',
    'refusals',
    {},
    { do: 'reply', status: 422, body: 'no', route: '/usages' },
  ],
  ['an upstream that is down', 'outage', {}, { do: 'reset', route: '/usages' }],
] as const)('%s', (_, reason, wrong, fault) => {
  it('shuts the gate, condemns nobody but the first four, tells ops once, and drains after the mend', async () => {
    expect((await aShop().offers()).status).toBe(200);
    if (fault !== null) upstream.faults.add(fault);
    const broken = aShop(wrong);
    for (let at = 0; at < 12; at++) await broken.order(`ORD-${at}`);
    await broken.minutes(20);
    expect(await gate()).toMatchObject({ reason, state: 'paused' });
    expect(gateAlerts()).toEqual([reason]);
    const { due = 0, rejected = 0 } = await counts();
    expect(due + rejected).toBe(24);
    expect(rejected).toBeLessThanOrEqual(reason === 'refusals' ? 8 : 0);
    expect(upstream.redemptions.effects).toEqual([]);

    upstream.faults.clear();
    await aShop().minutes(10);
    expect(await counts()).toEqual({ delivered: 24 - rejected, ...(rejected > 0 && { rejected }) });
    expect(upstream.redemptions.effects.map(({ asked }) => asked)).toEqual(Array(24 - rejected).fill(1));
    expect(await gate()).toMatchObject({ state: 'open' });
    expect(gateAlerts()).toEqual([reason]);
  });

  it('tells ops again after an hour if it is still so', async () => {
    await aShop().offers();
    if (fault !== null) upstream.faults.add(fault);
    const broken = aShop(wrong);
    for (let at = 0; at < 6; at++) await broken.order(`ORD-${at}`);
    await broken.minutes(55);
    expect(gateAlerts()).toHaveLength(1);
    await broken.minutes(15);
    expect(gateAlerts()).toHaveLength(2);
  });
});

it('is paused, with an alert, while a setting of the connector is missing, and /use-offers goes on', async () => {
  await aShop().offers();
  const broken = aShop({ UPSTREAM_URL: '' });
  await broken.order('ORD-1');
  await broken.minutes(3);
  expect(await gate()).toMatchObject({
    state: 'paused',
    reason: 'misconfigured',
    detail: expect.stringMatching(/^UPSTREAM_URL /),
  });
  expect(gateAlerts()).toEqual(['misconfigured']);
  expect(await counts()).toEqual({ due: 2 });
  await aShop().minutes(2);
  expect(await counts()).toEqual({ delivered: 2 });
});
