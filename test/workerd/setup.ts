/** Fresh storage with every migration before each test. */
import { applyD1Migrations, type D1Migration, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach } from 'vitest';

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
      /** The sandbox's database and its migrations, which its own tests apply. */
      SHOP: D1Database;
      SHOP_MIGRATIONS: D1Migration[];
    }
  }
}

beforeEach(() => applyD1Migrations(env.DB, env.TEST_MIGRATIONS));
afterEach(() => reset());
