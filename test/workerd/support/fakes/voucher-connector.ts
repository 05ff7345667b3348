/** A connector for the voucher fake: what the port asks of an upstream without keys, that answers line by line. */
import * as v from 'valibot';
import { hashParts } from '../../../../src/common/hash.ts';
import type {
  CallContext,
  Connector,
  OffersAnswer,
  OffersFailure,
  OffersQuestion,
  Outcome,
  UsageCommit,
  UsageFailure,
  UsageFound,
  UsageResult,
  UsedDiscount,
} from '../../../../src/connectors/connector.ts';
import { isFailure } from '../../../../src/connectors/connector.ts';
import type { Basket, Customer } from '../../../../src/offers/basket.ts';
import { fromMinorUnits } from '../../../../src/offers/money.ts';
import { call, type Lost, type Reply, toOffersFailure, toUsageFailure } from './call.ts';
import { VOUCHER_API } from './voucher-fake.ts';

/** Of one call. */
const MAX_REDEEMABLES = 30;

/** /use-offers names no customer, so each offer remembers whose it was. */
const ReferenceSchema = v.object({
  object: v.picklist(['promotion_tier', 'voucher']),
  id: v.string(),
  customer: v.nullable(v.string()),
});
type Reference = v.InferOutput<typeof ReferenceSchema>;

const JudgedSchema = v.array(v.object({ id: v.string(), result: v.object({ error: v.object({ key: v.string() }) }) }));
const ValidationSchema = v.object({
  redeemables: v.array(
    v.object({
      object: ReferenceSchema.entries.object,
      id: v.string(),
      order: v.object({ total_applied_discount_amount: v.pipe(v.number(), v.safeInteger()) }),
    }),
  ),
  inapplicable_redeemables: JudgedSchema,
});
const RedemptionSchema = v.object({
  redemptions: v.array(
    v.object({
      id: v.string(),
      voucher: v.optional(v.object({ code: v.string() })),
      promotion_tier: v.optional(v.object({ id: v.string() })),
    }),
  ),
  parent_redemption: v.optional(v.object({ id: v.string() })),
  inapplicable_redeemables: JudgedSchema,
});
const OrderSchema = v.object({ redemptions: v.record(v.string(), v.object({ related_object_id: v.string() })) });
const ErrorSchema = v.object({ key: v.string() });

type Line = UsedDiscount & { readonly wanted: Reference };

/** Who a customer is to the upstream; keyed, because it is remembered. */
export async function customerIdOf({ emails }: Pick<Customer, 'emails'>): Promise<string | null> {
  const email = emails[0]?.trim().toLowerCase();
  return email ? hashParts('fake-shop-key', email) : null;
}

