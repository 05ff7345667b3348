/** Requests as Akinon sends them, to an app whose outside can be replaced. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createApp } from '../../../src/app.ts';
import type { LogFields } from '../../../src/common/log.ts';
import { createDeps, type Deps, type Outside } from '../../../src/deps.ts';

export const BASIC = `Basic ${btoa('akinon:correct:horse')}`;

export interface Logged extends LogFields {
  level: string;
  event: string;
}

export interface TestApp {
  post(path: string, body: unknown, headers?: Record<string, string | null>): Promise<Response>;
  request(path: string, init?: RequestInit): Promise<Response>;
  readonly deps: Deps;
  readonly logged: Logged[];
  readonly sent: unknown[];
}

export interface TestAppOptions extends Partial<Omit<Outside, 'log'>> {
  env?: Partial<Record<keyof Env | string, unknown>>;
  deps?: (deps: Deps) => Partial<Deps>;
}

/** The whole app on real D1; `env` and `deps` replace what a test wants to break. */
export function aTestApp(options: TestAppOptions = {}): TestApp {
  const { env: bindings, deps: replace, ...outside } = options;
  const logged: Logged[] = [];
  const sent: unknown[] = [];
  // Nothing else of `env`: whoever runs the tests may have settings of their own in .dev.vars.
  const testEnv = {
    DB: env.DB,
    ASSETS: env.ASSETS,
    AKINON_USERNAME: 'akinon',
    AKINON_PASSWORD: 'correct:horse',
    CUSTOMER_HASH_KEY: 'test-hash-key',
    DELIVERIES: { send: async (message: unknown) => void sent.push(message) },
    ...bindings,
  } as unknown as Env;
  const built = createDeps(testEnv, {
    ...outside,
    log: (level, event, fields) => void logged.push({ level, event, ...fields }),
  });
  const deps: Deps = { ...built, ...replace?.(built) };
  const app = createApp(() => deps);

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const ctx = createExecutionContext();
    const response = await app.fetch(new Request(`https://adapter.test${path}`, init), testEnv, ctx);
    await waitOnExecutionContext(ctx);
    return response;
  }

  function post(path: string, body: unknown, headers: Record<string, string | null> = {}): Promise<Response> {
    const all = {
      authorization: BASIC,
      'content-type': 'application/json',
      'x-akinon-request-id': crypto.randomUUID(),
      'x-akinon-api-version': 'v2',
      'x-app-device': 'default',
      ...headers,
    };
    const sentHeaders = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
    const text = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
    return request(path, {
      method: 'POST',
      headers: sentHeaders,
      body: text ? (body as BodyInit) : JSON.stringify(body),
    });
  }

  return { post, request, deps, logged, sent };
}

export interface ErrorBody {
  errors: { code: string; field: string; message: string }[];
}

/** Codes and fields of an error answer, after checking its shape. */
export async function errorsOf(response: Response): Promise<[string, string][]> {
  const body = (await response.json()) as ErrorBody;
  if (!Array.isArray(body.errors) || body.errors.length === 0) throw new Error('no errors in the body');
  for (const { code, field, message } of body.errors) {
    if ([code, field, message].some((text) => typeof text !== 'string') || message === '') {
      throw new Error(`not an error: ${JSON.stringify({ code, field, message })}`);
    }
  }
  return body.errors.map(({ code, field }) => [code, field]);
}
