import { describe, expect, it } from 'vitest';
import type { OffersAnswer, OffersFailure } from '../../../src/connectors/connector.ts';
import { anItem, anOffersRequest, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aTestApp, errorsOf } from '../support/http.ts';

type Answer = OffersAnswer | OffersFailure;

function appWith(answer: Answer | (() => Promise<Answer>), env: Record<string, unknown> = {}) {
  return aTestApp({ env, deps: using(aScriptedConnector(answer).connector) });
}

const POINT = { id: 'p', type: 'POINT' } as const;
const idsOf = async (response: Response) =>
  ((await response.json()) as { discount: { id: string } }[]).map(({ discount }) => discount.id);

describe('POST /offers when the upstream fails', () => {
  const failures: [string, Answer | (() => Promise<Answer>), number, string][] = [
    ['cannot be reached', { failed: 'unavailable', detail: 'x' }, 503, 'upstream_unavailable'],
    ['answers nonsense', { failed: 'error', detail: 'x' }, 502, 'upstream_error'],
    ['never answers', () => new Promise<Answer>(() => {}), 504, 'upstream_timeout'],
    ['makes the connector throw', async () => Promise.reject(new Error('x')), 502, 'upstream_error'],
  ];

  it.each(failures)('answers [] by default when it %s', async (_name, answer) => {
    const app = appWith(answer, { UPSTREAM_TIMEOUT_MS: '50' });
    const response = await app.post('/offers', anOffersRequest(), { 'x-akinon-request-id': 'asked-1' });
    expect([response.status, await response.text()]).toEqual([200, '[]']);
    expect(await rows('SELECT * FROM issued_baskets')).toEqual([]);
    expect(app.logged).toContainEqual(expect.objectContaining({ event: 'offers_failed', requestId: 'asked-1' }));
  });

  it.each(failures)('says so with OFFERS_ON_FAILURE=error when it %s', async (_name, answer, status, code) => {
    const app = appWith(answer, { UPSTREAM_TIMEOUT_MS: '50', OFFERS_ON_FAILURE: 'error' });
    const response = await app.post('/offers', anOffersRequest());
    expect([response.status, await errorsOf(response)]).toEqual([status, [[code, '']]]);
    expect(response.headers.has('retry-after')).toBe(status === 503);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'x'],
    ['no list', { offers: null }],
    ['a number for the list', { offers: 5 }],
    ['declined that is no list', { offers: [], declined: 5 }],
    ['declined null', { offers: [], declined: [null] }],
  ])('takes a connector that answers %s for a failed upstream', async (_name, answer) => {
    const response = await appWith(answer as never).post('/offers', anOffersRequest());
    expect([response.status, await response.text()]).toEqual([200, '[]']);
    const strict = appWith(answer as never, { OFFERS_ON_FAILURE: 'error' });
    expect(await errorsOf(await strict.post('/offers', anOffersRequest()))).toEqual([['upstream_error', '']]);
  });

  it('answers misconfigured whatever OFFERS_ON_FAILURE says', async () => {
    const answer = { failed: 'misconfigured', setting: 'UPSTREAM_URL', detail: 'x' } as const;
    const response = await appWith(answer).post('/offers', anOffersRequest());
    expect([response.status, await errorsOf(response)]).toEqual([503, [['misconfigured', '']]]);
  });

  it('ends the connector call with its deadline', async () => {
    let aborted = false;
    const { connector } = aScriptedConnector({ offers: [] });
    const slow = {
      ...connector,
      queryOffers: (_question: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise<Answer>((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(signal.reason);
          });
        }),
    };
    const app = aTestApp({ env: { UPSTREAM_TIMEOUT_MS: '30', OFFERS_ON_FAILURE: 'error' }, deps: using(slow) });
    const response = await app.post('/offers', anOffersRequest());
    expect([response.status, aborted]).toEqual([504, true]);
  });
});

/** Name and parameter of each part of a Server-Timing header. */
const timingOf = (response: Response) =>
  Object.fromEntries((response.headers.get('server-timing') ?? '').split(', ').map((part) => part.split(';')));

