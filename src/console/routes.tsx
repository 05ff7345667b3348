/**
 * The console below /ops: who may come in, what every answer carries, and which page an address is. Pages are read on the
 * server, and work without the script.
 */
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HonoBase as Hono } from 'hono/hono-base';
import { HTTPException } from 'hono/http-exception';
import { TrieRouter } from 'hono/router/trie-router';
import type { OrderKey } from '../common/ids.ts';
import { describeError } from '../common/log.ts';
import { showConflict } from '../ledger/conflicts.ts';
import { isGateShut, readOverview } from '../ledger/overview.ts';
import {
  listDecisions,
  listUsages,
  type ShownUsage,
  showOrderByKey,
  showUsage,
  usageIdsOf,
} from '../ledger/usage-log.ts';
import { countWaiting, listConflicts, listRefused, listWaitingLines, WAITING_STATES } from '../ledger/waiting.ts';
import { deriveDiscountKey } from '../usage/keys.ts';
import { addDecisions, conflicts, lines } from './decisions.tsx';
import { EXPORT_PAGE, toCsv, toJson } from './export.ts';
import { dayIn, daysUpTo } from './format.ts';
import { type ConsoleDeps, type ConsoleEnv, guardAnswer, letIn, limitRequests, speak } from './guard.ts';
import { Message, page } from './page.tsx';
import { CAMPAIGN_TIMES, CatalogPage } from './pages/catalog.tsx';
import { ConflictPage } from './pages/conflict.tsx';
import { AuditPage, ConflictsPage, DeadPage, RefusedPage } from './pages/lists.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { UsagePage } from './pages/usage.tsx';
import { UsagesPage } from './pages/usages.tsx';
import { readUsageQuery } from './usage-query.ts';

const PAGE_SIZE = 50;
/** Today and 30 before. */
const SHOWN_DAYS = 31;
/** Of a form. */
const MAX_FORM_BYTES = 1024 * 1024;
const orderKeyOf = (row: { order_key: string }) => row.order_key;

