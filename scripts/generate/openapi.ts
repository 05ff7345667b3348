/**
 * docs/openapi.json: what the Worker takes and answers. Shapes come from the valibot schemas (openapi-schemas.ts),
 * statuses and texts from the error catalogue; what is written here is which of them belongs to which route.
 * @see OpenAPI 3.1.1, "OpenAPI Object"
 */
import { readFileSync } from 'node:fs';
import { LANGUAGES } from '../../src/account/write-offers.ts';
import { ERROR_CODES } from '../../src/akinon/errors.ts';
import type { ErrorCode } from '../../src/common/errors.ts';
import { createSchemas } from './openapi-schemas.ts';

type Json = Record<string, unknown>;

const { version: VERSION } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const schemaRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const headerRef = (name: string) => ({ $ref: `#/components/headers/${name}` });
const headers = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, headerRef(name)]));
const json = (schema: Json, more: Json = {}) => ({ 'application/json': { schema, ...more } });

function sample(name: string): { value: unknown } {
  return { value: JSON.parse(readFileSync(`test/fixtures/akinon/${name}.json`, 'utf8')) };
}

/** What a browser of a storefront is told, on every answer of the account routes. */
const SHARED_HEADERS = ['Vary', 'Access-Control-Allow-Origin', 'Access-Control-Expose-Headers'] as const;

const HEADERS: Json = {
  'Cache-Control': { description: 'Nothing is to be kept.', schema: { const: 'no-store' } },
  'Server-Timing': {
    description:
      'Where the time went, in milliseconds: `upstream`, `storage`, `total`; `cache` says whose answer it is.',
    schema: { type: 'string' },
  },
  'Idempotent-Replayed': {
    description: 'There when this request id was accepted before with the same meaning: nothing was done again.',
    schema: { const: 'true' },
  },
  'Content-Length': { description: 'No body.', schema: { const: '0' } },
  'Retry-After': { description: 'Seconds.', required: true, schema: { type: 'string', pattern: '^[1-9][0-9]*$' } },
  'WWW-Authenticate': {
    required: true,
    schema: { type: 'string', pattern: '^(?:Basic realm=|Bearer realm=|Cloudflare-Access$)' },
  },
  Allow: { description: 'Methods of this path.', required: true, schema: { type: 'string' } },
  PrivateCacheControl: { description: 'Of this customer alone.', schema: { const: 'private, no-store' } },
  'Content-Language': { description: 'Of labels.', required: true, schema: { enum: LANGUAGES } },
  Vary: { schema: { const: 'Accept-Language, Origin, Authorization' } },
  'Access-Control-Allow-Origin': {
    description: 'The origin that asks, where `CORS_ORIGINS` has it.',
    schema: { type: 'string', format: 'uri' },
  },
  'Access-Control-Expose-Headers': { schema: { type: 'string' } },
  'Access-Control-Allow-Methods': { schema: { type: 'string' } },
  'Access-Control-Allow-Headers': { schema: { type: 'string' } },
  'Access-Control-Max-Age': { description: 'Seconds.', schema: { type: 'string', pattern: '^[0-9]+$' } },
};

const HEADERS_OF_STATUS: Readonly<Record<number, string>> = {
  401: 'WWW-Authenticate',
  405: 'Allow',
  503: 'Retry-After',
};

/** One answer that lists all codes of its status. */
function errorResponse(
  status: number,
  codes: readonly ErrorCode[],
  { schema = 'Errors', also = [] }: { schema?: string; also?: readonly string[] } = {},
): Json {
  const own = HEADERS_OF_STATUS[status];
  const timed = also.length === 0 && codes.some((code) => code.startsWith('upstream_')) ? ['Server-Timing'] : [];
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: headers('Cache-Control', ...timed, ...also, ...(own === undefined ? [] : [own])),
    content: json(
      {
        allOf: [schemaRef(schema), { properties: { errors: { items: { properties: { code: { enum: codes } } } } } }],
      },
      { examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])) },
    ),
  };
}

