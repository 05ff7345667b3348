/**
 * Stateful upstreams of the kinds that the example mappings bridge. Each checks who asks the way its kind does, has three
 * offers for anybody, and redeems: by the line's reference where it remembers one, and every time where it does not.
 */
import { sha256 } from '../../../src/common/hash.ts';
import { type FakeServer, serve } from './fake-server.ts';

export interface MappedUpstream extends FakeServer {
  readonly baseUrl: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** Discount id → how often it took effect. */
  readonly redeemed: ReadonlyMap<string, number>;
  readonly exhausted: Set<string>;
}

const reply = (status: number, body: unknown) => Response.json(body, { status });

class Redemptions {
  readonly redeemed = new Map<string, number>();
  readonly exhausted = new Set<string>();
  private readonly known: ReadonlySet<string>;
  /** By reference. */
  readonly made = new Map<string, { readonly id: string; readonly code: string; readonly isDone: boolean }>();

  constructor(known: readonly string[]) {
    this.known = new Set(known);
  }

  /** Once for each reference. */
  once(reference: string, code: string) {
    const before = this.made.get(reference);
    return before ?? this.again(reference, code);
  }

  /** As often as it is asked. */
  again(reference: string, code: string) {
    const isDone = this.known.has(code) && !this.exhausted.has(code);
    if (isDone) this.redeemed.set(code, (this.redeemed.get(code) ?? 0) + 1);
    const made = { id: `R-${this.made.size + 1}`, code, isDone };
    this.made.set(reference, made);
    return made;
  }
}

/** SHA-256 over path, body and secret; minor units; 207 where some were declined. */
export function aWallet(): MappedUpstream {
  const secrets = { WALLET_CLIENT_ID: 'shop-1', WALLET_SECRET: 'wallet-secret' };
  const redemptions = new Redemptions(['101', '102', '103']);
  const server = serve(async (request, held) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const signed = `${pathname.replace('/connect', '')}${search}${text}${secrets.WALLET_SECRET}`;
    const isOurs = request.headers.get('x-auth-client-id') === secrets.WALLET_CLIENT_ID;
    if (!isOurs || request.headers.get('x-auth-hash') !== (await sha256(signed)).toHex()) return reply(401, {});
    const body = JSON.parse(text);
    if (pathname === '/connect/wallet/open') {
      const gross = body.basket.contents.reduce(
        (sum: number, line: { itemUnitCost: number; quantity: string }) =>
          sum + line.itemUnitCost * Number(line.quantity),
        0,
      );
      const dates = { startsAt: '2026-01-01T00:00:00Z', endsAt: '2035-12-31T23:59:59Z' };
      const discounts = [
        { campaignId: 101, type: 'MONEY_OFF', name: 'A tenth off', value: Math.floor(gross / 10) },
        { campaignId: 102, type: 'POINTS', name: '40 points', points: 40, ...dates },
        { campaignId: 103, type: 'DELIVERY', name: 'Free delivery' },
      ];
      return reply(200, { walletId: 'W-1', analysis: { discounts } });
    }
    await held;
    const lines = body.redemptions as { reference: string; campaignId: string }[];
    const results = lines.map(({ reference, campaignId }) => {
      const { id, isDone } = redemptions.once(reference, campaignId);
      return {
        campaignId,
        ...(isDone ? { state: 'REDEEMED', redemptionId: id } : { state: 'DECLINED', reason: 'NOT_ACTIVE' }),
      };
    });
    return reply(results.every(({ state }) => state === 'REDEEMED') ? 201 : 207, { results });
  });
  return {
    ...server,
    baseUrl: 'https://wallet.test/connect',
    secrets,
    redeemed: redemptions.redeemed,
    exhausted: redemptions.exhausted,
  };
}

/** OAuth 2, and a 200 for everything: `status` in the body says what it means. */
export function aPromotionService(): MappedUpstream {
  const secrets = { PROMOTIONS_CLIENT_ID: 'shop', PROMOTIONS_CLIENT_SECRET: 'hush' };
  const redemptions = new Redemptions(['p-ten', 'p-points', 'p-ship']);
  const good = { success: true, code: 200 };
  const server = serve(async (request, held) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/oauth/token') {
      const isOurs = request.headers.get('authorization') === `Basic ${btoa('shop:hush')}`;
      return isOurs ? reply(200, { access_token: 'token-1', expires_in: 3600 }) : reply(401, {});
    }
    if (request.headers.get('authorization') !== 'Bearer token-1') return reply(401, {});
    const body = (await request.json()) as {
      cartItems: { amount: string }[];
      items: { externalId: string; promotionId: string }[];
    };
    if (pathname === '/v2/promotions/evaluate') {
      const gross = body.cartItems.reduce((sum, { amount }) => sum + Number(amount), 0);
      const eligible = [
        { id: 'p-ten', reward: 'DISCOUNT', name: 'A tenth off', value: (gross / 10).toFixed(2), rank: 1 },
        { id: 'p-points', reward: 'POINTS', name: 'Points', rank: 2 },
        { id: 'p-ship', reward: 'DELIVERY', name: 'Free delivery', rank: 3 },
      ];
      return reply(200, { status: good, eligible });
    }
    await held;
    const items = body.items.map(({ externalId, promotionId }) => {
      const { id, isDone } = redemptions.once(externalId, promotionId);
      return { promotionId, success: isDone, ...(isDone ? { executionId: id } : { message: 'limit reached' }) };
    });
    return reply(200, { status: good, items });
  });
  return {
    ...server,
    baseUrl: 'https://promotions.test',
    secrets,
    redeemed: redemptions.redeemed,
    exhausted: redemptions.exhausted,
  };
}

/** No keys: what is sent again is redeemed again. What it has can be looked up. */
export function aPointsService(): MappedUpstream {
  const secrets = { POINTS_TOKEN: 'permanent' };
  const redemptions = new Redemptions(['r-ten', 'r-five', 'points']);
  const shown = ({ id, code, isDone }: { id: string; code: string; isDone: boolean }) => {
    return { id, code, ...(isDone ? { status: 'done' } : { status: 'refused', message: 'not available' }) };
  };
  const server = serve(async (request, held) => {
    if (request.headers.get('x-auth-token') !== secrets.POINTS_TOKEN) return reply(401, {});
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'GET') {
      const notes = searchParams.get('notes')?.split(',') ?? [];
      return reply(200, { redemptions: notes.flatMap((note) => redemptions.made.get(note) ?? []).map(shown) });
    }
    const body = (await request.json()) as {
      items: { grossValue: number; quantity: string }[];
      redemptions: { note: string; code: string }[];
    };
    if (pathname === '/api/transaction/simulate') {
      const gross = body.items.reduce((sum, { grossValue, quantity }) => sum + grossValue * Number(quantity), 0);
      const rewards = [
        { code: 'r-ten', name: 'A tenth off', value: Math.floor(gross * 10) / 100 },
        { code: 'r-five', name: '5 off', value: 5 },
      ];
      return reply(200, { rewards, points: 12.5, validFrom: '2026-01-01', validUntil: '2035-12-31' });
    }
    await held;
    return reply(200, { redemptions: body.redemptions.map(({ note, code }) => shown(redemptions.again(note, code))) });
  });
  return {
    ...server,
    baseUrl: 'https://points.test/api',
    secrets,
    redeemed: redemptions.redeemed,
    exhausted: redemptions.exhausted,
  };
}
