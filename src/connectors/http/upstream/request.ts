/** What is sent, but for what says who we are: that is added each time anew. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query, below UPSTREAM_URL. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for none. */
  readonly body: string | null;
}
