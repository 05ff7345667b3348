/**
 * Expected failures as values. The `kind` is the public error code; `akinon/errors.ts` has its row in the one table
 * that gives status and meaning, so a new kind does not compile until it is documented.
 */
export type AdapterError =
  | { kind: 'authentication_failed'; message?: string; challenge?: string }
  | { kind: 'missing_header' | 'invalid_header' | 'unsupported_api_version'; field: string; message: string }
  | { kind: 'unsupported_media_type'; field: string; message: string }
  | { kind: 'body_too_large' | 'invalid_json'; message: string }
  | { kind: 'invalid_field'; field: string; message: string }
  | { kind: 'request_id_reused' }
  | { kind: 'not_found'; message?: string }
  | { kind: 'method_not_allowed'; allow: string }
  | { kind: 'rate_limited' }
  | { kind: 'upstream_timeout' | 'upstream_unavailable' | 'upstream_error'; message?: string }
  | { kind: 'storage_unavailable'; message?: string }
  | { kind: 'misconfigured'; field?: string; message?: string }
  | { kind: 'internal_error' };

export type ErrorCode = AdapterError['kind'];

/** What a step answers that may refuse: the value, or at least one reason. All reasons of one refusal share a status. */
export type Checked<T> = { ok: true; value: T } | { ok: false; errors: [AdapterError, ...AdapterError[]] };

export function accepted<T>(value: T): Checked<T> {
  return { ok: true, value };
}

export function refused<T = never>(...errors: [AdapterError, ...AdapterError[]]): Checked<T> {
  return { ok: false, errors };
}
