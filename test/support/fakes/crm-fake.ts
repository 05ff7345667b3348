/**
 * An in-house CRM, stateful, of the kind that `mappings/in-house-crm.json` bridges: a bearer token, money as text in major
 * units, redemptions remembered by key.
 */
import Big from 'big.js';
import { type FakeServer, serve } from './fake-server.ts';

export const CRM_TOKEN = 'local-only-crm-token';

interface Line {
  readonly quantity: string;
  readonly price: string;
}

export interface CrmFake extends FakeServer {
  /** Campaign code → how often it was redeemed. */
  readonly redeemed: ReadonlyMap<string, number>;
  readonly exhausted: Set<string>;
}

export function aCrm(): CrmFake {
  const redeemed = new Map<string, number>();
  const exhausted = new Set<string>();
  const answers = new Map<string, object>();

  const server = serve(async (request, held) => {
    if (request.headers.get('authorization') !== `Bearer ${CRM_TOKEN}`) return reply(401, { error: 'who are you' });
    const { pathname } = new URL(request.url);
    const body = (await request.json()) as never;
    if (pathname === '/api/campaigns/eligible') return reply(200, eligible(body));
    const order = /^\/api\/orders\/([^/]+)\/redemptions$/.exec(pathname);
    if (order === null) return reply(405, { error: 'no such path' });
    await held;
    const { redemptions } = body as { redemptions: { key: string; code: string }[] };
    return reply(200, { redemptions: redemptions.map(redeem) });
  });

  function redeem({ key, code }: { key: string; code: string }): object {
    const before = answers.get(key);
    if (before !== undefined) return before;
    const reason = exhausted.has(code) ? 'used up' : code.startsWith('crm-') ? null : 'unknown campaign';
    if (reason === null) redeemed.set(code, (redeemed.get(code) ?? 0) + 1);
    const answer = reason === null ? { code, ok: true, number: `N-${answers.size + 1}` } : { code, ok: false, reason };
    answers.set(key, answer);
    return answer;
  }

  return { ...server, redeemed, exhausted };
}

const reply = (status: number, body: unknown) => Response.json(body, { status });

function eligible({
  lines,
  coupon,
  member,
}: {
  lines: Line[];
  coupon: string | null;
  member: { email: string | null };
}) {
  const gross = lines.reduce((sum, { quantity, price }) => sum.plus(new Big(quantity).times(price)), new Big(0));
  const tenth = gross.times('0.1').toFixed(2);
  return {
    member: member.email === null ? null : 'M-17',
    campaigns: [
      { code: 'crm-ten', kind: 'discount', title: '10 % off', text: 'On everything', amount: tenth },
      { code: 'crm-points', kind: 'points', title: '20 points', amount: 20, from: '2026-01-01', to: '2035-12-31' },
      { code: 'crm-shipping', kind: 'shipping', title: 'Free shipping' },
      ...(coupon === 'CRM50' ? [{ code: 'crm-50', kind: 'discount', title: '50 off', amount: '50.00' }] : []),
    ],
  };
}
