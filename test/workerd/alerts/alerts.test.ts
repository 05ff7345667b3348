/** Alerts on real D1, to a webhook that remembers what it was sent; signatures are verified by the standard's own package. */
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALERT_CALLS, type AlertDeps, sendAlerts } from '../../../src/alerts/alerts.ts';
import words from '../../../src/public/alerts.json';
import { rows } from '../support/builders.ts';
import { aWorld, HOUR, MINUTE, paused, SECOND, START } from '../support/delivery.ts';
import { aFaultyD1 } from '../support/faulty-d1.ts';
import type { Logged } from '../support/http.ts';

const SECRET = `whsec_${btoa('a key of at least 24 bytes')}`;
const HOOK = 'https://hooks.example.com/T0/secret-path?shop=one';

interface Sent {
  readonly headers: Record<string, string>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a payload is looked at field by field
  readonly body: any;
  readonly init: RequestInit;
}

type Answer = () => Response | Promise<Response>;

function aWebhook(answer: Answer = () => new Response(null, { status: 204 })) {
  const sent: Sent[] = [];
  const logged: Logged[] = [];
  const hook = { answer, now: START };
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    expect(String(url)).toBe(HOOK);
    const text = String(init.body);
    sent.push({ headers: init.headers as Record<string, string>, text, body: JSON.parse(text), init });
    return hook.answer();
  };
  const alert = (overrides: Partial<AlertDeps> = {}) =>
    sendAlerts({
      ...{ db: env.DB, fetch: fetch as typeof globalThis.fetch, now: hook.now, url: new URL(HOOK), secret: SECRET },
      log: (level, event, fields) => void logged.push({ level, event, ...fields }),
      words: async () => words,
      ...overrides,
    });
  return Object.assign(hook, {
    sent,
    logged,
    alert,
    /** Moves the clock, then alerts; types of what was sent then. */
    async later(ms: number): Promise<string[]> {
      hook.now += ms;
      const before = sent.length;
      await alert();
      return sent.slice(before).map(({ body }) => body.type);
    },
    ids: () => sent.map(({ headers }) => headers['webhook-id']),
  });
}

const aLine = (id: string, state: string, at: number) =>
  rows(
    `INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at, settled_at)
     VALUES ('o:A', ?1, 1, ?2, ?3, iif(?2 = 'unrecognised', NULL, ?3))`,
    ...[id, state, at],
  );
const aConflict = (id: string, at: number) =>
  rows(
    `INSERT INTO usage_conflicts (request_id, fingerprint, order_key, used_discounts, channel, first_at, last_at)
     VALUES (?1, 'f', 'o:A', '[]', '{}', ?2, ?2)`,
    ...[id, at],
  );
const aDueOrder = (order: string, at: number) =>
  rows(
    `INSERT INTO deliveries (order_key, usage_id, state, due_at, opened_at, channel)
     VALUES (?1, 1, 'due', ?2 + 5000000, ?2, '{}')`,
    ...[order, at],
  );
const pause = (reason: string, at: number, detail: string | null = null) =>
  rows("UPDATE delivery_gate SET state = 'paused', reason = ?, paused_at = ?, detail = ?", reason, at, detail);
const open = () => rows("UPDATE delivery_gate SET state = 'open', reason = NULL, paused_at = NULL, detail = NULL");

