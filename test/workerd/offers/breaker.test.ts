import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OffersAnswer, OffersFailure } from '../../../src/connectors/connector.ts';
import { Breaker, type BreakerCall, type Verdict } from '../../../src/offers/breaker.ts';
import { anOffersRequest } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp, errorsOf } from '../support/http.ts';

const TIMEOUT_MS = 1500;

/** A breaker with a clock: `enter` and `settle` happen now. */
function aBreaker(timeoutMs = TIMEOUT_MS) {
  const breaker = new Breaker();
  let now = 1_000_000;
  const enter = () => breaker.enter(now, timeoutMs);
  const settle = (call: BreakerCall | null, verdict: Verdict) => {
    if (call === null) throw new Error('was not let through');
    breaker.settle(call, verdict, now);
  };
  const asks = (verdict: Verdict, times = 1) => {
    for (let i = 0; i < times; i++) settle(enter(), verdict);
  };
  const wait = (ms: number) => {
    now += ms;
  };
  return { enter, settle, asks, wait };
}

describe('Breaker', () => {
  it('opens after five failures in a row, not before', () => {
    const { asks, enter } = aBreaker();
    asks('failed', 4);
    asks('ok');
    asks('failed', 4);
    expect(enter()).not.toBeNull();
    asks('failed');
    expect(enter()).toBeNull();
  });

  it('counts only what says something about the upstream', () => {
    const { asks, enter } = aBreaker();
    asks('unknown', 20);
    asks('failed', 4);
    asks('unknown');
    asks('failed');
    expect(enter()).toBeNull();
  });

  it('lets one call through after ten seconds, and all again when that succeeds', () => {
    const { asks, enter, settle, wait } = aBreaker();
    asks('failed', 5);
    wait(9_999);
    expect(enter()).toBeNull();
    wait(1);
    const probe = enter();
    expect([probe?.probe, enter(), enter()]).toEqual([true, null, null]);
    settle(probe, 'ok');
    asks('failed', 4);
    expect(enter()?.probe).toBe(false);
  });

  it('opens for another ten seconds when the probe fails', () => {
    const { asks, enter, settle, wait } = aBreaker();
    asks('failed', 5);
    wait(10_000);
    const probe = enter();
    wait(TIMEOUT_MS);
    settle(probe, 'failed');
    wait(9_999);
    expect(enter()).toBeNull();
    wait(1);
    expect(enter()?.probe).toBe(true);
  });

  it('lets the next one try when the probe found out nothing', () => {
    const { asks, enter, settle, wait } = aBreaker();
    asks('failed', 5);
    wait(10_000);
    settle(enter(), 'unknown');
    expect([enter()?.probe, enter()]).toEqual([true, null]);
  });

  it('sends another probe when one vanished, but never two within a deadline', () => {
    const { asks, enter, wait } = aBreaker(60_000);
    asks('failed', 5);
    wait(10_000);
    expect(enter()?.probe).toBe(true);
    wait(59_999);
    expect(enter()).toBeNull();
    wait(1);
    expect(enter()?.probe).toBe(true);
  });

  it('does not listen to calls that began before it opened', () => {
    const { asks, enter, settle, wait } = aBreaker();
    const [early, late, later] = [enter(), enter(), enter()];
    asks('failed', 5);
    settle(early, 'ok');
    expect(enter()).toBeNull();
    wait(10_000);
    const probe = enter();
    settle(late, 'ok');
    expect(enter()).toBeNull();
    settle(probe, 'ok');
    asks('failed', 4);
    settle(later, 'failed');
    expect(enter()).not.toBeNull();
  });

  it('never has two probes out, and always asks again in the end', () => {
    const step = fc.oneof(
      fc.record({ wait: fc.integer({ min: 0, max: 12_000 }) }),
      fc.constant('enter' as const),
      fc.record({ settle: fc.nat(10), verdict: fc.constantFrom<Verdict>('ok', 'failed', 'failed', 'unknown') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { enter, settle, wait } = aBreaker();
        let clock = 0;
        let out: { call: BreakerCall; since: number }[] = [];
        for (const it of steps) {
          if (it === 'enter') {
            const call = enter();
            if (call !== null) out.push({ call, since: clock });
          } else if ('wait' in it) {
            wait(it.wait);
            clock += it.wait;
          } else {
            const settled = out[it.settle];
            if (settled === undefined) continue;
            settle(settled.call, it.verdict);
            out = out.filter((other) => other !== settled);
          }
          const probes = out.filter(({ call, since }) => call.probe && clock - since < 10_000);
          expect(probes.length).toBeLessThanOrEqual(1);
        }
        wait(10_000);
        expect(enter()).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});

type Answer = OffersAnswer | OffersFailure;
const POINT = { id: 'p', type: 'POINT' } as const;
const FAILED: Answer = { failed: 'error', detail: 'x' };

describe('POST /offers behind the breaker', () => {
  /** An app whose breaker has just opened. */
  async function anAppInTrouble(env: Record<string, string> = {}) {
    const clock = { now: Date.UTC(2026, 10, 20) };
    let answer: () => Answer | Promise<Answer> = () => FAILED;
    const { connector, asked } = aScriptedConnector(() => answer());
    const app = aTestApp({
      env: { UPSTREAM_TIMEOUT_MS: '9000', ...env },
      now: () => clock.now,
      deps: using(connector),
    });
    for (let id = 1; id <= 5; id++) await app.post('/offers', anOffersRequest({ id }));
    const answers = (next: typeof answer) => {
      answer = next;
    };
    return { app, asked, clock, answers };
  }

  it.each([
    ['empty', 200],
    ['stale', 200],
    ['error', 503],
  ])('asks no more after five failures, with OFFERS_ON_FAILURE=%s', async (onFailure, status) => {
    const { app, asked } = await anAppInTrouble({ OFFERS_ON_FAILURE: onFailure });
    const response = await app.post('/offers', anOffersRequest());
    expect([response.status, asked.length]).toEqual([status, 5]);
    if (status === 200) expect(await response.text()).toBe('[]');
    else expect(await errorsOf(response)).toEqual([['upstream_unavailable', '']]);
    expect(response.headers.has('retry-after')).toBe(status === 503);
    expect(app.logged.at(-1)).toMatchObject({ event: 'request', outcome: 'unavailable', breaker: 'open' });
    expect(app.logged.at(-1)).not.toHaveProperty('upstreamMs');
    expect(app.logged.filter(({ event }) => event === 'offers_failed')).toHaveLength(5);
  });

  it.each([
    ['one basket', () => 7],
    ['twenty baskets', (index: number) => index],
  ])('lets one of 20 with %s probe and answers 19 at once', async (_name, idOf) => {
    const { app, asked, clock, answers } = await anAppInTrouble();
    clock.now += 10_000;
    let release: (answer: Answer) => void = () => {};
    answers(() => new Promise<Answer>((resolve) => (release = resolve)));
    const done: string[] = [];
    const all = Array.from({ length: 20 }, async (_, index) => {
      done.push(await (await app.post('/offers', anOffersRequest({ id: idOf(index) }))).text());
    });
    // Nothing but the probe's own deadline could end this early.
    while (done.length < 19) await scheduler.wait(5);
    expect([asked.length, done]).toEqual([6, Array(19).fill('[]')]);
    release({ offers: [POINT] });
    await Promise.all(all);
    expect(done.at(-1)).toContain('"id":"p"');
    expect(app.logged.filter(({ breaker }) => breaker === 'probe')).toHaveLength(1);

    answers(() => ({ offers: [POINT] }));
    await app.post('/offers', anOffersRequest());
    expect(asked).toHaveLength(7);
  });

  it('probes with a question of its own, though the same one hangs since before', async () => {
    const clock = { now: Date.UTC(2026, 10, 20) };
    let release: (answer: Answer) => void = () => {};
    let answer: () => Answer | Promise<Answer> = () => new Promise<Answer>((resolve) => (release = resolve));
    const { connector, asked } = aScriptedConnector(() => answer());
    const app = aTestApp({ env: { UPSTREAM_TIMEOUT_MS: '15000' }, now: () => clock.now, deps: using(connector) });
    const hanging = app.post('/offers', anOffersRequest());
    while (asked.length < 1) await scheduler.wait(1);
    answer = () => FAILED;
    for (let id = 1; id <= 5; id++) await app.post('/offers', anOffersRequest({ id }));
    clock.now += 10_000;
    answer = () => ({ offers: [POINT] });
    expect(await (await app.post('/offers', anOffersRequest())).text()).toContain('"id":"p"');
    release({ offers: [] });
    await hanging;
  });

  it('is not opened by our own settings or storage', async () => {
    const { connector, asked } = aScriptedConnector({ failed: 'misconfigured', setting: 'UPSTREAM_URL', detail: 'x' });
    const app = aTestApp({ deps: using(connector) });
    for (let i = 0; i < 7; i++) expect((await app.post('/offers', anOffersRequest())).status).toBe(503);
    expect(asked).toHaveLength(7);

    const odd = aScriptedConnector({ failed: 'unaskable', detail: 'mapping x: offers.body: half a cent' });
    const going = aTestApp({ deps: using(odd.connector) });
    for (let i = 0; i < 7; i++) {
      const response = await going.post('/offers', anOffersRequest());
      expect([response.status, await response.text()]).toEqual([200, '[]']);
    }
    expect(odd.asked).toHaveLength(7);

    const reader = aScriptedConnector({ offers: [] }, { readsBasketState: true });
    let broken = true;
    const unlucky = aTestApp({
      deps: (deps) => ({
        ...using(reader.connector)(deps),
        ledger: Object.assign(Object.create(deps.ledger), {
          recallBasketState: async () => {
            if (broken) throw new Error('D1 is away');
          },
        }),
      }),
    });
    for (let i = 0; i < 7; i++) await unlucky.post('/offers', anOffersRequest());
    broken = false;
    await unlucky.post('/offers', anOffersRequest());
    expect(reader.asked).toHaveLength(1);
  });
});