describe('POST /offers says how long it took', () => {
  const took = expect.stringMatching(/^dur=\d+(?:\.\d)?$/);

  it('with its parts, in Server-Timing and the log', async () => {
    const app = appWith({ offers: [POINT] });
    const response = await app.post('/offers', anOffersRequest());
    expect(timingOf(response)).toEqual({ upstream: took, storage: took, total: took });
    const durations = { durationMs: expect.any(Number), upstreamMs: expect.any(Number), storageMs: expect.any(Number) };
    const lines = app.logged.filter(({ event }) => event === 'request');
    expect(lines).toEqual([expect.objectContaining({ outcome: 'offers', ...durations })]);
  });

  it('without what nobody waited for', async () => {
    const app = appWith({ offers: [{ ...POINT, notifyAfterOrderCreation: false }] });
    expect(timingOf(await app.post('/offers', anOffersRequest()))).toEqual({ upstream: took, total: took });
    const empty = await app.post('/offers', anOffersRequest({ basketItems: [] }));
    expect(timingOf(empty)).toEqual({ total: took });
  });

  it('when it fails too', async () => {
    const app = appWith({ failed: 'error', detail: 'x' }, { OFFERS_ON_FAILURE: 'error' });
    const response = await app.post('/offers', anOffersRequest());
    expect([response.status, timingOf(response)]).toEqual([502, { upstream: took, total: took }]);
  });
});

describe('POST /offers', () => {
  it('logs what the guard dropped, counted by reason, and what was declined', async () => {
    const app = appWith({
      offers: [
        POINT,
        POINT,
        { ...POINT, id: '' },
        { id: 'x', type: 'NOPE' as 'POINT' },
        { id: 'y', type: 'NOPE' as 'POINT' },
      ],
      declined: [{ id: 'CODE', reason: 'expired' }],
    });
    expect(await idsOf(await app.post('/offers', anOffersRequest()))).toEqual(['p']);
    const counts = { duplicate_id: 1, invalid_id: 1, unknown_type: 2 };
    expect(app.logged).toContainEqual(expect.objectContaining({ event: 'offers_guarded', counts }));
    expect(app.logged).toContainEqual(
      expect.objectContaining({ event: 'request', status: 200, offers: 1, counts, declined: ['CODE: expired'] }),
    );
  });

  it('never shows the reference', async () => {
    const response = await appWith({ offers: [{ ...POINT, reference: { memberId: 'm-17' } }] }).post(
      '/offers',
      anOffersRequest(),
    );
    expect(await response.text()).not.toContain('m-17');
  });

  it('shows what asks for notification only after it is remembered', async () => {
    const seen: unknown[] = [];
    const slow = aTestApp({
      deps: (deps) => ({
        ...using(aScriptedConnector({ offers: [POINT] }).connector)(deps),
        ledger: Object.assign(Object.create(deps.ledger), {
          rememberOffers: async (issued: Parameters<typeof deps.ledger.rememberOffers>[0]) => {
            await scheduler.wait(50);
            await deps.ledger.rememberOffers(issued);
            seen.push('remembered');
          },
        }),
      }),
    });
    await slow.post('/offers', anOffersRequest()).then(() => seen.push('answered'));
    expect(seen).toEqual(['remembered', 'answered']);
  });

  it('asks with the state of the basket where the connector wants it back', async () => {
    const first = aScriptedConnector({ offers: [POINT], basketState: { generation: 1 } }, { readsBasketState: true });
    const app = aTestApp({ deps: using(first.connector) });
    await app.post('/offers', anOffersRequest());
    await app.post('/offers', anOffersRequest());
    expect(first.asked.map(({ basketState }) => basketState)).toEqual([undefined, { generation: 1 }]);
  });

  it('does not overwrite a newer answer when two for one basket run at once', async () => {
    const answer = (version: number) => ({
      offers: [{ ...POINT, type: 'BASKET' as const, extraArgs: { discount: `${version}.00` } }],
    });
    const { connector } = aScriptedConnector(async ({ basket }) => {
      await scheduler.wait(basket.version === 1 ? 40 : 5);
      return answer(basket.version);
    });
    const app = aTestApp({ deps: using(connector) });
    const ofVersion = (version: number) => anOffersRequest({ version, basketItems: [anItem({ quantity: version })] });
    await Promise.all([1, 2].map((version) => app.post('/offers', ofVersion(version))));
    const [row] = await rows('SELECT version, offers FROM issued_baskets');
    expect([row.version, JSON.parse(row.offers).p[2]]).toEqual([2, '200']);
  });

  it('answers 60 at once', async () => {
    const app = appWith({ offers: [POINT] });
    const responses = await Promise.all(Array.from({ length: 60 }, () => app.post('/offers', anOffersRequest())));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