async function everythingThatNeedsAPerson(): Promise<void> {
  await pause('credentials', START - MINUTE, 'status 401: bad key for ayse@example.com');
  await aLine('a', 'dead', START - 2 * MINUTE);
  await aLine('b', 'dead', START - MINUTE);
  await aLine('c', 'unrecognised', START - MINUTE);
  await aConflict('r', START - MINUTE);
  await aDueOrder('o:B', START - 2 * HOUR);
  await aDueOrder('o:C', START - MINUTE);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('an alert', () => {
  it('is one signed POST for each cause, with what to do about it', async () => {
    await everythingThatNeedsAPerson();
    const hook = aWebhook();
    await hook.alert();
    const iso = (at: number) => new Date(at).toISOString();
    const common = { timestamp: iso(START) };
    const message = expect.stringMatching(/.{60,}/);
    expect(hook.sent.map(({ body }) => body).sort((a, b) => a.type.localeCompare(b.type))).toEqual([
      { ...common, type: 'deliveries.waiting', data: { since: iso(START - 2 * HOUR), count: 1, message } },
      { ...common, type: 'discounts.dead', data: { since: iso(START - 2 * MINUTE), count: 2, message } },
      { ...common, type: 'discounts.unrecognised', data: { since: iso(START - MINUTE), count: 1, message } },
      {
        ...{ ...common, type: 'gate.paused' },
        data: {
          ...{ since: iso(START - MINUTE), message, reason: 'credentials' },
          detail: 'status 401: bad key for [e-mail]',
        },
      },
      { ...common, type: 'usages.conflict', data: { since: iso(START - MINUTE), count: 1, message } },
    ]);
    expect(new Set(hook.ids()).size).toBe(5);
    expect(hook.logged.map(({ event, status }) => [event, status])).toEqual(Array(5).fill(['alert_sent', 204]));
  });

  it.each(['credentials', 'misconfigured', 'quota', 'outage', 'refusals', 'something new'])(
    'says what to do when the gate is paused: %s',
    async (reason) => {
      await pause(reason, START);
      const hook = aWebhook();
      await hook.alert();
      expect(hook.sent).toHaveLength(1);
      expect(hook.sent[0]?.body.data).toMatchObject({ reason, message: expect.stringMatching(/Nothing is lost/) });
    },
  );

  it('can be verified with the Standard Webhooks package, and not when a byte of it differs', async () => {
    await aLine('a', 'dead', START);
    const hook = aWebhook();
    await hook.alert();
    const [{ headers, text, body } = {} as Sent] = hook.sent;
    // That package reads the clock itself.
    vi.useFakeTimers({ toFake: ['Date'], now: START + 4 * MINUTE });
    const webhook = new Webhook(SECRET);
    expect(webhook.verify(text, headers)).toEqual(body);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['webhook-id']).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(() => webhook.verify(text.replace('dead', 'deaf'), headers)).toThrow('No matching signature');
    expect(() => webhook.verify(text, { ...headers, 'webhook-id': 'msg_other' })).toThrow('No matching signature');
  });

  it('is sent by one of two sweeps', async () => {
    await everythingThatNeedsAPerson();
    const hook = aWebhook();
    await Promise.all([hook.alert(), hook.alert()]);
    expect(hook.sent).toHaveLength(5);
    expect(await hook.later(MINUTE)).toEqual([]);
  });

  it('goes out when the delivery shuts the gate', async () => {
    const world = aWorld({ commit: () => paused('credentials') });
    await world.accept('A', ['a']);
    await world.sweep();
    const hook = aWebhook();
    expect(await hook.later(SECOND)).toEqual(['gate.paused']);
    expect(hook.sent[0]?.body.data).toMatchObject({ reason: 'credentials', detail: 'not us' });
  });
});

