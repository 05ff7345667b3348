/**
 * An upstream shaped on Voucherify, with a state: no idempotency keys, so that the same redemption sent again redeems
 * again; PARTIAL mode, so that some redeemables of a call succeed while others fail, inside a 200; orders can be looked
 * up by number; at most 30 redeemables a call; two calls about one order at once are refused. Money is integer × 100.
 *
 * @see https://docs.voucherify.io/guides/manage-stackable-discounts
 */
import { type FakeServer, serve } from '../../../support/fakes/fake-server.ts';

export const VOUCHER_API = 'https://voucher.test';
export const VOUCHER_TOKEN = 'token';
const MAX_REDEEMABLES = 30;

export interface Redeemable {
  readonly object: 'promotion_tier' | 'voucher';
  readonly id: string;
  /** Minor units. */
  readonly amountOff: number;
  /** Only for this customer. */
  readonly holder?: string;
  limit?: number;
}

export interface Redemption {
  readonly id: string;
  readonly order: string;
  readonly redeemable: string;
  readonly customer: string | null;
}

export interface VoucherFake extends FakeServer {
  readonly redeemables: Map<string, Redeemable>;
  readonly redemptions: readonly Redemption[];
}

interface Body {
  redeemables: { object: string; id: string }[];
  customer?: { source_id: string };
  order: { source_id?: string; items: { price: number; quantity: number }[] };
}

export function createVoucherFake(initial: readonly Redeemable[]): VoucherFake {
  const redeemables = new Map(initial.map((redeemable) => [redeemable.id, { ...redeemable }]));
  const redemptions: Redemption[] = [];
  const ordersInFlight = new Set<string>();

  function whyNot(id: string, customer: string | null): string | null {
    const redeemable = redeemables.get(id);
    if (redeemable === undefined) return 'not_found';
    if (redeemable.holder !== undefined && redeemable.holder !== customer) return 'customer_rules_violated';
    const used = redemptions.filter((redemption) => redemption.redeemable === id).length;
    return used >= (redeemable.limit ?? Number.POSITIVE_INFINITY) ? 'quantity_exceeded' : null;
  }

  function judge(body: Body) {
    const customer = body.customer?.source_id ?? null;
    const judged = body.redeemables.map((asked) => ({ ...asked, key: whyNot(asked.id, customer) }));
    const inapplicable = judged.filter(({ key }) => key !== null);
    return {
      customer,
      applicable: judged.filter(({ key }) => key === null),
      inapplicable_redeemables: inapplicable.map(({ object, id, key }) => ({
        status: 'INAPPLICABLE',
        object,
        id,
        result: { error: { code: 400, key } },
      })),
    };
  }

  function validate(body: Body): Response {
    const { applicable, inapplicable_redeemables } = judge(body);
    let left = body.order.items.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
    const valid = applicable.map(({ object, id }) => {
      const off = Math.min(redeemables.get(id)?.amountOff ?? 0, left);
      left -= off;
      return { status: 'APPLICABLE', object, id, order: { total_applied_discount_amount: off } };
    });
    return Response.json({ valid: valid.length > 0, redeemables: valid, inapplicable_redeemables });
  }

  async function redeem(body: Body, held: Promise<void>): Promise<Response> {
    const order = body.order.source_id ?? crypto.randomUUID();
    if (ordersInFlight.has(order)) return refuse('multiple_requests');
    ordersInFlight.add(order);
    try {
      await held;
      const { applicable, customer, inapplicable_redeemables } = judge(body);
      const made = applicable.map(({ object, id }) => {
        const redemption = { id: `r_${redemptions.length + 1}`, order, redeemable: id, customer };
        redemptions.push(redemption);
        const named = object === 'voucher' ? { voucher: { code: id } } : { promotion_tier: { id } };
        return { id: redemption.id, result: 'SUCCESS', ...named };
      });
      const parent = made.length > 1 ? { parent_redemption: { id: `${made[0]?.id}_parent` } } : {};
      return Response.json({ redemptions: made, ...parent, inapplicable_redeemables });
    } finally {
      ordersInFlight.delete(order);
    }
  }

  function showOrder(number: string): Response {
    const made = redemptions.filter(({ order }) => order === number);
    if (made.length === 0) return Response.json({ code: 404, key: 'not_found' }, { status: 404 });
    const byId = made.map(({ id, redeemable }) => [id, { related_object_id: redeemable }]);
    return Response.json({ source_id: number, redemptions: Object.fromEntries(byId) });
  }

  const server = serve(async (request, held) => {
    const { pathname } = new URL(request.url);
    if (request.headers.get('x-app-token') !== VOUCHER_TOKEN) return Response.json({ code: 401 }, { status: 401 });
    if (request.method === 'GET') return showOrder(decodeURIComponent(pathname.slice('/v1/orders/'.length)));
    const body = (await request.json()) as Body;
    if (body.redeemables.length > MAX_REDEEMABLES) return refuse('invalid_redeemables');
    if (new Set(body.redeemables.map(({ id }) => id)).size < body.redeemables.length) {
      return refuse('duplicated_redeemables');
    }
    return pathname === '/v1/redemptions' ? redeem(body, held) : validate(body);
  });
  return { ...server, redeemables, redemptions };
}

function refuse(key: string): Response {
  return Response.json({ code: 400, key }, { status: 400 });
}
