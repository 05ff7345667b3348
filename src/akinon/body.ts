/**
 * Reading a body that anybody may have written: size first, then depth, and only then a parser. All before validation,
 * so that nothing recursive ever meets what is too deep.
 */

import { accepted, type Checked, refused } from '../common/errors.ts';
import { isNestedDeeperThan } from '../common/json.ts';
import { readCapped } from '../common/read-capped.ts';

export const MAX_BODY_BYTES = 1024 * 1024;
export const MAX_DEPTH = 32;

const JSON_TYPE = /^(?:application\/json|[^\s;/]+\/[^\s;/]+\+json)\s*(?:;|$)/i;

/** The parsed JSON, or `unsupported_media_type`, `body_too_large`, `invalid_json`. */
export async function readJson(request: Request): Promise<Checked<unknown>> {
  const contentType = request.headers.get('content-type')?.trim() ?? '';
  if (contentType !== '' && !JSON_TYPE.test(contentType)) {
    const message = 'The content type must be application/json, or absent.';
    return refused({ kind: 'unsupported_media_type', field: 'content-type', message });
  }
  const bytes = await readBytes(request).catch(() => 'broken' as const);
  if (bytes === 'broken') return notJson('broke off before its end');
  if (bytes === null) {
    return refused({ kind: 'body_too_large', message: `The body must not be larger than ${MAX_BODY_BYTES} bytes.` });
  }
  if (isNestedDeeperThan(bytes, MAX_DEPTH)) return notJson(`is nested deeper than ${MAX_DEPTH} levels`);
  try {
    return accepted(JSON.parse(decoder.decode(bytes)) as unknown);
  } catch (error) {
    return notJson(bytes.length === 0 ? 'is empty' : `is not JSON in UTF-8${placeOf(error)}`);
  }
}

/** Where the parser stopped, without the text around it that its message may quote. */
function placeOf(error: unknown): string {
  const position = /at position (\d+)/.exec(String(error))?.[1];
  return position === undefined ? '' : `: see character ${position}`;
}

/** Refuses what is not UTF-8; a byte order mark is skipped. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function notJson(what: string): Checked<unknown> {
  return refused({ kind: 'invalid_json', message: `The body ${what}. Send a JSON object.` });
}

/** The whole body, or null as soon as it is known to be too large. */
async function readBytes(request: Request): Promise<Uint8Array | null> {
  const declared = request.headers.get('content-length');
  if (declared !== null) {
    // The platform reads no more than was declared.
    return Number(declared) <= MAX_BODY_BYTES ? new Uint8Array(await request.arrayBuffer()) : null;
  }
  return readCapped(request.body, MAX_BODY_BYTES);
}
