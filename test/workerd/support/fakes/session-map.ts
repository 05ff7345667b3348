/** The session fake's words ↔ the port's: pure translation, and money from JSON numbers to exact text. */
import Big from 'big.js';
import * as v from 'valibot';
import type {
  OffersQuestion,
  Outcome,
  ProposedOffer,
  UsageCommit,
  UsageResult,
  UsedDiscount,
} from '../../../../src/connectors/connector.ts';
import { currencyDigits, decimalOfNumber, formatAmount } from '../../../../src/offers/money.ts';

/** What is remembered of a basket: a session that was closed is never used again. */
export const SessionStateSchema = v.object({ session: v.string(), generation: v.pipe(v.number(), v.integer()) });
export type SessionState = v.InferOutput<typeof SessionStateSchema>;

const ReferenceSchema = v.object({ session: v.string(), campaign: v.number() });
type Reference = v.InferOutput<typeof ReferenceSchema>;

export const SessionReplySchema = v.object({
  customerSession: v.object({
    state: v.picklist(['open', 'closed']),
    attributes: v.object({
      order: v.optional(v.string()),
      generation: v.optional(v.number()),
      chosen: v.optional(v.array(v.number())),
    }),
  }),
  effects: v.array(
    v.object({
      campaignId: v.number(),
      ruleName: v.string(),
      effectType: v.string(),
      props: v.object({
        value: v.optional(v.unknown()),
        expiryDate: v.optional(v.string()),
        rejectionReason: v.optional(v.string()),
      }),
    }),
  ),
});
export type SessionReply = v.InferOutput<typeof SessionReplySchema>;
type Effect = SessionReply['effects'][number];

export function toOffer(
  { campaignId, ruleName, effectType, props }: Effect,
  session: string,
  { currency }: OffersQuestion['basket'],
  now: number,
): ProposedOffer | null {
  const value = typeof props.value === 'number' ? decimalOfNumber(props.value) : null;
  if (value === null) return null;
  const common = {
    id: `t1~${session}~${campaignId}`,
    label: ruleName,
    reference: { session, campaign: campaignId } satisfies Reference,
  };
  if (effectType === 'addLoyaltyPoints') {
    const validFrom = new Date(now).toISOString().slice(0, 10);
    const validUntil = props.expiryDate?.slice(0, 10) ?? '2099-12-31';
    const loyaltyData = { amount: value, benefitCoefficient: '1', validFrom, validUntil };
    return { ...common, type: 'LOYALTY_POINT', extraArgs: { loyaltyData } };
  }
  if (effectType !== 'setDiscount') return null;
  const discount = formatAmount(new Big(value), currencyDigits(currency));
  return { ...common, type: 'BASKET', extraArgs: { discount } };
}

/** The order as the upstream must see it: one session, and every line that is not refused already. */
export interface SessionOrder {
  readonly session: string | null;
  readonly wanted: readonly (UsedDiscount & { readonly wanted: Reference })[];
  /** Of lines that can be judged without asking. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export function readOrder({ discounts, basketState }: UsageCommit): SessionOrder {
  const known = discounts.flatMap((discount) => {
    const read = v.safeParse(ReferenceSchema, discount.reference);
    return read.success ? [{ ...discount, wanted: read.output }] : [];
  });
  const state = v.safeParse(SessionStateSchema, basketState);
  const session = state.success ? state.output.session : (known[0]?.wanted.session ?? null);
  const wanted = known.filter((line) => line.state !== 'rejected' && line.wanted.session === session);
  const mine = new Set(wanted.map(({ id }) => id));
  const others = discounts.filter(({ id, state: due }) => due === 'due' && !mine.has(id));
  const reason = (discount: UsedDiscount) =>
    v.is(ReferenceSchema, discount.reference) ? 'offered_in_another_session' : 'never_offered';
  return {
    session,
    wanted,
    outcomes: new Map(others.map((line) => [line.id, { status: 'rejected', reason: reason(line) }])),
  };
}

/** Was it closed with every line of this order? A line that joined later was not there to be chosen. */
export function holdsAll(order: SessionOrder, { customerSession }: SessionReply): boolean {
  return order.wanted.every(({ wanted }) => customerSession.attributes.chosen?.includes(wanted.campaign));
}

/** What became of the lines that are due, once the session is closed. */
export function settle(order: SessionOrder, { effects }: SessionReply, otherwise = 'not_applied'): UsageResult {
  const outcomes = new Map(order.outcomes);
  for (const { id, state, wanted } of order.wanted) {
    if (state !== 'due') continue;
    const effect = effects.find(({ campaignId }) => campaignId === wanted.campaign);
    const { rejectionReason } = effect?.props ?? {};
    const applied = effect !== undefined && rejectionReason === undefined;
    const outcome = (): Outcome =>
      applied ? { status: 'accepted' } : { status: 'rejected', reason: rejectionReason ?? otherwise };
    outcomes.set(id, outcome());
  }
  return { outcomes, ...(order.session !== null && { upstreamRef: order.session }) };
}