describe('a webhook that fails', () => {
  it.each<[string, Answer, object]>([
    ['answers 500', () => new Response('x'.repeat(1e6), { status: 500 }), { status: 500 }],
    ['redirects', () => new Response(null, { status: 302, headers: { location: HOOK } }), { status: 302 }],
    ['breaks off', () => Promise.reject(new Error(`Network connection lost: ${HOOK}`)), { error: expect.any(String) }],
  ])(
    'is asked again by the next sweep, with the same id and another timestamp, when it %s',
    async (_name, answer, log) => {
      await aLine('a', 'dead', START);
      const hook = aWebhook(answer);
      await hook.alert();
      expect(hook.logged).toEqual([{ level: 'error', event: 'alert_failed', reason: 'discounts.dead', ...log }]);
      expect(JSON.stringify(hook.logged)).not.toContain('secret-path');
      expect(hook.sent[0]?.init.redirect).toBe('manual');
      expect(await hook.later(20 * SECOND)).toEqual([]);
      expect(await hook.later(40 * SECOND)).toEqual(['discounts.dead']);
      hook.answer = () => new Response();
      expect(await hook.later(MINUTE)).toEqual(['discounts.dead']);
      expect(await hook.later(MINUTE)).toEqual([]);
      expect(await hook.later(24 * HOUR)).toEqual([]);
      expect(new Set(hook.ids()).size).toBe(1);
      expect(new Set(hook.sent.map(({ body }) => body.timestamp)).size).toBe(1);
      const seconds = hook.sent.map(({ headers }) => Number(headers['webhook-timestamp']) - START / 1000);
      expect(seconds).toEqual([0, 60, 120]);
    },
  );

  it('does not hold the sweep for longer than the deadline', async () => {
    await aLine('a', 'dead', START);
    const hook = aWebhook();
    const hanging = (async (_url: unknown, { signal }: RequestInit) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      })) as typeof fetch;
    await hook.alert({ fetch: hanging, timeoutMs: 20 });
    expect(hook.logged).toEqual([
      expect.objectContaining({ event: 'alert_failed', error: expect.stringContaining('TimeoutError') }),
    ]);
    expect(await hook.later(MINUTE)).toEqual(['discounts.dead']);
  });

  it('is asked again, with the same id, when the worker died before or after the POST', async () => {
    await aLine('a', 'dead', START);
    const hook = aWebhook();
    const died = new Error('the worker is gone');
    const { db } = aFaultyD1(env.DB);
    const statements: number[] = [];
    const dying = {
      prepare: (sql: string) => {
        statements.push(1);
        if (statements.length > 1) throw died;
        return db.prepare(sql);
      },
    } as D1Database;
    await expect(hook.alert({ db: dying })).rejects.toThrow(died);
    expect(hook.sent).toHaveLength(1);
    expect(await hook.later(MINUTE)).toEqual(['discounts.dead']);
    expect(new Set(hook.ids()).size).toBe(1);
    await aLine('b', 'dead', hook.now);
    // Never answered: whoever sent it is gone.
    hook.answer = () => new Promise(() => {});
    hook.now += HOUR;
    void hook.alert();
    await vi.waitFor(() => expect(hook.sent).toHaveLength(3));
    hook.answer = () => new Response();
    expect(await hook.later(MINUTE)).toEqual(['discounts.dead']);
    expect(hook.ids()[3]).toBe(hook.ids()[2]);
    expect(hook.ids()[2]).not.toBe(hook.ids()[0]);
  });

  it('is told what is new under another id, since the first may have arrived', async () => {
    await aLine('a', 'dead', START);
    const hook = aWebhook(() => new Response(null, { status: 500 }));
    await hook.alert();
    await aLine('b', 'dead', START + SECOND);
    hook.answer = () => new Response();
    expect(await hook.later(MINUTE)).toEqual(['discounts.dead']);
    expect(new Set(hook.ids()).size).toBe(2);
  });

  it('costs the other causes nothing', async () => {
    await everythingThatNeedsAPerson();
    const hook = aWebhook();
    hook.answer = () => new Response(null, { status: hook.sent.at(-1)?.body.type === 'gate.paused' ? 500 : 200 });
    await hook.alert();
    expect(hook.sent).toHaveLength(5);
    expect(await hook.later(MINUTE)).toEqual(['gate.paused']);
  });
});

describe('how often a cause is told', () => {
  it('is once for each reason and hour, while the gate opens and shuts', async () => {
    const hook = aWebhook();
    for (let minute = 0; minute < 50; minute += 2) {
      await pause(minute % 4 === 0 ? 'outage' : 'quota', hook.now);
      await hook.later(MINUTE);
      await open();
      await hook.later(MINUTE);
    }
    expect(hook.sent.map(({ body }) => body.data.reason)).toEqual(['outage', 'quota']);
    await pause('outage', hook.now);
    expect(await hook.later(HOUR)).toEqual(['gate.paused']);
  });

  it('is every hour for what lasts: a shut gate, probing or not, and orders that wait', async () => {
    const hook = aWebhook();
    await pause('outage', START);
    await aDueOrder('o:A', START);
    expect(await hook.later(0)).toEqual(['gate.paused']);
    await rows("UPDATE delivery_gate SET state = 'probing'");
    expect(await hook.later(59 * MINUTE)).toEqual([]);
    expect(await hook.later(MINUTE)).toEqual(['gate.paused', 'deliveries.waiting']);
    expect(await hook.later(59 * MINUTE)).toEqual([]);
    expect(await hook.later(MINUTE)).toEqual(['gate.paused', 'deliveries.waiting']);
    expect(new Set(hook.ids()).size).toBe(hook.ids().length);
    await open();
    await rows("UPDATE deliveries SET state = 'done', due_at = NULL");
    expect(await hook.later(2 * HOUR)).toEqual([]);
  });

  it.each<[string, (id: string, at: number) => Promise<unknown>]>([
    ['discounts.dead', (id, at) => aLine(id, 'dead', at)],
    ['discounts.unrecognised', (id, at) => aLine(id, 'unrecognised', at)],
    ['usages.conflict', aConflict],
  ])('is only for a newer case, and not within the hour: %s', async (type, add) => {
    const hook = aWebhook();
    await add('a', START);
    expect(await hook.later(0)).toEqual([type]);
    expect(await hook.later(3 * HOUR)).toEqual([]);
    await add('b', hook.now);
    expect(await hook.later(0)).toEqual([type]);
    await add('c', hook.now + MINUTE);
    expect(await hook.later(MINUTE)).toEqual([]);
    expect(await hook.later(59 * MINUTE)).toEqual([type]);
    expect(hook.sent.map(({ body }) => body.data.count)).toEqual([1, 2, 3]);
    expect(new Set(hook.ids()).size).toBe(3);
  });

  it('does not count a refusal, and a wait of less than an hour, as something for a person', async () => {
    await aLine('a', 'rejected', START);
    await aDueOrder('o:A', START);
    const hook = aWebhook();
    expect(await hook.later(HOUR - 1)).toEqual([]);
  });
});

