/** What the sandbox's flows work with; made once a request by `index.ts`, and by the tests. */
import type { BasketStore } from './baskets.sql.ts';
import type { CallDeps } from './call-adapter.ts';
import type { AdapterName } from './settings.ts';

export interface Shop extends CallDeps {
  readonly db: D1Database;
  readonly baskets: BasketStore;
  /** Milliseconds. */
  readonly now: () => number;
  readonly newId: () => string;
  /** What a storefront's backend signs customer tokens with; null where none is set. */
  readonly customerTokenSecret: string | null;
  /** Codes that bring an offer, to show a person; null where none is known. */
  readonly voucherExamples: Readonly<Record<AdapterName, string | null>>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Work that goes on after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}
