import { describe, expect, it, vi } from 'vitest';
import type { Connector, OffersAnswer, OffersFailure } from '../../../src/connectors/connector.ts';
import { Flights } from '../../../src/offers/flights.ts';
import { QuestionKey } from '../../../src/offers/question-key.ts';
import { anItem, anOffersRequest, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp, errorsOf, type TestApp } from '../support/http.ts';

type Answer = OffersAnswer | OffersFailure;
const POINT = { id: 'p', type: 'POINT' } as const;

/** A connector whose answers wait for `release`. */
function aHeldConnector() {
  const waiting: ((answer: Answer) => void)[] = [];
  const scripted = aScriptedConnector(() => new Promise<Answer>((resolve) => waiting.push(resolve)));
  const release = (answer: Answer) => {
    for (const resolve of waiting.splice(0)) resolve(answer);
  };
  const untilAsked = async (times: number) => {
    while (scripted.asked.length < times) await scheduler.wait(1);
  };
  return { ...scripted, release, untilAsked };
}

/** Waits until so many requests have looked for a question that they could follow. */
async function untilJoined(app: TestApp, times: number): Promise<void> {
  const find = vi.mocked(app.deps.offersMemory.flights.find);
  while (find.mock.calls.length < times) await scheduler.wait(1);
}

function anAppWith(connector: Connector, env: Record<string, string> = {}): TestApp {
  const app = aTestApp({ env: { UPSTREAM_TIMEOUT_MS: '15000', ...env }, deps: using(connector) });
  vi.spyOn(app.deps.offersMemory.flights, 'find');
  return app;
}

describe('POST /offers: single flight', () => {
  it('asks once for ten at once, and each remembers as of its own version', async () => {
    const { connector, asked, release } = aHeldConnector();
    const app = anAppWith(connector);
    const all = Array.from({ length: 10 }, (_, version) => app.post('/offers', anOffersRequest({ version })));
    await untilJoined(app, 10);
    release({ offers: [POINT] });
    const texts = await Promise.all((await Promise.all(all)).map((response) => response.text()));
    expect(asked).toHaveLength(1);
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('"id":"p"');
    expect(app.logged.filter(({ cache }) => cache === 'shared')).toHaveLength(9);
    expect(await rows('SELECT version FROM issued_baskets')).toEqual([{ version: 9 }]);
  });

  it('asks for each content of a basket, and again once there is an answer', async () => {
    const { connector, asked, release, untilAsked } = aHeldConnector();
    const app = anAppWith(connector);
    const ofQuantity = (quantity: number) => anOffersRequest({ basketItems: [anItem({ quantity })] });
    const all = [1, 2, 1, 2].map((quantity) => app.post('/offers', ofQuantity(quantity)));
    await untilJoined(app, 4);
    release({ offers: [] });
    await Promise.all(all);
    expect(asked).toHaveLength(2);
    const again = app.post('/offers', ofQuantity(1));
    await untilAsked(3);
    release({ offers: [] });
    await again;
  });

  it('shows nothing that asks for notification before it is remembered for who followed', async () => {
    const { connector, release } = aHeldConnector();
    let commit = () => {};
    const committed = new Promise<void>((resolve) => (commit = resolve));
    let remembering = 0;
    const app = aTestApp({
      env: { UPSTREAM_TIMEOUT_MS: '15000' },
      deps: (deps) => ({
        ...using(connector)(deps),
        ledger: Object.assign(Object.create(deps.ledger), {
          rememberOffers: async (issued: Parameters<typeof deps.ledger.rememberOffers>[0]) => {
            remembering++;
            await committed;
            return deps.ledger.rememberOffers(issued);
          },
        }),
      }),
    });
    vi.spyOn(app.deps.offersMemory.flights, 'find');
    let answered = 0;
    const all = [1, 2].map(() => app.post('/offers', anOffersRequest()).then(() => answered++));
    await untilJoined(app, 2);
    release({ offers: [POINT] });
    while (remembering < 2) await scheduler.wait(1);
    await scheduler.wait(20);
    expect(answered).toBe(0);
    commit();
    await Promise.all(all);
  });

  it('shares a failure, tells it once and counts it once', async () => {
    const { connector, asked, release, untilAsked } = aHeldConnector();
    const app = anAppWith(connector, { OFFERS_ON_FAILURE: 'error' });
    const all = Array.from({ length: 10 }, () => app.post('/offers', anOffersRequest()));
    await untilJoined(app, 10);
    release({ failed: 'error', detail: 'x' });
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array(10).fill(502));
    expect(app.logged.filter(({ event }) => event === 'offers_failed')).toHaveLength(1);
    const next = app.post('/offers', anOffersRequest());
    await untilAsked(2);
    release({ offers: [] });
    expect([(await next).status, asked.length]).toEqual([200, 2]);
  });

  it('keeps the deadline of who follows a question that never ends, and asks anew past its end', async () => {
    const { connector, asked } = aScriptedConnector({ offers: [POINT] });
    const clock = { now: Date.UTC(2026, 10, 20) };
    const env = { UPSTREAM_TIMEOUT_MS: '60', OFFERS_ON_FAILURE: 'error' };
    const app = aTestApp({ env, now: () => clock.now, deps: using(connector) });
    await app.post('/offers', anOffersRequest());
    const [question] = asked;
    if (question === undefined) throw new Error('not asked');
    // As a request leaves it that vanished: its promise never settles.
    const { flights } = app.deps.offersMemory;
    flights.add(new QuestionKey(question), new Promise(() => {}), clock.now + 60, clock.now);

    const response = await app.post('/offers', anOffersRequest());
    expect([response.status, await errorsOf(response), asked.length]).toEqual([504, [['upstream_timeout', '']], 1]);
    expect(app.logged.at(-1)).toMatchObject({ outcome: 'timeout', cache: 'shared' });
    expect(response.headers.get('server-timing')).toContain('cache;desc=shared');

    clock.now += 60;
    expect([(await app.post('/offers', anOffersRequest())).status, asked.length]).toEqual([200, 2]);
  });

  it('forgets a question whose request vanished', async () => {
    const { connector, asked } = aScriptedConnector({ offers: [] });
    await anAppWith(connector).post('/offers', anOffersRequest());
    const [question] = asked;
    if (question === undefined) throw new Error('not asked');
    const flights = new Flights();
    const never = new Promise<never>(() => {});
    flights.add(new QuestionKey(question), never, 10, 0);
    expect(flights.find(new QuestionKey(question), 5)).toBe(never);
    const other = { ...question, basket: { ...question.basket, id: 8 } };
    flights.add(new QuestionKey(other), never, 30, 20);
    expect(flights.find(new QuestionKey(question), 5)).toBeUndefined();
  });
});
