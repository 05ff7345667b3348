/**
 * The catalogue of error codes: the one table behind every 4xx and 5xx, `/error-codes` and docs/error-codes.md, which
 * Akinon asks integrators for. An error kind without a row does not compile.
 * @see Akinon Basket Offer Flows v2, "Response Body For Errors"
 */
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AdapterError, ErrorCode } from '../common/errors.ts';

interface CatalogueRow {
  readonly status: ContentfulStatusCode;
  /** What it means and what to do: the text of an error that has none of its own. */
  readonly message: string;
  /** Seconds, for what passes by itself. */
  readonly retryAfter?: number;
}

const CATALOGUE = {
  authentication_failed: {
    status: 401,
    message: 'The credentials are missing or wrong. Send the user name and password of this adapter with Basic auth.',
  },
  missing_header: { status: 400, message: 'A mandatory header is absent or empty. Send it.' },
  invalid_header: { status: 400, message: 'A mandatory header cannot be used. Send a value of the documented form.' },
  unsupported_api_version: {
    status: 400,
    message: 'The header x-akinon-api-version names a version that this adapter does not serve. Send v2 or v1.',
  },
  unsupported_media_type: {
    status: 415,
    message: 'The content type is not JSON. Send application/json, or no content type.',
  },
  body_too_large: { status: 413, message: 'The body is larger than 1 MiB. Send a smaller one.' },
  invalid_json: {
    status: 400,
    message: 'The body is not JSON in UTF-8, or is nested deeper than 32 levels. Send valid JSON.',
  },
  invalid_field: { status: 400, message: 'A field is missing or has a value that cannot be used. Correct it.' },
  request_id_reused: {
    status: 422,
    message:
      'This request id was used before with another order or other discounts. The first request stands and this one is kept for review. Send a new request id.',
  },
  not_found: { status: 404, message: 'There is no such path here.' },
  method_not_allowed: {
    status: 405,
    message: 'The path is right, the method is not. Use one that the Allow header names.',
  },
  rate_limited: { status: 429, message: 'Too many requests. Try again in a minute.', retryAfter: 60 },
  upstream_timeout: { status: 504, message: 'The loyalty system did not answer in time. Try again.' },
  upstream_unavailable: {
    status: 503,
    message: 'The loyalty system cannot be reached. Try again shortly.',
    retryAfter: 10,
  },
  upstream_error: { status: 502, message: 'The loyalty system gave an answer that cannot be used.' },
  storage_unavailable: { status: 503, message: 'The request could not be stored. Send it again.', retryAfter: 1 },
  misconfigured: {
    status: 503,
    message: 'This adapter is not set up completely. Its operator finds what is missing at /ready.',
    retryAfter: 60,
  },
  internal_error: { status: 500, message: 'The adapter failed. The cause is in its log.' },
} as const satisfies Record<ErrorCode, CatalogueRow>;

/** Code, status and meaning, in the order of the documentation. */
export const ERROR_CODES = (Object.entries(CATALOGUE) as [ErrorCode, CatalogueRow][]).map(
  ([code, { status, message }]) => ({ code, status, message }),
);

export interface WireError {
  readonly code: ErrorCode;
  /** Dotted path, name of a header in lower case, or `""`. */
  readonly field: string;
  readonly message: string;
}

const MAX_ERRORS = 20;

export function toWireError(error: AdapterError): WireError {
  const field = 'field' in error ? error.field : '';
  const own = 'message' in error ? error.message : undefined;
  return { code: error.kind, field, message: own ?? CATALOGUE[error.kind].message };
}

/** The error body and the headers its status asks for. All errors of one answer share the first one's status. */
export function toErrorResponse(errors: readonly [AdapterError, ...AdapterError[]]): Response {
  const [first] = errors;
  const row: CatalogueRow = CATALOGUE[first.kind];
  const headers = new Headers({ 'cache-control': 'no-store' });
  if (row.retryAfter !== undefined) headers.set('retry-after', String(row.retryAfter));
  if (first.kind === 'authentication_failed')
    headers.set('www-authenticate', first.challenge ?? 'Basic realm="offerbridge", charset="UTF-8"');
  if (first.kind === 'method_not_allowed') headers.set('allow', first.allow);
  return Response.json({ errors: errors.slice(0, MAX_ERRORS).map(toWireError) }, { status: row.status, headers });
}
