/**
 * The headers of a signed webhook, after the Standard Webhooks specification 1.0.0. By WebCrypto: the package
 * `standardwebhooks` brings a SHA-256 and a base64 of its own, a sixth of what this Worker weighs, to do what the
 * runtime does. The tests verify with that package.
 * @see https://www.standardwebhooks.com, "Signature scheme" and "Webhook headers"
 */
import { createHmac } from '../common/hash.ts';

const PREFIX = /^whsec_/;

/**
 * @param secret `whsec_` and the key in base64
 * @param id without a full stop, and the same each time the message is sent
 * @param at epoch milliseconds of this attempt
 */
export async function signWebhook(
  secret: string,
  id: string,
  at: number,
  body: string,
): Promise<Record<`webhook-${'id' | 'timestamp' | 'signature'}`, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const bytes = Uint8Array.fromBase64(secret.replace(PREFIX, ''));
  const signature = await createHmac('SHA-256', bytes)(`${id}.${timestamp}.${body}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature.toBase64()}`,
  };
}