const EXAMPLE_FIELD: Partial<Record<ErrorCode, string>> = {
  missing_header: 'x-app-device',
  invalid_header: 'x-akinon-request-id',
  unsupported_api_version: 'x-akinon-api-version',
  unsupported_media_type: 'content-type',
  invalid_field: 'basket.basketItems[0].unitPrice',
};

/** Of every code, with what it means and what to do. */
const ERROR_EXAMPLES = Object.fromEntries(
  ERROR_CODES.map(({ code, status, message }) => [
    code,
    { summary: `${status}`, value: { errors: [{ code, field: EXAMPLE_FIELD[code] ?? '', message }] } },
  ]),
);

function errorResponses(...codes: ErrorCode[]): Json {
  return errorResponsesWith([], codes);
}

function errorResponsesWith(also: readonly string[], codes: readonly ErrorCode[]): Json {
  const statuses = new Set(ERROR_CODES.filter(({ code }) => codes.includes(code)).map(({ status }) => status));
  return Object.fromEntries(
    [...statuses].sort().map((status) => {
      const ofStatus = ERROR_CODES.filter((row) => row.status === status && codes.includes(row.code));
      return [
        String(status),
        errorResponse(
          status,
          ofStatus.map(({ code }) => code),
          { also },
        ),
      ];
    }),
  );
}

/** Of both routes of Akinon. */
const CALL_ERRORS = [
  ...([
    'authentication_failed',
    'missing_header',
    'invalid_header',
    'unsupported_api_version',
    'invalid_json',
  ] as const),
  ...(['invalid_field', 'unsupported_media_type', 'body_too_large', 'storage_unavailable', 'misconfigured'] as const),
  'internal_error',
] as const;

const header = (name: string, description: string, schema: Json, required = false) => ({
  ...{ name, in: 'header', required, description, schema },
});
const id = { type: 'string', minLength: 1, maxLength: 200 };

