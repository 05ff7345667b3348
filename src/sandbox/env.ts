/** Bindings of the sandbox's Worker: `src/sandbox/wrangler.toml`. */
export interface SandboxEnv {
  /** The shop's own database: products, baskets, orders and calls. */
  readonly SHOP: D1Database;
  /** The adapter as this machine's settings have it, by its real fetch handler. */
  readonly ADAPTER: Fetcher;
  /** Another one, with the `http` connector and the reference upstream: `reference.toml`. */
  readonly REFERENCE: Fetcher;
  /** The page's stylesheet and script. */
  readonly ASSETS: Fetcher;
  /** Of the reference upstream; absent where it does not run. */
  readonly UPSTREAM_URL?: string;
  /** What Akinon would send: the adapter's own credentials. */
  readonly AKINON_USERNAME?: string;
  readonly AKINON_PASSWORD?: string;
  readonly CUSTOMER_TOKEN_SECRET?: string;
  /** A voucher code that the configured adapter knows, where it has the demo campaigns. */
  readonly DEMO_VOUCHER?: string;
}
