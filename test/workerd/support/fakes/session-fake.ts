/**
 * An upstream shaped on Talon.One, with a state: one session per basket, opened by questions and closed as a whole by
 * the order; whatever matches when it is closed is used, so a subset would be another order. Answers are remembered by
 * `Idempotency-Key` for 24 hours. Money is a JSON number in major units, and not rounded.
 *
 * @see https://docs.talon.one/docs/dev/concepts/entities/customer-sessions
 */
import { type FakeServer, serve } from '../../../support/fakes/fake-server.ts';

export const SESSION_API = 'https://session.test';
export const SESSION_KEY = 'key';
const KEY_TTL_MS = 24 * 3_600_000;

export interface Campaign {
  readonly id: number;
  readonly name: string;
  readonly percentOff?: number;
  readonly points?: number;
  /** Applies only with this code. */
  readonly coupon?: string;
  limit?: number;
}

/** A campaign's effect that counts: of a session that is closed. */
export interface UsedEffect {
  readonly session: string;
  readonly campaignId: number;
}

export interface SessionFake extends FakeServer {
  readonly campaigns: Map<number, Campaign>;
  readonly used: readonly UsedEffect[];
  readonly sessions: ReadonlyMap<string, Session>;
}

export interface Session {
  state: 'open' | 'closed';
  profileId: string;
  couponCodes: string[];
  cartItems: { sku: string; quantity: number; price: number }[];
  attributes: { chosen?: number[]; order?: string; generation?: number };
  effects: Effect[];
}

interface Effect {
  campaignId: number;
  ruleName: string;
  effectType: 'setDiscount' | 'addLoyaltyPoints' | 'rejectCoupon';
  props: Record<string, unknown>;
}

/** @param now epoch milliseconds, of the clock that the calls go by */
export function createSessionFake(initial: readonly Campaign[], now: () => number): SessionFake {
  const campaigns = new Map(initial.map((campaign) => [campaign.id, { ...campaign }]));
  const sessions = new Map<string, Session>();
  const answers = new Map<string, { at: number; text: string }>();
  let used: UsedEffect[] = [];

  function evaluate(session: Session): Effect[] {
    const { chosen } = session.attributes;
    const total = session.cartItems.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
    return [...campaigns.values()].flatMap((campaign): Effect[] => {
      if (campaign.coupon !== undefined && !session.couponCodes.includes(campaign.coupon)) return [];
      if (session.state === 'closed' && chosen !== undefined && !chosen.includes(campaign.id)) return [];
      const times = used.filter(({ campaignId }) => campaignId === campaign.id).length;
      if (times < (campaign.limit ?? Number.POSITIVE_INFINITY)) return [effectOf(campaign, total)];
      return campaign.coupon === undefined ? [] : [rejectionOf(campaign)];
    });
  }

  function update(id: string, body: { customerSession: Partial<Session> }): Response {
    const before = sessions.get(id);
    const state = body.customerSession.state ?? 'open';
    if (before?.state === 'closed') {
      const message = `Cannot move session to state "${state}" from state "closed"`;
      return Response.json({ message, errors: null }, { status: 400 });
    }
    const empty: Session = { state, profileId: '', couponCodes: [], cartItems: [], attributes: {}, effects: [] };
    const session = { ...empty, ...before, ...body.customerSession, state };
    session.effects = evaluate(session);
    sessions.set(id, session);
    if (state === 'closed') {
      const effects = session.effects.filter(({ effectType }) => effectType !== 'rejectCoupon');
      used.push(...effects.map(({ campaignId }) => ({ session: id, campaignId })));
    }
    return show(session);
  }

  function reopen(id: string): Response {
    const session = sessions.get(id);
    if (session?.state !== 'closed') return Response.json({ message: 'not closed' }, { status: 400 });
    used = used.filter((effect) => effect.session !== id);
    session.state = 'open';
    session.effects = [];
    return show(session);
  }

  async function change(request: Request, id: string, action: string | undefined): Promise<Response> {
    const key = request.headers.get('idempotency-key');
    const known = key === null ? undefined : answers.get(key);
    if (known !== undefined && now() - known.at < KEY_TTL_MS) return new Response(known.text);
    const response = action === 'reopen' ? reopen(id) : update(id, await request.json());
    if (key !== null && response.ok) answers.set(key, { at: now(), text: await response.clone().text() });
    return response;
  }

  const server = serve(async (request) => {
    if (request.headers.get('authorization') !== `ApiKey-v1 ${SESSION_KEY}`) {
      return Response.json({ message: 'Unauthorized' }, { status: 401 });
    }
    const [id = '', action] = new URL(request.url).pathname.split('/').slice(3).map(decodeURIComponent);
    if (request.method === 'PUT') return change(request, id, action);
    const session = sessions.get(id);
    return session === undefined ? Response.json({ message: 'Not Found' }, { status: 404 }) : show(session);
  });
  return {
    ...server,
    campaigns,
    sessions,
    get used() {
      return used;
    },
  };
}

function effectOf({ id, name, percentOff, points }: Campaign, total: number): Effect {
  const common = { campaignId: id, ruleName: name };
  if (points !== undefined) {
    const props = { value: points, expiryDate: '2030-12-31T00:00:00Z' };
    return { ...common, effectType: 'addLoyaltyPoints', props };
  }
  return { ...common, effectType: 'setDiscount', props: { name, value: (total * (percentOff ?? 0)) / 100 } };
}

function rejectionOf({ id, name, coupon }: Campaign): Effect {
  const props = { value: coupon, rejectionReason: 'CouponLimitReached' };
  return { campaignId: id, ruleName: name, effectType: 'rejectCoupon', props };
}

function show({ effects, ...customerSession }: Session): Response {
  return Response.json({ customerSession, effects });
}
