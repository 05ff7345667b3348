/**
 * Our app on a D1 and a queue that count what is asked of them. The counts come from D1's own `meta`, and an answer
 * waits for the work that would outlive it, so that nothing is missed.
 */
import { createApp } from '../../src/app.ts';
import { createDeps } from '../../src/deps.ts';

export default {
  async fetch(request, env, ctx) {
    const counts = { roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0, messages: 0 };
    const pending = [];
    const counted = {
      ...env,
      DB: countingDatabase(env.DB, counts),
      DELIVERIES: {
        async send(message) {
          counts.messages++;
          return env.DELIVERIES.send(message);
        },
      },
    };
    const deps = createDeps(counted);
    const response = await createApp(() => deps).fetch(request, counted, {
      waitUntil(work) {
        pending.push(work);
        ctx.waitUntil(work);
      },
      passThroughOnException() {},
      props: {},
    });
    await Promise.all(pending);
    const headers = new Headers(response.headers);
    headers.set('x-bench-counts', JSON.stringify(counts));
    return new Response(response.body, { status: response.status, headers });
  },
};

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
