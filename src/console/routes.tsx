/**
 * The console below /ops: who may come in, what every answer carries, and which page an address is. Pages are read on the
 * server, and work without the script.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HonoBase as Hono } from 'hono/hono-base';
import { HTTPException } from 'hono/http-exception';
import { TrieRouter } from 'hono/router/trie-router';
import { describeError } from '../common/log.ts';
import { cleanText, isCleanId } from '../common/text.ts';
import { DECISIONS, type Decision, decide, type Line, MAX_LINES, planDecision } from '../ledger/decide.ts';
import { LIST_CONFLICTS, LIST_REFUSED, listLinesForPeople } from '../ledger/inspect.sql.ts';
import { readOverview } from '../ledger/overview.ts';
import { listDecisions, listUsages, noteDenied, showUsage, usageIdsOf } from '../ledger/usage-log.ts';
import { EXPORT_PAGE, toCsv, toJson } from './export.ts';
import { dayIn, daysUpTo } from './format.ts';
import { type ConsoleDeps, type ConsoleEnv, guardAnswer, letIn, limitRequests, speak } from './guard.ts';
import { Message, plain } from './page.tsx';
import { AuditPage, ConflictsPage, DeadPage, RefusedPage, type Row, WAITING } from './pages/lists.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { MAX_REASON, PlanPage } from './pages/plan.tsx';
import { UsagePage } from './pages/usage.tsx';
import { UsagesPage } from './pages/usages.tsx';
import { fill, type Texts } from './texts.ts';
import { readUsageQuery } from './usage-query.ts';

const PAGE_SIZE = 50;
/** Today and 30 before. */
const SHOWN_DAYS = 31;
/** What is decided as of a plan is dated so. */
const MAX_PLAN_AGE_MS = 15 * 60 * 1000;
/** Of a form. */
const MAX_FORM_BYTES = 256 * 1024;
/** Rows of a list without pages. */
const MAX_LISTED = 200;
const orderKeyOf = (row: Row) => String(row.order_key);

