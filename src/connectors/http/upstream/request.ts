/** Headers that are the connection's own. */
const HOP_BY_HOP = /^(?:connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** @see RFC 9110, section 5.1 */
export function flawOfHeader(name: string): string | null {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return 'must be the name of a header, such as x-api-key';
  return HOP_BY_HOP.test(name) ? 'is a header of the connection, and cannot be set' : null;
}

/** What is sent, but for what says who we are: that is added each time anew. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query, below UPSTREAM_URL. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for none. */
  readonly body: string | null;
}
