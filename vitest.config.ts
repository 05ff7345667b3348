import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { DEFAULT_SETTINGS } from './test/support/default-settings.ts';

/**
 * Two kinds of tests: `workerd` runs plain functions and routes inside the real runtime with real D1, `node` starts
 * the built Worker and talks to it over sockets.
 */
export default defineConfig(async () => ({
  test: {
    sequence: { shuffle: true },
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                ...DEFAULT_SETTINGS,
                TEST_MIGRATIONS: await readD1Migrations('migrations'),
                SHOP_MIGRATIONS: await readD1Migrations('src/sandbox/migrations'),
                AKINON_USERNAME: 'akinon',
                AKINON_PASSWORD: 'correct:horse',
                CUSTOMER_HASH_KEY: 'test-hash-key',
              },
              // The sandbox's database: no part of the product's configuration.
              d1Databases: { SHOP: 'sandbox' },
              // No test may reach the network: what needs an upstream injects one.
              outboundService: () => {
                throw new Error('a test tried to leave the machine');
              },
            },
          }),
        ],
        test: {
          name: 'workerd',
          include: ['test/workerd/**/*.test.{ts,tsx}'],
          setupFiles: ['test/workerd/setup.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/node/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
}));
