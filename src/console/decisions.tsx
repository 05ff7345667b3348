/**
 * What operators do: choose, see what would happen, give a reason, decide. A decision is named by its actor and the
 * moment of its plan, so that a form that is sent twice decides once.
 */
import type { Context, MiddlewareHandler } from 'hono';
import type { HonoBase } from 'hono/hono-base';
import { cleanText, isCleanId } from '../common/text.ts';
import { CONFLICT_DECISIONS, decideConflicts, MAX_CONFLICTS, planConflicts } from '../ledger/conflicts.ts';
import { DECISIONS, type Decision, decide, MAX_LINES, planDecision } from '../ledger/decide.ts';
import { listUsages, noteDenied } from '../ledger/usage-log.ts';
import { WAITING_STATES } from '../ledger/waiting.ts';
import type { ConsoleDeps, ConsoleEnv } from './guard.ts';
import { idsOf, Message, page, plain } from './page.tsx';
import { MAX_REASON, type PlannedItem, PlanPage } from './pages/plan.tsx';
import { fill, type Texts } from './texts.ts';
import { readUsageQuery } from './usage-query.ts';

/** What is decided as of a plan is dated so. */
const MAX_PLAN_AGE_MS = 15 * 60 * 1000;

/** What a line of a form names: three texts, for an order and what of it is meant. */
type Id = readonly [string, string, string];

interface Order<Taken extends Decision> {
  readonly decision: Taken;
  readonly ids: readonly Id[];
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
}

/** Something to decide about. */
interface Kind<Taken extends Decision> {
  readonly place: 'dead' | 'conflicts';
  readonly decisions: readonly Taken[];
  /** Of one decision. */
  readonly most: number;
  plan(db: D1Database, decision: Taken, ids: readonly Id[]): Promise<{ items: readonly PlannedItem[]; at: number }>;
  /** @returns how many were decided */
  decide(deps: ConsoleDeps, order: Order<Taken>): Promise<number>;
}

/** Used discounts: an order, a discount of it, and the state in which it was seen. */
export const lines: Kind<Decision> = {
  place: 'dead',
  decisions: DECISIONS,
  most: MAX_LINES,
  async plan(db, decision, ids) {
    const { lines: planned, at } = await planDecision(db, decision, ids);
    const items = planned.map(({ discountId, ...line }) => ({
      ...line,
      id: [line.orderKey, discountId, line.state],
      what: discountId,
    }));
    return { items, at };
  },
  decide: ({ db }, { ids, ...order }) => decide(db, { ...order, lines: ids }),
};

/** Conflicts: a request id, the fingerprint of its other meaning, and the order that it came for. */
export const conflicts: Kind<(typeof CONFLICT_DECISIONS)[number]> = {
  place: 'conflicts',
  decisions: CONFLICT_DECISIONS,
  most: MAX_CONFLICTS,
  async plan(db, decision, ids) {
    const { conflicts: planned, at } = await planConflicts(db, ids);
    const items = planned.map((conflict) => ({
      id: [conflict.request_id, conflict.fingerprint, conflict.order_key],
      orderKey: conflict.order_key,
      what: idsOf(conflict.used_discounts).join(', '),
      ...{ state: 'conflict', type: null, amount: null, currency: null, verdict: decision },
    }));
    return { items, at };
  },
  decide: ({ db, now, whenNeverOffered }, { ids, ...order }) =>
    decideConflicts(db, { ...order, conflicts: ids, now: now(), whenNeverOffered }),
};

