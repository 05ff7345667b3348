/**
 * The Worker on a D1 and a queue that count what is asked of them. The counts come from D1's own `meta`, and an answer
 * waits for the work that would outlive it, so that nothing is missed. `/bench/…` stands for what is no request.
 */
import worker from '../../src/index.ts';
import { removeExpired } from '../../src/ledger/retention.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export default {
  async fetch(request, env, ctx) {
    const counts = { roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0, messages: 0 };
    const pending = [];
    const counted = {
      ...env,
      DB: countingDatabase(env.DB, counts),
      DELIVERIES: countingQueue(env.QUEUE, counts),
    };
    const response = await handle(request, counted, {
      waitUntil(work) {
        pending.push(work);
        ctx.waitUntil(work);
      },
      passThroughOnException() {},
      props: {},
    });
    // Whole: what is read while it is sent counts as well.
    const body = response.body === null ? null : await response.arrayBuffer();
    await Promise.all(pending);
    const headers = new Headers(response.headers);
    headers.set('x-bench-counts', JSON.stringify(counts));
    return new Response(body, { status: response.status, headers });
  },
};

async function handle(request, env, ctx) {
  const { pathname, searchParams } = new URL(request.url);
  switch (pathname) {
    case '/bench/queue':
      await worker.queue({ queue: 'deliveries', messages: await request.json(), ackAll() {} }, env, ctx);
      return new Response();
    case '/bench/cron':
      await worker.scheduled({ cron: '* * * * *', scheduledTime: Date.now() }, env, ctx);
      return new Response();
    case '/bench/expire': {
      const now = Date.now() + Number(searchParams.get('days')) * DAY_MS;
      return Response.json(await removeExpired({ db: env.DB, now, requestDays: 90, issuedDays: 30, effectDays: 800 }));
    }
    default:
      return worker.fetch(request, env, ctx);
  }
}

/** @param sink where messages go, if anywhere */
function countingQueue(sink, counts) {
  const send = async (messages) => {
    counts.messages += messages.length;
    await sink?.fetch('http://queue/', { method: 'POST', body: JSON.stringify(messages) });
  };
  return {
    send: (body, options) => send([{ body, ...options }]),
    sendBatch: send,
  };
}

/** The part of D1's interface that our code uses; anything else fails loudly instead of passing uncounted. */
function countingDatabase(db, counts) {
  const add = (results) => {
    counts.roundTrips++;
    for (const { meta } of results) {
      counts.statements++;
      counts.rowsRead += meta.rows_read;
      counts.rowsWritten += meta.rows_written;
    }
  };
  const wrap = (statement) => ({
    statement,
    bind: (...values) => wrap(statement.bind(...values)),
    async all() {
      const result = await statement.all();
      add([result]);
      return result;
    },
    async run() {
      return this.all();
    },
    async first() {
      // `first()` hides the meta; it is the same round trip.
      const result = await this.all();
      return result.results[0] ?? null;
    },
  });
  return {
    prepare: (sql) => wrap(db.prepare(sql)),
    async batch(statements) {
      const results = await db.batch(statements.map(({ statement }) => statement));
      add(results);
      return results;
    },
  };
}