describe('what alerts cost', () => {
  it.each<[string, Partial<AlertDeps>]>([
    ['address', { url: undefined }],
    ['secret', { secret: undefined }],
  ])('is nothing at all without the %s', async (_name, missing) => {
    await everythingThatNeedsAPerson();
    const hook = aWebhook();
    const { db, counts } = aFaultyD1(env.DB);
    await hook.alert({ db, ...missing });
    expect([counts.roundTrips, hook.sent, hook.logged]).toEqual([0, [], []]);
  });

  it('is one statement that writes nothing, when there is nothing to tell or all was told', async () => {
    const hook = aWebhook();
    const { db, counts } = aFaultyD1(env.DB);
    await hook.alert({ db });
    expect(counts).toEqual({ roundTrips: 1, rowsWritten: 0 });
    await everythingThatNeedsAPerson();
    await hook.alert();
    await hook.alert({ db, now: START + MINUTE });
    expect(counts).toEqual({ roundTrips: 2, rowsWritten: 0 });
  });

  it('is two statements, a POST for each cause, and two rows for each', async () => {
    await everythingThatNeedsAPerson();
    const hook = aWebhook();
    const { db, counts } = aFaultyD1(env.DB);
    await hook.alert({ db });
    expect(counts).toEqual({ roundTrips: 2, rowsWritten: 10 });
    expect(counts.roundTrips + hook.sent.length).toBe(ALERT_CALLS);
  });

  it('is few reads however many cases there are, and all of them told', async () => {
    const many = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)';
    await rows(`INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at, settled_at)
      ${many} SELECT 'o:' || i, 'a', i, iif(i % 2, 'dead', 'unrecognised'), ${START}, ${START} - i FROM n`);
    await rows(`INSERT INTO usage_conflicts (request_id, fingerprint, order_key, used_discounts, channel, first_at, last_at)
      ${many} SELECT i, 'f', 'o:' || i, '[]', '{}', ${START} - i, ${START} FROM n`);
    await rows(`INSERT INTO deliveries (order_key, usage_id, state, due_at, opened_at, channel)
      ${many} SELECT 'o:' || i, i, 'due', ${START} + i, ${START} - ${2 * HOUR} + i, '{}' FROM n`);
    const read = { rows: 0 };
    const counting = {
      prepare: (sql: string) => ({
        bind: (...values: unknown[]) => ({
          all: async () => {
            const result = await env.DB.prepare(sql)
              .bind(...values)
              .all();
            read.rows = result.meta.rows_read;
            return result;
          },
          run: () =>
            env.DB.prepare(sql)
              .bind(...values)
              .run(),
        }),
      }),
    } as unknown as D1Database;
    const hook = aWebhook();
    await hook.alert({ db: counting });
    expect(hook.sent.map(({ body }) => body.data.count)).toEqual([1000, 1000, 1000, 1000]);
    expect(hook.sent.map(({ body }) => body.data.message)).toEqual(
      Array(4).fill(expect.stringContaining('1000 or more')),
    );
    await hook.alert({ db: counting, now: START + MINUTE });
    expect(read.rows).toBeLessThan(100);
  });
});

it('an alert whose words cannot be read is sent without them', async () => {
  await rows("UPDATE delivery_gate SET state = 'paused', reason = 'outage', paused_at = ?", START);
  const hook = aWebhook();
  await hook.alert({ words: () => Promise.reject(new Error('gone')) });
  expect(hook.sent.map(({ body }) => [body.type, body.data.message])).toEqual([['gate.paused', 'gate.paused:outage']]);
});