export function addDecisions<Taken extends Decision>(
  ops: HonoBase<ConsoleEnv>,
  path: '' | '/conflicts',
  kind: Kind<Taken>,
) {
  ops.post(`${path}/plan`, operatorsOnly(kind), async (c) => {
    const { deps, reader } = c.var;
    const form = await readForm(c);
    const filtered = typeof form.filter === 'string' ? await findLines(deps, form.filter) : null;
    const chosen = [filtered?.lines ?? form.line ?? []].flat();
    const asked = readAsked(kind, { ...form, line: chosen.slice(0, kind.most) });
    if ('mistake' in asked)
      return page(c, <Message reader={reader} text={asked.mistake(reader.texts)} place={kind.place} />, 400);
    const { items, at } = await kind.plan(deps.db, asked.decision, asked.ids);
    const isCut = chosen.length > kind.most || filtered?.isCut === true;
    return page(c, <PlanPage reader={reader} decision={asked.decision} place={kind.place} {...{ items, isCut, at }} />);
  });

  ops.post(`${path}/decide`, operatorsOnly(kind), async (c) => {
    const { deps, reader } = c.var;
    const form = await readForm(c);
    const asked = readAsked(kind, form);
    if ('mistake' in asked)
      return page(c, <Message reader={reader} text={asked.mistake(reader.texts)} place={kind.place} />, 400);
    const reason = typeof form.reason === 'string' ? plain(form.reason.replace(/\s+/g, ' ')).trim() : '';
    if (!/[\p{L}\p{N}]/u.test(reason) || [...reason].length > MAX_REASON) {
      return page(c, <Message reader={reader} text={reader.texts.plan.needsReason} place={kind.place} />, 400);
    }
    const at = /^\d{13}$/.test(String(form.at)) ? Number(form.at) : 0;
    if (at > deps.now() || at < deps.now() - MAX_PLAN_AGE_MS) {
      return page(c, <Message reader={reader} text={reader.texts.plan.tooOld} place={kind.place} />, 400);
    }
    const decided = await kind.decide(deps, { ...asked, at, actor: reader.actor.name, reason });
    if (asked.decision === 'replay') c.executionCtx.waitUntil(deps.wake().catch(() => {}));
    return c.redirect(`/ops/audit?decided=${decided}&of=${asked.ids.length}`, 303);
  });
}

/** Whoever may only look and tries more is refused, and it is noted. */
function operatorsOnly<Taken extends Decision>(kind: Kind<Taken>): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    const { deps, reader } = c.var;
    if (reader.actor.role === 'operator') return next();
    const asked = readAsked(kind, await readForm(c));
    const what = 'ids' in asked ? `${asked.decision} ${asked.ids.length}: ${asked.ids[0]}` : c.req.path;
    await noteDenied(deps.db, deps.now(), reader.actor.name, cleanText(what, MAX_REASON));
    return page(c, <Message reader={reader} text={reader.texts.viewersOnlyLook} place={kind.place} />, 403);
  };
}

/** What cannot be read is an empty form: it is the form that is wrong, and not us. */
const readForm = (c: Context<ConsoleEnv>): Promise<Record<string, unknown>> =>
  c.req.parseBody({ all: true }).catch(() => ({}));

type Asked<Taken> =
  | { readonly decision: Taken; readonly ids: readonly Id[] }
  | { readonly mistake: (texts: Texts) => string };

function readAsked<Taken extends Decision>(
  { decisions, most }: Kind<Taken>,
  form: Record<string, unknown>,
): Asked<Taken> {
  const decision = decisions.find((it) => it === form.decision);
  const ids = [form.line ?? []]
    .flat()
    .map(readId)
    .filter((id) => id !== null);
  if (decision === undefined || ids.length === 0) return { mistake: ({ plan }) => plan.none };
  if (ids.length > most) return { mistake: ({ plan }) => fill(plan.tooMany, { most }) };
  return { decision, ids };
}

function readId(text: unknown): Id | null {
  try {
    const id = JSON.parse(String(text)) as unknown;
    return Array.isArray(id) && id.length === 3 && id.every((part) => isCleanId(part, 250))
      ? (id as unknown as Id)
      : null;
  } catch {
    return null;
  }
}

/** What the list of usages shows with these filters from here on, of what may be decided: as much as one decision takes. */
async function findLines(deps: ConsoleDeps, filter: string): Promise<{ lines: readonly string[]; isCut: boolean }> {
  const { filters, before } = readUsageQuery(new URLSearchParams(filter), deps.timeZone);
  const { usages, next } = await listUsages(deps.db, filters, before, MAX_LINES);
  const found = usages
    .flatMap(({ discounts }) =>
      // A discount that was searched for is meant alone.
      discounts.some(({ id }) => id === filters.q) ? discounts.filter(({ id }) => id === filters.q) : discounts,
    )
    .filter(({ state }) => state === filters.state && WAITING_STATES.some((it) => it === state))
    .filter(({ type }) => filters.type === undefined || type === filters.type)
    .map(({ orderKey, id, state }) => JSON.stringify([orderKey, id, state]));
  const lines = [...new Set(found)];
  return { lines: lines.slice(0, MAX_LINES), isCut: next !== null || lines.length > MAX_LINES };
}
