/** Worker entry of the sandbox: bindings become what the shop works with. Runs on this machine only. */
import { createSandbox } from './app.ts';
import { BasketStore } from './baskets.sql.ts';
import { recordCall } from './calls.sql.ts';
import type { SandboxEnv } from './env.ts';
import type { ShopContext } from './session.ts';
import type { Shop } from './shop.ts';

function shopOf(c: ShopContext): Shop {
  const { SHOP: db, ADAPTER, AKINON_USERNAME, AKINON_PASSWORD } = c.env;
  return {
    db,
    baskets: new BasketStore(db),
    adapter: {
      fetch: (request) => ADAPTER.fetch(request),
      username: AKINON_USERNAME,
      password: AKINON_PASSWORD,
    },
    record: (call) => recordCall(db, call),
    now: () => Date.now(),
    newId: () => crypto.randomUUID(),
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
  /** The sweep of the adapter behind: `npm start` asks the one address there is. */
  async scheduled({ cron, scheduledTime }, env) {
    const adapter = env.ADAPTER as unknown as Scheduling;
    const { outcome } = await adapter.scheduled({ cron, scheduledTime: new Date(scheduledTime) });
    if (outcome !== 'ok') throw new Error(`the sweep of the adapter ended with ${outcome}`);
  },
} satisfies ExportedHandler<SandboxEnv>;
