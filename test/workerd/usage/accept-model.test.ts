/**
 * Requests in any order, repeated, conflicting, interleaved with offers and with lost answers of D1, against a model
 * that keeps the promises in a few maps.
 */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anOffersRequest, rows } from '../support/builders.ts';
import { aScriptedConnector, using } from '../support/connectors.ts';
import { aFaultyD1, type Fault } from '../support/faulty-d1.ts';
import { aTestApp } from '../support/http.ts';

interface Model {
  /** request id → meaning */
  meanings: Map<string, string>;
  /** order → discount → state */
  lines: Map<string, Map<string, string>>;
  /** discount → asks for notification */
  offered: Map<string, boolean>;
}

const IDS = ['a', 'b', 'c'];
const aSet = fc.subarray(IDS);

const anOffer = fc.record({
  kind: fc.constant('offers' as const),
  ids: fc.subarray(IDS, { minLength: 1 }),
  notify: fc.boolean(),
});
const aUse = fc.record({
  kind: fc.constant('use' as const),
  requestId: fc.constantFrom('r1', 'r2', 'r3'),
  order: fc.constantFrom('O1', 'O2'),
  ids: aSet,
  fault: fc.option(fc.constantFrom<Fault>('throw-before', 'throw-after')),
});

function expectedStatus({ requestId, order, ids }: { requestId: string; order: string; ids: string[] }, model: Model) {
  const meaning = JSON.stringify([order, ids.toSorted()]);
  const known = model.meanings.get(requestId);
  if (known !== undefined)
    return known === meaning ? { status: 200, replayed: 'true' } : { status: 422, replayed: null };
  model.meanings.set(requestId, meaning);
  const lines = model.lines.get(order) ?? new Map<string, string>();
  model.lines.set(order, lines);
  for (const id of ids) {
    if (lines.has(id)) continue;
    const notify = model.offered.get(id);
    lines.set(id, notify === undefined ? 'unrecognised' : notify ? 'due' : 'not_required');
  }
  return { status: 200, replayed: null };
}

it('keeps every promise about repeats whatever comes in whatever order', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 1, arbitrary: anOffer }, { weight: 3, arbitrary: aUse }), { maxLength: 12 }),
      async (commands) => {
        for (const table of ['usages', 'used_discounts', 'deliveries', 'usage_conflicts', 'issued_baskets'])
          await rows(`DELETE FROM ${table}`);
        const model: Model = { meanings: new Map(), lines: new Map(), offered: new Map() };
        let version = 1;
        for (const command of commands) {
          if (command.kind === 'offers') {
            const { ids, notify } = command;
            const offers = ids.map((id) => ({ id, type: 'POINT' as const, notifyAfterOrderCreation: notify }));
            await aTestApp({ deps: using(aScriptedConnector({ offers }).connector) }).post(
              '/offers',
              anOffersRequest({ version: version++ }),
            );
            for (const id of ids) model.offered.set(id, notify);
            continue;
          }
          const { db } = aFaultyD1(env.DB, command.fault === null ? [] : [command.fault]);
          const deps = using(aScriptedConnector({ offers: [] }).connector);
          const app = aTestApp({ env: { DB: db }, sleep: async () => {}, deps });
          const body = {
            basket: { id: 7, version: 1 },
            usedDiscounts: command.ids,
            order: { orderNumber: command.order },
          };
          const response = await app.post('/use-offers', body, { 'x-akinon-request-id': command.requestId });
          const actual = { status: response.status, replayed: response.headers.get('idempotent-replayed') };
          expect(actual).toEqual(expectedStatus(command, model));
        }
        const stored = await rows<{ order_key: string; discount_id: string; state: string }>(
          'SELECT order_key, discount_id, state FROM used_discounts ORDER BY order_key, discount_id',
        );
        const expected = [...model.lines].flatMap(([order, lines]) =>
          [...lines].map(([discount_id, state]) => ({ order_key: `o:${order}`, discount_id, state })),
        );
        const byKey = (a: { order_key: string; discount_id: string }, b: typeof a) =>
          `${a.order_key}/${a.discount_id}` < `${b.order_key}/${b.discount_id}` ? -1 : 1;
        expect(stored.toSorted(byKey)).toEqual(expected.toSorted(byKey));
        // A delivery is due exactly while one of its lines is.
        for (const { order_key, state, due_at } of await rows('SELECT order_key, state, due_at FROM deliveries')) {
          const due = stored.some((line) => line.order_key === order_key && line.state === 'due');
          expect([state, due_at !== null]).toEqual(due ? ['due', true] : ['done', false]);
        }
      },
    ),
    { numRuns: 60 },
  );
});