export function createConsole(depsOf: (env: Env) => ConsoleDeps): Hono<ConsoleEnv> {
  const ops = new Hono<ConsoleEnv>({ router: new TrieRouter() });
  ops.use('*', guardAnswer, async (c, next) => {
    c.set('deps', depsOf(c.env));
    await next();
  });
  ops.use('*', speak, limitRequests);
  // Small, and behind no login.
  for (const asset of ['/style.css', '/script.js'])
    ops.get(asset, async (c) => {
      const { body, headers, status } = await c.env.ASSETS.fetch(c.req.raw);
      return new Response(body, { headers, status });
    });
  ops.use('*', letIn, csrf(), bodyLimit({ maxSize: MAX_FORM_BYTES }));

  ops.get('/', async (c) => {
    const { deps, reader } = c.var;
    const now = deps.now();
    const days = daysUpTo(dayIn(deps.timeZone, now), SHOWN_DAYS);
    const overview = await readOverview(deps.db, now, days);
    return page(c, <OverviewPage reader={reader} overview={overview} days={days} now={now} />);
  });
  ops.get('/usages', async (c) => {
    const { deps, reader } = c.var;
    const query = readUsageQuery(new URL(c.req.url).searchParams, deps.timeZone);
    const found = await listUsages(deps.db, query.filters, query.before, PAGE_SIZE);
    return page(c, <UsagesPage reader={reader} query={query} page={found} />);
  });
  for (const [path, type, toFile] of [
    ['/usages.csv', 'text/csv; charset=utf-8', toCsv],
    ['/usages.json', 'application/json', toJson],
  ] as const) {
    ops.get(path, async (c) => {
      const { deps } = c.var;
      const { filters } = readUsageQuery(new URL(c.req.url).searchParams, deps.timeZone);
      const readPage = (before: number | null) => listUsages(deps.db, filters, before, EXPORT_PAGE);
      const file = await toFile(readPage, (error) => {
        deps.log('error', 'console_failed', { route: c.req.path, error: describeError(error) });
      });
      const name = `attachment; filename="offerbridge-${path.slice(1)}"`;
      return c.body(file, 200, { 'content-type': type, 'content-disposition': name });
    });
  }
  ops.get('/usages/:id{[1-9][0-9]{0,14}}', async (c) => {
    const { deps, reader } = c.var;
    const shown = await showUsage(deps.db, Number(c.req.param('id')));
    if (shown === null) return page(c, <Message reader={reader} text={reader.texts.usage.notFound} />, 404);
    return page(c, <UsagePage reader={reader} {...shown} />);
  });
  ops.get('/dead', async (c) => {
    const { deps, reader } = c.var;
    const state = WAITING.find((it) => it === c.req.query('state')) ?? WAITING[0];
    const { results: all } = await deps.db
      .prepare(listLinesForPeople(state))
      .bind(MAX_LISTED + 1)
      .all<Row>();
    const rows = all.slice(0, MAX_LISTED);
    const usageIds = await usageIdsOf(deps.db, rows.map(orderKeyOf));
    return page(
      c,
      <DeadPage reader={reader} state={state} rows={rows} isCut={all.length > MAX_LISTED} usageIds={usageIds} />,
    );
  });
  ops.get('/conflicts', async (c) => {
    const { deps, reader } = c.var;
    const { results } = await deps.db
      .prepare(LIST_CONFLICTS)
      .bind(MAX_LISTED + 1)
      .all<Row>();
    const rows = results.slice(0, MAX_LISTED);
    const usageIds = await usageIdsOf(deps.db, rows.map(orderKeyOf));
    const isCut = results.length > MAX_LISTED;
    return page(c, <ConflictsPage reader={reader} rows={rows} isCut={isCut} usageIds={usageIds} />);
  });
  ops.get('/refused', async (c) => {
    const { deps, reader } = c.var;
    const { results } = await deps.db
      .prepare(LIST_REFUSED)
      .bind(MAX_LISTED + 1)
      .all<Row>();
    return page(
      c,
      <RefusedPage reader={reader} rows={results.slice(0, MAX_LISTED)} isCut={results.length > MAX_LISTED} />,
    );
  });
  ops.get('/audit', async (c) => {
    const { deps, reader } = c.var;
    const before = /^[1-9]\d{0,14}$/.exec(c.req.query('before') ?? '')?.[0];
    const found = await listDecisions(deps.db, before === undefined ? null : Number(before), PAGE_SIZE);
    const usageIds = await usageIdsOf(
      deps.db,
      found.decisions.flatMap(({ order_key }) => order_key ?? []),
    );
    const [decided, of] = [c.req.query('decided'), c.req.query('of')].map((text) => /^\d{1,3}$/.exec(text ?? '')?.[0]);
    const done = decided === undefined || of === undefined ? null : ([Number(decided), Number(of)] as const);
    return page(c, <AuditPage reader={reader} {...found} usageIds={usageIds} done={done} />);
  });

  ops.post('/plan', operatorsOnly, async (c) => {
    const { deps, reader } = c.var;
    const asked = readDecision(await c.req.parseBody({ all: true }));
    if ('mistake' in asked) return page(c, <Message reader={reader} text={asked.mistake(reader.texts)} />, 400);
    const plan = await planDecision(deps.db, asked.decision, asked.lines);
    return page(c, <PlanPage reader={reader} decision={asked.decision} {...plan} />);
  });
  ops.post('/decide', operatorsOnly, async (c) => {
    const { deps, reader } = c.var;
    const form = await c.req.parseBody({ all: true });
    const asked = readDecision(form);
    if ('mistake' in asked) return page(c, <Message reader={reader} text={asked.mistake(reader.texts)} />, 400);
    const reason = plain(String(form.reason ?? '').replace(/\s+/g, ' ')).trim();
    if (!/[\p{L}\p{N}]/u.test(reason) || [...reason].length > MAX_REASON) {
      return page(c, <Message reader={reader} text={reader.texts.plan.needsReason} />, 400);
    }
    const at = /^\d{13}$/.test(String(form.at)) ? Number(form.at) : 0;
    if (at > deps.now() || at < deps.now() - MAX_PLAN_AGE_MS) {
      return page(c, <Message reader={reader} text={reader.texts.plan.tooOld} />, 400);
    }
    const decided = await decide(deps.db, { ...asked, at, actor: reader.actor.name, reason });
    if (asked.decision === 'replay') c.executionCtx.waitUntil(deps.wake().catch(() => {}));
    return c.redirect(`/ops/audit?decided=${decided}&of=${asked.lines.length}`, 303);
  });

  ops.all('*', (c) => page(c, <Message reader={c.var.reader} text={c.var.reader.texts.notFound} />, 404));
  ops.onError((error, c) => {
    if (error instanceof HTTPException) return c.text(c.var.texts.refused, error.status);
    c.var.deps.log('error', 'console_failed', { route: c.req.path, error: describeError(error) });
    return c.text(c.var.texts?.failed ?? 'Try again.', 503, { 'retry-after': '5' });
  });
  return ops;
}

function page(
  c: Context<ConsoleEnv>,
  content: { toString(): string | Promise<string> },
  status: 200 | 400 | 403 | 404 = 200,
) {
  return c.html(`<!doctype html>${content}`, status);
}

/** Whoever may only look and tries more is refused, and it is noted. */
const operatorsOnly: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  const { deps, reader } = c.var;
  if (reader.actor.role === 'operator') return next();
  const asked = readDecision(await c.req.parseBody({ all: true }));
  const what = 'lines' in asked ? `${asked.decision} ${asked.lines.length}: ${asked.lines[0]}` : c.req.path;
  await noteDenied(deps.db, deps.now(), reader.actor.name, cleanText(what, MAX_REASON));
  return page(c, <Message reader={reader} text={reader.texts.viewersOnlyLook} />, 403);
};

type Asked = { readonly decision: Decision; readonly lines: Line[] } | { readonly mistake: (texts: Texts) => string };

function readDecision(form: Record<string, unknown>): Asked {
  const decision = DECISIONS.find((it) => it === form.decision);
  const lines = [form.line ?? []]
    .flat()
    .map(readLine)
    .filter((line) => line !== null);
  if (decision === undefined || lines.length === 0) return { mistake: ({ plan }) => plan.none };
  if (lines.length > MAX_LINES) return { mistake: ({ plan }) => fill(plan.tooMany, { most: MAX_LINES }) };
  return { decision, lines };
}

function readLine(text: unknown): Line | null {
  try {
    const line = JSON.parse(String(text)) as unknown;
    const isLine = Array.isArray(line) && line.length === 3 && line.every((part) => isCleanId(part, 250));
    return isLine ? (line as unknown as Line) : null;
  } catch {
    return null;
  }
}