export function createVoucherConnector(deps: { token: string; promotions: readonly string[] }): Connector {
  const headers = { 'content-type': 'application/json', 'x-app-id': 'shop', 'x-app-token': deps.token };
  const post = (ctx: CallContext, path: string, body: unknown) =>
    call(ctx, `${VOUCHER_API}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });

  async function queryOffers(question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure> {
    const { basket } = question;
    const customer = await customerIdOf(question.customer);
    const voucher = basket.voucherCode === null ? [] : [{ object: 'voucher', id: basket.voucherCode }];
    const promotions = deps.promotions.map((id) => ({ object: 'promotion_tier', id }));
    const reply = await post(ctx, '/v1/validations', {
      redeemables: [...voucher, ...promotions].slice(0, MAX_REDEEMABLES),
      order: { source_id: `basket-${basket.id}`, items: toItems(basket) },
      ...(customer !== null && { customer: { source_id: customer } }),
    });
    const read = parseOk(ValidationSchema, reply);
    if (read === null) return toOffersFailure(reply, 'UPSTREAM_TOKEN');
    return {
      offers: read.redeemables.map(({ object, id, order }) => ({
        id: `${object === 'voucher' ? 'vc' : 'pt'}.${id}`,
        type: 'BASKET',
        label: id,
        extraArgs: { discount: fromMinorUnits(String(order.total_applied_discount_amount), 2) },
        reference: { object, id, customer } satisfies Reference,
      })),
      declined: read.inapplicable_redeemables.map(({ id, result }) => ({ id, reason: result.error.key })),
    };
  }

  async function commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure> {
    const { lines, strangers } = readDueLines(commit);
    const outcomes = new Map<string, Outcome>(strangers.map(({ id }) => [id, rejected('never_offered')]));
    let upstreamRef: string | undefined;
    for (let from = 0; from < lines.length; from += MAX_REDEEMABLES) {
      const together = lines.slice(from, from + MAX_REDEEMABLES);
      const answer = await redeem(commit, together, ctx);
      if (isFailure(answer)) {
        // Before anything was decided the failure is the answer; afterwards it is that of its own lines.
        if (from === 0) return answer;
        for (const { id } of together) markFailed(outcomes, id, answer);
        break;
      }
      for (const [id, outcome] of answer.outcomes) outcomes.set(id, outcome);
      upstreamRef ??= answer.upstreamRef;
    }
    return { outcomes, ...(upstreamRef !== undefined && { upstreamRef }) };
  }

  async function redeem(
    commit: UsageCommit,
    lines: readonly Line[],
    ctx: CallContext,
  ): Promise<UsageResult | UsageFailure> {
    const customer = lines.find(({ wanted }) => wanted.customer !== null)?.wanted.customer ?? null;
    const reply = await post(ctx, '/v1/redemptions', {
      redeemables: lines.map(({ wanted }) => ({ object: wanted.object, id: wanted.id })),
      order: { source_id: orderNumberOf(commit), status: 'PAID', items: toItems(commit.basket) },
      ...(customer !== null && { customer: { source_id: customer } }),
    });
    const read = parseOk(RedemptionSchema, reply);
    if (read === null) return redemptionFailure(reply);
    const made = new Map(read.redemptions.map((one) => [one.voucher?.code ?? one.promotion_tier?.id, one.id]));
    const refused = new Map(read.inapplicable_redeemables.map(({ id, result }) => [id, result.error.key]));
    const outcomes = lines.map(({ id, wanted }): [string, Outcome] => {
      const upstreamRef = made.get(wanted.id);
      if (upstreamRef !== undefined) return [id, { status: 'accepted', upstreamRef }];
      const reason = refused.get(wanted.id);
      return [id, reason === undefined ? { status: 'unknown' } : rejected(reason)];
    });
    const parent = read.parent_redemption?.id;
    return { outcomes: new Map(outcomes), ...(parent !== undefined && { upstreamRef: parent }) };
  }

  async function findUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageFound> {
    const url = `${VOUCHER_API}/v1/orders/${encodeURIComponent(orderNumberOf(commit))}`;
    const reply = await call(ctx, url, { headers });
    if (!('lost' in reply) && reply.status === 404) return 'absent';
    const order = parseOk(OrderSchema, reply);
    if (order === null) return toUsageFailure(reply, false);
    const made = new Map(
      Object.entries(order.redemptions).map(([id, { related_object_id }]) => [related_object_id, id]),
    );
    const outcomes = new Map<string, Outcome>();
    for (const { id, wanted } of readDueLines(commit).lines) {
      const upstreamRef = made.get(wanted.id);
      if (upstreamRef !== undefined) outcomes.set(id, { status: 'accepted', upstreamRef });
    }
    // An order of earlier lines only: of those that are due it knows nothing.
    return outcomes.size === 0 ? 'absent' : { outcomes };
  }

  return {
    name: 'voucher-fake',
    capabilities: {
      repeat: { by: 'lookup' },
      commit: 'each',
      offersWithoutReference: false,
      readsBasketState: false,
      maxOffers: MAX_REDEEMABLES,
      callsPerCommit: 5,
    },
    queryOffers,
    commitUsage,
    findUsage,
  };
}

function readDueLines({ discounts }: UsageCommit): { lines: Line[]; strangers: UsedDiscount[] } {
  const lines: Line[] = [];
  const strangers: UsedDiscount[] = [];
  for (const discount of discounts) {
    if (discount.state !== 'due') continue;
    const read = v.safeParse(ReferenceSchema, discount.reference);
    if (read.success) lines.push({ ...discount, wanted: read.output });
    else strangers.push(discount);
  }
  return { lines, strangers };
}

/** Akinon's number, or what stands for it: the upstream finds the order by it again. */
function orderNumberOf({ orderNumber, orderKey }: UsageCommit): string {
  return orderNumber ?? orderKey;
}

function toItems(basket: Basket | null) {
  return (basket?.items ?? []).map(({ sku, unitPrice, quantity }) => ({
    source_id: sku,
    price: Math.round(Number(unitPrice) * 100),
    quantity: Number(quantity),
  }));
}

function redemptionFailure(reply: Reply | Lost): UsageFailure {
  if (!('lost' in reply)) {
    const { status, headers } = reply;
    const error = v.safeParse(ErrorSchema, reply.body);
    if (error.success && error.output.key === 'multiple_requests') {
      // Not `later`: the call in flight may well be our own earlier one, and is about to succeed.
      return { failed: 'unknown', detail: error.output.key };
    }
    if (status === 429 && headers.get('x-rate-limit-type') === 'api_calls_cycle') {
      const until = Number(headers.get('x-rate-limit-retry')) * 1000;
      return { failed: 'paused', cause: 'quota', detail: 'plan exhausted', ...(until > 0 && { until }) };
    }
    // A body that we cannot read does not undo what the 200 says: something was done.
    if (status === 200) return { failed: 'unknown', detail: 'not the shape of a redemption' };
  }
  return toUsageFailure(reply, true);
}

function markFailed(outcomes: Map<string, Outcome>, id: string, failure: UsageFailure): void {
  if (failure.failed === 'unknown') outcomes.set(id, { status: 'unknown' });
  if (failure.failed === 'refused') outcomes.set(id, rejected(failure.detail));
  if (failure.failed === 'later') {
    const { afterMs } = failure;
    outcomes.set(id, { status: 'later', reason: failure.detail, ...(afterMs !== undefined && { afterMs }) });
  }
  // Paused is nothing that a line can be: it is left out, and the next attempt meets it first.
}

function rejected(reason: string): Outcome {
  return { status: 'rejected', reason };
}

function parseOk<S extends v.GenericSchema>(schema: S, reply: Reply | Lost): v.InferOutput<S> | null {
  if ('lost' in reply || reply.status !== 200) return null;
  const read = v.safeParse(schema, reply.body);
  return read.success ? read.output : null;
}
