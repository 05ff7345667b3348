/**
 * One exchange with the upstream, the answer's body included. What arrived is told apart from what did not, because
 * after a usage call the difference decides whether it may have been done. Redirects are never followed.
 */
import { describeError } from '../../../common/log.ts';
import { readCapped } from '../../../common/read-capped.ts';
import { VERSION } from '../../../version.ts';
import type { CallContext } from '../../connector.ts';

export const MAX_ANSWER_BYTES = 1_048_576;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

export type AnswerBody =
  | { readonly text: string }
  /** Read to its end, and no text. */
  | { readonly flaw: 'not UTF-8' }
  /** Where it would have ended is not known. */
  | { readonly flaw: 'over 1 MB' | 'broke off'; readonly unfinished: true };

/** Not even a status: refused, reset, or aborted. The runtime does not say which. */
export interface NoAnswer {
  readonly noAnswer: string;
}

export interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is; null for none. */
  readonly text: string | null;
  /** Default POST. */
  readonly method?: string;
}

export async function exchange(
  ctx: CallContext,
  { url, headers, text, method = 'POST' }: Sent,
): Promise<Answer | NoAnswer> {
  let response: Response;
  try {
    response = await ctx.fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(text !== null && { 'content-type': 'application/json' }),
        'user-agent': `offerbridge/${VERSION}`,
        ...headers,
      },
      body: text,
      redirect: 'manual',
      signal: ctx.signal,
    });
  } catch (error) {
    return { noAnswer: describeError(error) };
  }
  const { status } = response;
  return { status, headers: response.headers, body: await readBody(response) };
}

export function isBlank(body: AnswerBody): boolean {
  return 'text' in body && body.text.trim() === '';
}

/** The body's JSON; undefined for what is none. */
export function parseBody(body: AnswerBody): unknown {
  if (!('text' in body)) return undefined;
  try {
    return JSON.parse(body.text);
  } catch {
    return undefined;
  }
}

/** Refuses what is not UTF-8; a byte order mark is skipped. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

async function readBody(response: Response): Promise<AnswerBody> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readBytes(response);
  } catch {
    return { flaw: 'broke off', unfinished: true };
  }
  if (bytes === null) return { flaw: 'over 1 MB', unfinished: true };
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { flaw: 'not UTF-8' };
  }
}

/** The whole body, or null as soon as it is known to be too large; the rest is cancelled. Rejects where it breaks off. */
async function readBytes(response: Response): Promise<Uint8Array | null> {
  const { headers, body } = response;
  const declared = headers.get('content-length');
  // What compression makes of a declared length nobody knows, and only chunk by chunk can it be stopped in time.
  if (declared === null || headers.has('content-encoding')) return readCapped(body, MAX_ANSWER_BYTES);
  if (Number(declared) > MAX_ANSWER_BYTES) {
    await body?.cancel();
    return null;
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length !== Number(declared)) throw new Error(`${bytes.length} bytes came, ${declared} were announced`);
  return bytes;
}
