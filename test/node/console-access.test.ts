/** The built Worker with a team of Cloudflare Access on this machine. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aLocalWorker, fixture, type LocalWorker } from './support/akinon.ts';

const AUD = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2';

let team: Server;
let issuer: string;
let worker: LocalWorker;
let aToken: (audience: string) => Promise<string>;
/** Answers begin, and stop in the middle. */
let stalls = true;
const asked: string[] = [];

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const text = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] });
  team = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    if (stalls) response.write(text.slice(0, 20));
    else response.end(text);
  });
  await new Promise<void>((resolve) => team.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(team.address() as AddressInfo).port}`;
  aToken = (audience) =>
    new SignJWT({ email: 'ayse@shop.example' })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(issuer)
      .setAudience([audience])
      .setExpirationTime('1h')
      .sign(privateKey);
  // OPS_USERS of .dev.vars.example stays set: Access switches it off.
  worker = await aLocalWorker({ OPS_ACCESS_TEAM_DOMAIN: issuer, OPS_ACCESS_AUD: AUD });
});
afterAll(async () => {
  await worker?.dispose();
  team?.closeAllConnections();
  team?.close();
});

const open = async (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
  fetch(worker.url + path, { redirect: 'manual', ...init, headers: { ...headers, ...(init.headers as object) } });

it('opens for a token alone, whose e-mail stands behind the decision, and survives keys that do not come', async () => {
  const token = { 'cf-access-jwt-assertion': await aToken(AUD) };

  const [late, givenUp] = await Promise.all([
    open('/ops/usages', token),
    open('/ops/usages', token, { signal: AbortSignal.timeout(500) }).catch(() => 'given up'),
  ]);
  expect([late.status, await late.text(), givenUp]).toEqual([503, expect.stringContaining('keys'), 'given up']);
  stalls = false;
  // Whoever publishes the keys is left alone for as long as Retry-After says.
  expect(late.headers.get('retry-after')).toBe('5');
  await sleep(5000);
  expect((await Promise.all([1, 2, 3].map(() => open('/ops/usages', token)))).map(({ status }) => status)).toEqual([
    200, 200, 200,
  ]);
  expect((await open('/ready?verbose', token)).status).toBe(200);

  const basic = { authorization: `Basic ${btoa('ops:local-only-password')}` };
  const other = { 'cf-access-jwt-assertion': await aToken('another application') };
  for (const headers of [basic, other, {} as Record<string, string>]) {
    for (const path of ['/ops/usages', '/ready?verbose']) {
      const { status, headers: answered } = await open(path, headers);
      expect([path, status, answered.get('www-authenticate')]).toEqual([path, 401, 'Cloudflare-Access']);
    }
  }

  await worker.post('/offers', fixture('v2-offers-request'), 'offers');
  const usage = { ...fixture('v2-use-offers-request'), order: { orderNumber: 'ONE' } };
  expect((await worker.post('/use-offers', usage, 'usage')).status).toBe(200);
  await expect
    .poll(() => worker.query("SELECT state FROM used_discounts WHERE discount_id = 'v2-loyalty-reward-2025'"))
    .toEqual([{ state: 'delivered' }]);
  await worker.query("UPDATE used_discounts SET state = 'rejected', settled_at = recorded_at");
  const form = new URLSearchParams([
    ['decision', 'discard'],
    ['line', '["o:ONE","v2-loyalty-reward-2025","rejected"]'],
    ['reason', 'agreed with the shop'],
    ['at', String(Date.now())],
  ]);
  const decide = (headers: Record<string, string>) =>
    open('/ops/decide', headers, { method: 'POST', body: form, headers: { origin: worker.url } });
  expect((await decide(basic)).status).toBe(401);
  expect((await decide(token)).headers.get('location')).toBe('/ops/audit?decided=1&of=1');
  expect(await worker.query('SELECT actor, action, discount_id FROM audit_log')).toEqual([
    { actor: 'ayse@shop.example', action: 'discard', discount_id: 'v2-loyalty-reward-2025' },
  ]);
  expect(new Set(asked)).toEqual(new Set(['/cdn-cgi/access/certs']));
});
