/** The Hono app: what runs before a route, the routes, and the one place where a bug becomes an answer. */
import type { MiddlewareHandler } from 'hono';
import { HonoBase as Hono } from 'hono/hono-base';
import { TrieRouter } from 'hono/router/trie-router';
import { basketOffersRoute, LISTS } from './account/basket-offers-route.ts';
import { METHODS, shareWith } from './account/share.ts';
import { ERROR_CODES, toErrorResponse } from './akinon/errors.ts';
import { peekRequestId } from './akinon/headers.ts';
import { offersRoute } from './akinon/offers-route.ts';
import { useOffersRoute } from './akinon/use-offers-route.ts';
import { describeError } from './common/log.ts';
import { createConsole } from './console/routes.tsx';
import type { AppEnv, Deps } from './deps.ts';
import { checkReadiness, checkReadinessForOps } from './readiness.ts';
import { VERSION } from './version.ts';

/** @param depsOf called once a request; may answer the same for the same bindings */
export function createApp(depsOf: (env: Env) => Deps): Hono<AppEnv> {
  // The router is named: the default brings three along.
  const app = new Hono<AppEnv>({ router: new TrieRouter() });

  /** One line for each request of Akinon or a customer. */
  const logRequest: MiddlewareHandler<AppEnv> = async (c, next) => {
    const { log, now } = depsOf(c.env);
    const startedAt = now();
    await next();
    const requestId = peekRequestId(c.req.raw.headers);
    const { status } = c.res;
    log(status < 500 ? 'info' : 'error', 'request', {
      route: c.req.path,
      status,
      durationMs: now() - startedAt,
      ...(requestId !== null && { requestId }),
      ...c.get('report'),
    });
  };

  const authenticate: MiddlewareHandler<AppEnv> = async (c, next) => {
    const { authenticator } = depsOf(c.env);
    if (authenticator === null) return toErrorResponse([{ kind: 'misconfigured' }]);
    if (await authenticator.accepts(c.req.header('authorization'))) return next();
    return toErrorResponse([{ kind: 'authentication_failed' }]);
  };

  app.post('/offers', logRequest, authenticate, (c) => offersRoute(c, depsOf(c.env)));
  app.post('/use-offers', logRequest, authenticate, (c) => useOffersRoute(c, depsOf(c.env)));
  app.get('/health', (c) => c.json({ status: 'ok', version: VERSION }, 200, { 'cache-control': 'no-store' }));
  app.get('/ready', (c) => {
    const deps = depsOf(c.env);
    if (c.req.query('verbose') === undefined) return checkReadiness(deps);
    return checkReadinessForOps(c.req.raw.headers, deps);
  });
  app.get('/openapi.json', async (c) => {
    // Without the request's headers and with none of the asset's: what is answered is what the document declares.
    const { body, ok } = await c.env.ASSETS.fetch(new URL('/openapi.json', c.req.url));
    if (!ok) throw new Error('the asset openapi.json is not there');
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  });
  app.get('/error-codes', (c) => c.json(ERROR_CODES));

  for (const [list, when] of Object.entries(LISTS)) {
    for (const path of [list, `${list}/`]) {
      app.use(
        path,
        shareWith((env) => depsOf(env).account.origins),
      );
      app.get(path, logRequest, (c) => basketOffersRoute(c, depsOf(c.env), when));
      app.options(path, () => new Response(null, { status: 204, headers: { allow: METHODS } }));
      app.all(path, () => methodNotAllowed(METHODS));
    }
  }

  app.route(
    '/ops',
    createConsole((env) => depsOf(env).console),
  );

  for (const path of ['/offers', '/use-offers']) app.all(path, () => methodNotAllowed('POST'));
  for (const path of ['/health', '/ready', '/openapi.json', '/error-codes'])
    app.all(path, () => methodNotAllowed('GET, HEAD'));
  app.notFound(() => toErrorResponse([{ kind: 'not_found' }]));
  app.onError((error, c) => {
    depsOf(c.env).log('error', 'internal_error', { route: c.req.path, error: describeError(error) });
    return toErrorResponse([{ kind: 'internal_error' }]);
  });
  return app;
}

function methodNotAllowed(allow: string): Response {
  return toErrorResponse([{ kind: 'method_not_allowed', allow }]);
}