export function createConsole(depsOf: (env: Env) => ConsoleDeps): Hono<ConsoleEnv> {
  const ops = new Hono<ConsoleEnv>({ router: new TrieRouter() });
  ops.use('*', guardAnswer, async (c, next) => {
    c.set('deps', depsOf(c.env));
    await next();
  });
  ops.use('*', speak, limitRequests);
  // Small, and behind no login.
  for (const asset of ['/style.css', '/script.js', '/icon.svg'])
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
    const { q } = query.filters;
    const isNone = q !== undefined && found.usages.length === 0 && found.next === null;
    const [order = null] = isNone ? (await usageIdsOf(deps.db, [`o:${q}`, q])).keys() : [];
    return page(c, <UsagesPage reader={reader} query={query} page={found} order={order} />);
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
    const id = Number(c.req.param('id'));
    const shown = await showUsage(deps.db, id);
    if (shown === null)
      return page(c, <Message reader={reader} text={reader.texts.usage.notFound} place="usages" />, 404);
    return page(c, <UsagePage reader={reader} id={id} {...shown} {...(await besides(deps.db, shown))} />);
  });
  ops.get('/order', async (c) => {
    const { deps, reader } = c.var;
    const shown = await showOrderByKey(deps.db, c.req.query('key') ?? '');
    if (shown === null)
      return page(c, <Message reader={reader} text={reader.texts.usage.noOrder} place="usages" />, 404);
    return page(c, <UsagePage reader={reader} id={null} {...shown} {...(await besides(deps.db, shown))} />);
  });
  ops.get('/dead', async (c) => {
    const { deps, reader } = c.var;
    const counts = await countWaiting(deps.db);
    const asked = WAITING_STATES.find((it) => it === c.req.query('state'));
    // Without a wish, where there is something.
    const state = asked ?? WAITING_STATES.find((it) => counts[it] > 0) ?? WAITING_STATES[0];
    const found = await listWaitingLines(deps.db, c.req.query('before') ?? null, PAGE_SIZE, state);
    const usageIds = await usageIdsOf(deps.db, found.rows.map(orderKeyOf));
    return page(c, <DeadPage reader={reader} state={state} counts={counts} {...found} usageIds={usageIds} />);
  });
  ops.get('/conflicts', async (c) => {
    const { deps, reader } = c.var;
    const found = await listConflicts(deps.db, c.req.query('before') ?? null, PAGE_SIZE);
    const usageIds = await usageIdsOf(deps.db, found.rows.map(orderKeyOf));
    return page(c, <ConflictsPage reader={reader} {...found} usageIds={usageIds} />);
  });
  ops.get('/conflict', async (c) => {
    const { deps, reader } = c.var;
    const shown = await showConflict(deps.db, c.req.query('request') ?? '', c.req.query('fingerprint') ?? '');
    if (shown === null)
      return page(c, <Message reader={reader} text={reader.texts.conflict.settled} place="conflicts" />, 404);
    const usageIds = await usageIdsOf(deps.db, [shown.conflict.order_key]);
    return page(c, <ConflictPage reader={reader} {...shown} usageIds={usageIds} />);
  });
  ops.get('/refused', async (c) => {
    const { deps, reader } = c.var;
    const found = await listRefused(deps.db, c.req.query('before') ?? null, PAGE_SIZE);
    return page(c, <RefusedPage reader={reader} {...found} />);
  });
  ops.get('/catalog', async (c, next) => {
    const { deps, reader } = c.var;
    if (deps.listCampaigns === null) return next();
    const when = CAMPAIGN_TIMES.find((it) => it === c.req.query('when')) ?? CAMPAIGN_TIMES[0];
    const asked = { when, now: deps.now(), before: c.req.query('before') ?? null, limit: PAGE_SIZE };
    return page(c, <CatalogPage reader={reader} when={when} {...(await deps.listCampaigns(asked))} />);
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

  addDecisions(ops, '', lines);
  addDecisions(ops, '/conflicts', conflicts);

  ops.get('/*', (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    return pathname.endsWith('/') ? Promise.resolve(c.redirect(pathname.slice(0, -1) + search)) : next();
  });
  ops.all('*', (c) => page(c, <Message reader={c.var.reader} text={c.var.reader.texts.notFound} />, 404));
  ops.onError((error, c) => {
    if (error instanceof HTTPException) {
      return c.text(error.status === 413 ? c.var.texts.tooLarge : c.var.texts.refused, error.status);
    }
    c.var.deps.log('error', 'console_failed', { route: c.req.path, error: describeError(error) });
    return c.text(c.var.texts?.failed ?? 'Try again.', 503, { 'retry-after': '5' });
  });
  return ops;
}

/** Generations whose keys are shown. */
const MAX_GENERATIONS = 5;

/** What the page of an order shows that is not the order's own. */
async function besides(db: D1Database, shown: ShownUsage) {
  const waits = shown.history.delivery[0]?.state === 'due';
  const [keys, isShut] = await Promise.all([keysOf(shown), waits && isGateShut(db)]);
  return { keys, isShut };
}

/**
 * By discount id, by generation: what is due is sent with the newest; of what is settled nobody knows under which, where an
 * order has had several.
 */
async function keysOf({ orderKey, history }: ShownUsage): Promise<Map<string, Map<number, string>>> {
  const newest = Number(history.delivery[0]?.generation ?? 0);
  const oldest = Math.max(0, newest - MAX_GENERATIONS + 1);
  const keys = history.discounts.map(async ({ discount_id, state }) => {
    const id = String(discount_id);
    const of = new Map<number, string>();
    for (let generation = state === 'due' ? newest : oldest; generation <= newest; generation++) {
      of.set(generation, await deriveDiscountKey(orderKey as OrderKey, id, generation));
    }
    return [id, of] as const;
  });
  return new Map(await Promise.all(keys));
}
