/** docs/openapi.json is a valid document, its examples are what it says, and it names what there is. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/akinon/errors.ts';
import { document, judge, resolve, validate } from './support/openapi.ts';

type Any = Record<string, unknown>;
const paths = document.paths as Record<string, Record<string, Any>>;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    path,
    method,
    operation,
    at: `/paths/${path.replaceAll('/', '~1')}/${method}`,
  })),
);

/** Every place with `content`: pointer of its schema, and its examples by name. */
function contents(): { schema: string; examples: [string, unknown][] }[] {
  const places = operations.flatMap(({ operation, at }) => [
    ...('requestBody' in operation ? [`${at}/requestBody`] : []),
    ...Object.keys(operation.responses as Any).map((status) => `${at}/responses/${status}`),
  ]);
  const common = Object.keys((document.components as { responses: Any }).responses).map(
    (name) => `/components/responses/${name}`,
  );
  return [...places, ...common].flatMap((place) => {
    const { pointer, node } = resolve(place) ?? { pointer: place, node: {} as Any };
    return Object.entries((node.content ?? {}) as Any).map(([type, media]) => {
      const at = `${pointer}/content/${type.replaceAll('/', '~1')}`;
      const { example, examples = {} } = media as { example?: unknown; examples?: Any };
      const named = Object.keys(examples).map((name): [string, unknown] => [
        `${place} ${name}`,
        resolve(`${at}/examples/${name}`)?.node.value,
      ]);
      return {
        schema: `${at}/schema`,
        examples: example === undefined ? named : [...named, [place, example] as [string, unknown]],
      };
    });
  });
}

describe('docs/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('has an example for each body, and every example is valid', () => {
    const all = contents();
    expect(all.length).toBeGreaterThan(25);
    for (const { schema, examples } of all) {
      expect(examples.length, schema).toBeGreaterThan(0);
      for (const [name, value] of examples) expect(validate(schema, value), name).toEqual([]);
    }
  });

  it('knows an example of the other version from its own', () => {
    const { V1, V2 } = { V1: '/components/schemas/V1Offers', V2: '/components/schemas/V2Offers' };
    const inV2 = resolve('/paths/~1offers/post/responses/200/content/application~1json/examples/v2')?.node.value;
    const inV1 = resolve('/paths/~1offers/post/responses/200/content/application~1json/examples/v1')?.node.value;
    expect([validate(V2, inV2), validate(V1, inV1)]).toEqual([[], []]);
    expect(validate(V1, inV2)).not.toEqual([]);
    expect(validate(V2, inV1)).not.toEqual([]);
  });

  it('has every error code, at its status', () => {
    const declared = new Map<string, Set<string>>();
    const responses = [
      ...operations.flatMap(({ operation }) => Object.entries(operation.responses as Record<string, Any>)),
      ...Object.values((document.components as { responses: Record<string, Any> }).responses).map(
        (node) => ['', node] as const,
      ),
    ];
    for (const [status, { content }] of responses) {
      const examples =
        (content as { 'application/json'?: { examples?: Record<string, { $ref?: string }> } })?.['application/json']
          ?.examples ?? {};
      for (const [name, { $ref }] of Object.entries(examples)) {
        if ($ref?.startsWith('#/components/examples/'))
          declared.set(name, (declared.get(name) ?? new Set()).add(status));
      }
    }
    for (const { code, status } of ERROR_CODES) {
      // Of the console, which this document is not about.
      if (code === 'rate_limited') continue;
      expect(declared.get(code), code).toBeDefined();
      for (const at of declared.get(code) ?? []) expect(['', String(status)]).toContain(at);
    }
  });

  it('needs credentials for the routes of Akinon, and names every header of both versions', () => {
    for (const path of ['/offers', '/use-offers']) {
      const { security, parameters = [] } = (paths[path]?.post ?? {}) as {
        security?: unknown;
        parameters?: { $ref: string }[];
      };
      expect(security).toEqual([{ akinon: [] }]);
      const names = parameters.map(({ $ref }) => resolve($ref.slice(1))?.node.name);
      expect(names).toEqual([
        ...['x-akinon-request-id', 'x-akinon-api-version', 'x-app-device', 'x-store-id', 'x-store-remote-id'],
        ...['x-store-staff-id', 'x-store-staff-remote-id', 'x-store-staff-email'],
      ]);
    }
  });
});

describe('the judge of black-box tests', () => {
  const headers = { 'cache-control': 'no-store', 'content-type': 'application/json', 'server-timing': 'total;dur=1' };
  const requestBody = JSON.stringify({ basket: { id: 1, version: 1, basketItems: [] } });
  const answered = {
    method: 'POST',
    path: '/offers',
    requestHeaders: { 'x-akinon-api-version': 'v2' },
    requestBody,
    status: 200,
    headers,
    body: '[]',
  };
  const refused = JSON.stringify({ errors: [{ code: 'invalid_field', field: 'a', message: 'b' }] });

  it('lets pass what is declared', () => {
    expect(judge(answered)).toEqual([]);
    const { 'server-timing': _timing, ...plain } = headers;
    expect(judge({ ...answered, status: 400, headers: plain, body: refused })).toEqual([]);
    const empty = { 'cache-control': 'no-store', 'content-length': '0', 'idempotent-replayed': 'true' };
    expect(judge({ ...answered, path: '/use-offers', headers: empty, body: '' })).toEqual([]);
  });

  it.each([
    ['a status', { status: 418 }, /status is not declared/],
    ['a header', { headers: { ...headers, 'x-powered-by': 'y' } }, /header x-powered-by is not declared/],
    ['a value of a header', { headers: { ...headers, 'cache-control': 'public' } }, /header Cache-Control/],
    ['a field of an offer', { body: '[{"x":1}]' }, /body/],
    ['a content type', { headers: { ...headers, 'content-type': 'text/html' } }, /content type "text\/html"/],
    ['a body that is no JSON', { body: '<html>' }, /body: SyntaxError/],
    [
      'a code of another status',
      {
        status: 401,
        headers: { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="x"' },
        body: refused,
      },
      /body \/errors\/0\/code/,
    ],
    ['a challenge that is missing', { status: 401, body: refused }, /header WWW-Authenticate is missing/],
    ['a method', { method: 'PUT' }, /status is not declared/],
    ['a path', { path: '/nowhere' }, /status is not declared/],
    [
      'a body of /use-offers',
      { path: '/use-offers', headers: { 'cache-control': 'no-store' }, body: 'ok' },
      /a body is not declared/,
    ],
    [
      'a request that should have been refused',
      { requestBody: '{"basket":{}}' },
      /a body that the document refuses was taken/,
    ],
  ] as const)('finds %s that is not declared', (_name, change, message) => {
    expect(judge({ ...answered, ...change }).join('\n')).toMatch(message);
  });
});
