/** A connector for the session fake: what the port asks of an upstream that knows one session per basket. */
import Big from 'big.js';
import * as v from 'valibot';
import { hashParts } from '../../../../src/common/hash.ts';
import type {
  CallContext,
  Connector,
  OffersAnswer,
  OffersFailure,
  OffersQuestion,
  UsageCommit,
  UsageFailure,
  UsageFound,
  UsageResult,
} from '../../../../src/connectors/connector.ts';
import { isFailure } from '../../../../src/connectors/connector.ts';
import { call, type Lost, type Reply, toOffersFailure, toUsageFailure } from './call.ts';
import { SESSION_API } from './session-fake.ts';
import {
  holdsAll,
  readOrder,
  type SessionOrder,
  type SessionReply,
  SessionReplySchema,
  type SessionState,
  SessionStateSchema,
  settle,
  toOffer,
} from './session-map.ts';

/** A basket is rarely ordered twice; whose state was lost is found within so many sessions. */
const MAX_SESSIONS_TRIED = 5;

export function createSessionConnector(deps: { key: string }): Connector {
  const headers = { 'content-type': 'application/json', authorization: `ApiKey-v1 ${deps.key}` };
  const send = (ctx: CallContext, method: 'GET' | 'PUT', path: string, body?: unknown, key?: string) =>
    call(ctx, `${SESSION_API}/v2/customer_sessions/${path}`, {
      method,
      headers: key === undefined ? headers : { ...headers, 'idempotency-key': key },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  async function queryOffers(question: OffersQuestion, ctx: CallContext): Promise<OffersAnswer | OffersFailure> {
    const { basket, customer } = question;
    const email = customer.emails[0]?.trim().toLowerCase();
    const customerSession = {
      state: 'open',
      profileId: email ? await hashParts('fake-shop-key', email) : `guest-${basket.id}`,
      couponCodes: basket.voucherCode === null ? [] : [basket.voucherCode],
      cartItems: toCartItems(basket),
      attributes: {},
    };
    const remembered = v.safeParse(SessionStateSchema, question.basketState);
    let generation = remembered.success ? remembered.output.generation : 1;
    for (let tries = 0; tries < MAX_SESSIONS_TRIED; tries++) {
      const session = `akn-${basket.id}-${generation}`;
      const reply = await send(ctx, 'PUT', encodeURIComponent(session), { customerSession });
      const read = parseOk(reply);
      if (read !== null) {
        return {
          offers: read.effects.flatMap((effect) => toOffer(effect, session, basket, ctx.now) ?? []),
          basketState: { session, generation } satisfies SessionState,
        };
      }
      if (!isClosedAlready(reply)) return toOffersFailure(reply, 'UPSTREAM_TOKEN');
      // The basket was ordered and is filled again.
      generation += 1;
    }
    return { failed: 'error', detail: 'every session of the basket is closed' };
  }

  async function commitUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageResult | UsageFailure> {
    const order = readOrder(commit);
    const asked = order.wanted.some(({ state }) => state === 'due');
    if (order.session === null || !asked) return { outcomes: order.outcomes };
    const reopened = await reopenEarlier(commit, order, order.session, ctx);
    if (reopened !== null) return reopened;
    const reply = await close(commit, order, order.session, ctx);
    const read = parseOk(reply);
    if (read !== null) return settle(order, read);
    if (isClosedAlready(reply)) return settleClosed(commit, order, order.session, ctx);
    // A body that we cannot read does not undo what the 200 says.
    if (!('lost' in reply) && reply.status === 200) return { failed: 'unknown', detail: 'not the shape of a session' };
    return toUsageFailure(reply, true);
  }

  async function close(commit: UsageCommit, order: SessionOrder, session: string, ctx: CallContext) {
    const { orderKey, generation, basket } = commit;
    const chosen = order.wanted.map(({ wanted }) => wanted.campaign);
    const customerSession = {
      state: 'closed',
      ...(basket !== null && { cartItems: toCartItems(basket) }),
      attributes: { chosen, order: orderKey, generation },
    };
    const key = await hashParts('close', session, generation, keysOf(order));
    return send(ctx, 'PUT', encodeURIComponent(session), { customerSession }, key);
  }

  /**
   * Opens what this order closed in an earlier generation, or before a line joined it; null = nothing stands in the way
   * of closing. An order's first commit need not look.
   */
  async function reopenEarlier(
    { orderKey, generation, discounts }: UsageCommit,
    order: SessionOrder,
    session: string,
    ctx: CallContext,
  ): Promise<UsageFailure | null> {
    if (generation === 0 && discounts.every(({ state }) => state !== 'delivered')) return null;
    const now = await read(session, ctx);
    if (now === 'absent') return null;
    if (isFailure(now)) return now;
    const { state, attributes } = now.customerSession;
    const closedByUs = state === 'closed' && attributes.order === orderKey;
    if (!closedByUs || ((attributes.generation ?? 0) >= generation && holdsAll(order, now))) return null;
    const key = await hashParts('reopen', session, generation, keysOf(order));
    const reply = await send(ctx, 'PUT', `${encodeURIComponent(session)}/reopen`, undefined, key);
    return parseOk(reply) === null ? toUsageFailure(reply, true) : null;
  }

  /** Somebody closed it before: this order, or another one of the same basket. */
  async function settleClosed(
    commit: UsageCommit,
    order: SessionOrder,
    session: string,
    ctx: CallContext,
  ): Promise<UsageResult | UsageFailure> {
    const now = await read(session, ctx);
    // Closed a moment ago and unreadable now: what we asked for may have been done.
    if (now === 'absent' || isFailure(now)) return { failed: 'unknown', detail: 'closed, and cannot be read' };
    const ours = now.customerSession.attributes.order === commit.orderKey;
    return settle(order, ours ? now : { ...now, effects: [] }, ours ? 'session_closed' : 'session_of_another_order');
  }

  async function findUsage(commit: UsageCommit, ctx: CallContext): Promise<UsageFound> {
    const order = readOrder(commit);
    if (order.session === null) return 'absent';
    const now = await read(order.session, ctx);
    if (now === 'absent' || isFailure(now)) return now;
    const { state, attributes } = now.customerSession;
    const closedByUs = state === 'closed' && attributes.order === commit.orderKey;
    // What an earlier generation closed says nothing about this one, nor what was closed before a line joined.
    const closedNow = closedByUs && attributes.generation === commit.generation && holdsAll(order, now);
    return closedNow ? settle(order, now) : 'absent';
  }

  async function read(session: string, ctx: CallContext): Promise<SessionReply | 'absent' | UsageFailure> {
    const reply = await send(ctx, 'GET', encodeURIComponent(session));
    if (!('lost' in reply) && reply.status === 404) return 'absent';
    return parseOk(reply) ?? toUsageFailure(reply, false);
  }

  return {
    name: 'session-fake',
    capabilities: {
      repeat: { by: 'key', ttlHours: 24 },
      commit: 'whole-order',
      offersWithoutReference: false,
      readsBasketState: true,
      maxOffers: 50,
      callsPerCommit: 5,
    },
    queryOffers,
    commitUsage,
    findUsage,
  };
}

/** One for each set of lines: an order that grew is closed under another key. */
function keysOf({ wanted }: SessionOrder): string[] {
  return wanted.map(({ key }) => key).sort();
}

/** The one number of the upstream's own: `500.00` → 500. */
function toCartItems({ items }: NonNullable<UsageCommit['basket']>) {
  return items.map(({ sku, unitPrice, quantity }) => {
    const pieces = new Big(quantity);
    // Only whole pieces are known there: what is sold by weight becomes one piece at its full price.
    if (pieces.eq(pieces.round(0))) return { sku, quantity: pieces.toNumber(), price: Number(unitPrice) };
    return { sku, quantity: 1, price: pieces.times(unitPrice).toNumber() };
  });
}

function isClosedAlready(reply: Reply | Lost): boolean {
  return !('lost' in reply) && reply.status === 400 && JSON.stringify(reply.body).includes('from state \\"closed\\"');
}

function parseOk(reply: Reply | Lost): SessionReply | null {
  if ('lost' in reply || reply.status !== 200) return null;
  const read = v.safeParse(SessionReplySchema, reply.body);
  return read.success ? read.output : null;
}