const PARAMETERS: Json = {
  RequestId: header(
    'x-akinon-request-id',
    'Known to Akinon and us; /use-offers is answered alike for the same one.',
    { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$' },
    true,
  ),
  ApiVersion: header(
    'x-akinon-api-version',
    'Version of the contract: `v2`, `2`, `v1` or `1`, with any minor. It decides the shape of the answer.',
    { type: 'string', pattern: '^[vV]?[12](\\.[0-9]+)*$' },
    true,
  ),
  Device: header('x-app-device', 'Kind of client, such as `default` or `instore`. Mandatory in v2; v1 has none.', id),
  StoreId: header('x-store-id', 'Store. An unusable value counts as none, as in the four below.', id),
  StoreRemoteId: header('x-store-remote-id', 'Store, as another system calls it.', id),
  StaffId: header('x-store-staff-id', 'Staff user.', id),
  StaffRemoteId: header('x-store-staff-remote-id', 'Staff user, as another system calls it.', id),
  StaffEmail: header('x-store-staff-email', 'Staff user. Passed on, never stored.', id),
};

const callParameters = Object.keys(PARAMETERS).map((name) => ({ $ref: `#/components/parameters/${name}` }));

function call(operationId: string, summary: string, description: string, request: string, responses: Json): Json {
  const fixture = operationId === 'queryOffers' ? 'offers-request' : 'use-offers-request';
  return {
    post: {
      ...{ operationId, summary, description, tags: ['Akinon'], security: [{ akinon: [] }] },
      parameters: callParameters,
      requestBody: {
        required: true,
        content: json(
          { anyOf: [schemaRef(`V2${request}`), schemaRef(`V1${request}`)] },
          { examples: { v2: sample(`v2-${fixture}`), v1: sample(`v1-${fixture}`) } },
        ),
      },
      responses,
    },
  };
}

function look(
  operationId: string,
  summary: string,
  schema: string,
  headerNames: readonly string[],
  example: unknown,
): Json {
  const ok = {
    description: summary,
    headers: headers(...headerNames),
    content: json(schemaRef(schema), { example }),
  };
  return {
    operationId,
    summary,
    tags: ['Operation'],
    security: [],
    responses: { 200: ok, ...errorResponses('internal_error') },
  };
}

const LANGUAGE = header(
  'accept-language',
  `Of labels: ${LANGUAGES.map((language) => `\`${language}\``).join(', ')}. A region is passed over, quality counts.`,
  { type: 'string', default: 'tr' },
);
const inQuery = (name: string, description: string, schema: Json) => ({
  ...{ name, in: 'query', required: false, description, schema: { type: 'integer', minimum: 1, ...schema } },
});
const PAGING = [
  inQuery('page', 'From 1. Past the last is 404; the first may be empty.', { default: 1 }),
  inQuery('page_size', 'Offers on a page.', { maximum: 100, default: 10 }),
];

/** With the slash at the end and without: the same. */
function bothWays(path: string, id: string, summary: string, schema: string, fixture: string): Record<string, Json> {
  return {
    [`${path}/`]: customerOffers(id, summary, schema, fixture),
    [path]: customerOffers(`${id}WithoutSlash`, summary, schema, fixture),
  };
}

function customerOffers(operationId: string, summary: string, schema: string, fixture: string): Json {
  const isPaged = schema === 'CustomerOffersPage';
  return {
    get: {
      ...{ operationId, summary, tags: ['Customer'], security: [{ customer: [] }] },
      description:
        'Assigned to the customer of the token, in its currency: fixed, percentage, shipping_free. Not found where the connector does not list them.',
      parameters: [LANGUAGE, ...(isPaged ? PAGING : [])],
      responses: {
        200: {
          description: summary,
          headers: {
            ...headers('Content-Language', ...SHARED_HEADERS),
            'Cache-Control': headerRef('PrivateCacheControl'),
          },
          content: json(schemaRef(schema), { examples: { sample: sample(fixture) } }),
        },
        ...errorResponsesWith(SHARED_HEADERS, [
          ...(isPaged ? (['invalid_field'] as const) : []),
          ...(['authentication_failed', 'not_found', 'misconfigured'] as const),
          ...(['upstream_timeout', 'upstream_unavailable', 'upstream_error', 'internal_error'] as const),
        ]),
      },
    },
    options: {
      ...{ operationId: `${operationId}Preflight`, tags: ['Customer'], security: [] },
      summary: 'May a page of this origin ask?',
      responses: {
        204: {
          description: 'Allowed where the answer says so.',
          headers: headers(
            ...['Allow', 'Vary', 'Access-Control-Allow-Origin', 'Access-Control-Allow-Methods'],
            ...['Access-Control-Allow-Headers', 'Access-Control-Max-Age'],
          ),
        },
        ...errorResponsesWith(SHARED_HEADERS, ['internal_error']),
      },
    },
  };
}

const READY = look('readiness', 'Would Akinon be served?', 'Ready', ['Cache-Control'], { status: 'ok' });

const PATHS: Json = {
  '/offers': call(
    'queryOffers',
    'Offers for a basket',
    'Asked whenever a basket changes. An empty basket, or one of several currencies, gets `[]`. A failing loyalty system is `[]` too, unless `OFFERS_ON_FAILURE=error`.',
    'OffersRequest',
    {
      200: {
        description: 'Offers, in the dialect of the version that was asked.',
        headers: headers('Cache-Control', 'Server-Timing'),
        content: json(
          { anyOf: [schemaRef('V2Offers'), schemaRef('V1Offers')] },
          { examples: { v2: sample('v2-offers-response'), v1: sample('v1-offers-response') } },
        ),
      },
      ...errorResponses(...CALL_ERRORS, 'upstream_timeout', 'upstream_unavailable', 'upstream_error'),
    },
  ),
  '/use-offers': call(
    'recordUsage',
    'Discounts that an order used',
    'Told after the order. 200 means that it is stored and will be delivered. Essential are `usedDiscounts`, and an order number or basket id and version; anything else that is wrong is accepted.',
    'UsageRequest',
    {
      200: {
        description: 'Stored, now or before. No body.',
        headers: headers('Cache-Control', 'Content-Length', 'Idempotent-Replayed'),
      },
      ...errorResponses(...CALL_ERRORS, 'request_id_reused'),
    },
  ),
  ...bothWays(
    '/account/basket-offers',
    ...([
      'activeCustomerOffers',
      "A customer's offers of today",
      'ActiveCustomerOffers',
      'basket-offers-response',
    ] as const),
  ),
  ...bothWays(
    '/account/expired-basket-offers',
    ...(['expiredCustomerOffers', 'Those that are over, latest end first'] as const),
    ...(['CustomerOffersPage', 'expired-basket-offers-response'] as const),
  ),
  ...bothWays(
    '/account/future-basket-offers',
    ...(['futureCustomerOffers', 'Those to come, soonest first'] as const),
    ...(['CustomerOffersPage', 'future-basket-offers-response'] as const),
  ),
  '/health': {
    get: look('health', 'Does it run? Touches nothing.', 'Health', ['Cache-Control'], {
      status: 'ok',
      version: VERSION,
    }),
  },
  '/ready': {
    get: {
      ...READY,
      description: 'Names the settings that are wrong. With `verbose`, for ops users, the drift report as well.',
      security: [{}, { ops: [] }, { access: [] }],
      parameters: [
        {
          ...{ name: 'verbose', in: 'query', required: false, allowEmptyValue: true, schema: { type: 'string' } },
          description:
            'Any value: also where requests and contract part, counted by path. Needs credentials of `OPS_USERS`, or a token of Cloudflare Access where that is set up.',
        },
      ],
      responses: {
        ...(READY.responses as Json),
        ...errorResponses('authentication_failed', 'internal_error'),
        503: errorResponse(503, ['misconfigured', 'storage_unavailable'], { schema: 'ReadyErrors' }),
      },
    },
  },
  '/openapi.json': { get: look('openapi', 'This document.', 'OpenApi', [], { openapi: '3.1.1' }) },
  '/error-codes': {
    get: look('errorCodes', 'The list of error codes.', 'ErrorCodes', [], [ERROR_CODES[0]]),
  },
};

export function renderOpenApi(): string {
  const document = {
    openapi: '3.1.1',
    info: {
      title: 'Offerbridge',
      version: VERSION,
      summary: 'Akinon basket offer flows, v1 and v2',
      description:
        'Every 4xx and 5xx is an `Errors` body. An unknown path is `NotFound`, a wrong method `MethodNotAllowed`; neither asks for credentials. Fields that are not named here are ignored in requests, and never in answers.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Akinon', description: 'What Akinon calls' },
      { name: 'Customer', description: 'What a storefront asks for the customer who is logged in' },
      { name: 'Operation', description: 'What operators and integrators look at' },
    ],
    paths: PATHS,
    components: {
      securitySchemes: {
        akinon: { type: 'http', scheme: 'basic', description: '`AKINON_USERNAME` and `AKINON_PASSWORD`' },
        customer: {
          ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          description:
            'Signed by the storefront: `aud` `offerbridge`, `phone` or `email`, `currency`, 10 minutes at most',
        },
        ops: { type: 'http', scheme: 'basic', description: 'A user of `OPS_USERS`' },
        access: {
          ...{ type: 'apiKey', in: 'header', name: 'Cf-Access-Jwt-Assertion' },
          description: 'What Cloudflare Access adds, in place of `OPS_USERS`',
        },
      },
      parameters: PARAMETERS,
      headers: HEADERS,
      examples: ERROR_EXAMPLES,
      responses: {
        NotFound: errorResponse(404, ['not_found']),
        // Of the account routes with what a browser is told.
        MethodNotAllowed: errorResponse(405, ['method_not_allowed'], { also: SHARED_HEADERS }),
      },
      schemas: createSchemas(),
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
