/** Bindings of the sandbox's Worker: `src/sandbox/wrangler.toml`. */
export interface SandboxEnv {
  /** The shop's own database: products, baskets, orders and calls. */
  readonly SHOP: D1Database;
  /** The adapter, by its real fetch handler. */
  readonly ADAPTER: Fetcher;
  /** What Akinon would send: the adapter's own credentials. */
  readonly AKINON_USERNAME: string;
  readonly AKINON_PASSWORD: string;
}
