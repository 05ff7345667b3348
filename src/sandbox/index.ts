/** Worker entry of the sandbox: bindings become what the shop works with. Runs on this machine only. */
import { createSandbox } from './app.ts';
import { BasketStore } from './baskets.sql.ts';
import { recordCall } from './calls.sql.ts';
import type { SandboxEnv } from './env.ts';
import type { ShopContext } from './session.ts';
import type { AdapterName } from './settings.ts';
import type { Shop } from './shop.ts';

function shopOf(c: ShopContext): Shop {
  const { SHOP: db, ADAPTER, REFERENCE, AKINON_USERNAME: username = '', AKINON_PASSWORD: password = '' } = c.env;
  const adapters = { configured: ADAPTER, reference: REFERENCE } satisfies Record<AdapterName, Fetcher>;
  return {
    db,
    baskets: new BasketStore(db),
    adapter: {
      fetch: (request, name) => adapters[name].fetch(request),
      username,
      password,
    },
    record: (call) => recordCall(db, call),
    now: () => Date.now(),
    newId: () => crypto.randomUUID(),
    customerTokenSecret: c.env.CUSTOMER_TOKEN_SECRET || null,
    voucherExamples: { configured: c.env.DEMO_VOUCHER || null, reference: 'BRIDGE50' },
    sleep: (ms) => scheduler.wait(ms),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  };
}

/** `service_binding_extra_handlers` gives it to a service binding; the types do not know it. */
interface Scheduling {
  scheduled(options: { cron: string; scheduledTime: Date }): Promise<{ outcome: string }>;
}

export default {
  fetch: createSandbox(shopOf).fetch,
  /** The sweep of the adapters behind: `npm start` asks the one address there is. */
  async scheduled({ cron, scheduledTime }, { ADAPTER, REFERENCE }) {
    for (const [name, adapter] of Object.entries({ ADAPTER, REFERENCE })) {
      const sweep = (adapter as unknown as Scheduling).scheduled({ cron, scheduledTime: new Date(scheduledTime) });
      const { outcome } = await sweep;
      if (outcome !== 'ok') throw new Error(`the sweep of ${name} ended with ${outcome}`);
    }
  },
} satisfies ExportedHandler<SandboxEnv>;
