/**
 * The floor under /use-offers: Hono, `JSON.parse`, and the same five statements in one batch. No credentials, no
 * validation, no hash, no log, and no queue message.
 */
import { Hono } from 'hono';
import {
  INSERT_CONFLICT,
  INSERT_USAGE,
  INSERT_USED_DISCOUNTS,
  SELECT_VERDICT,
  UPSERT_DELIVERY,
} from '../../src/ledger/accept-usage.sql.ts';

/** As long as the SHA-256 that ours computes. */
const FINGERPRINT = '0'.repeat(64);
const CHANNEL = JSON.stringify({
  device: 'default',
  storeId: null,
  storeRemoteId: null,
  staffId: null,
  staffRemoteId: null,
});

const app = new Hono();

app.post('/use-offers', async (c) => {
  const { basket, usedDiscounts, order } = JSON.parse(await c.req.text());
  const requestId = c.req.header('x-akinon-request-id');
  const claimId = crypto.randomUUID();
  const orderKey = `o:${order.orderNumber}`;
  const snapshot = JSON.stringify(basket);
  const receivedAt = Date.now();
  const request = [orderKey, basket.id, basket.version, JSON.stringify(usedDiscounts), CHANNEL];
  const { DB } = c.env;
  const results = await DB.batch([
    DB.prepare(INSERT_USAGE).bind(requestId, claimId, FINGERPRINT, ...request, null, receivedAt),
    DB.prepare(INSERT_USED_DISCOUNTS).bind(requestId, claimId, 'due'),
    DB.prepare(UPSERT_DELIVERY).bind(requestId, claimId, snapshot),
    DB.prepare(INSERT_CONFLICT).bind(requestId, FINGERPRINT, ...request, receivedAt, snapshot),
    DB.prepare(SELECT_VERDICT).bind(requestId),
  ]);
  if (results.at(-1).results[0].claim_id !== claimId) throw new Error('the usage is not ours');
  return c.body(null);
});

export default app;
