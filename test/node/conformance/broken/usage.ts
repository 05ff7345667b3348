/** Servers that redeem too often, or answer a usage badly. */
import { historyOf, isUsage, isV2, refuses, spoils } from '../faults.ts';
import { type Incoming, problem } from '../reference-server.ts';
import type { BrokenServer } from './broken-server.ts';

/** Remembers what it saw of a request before. */
function counted(keyOf: (incoming: Incoming) => string): (incoming: Incoming) => number {
  const counts = new Map<string, number>();
  return (incoming) => {
    const key = keyOf(incoming);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) ?? 0;
  };
}

export const BROKEN_USAGE: readonly BrokenServer[] = [
  {
    name: 'redeems each time it is told',
    faults: () => ({ redemptionKey: () => crypto.randomUUID() }),
    red: ['usage/redeems-once', 'usage/redeems-once-per-order', 'usage/redeems-once-at-once'],
  },
  {
    name: 'tells redemptions apart by request id',
    faults: () => ({ redemptionKey: ({ requestId }) => requestId }),
    red: ['usage/redeems-once-per-order'],
  },
  {
    name: 'answers /use-offers with 202',
    faults: () =>
      spoils(
        ({ status }, incoming) => status === 200 && isUsage(incoming),
        () => ({ status: 202 }),
      ),
    red: ['usage/status'],
    also: /^usage\//,
  },
  {
    name: 'answers /use-offers with 204',
    faults: () =>
      spoils(
        ({ status }, incoming) => status === 200 && isUsage(incoming),
        () => ({ status: 204 }),
      ),
    red: ['usage/status'],
    also: /^usage\//,
  },
  {
    name: 'answers /use-offers with {}',
    faults: () =>
      spoils(
        ({ status }, incoming) => status === 200 && isUsage(incoming),
        () => ({ body: '{}' }),
      ),
    red: ['usage/empty-answer'],
    also: /^usage\//,
  },
  {
    name: 'does not know the basket of the example',
    faults: () => refuses('/use-offers', ({ basket }) => basket.basketItems.some(({ id }) => id === 49)),
    red: ['usage/documented-sample'],
  },
  {
    name: 'takes no type in lower case on /use-offers',
    faults: () => refuses('/use-offers', (sent) => historyOf(sent).some(({ type }) => type === 'basket')),
    red: ['usage/lower-case-type', 'usage/documented-sample'],
    versions: ['v2'],
  },
  {
    name: 'judges the references of a history on /use-offers',
    faults: () =>
      refuses(
        '/use-offers',
        (sent, incoming) =>
          isV2(incoming) &&
          historyOf(sent).some((discount) => discount.conditionConsumedBasketItems.some(({ pk }) => pk === 47)),
      ),
    red: ['usage/foreign-history', 'usage/documented-sample'],
    versions: ['v2'],
  },
  {
    name: 'needs extraArgs on /use-offers',
    faults: () => refuses('/use-offers', (sent) => historyOf(sent).some(({ extraArgs }) => extraArgs === undefined)),
    red: ['usage/no-extra-args'],
  },
  {
    name: 'needs a voucher code on /use-offers',
    faults: () => refuses('/use-offers', ({ basket }, incoming) => isV2(incoming) && !('voucherCode' in basket)),
    red: ['usage/no-voucher-code'],
  },
  {
    name: 'does not know the voucher code of a usage',
    faults: () => refuses('/use-offers', ({ basket }) => typeof basket.voucherCode === 'string'),
    red: ['usage/no-voucher-code'],
  },
  {
    name: 'needs an order',
    faults: () => refuses('/use-offers', ({ order }, incoming) => isV2(incoming) && order === undefined),
    red: ['usage/without-order'],
  },
  {
    name: 'needs a used discount',
    faults: () => refuses('/use-offers', ({ usedDiscounts }) => usedDiscounts?.length === 0),
    red: ['usage/no-discounts'],
  },
  {
    name: 'refuses unknown fields on /use-offers',
    faults: () => refuses('/use-offers', ({ basket }) => 'conformance' in basket),
    red: ['usage/unknown-fields'],
  },
  {
    name: 'looks whether it knows a request before it has written down the last one',
    faults: () => {
      const last = new Map<string, number>();
      return {
        redemptionKey: ({ requestId, order }) => {
          const since = performance.now() - (last.get(requestId) ?? Number.NEGATIVE_INFINITY);
          last.set(requestId, performance.now());
          return since < 50 ? crypto.randomUUID() : order;
        },
      };
    },
    red: ['usage/redeems-once-at-once'],
    also: /^usage\/redeems-once/,
  },
  {
    name: 'answers a repetition with 409',
    faults: () => {
      const count = counted(({ headers }) => headers['x-akinon-request-id'] ?? '');
      return {
        request: (incoming) =>
          isUsage(incoming) && count(incoming) > 1 ? problem(409, 'duplicate', '', 'known') : undefined,
      };
    },
    red: ['usage/repeat'],
    also: /^usage\/(redeems-once|parallel|reformatted|reused-id-.*)$/,
  },
  {
    name: 'answers a request that is under way with 409',
    faults: () => {
      const underWay = new Set<string>();
      const idOf = ({ headers }: Incoming) => headers['x-akinon-request-id'] ?? '';
      return {
        request: (incoming) =>
          isUsage(incoming) && underWay.has(idOf(incoming)) ? problem(409, 'busy', '', 'busy') : undefined,
        async answer(outgoing, incoming) {
          if (!isUsage(incoming) || outgoing.status !== 200) return outgoing;
          underWay.add(idOf(incoming));
          await new Promise((resolve) => setTimeout(resolve, 20));
          underWay.delete(idOf(incoming));
          return outgoing;
        },
      };
    },
    red: ['usage/parallel'],
  },
  {
    name: 'compares repetitions byte by byte',
    faults: () => ({ fingerprint: ({ text }) => text }),
    red: ['usage/reformatted'],
  },
  {
    name: 'does not see another order under a used request id',
    faults: () => ({ fingerprint: ({ usedDiscounts }) => usedDiscounts.join() }),
    red: ['usage/reused-id-other-order'],
  },
  {
    name: 'does not see other discounts under a used request id',
    faults: () => ({ fingerprint: ({ order }) => order }),
    red: ['usage/reused-id-other-discounts'],
  },
  {
    name: 'refuses an order it knows under a new request id',
    faults: () => {
      const orders = new Map<string, string>();
      return refuses(
        '/use-offers',
        ({ basket, order }, { headers }) => {
          const [key, id] = [JSON.stringify([basket.id, basket.version, order]), headers['x-akinon-request-id'] ?? ''];
          const isKnown = orders.has(key) && orders.get(key) !== id;
          orders.set(key, orders.get(key) ?? id);
          return isKnown;
        },
        409,
      );
    },
    red: ['usage/new-request-id', 'usage/redeems-once-per-order'],
    // What another fault of the reuse checks would show.
    also: /^usage\/reused-id-other-discounts$/,
  },
];
