/** The first page: what needs a person, the days as charts and as tables, and how the upstream does. */
import { describe, expect, it } from 'vitest';
import { rows } from '../support/builders.ts';
import { anApp, anOrder, text } from '../support/console.ts';

const NOW = Date.UTC(2026, 10, 25, 9);
const HOUR = 60 * 60 * 1000;
const at = { now: () => NOW };

/** Without tags, as one reads it. */
const read = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

const aDay = (day: string, totals: object) =>
  rows('INSERT INTO daily_totals (day, totals) VALUES (?, ?)', day, JSON.stringify(totals));

describe('the overview', () => {
  it('says that nothing needs a person, and draws nothing where nothing is', async () => {
    const html = await text(await anApp(at), '/ops');
    expect(read(html)).toContain('Nothing needs a person.');
    expect(html).not.toContain('<rect class="c1"');
    expect(read(html)).toContain('No attempt in the last hour.');
  });

  it('counts what waits, with its oldest, and leads there', async () => {
    const app = await anApp(at);
    await anOrder(app, 'ONE', { a: 'dead', b: 'dead' });
    await anOrder(app, 'TWO', { c: 'unrecognised', d: 'rejected' });
    await rows("UPDATE used_discounts SET settled_at = ? WHERE discount_id = 'a'", NOW - 26 * HOUR);
    const html = await text(app, '/ops');
    expect(read(html)).toMatch(/2 Dead: given up oldest: 24 Nov 2026, 10:00:00/);
    expect(read(html)).toMatch(/1 Unrecognised: never offered .* 1 Rejected by the loyalty system/);
    expect(html).toContain('href="/ops/dead?state=unrecognised"');
    expect(html).not.toContain('Nothing needs a person.');
  });

  it('counts no further than a thousand', async () => {
    await rows(
      `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
       INSERT INTO used_discounts (order_key, discount_id, usage_id, state, recorded_at)
       SELECT 'o:' || i, 'a', i, 'dead', ${NOW} - i FROM n`,
    );
    expect(read(await text(await anApp(at), '/ops'))).toContain('1,000+ Dead: given up');
  });

  it.each([
    [59 * 60 * 1000, false],
    [61 * 60 * 1000, true],
  ])('leaves orders that wait to the delivery for an hour (%i ms: %s)', async (age, told) => {
    const app = await anApp(at);
    await anOrder(app, 'ONE', { a: 'due' });
    await rows("UPDATE deliveries SET state = 'due', due_at = ?, opened_at = ?, done_at = NULL", NOW, NOW - age);
    const html = read(await text(app, '/ops'));
    expect(html.includes('Orders waiting for over an hour')).toBe(told);
    expect(html).toContain('Orders that wait: 1 , the oldest since');
  });

  it('says why the gate is shut, since when, and what to do, and shows what the upstream said as text', async () => {
    await rows(
      "UPDATE delivery_gate SET state = 'paused', reason = 'credentials', detail = ?, paused_at = ?, until = ?",
      ...['<script>alert(1)</script>\u202e', NOW - HOUR, NOW + 60_000],
    );
    const html = await text(await anApp(at), '/ops');
    expect(read(html)).toContain('Deliveries are stopped. The loyalty system refuses our credentials');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;</q>');
    expect(read(html)).toMatch(/Since 25 Nov 2026, 11:00:00\. One order tries again at 25 Nov 2026, 12:01:00\./);
  });

  it('draws each day with its values, exact, and tells the same in a table', async () => {
    await aDay('2026-11-24', {
      ...{
        usages: 1234,
        discounts: { BASKET: 9, LOYALTY_POINT: 3, '': 1 },
        amounts: { TRY: '900719925474099299', JPY: '500' },
      },
      ...{ outcomes: { delivered: 10, rejected: 2 }, delays: { seconds: 8, later: 2 } },
    });
    // The first day that is shown, and one that is not any more.
    await aDay('2026-10-26', { usages: 7 });
    await aDay('2026-10-25', { usages: 100_000 });
    const html = (await text(await anApp(at), '/ops')).replaceAll('\u00a0', ' ');
    expect(html).toContain('aria-label="24 Nov 2026, 1,234"');
    expect(html).toContain('aria-label="24 Nov 2026, TRY 9,007,199,254,740,992.99"');
    expect(html).toContain('aria-label="24 Nov 2026, JP¥500"');
    expect(html).toContain('aria-label="24 Nov 2026, basket discount: 9, loyalty points: 3, never offered: 1"');
    expect(html).toContain('aria-label="24 Nov 2026, delivered: 10, rejected: 2"');
    expect(html).toContain('aria-label="24 Nov 2026, up to 10 s: 8, longer: 2"');
    expect(html).toContain('href="/ops/usages?from=2026-11-24&amp;to=2026-11-24"');
    expect(html).toContain('aria-label="26 Oct 2026, 7"');
    expect(html).not.toContain('100,000');
    const [, table = ''] = /Usages a day[\s\S]*?<tbody>([\s\S]*?)<\/tbody>/.exec(html) ?? [];
    expect(table.match(/<tr>/g)?.length).toBe(31);
    expect(read(table)).toMatch(/^ 25 Nov 2026 0 24 Nov 2026 1,234 .* 26 Oct 2026 7 $/);
    // Nothing inline: the policy would stop it.
    expect(html).not.toMatch(/ style=|<style/);
  });

  it('says so where the days lag behind', async () => {
    const app = await anApp(at);
    await anOrder(app, 'ONE', { a: 'delivered' });
    expect(await text(app, '/ops')).not.toContain('not in these figures yet');
    await rows('UPDATE usages SET id = 4000');
    expect(read(await text(app, '/ops'))).toContain('Some 4,000 usages are not in these figures yet');
  });

  it('shows the attempts of the last hour by outcome', async () => {
    const app = await anApp(at);
    await anOrder(app, 'ONE', { a: 'delivered' });
    for (const [fence, started, took, outcome] of [
      [1, NOW - 2 * HOUR, 9000, 'unknown'],
      [2, NOW - HOUR + 1, 100, 'later'],
      [3, NOW - 1000, 300, 'later'],
    ] as const) {
      await rows(
        'INSERT OR REPLACE INTO delivery_attempts (order_key, fence, started_at, duration_ms, outcome) VALUES (?, ?, ?, ?, ?)',
        ...['o:ONE', fence, started, took, outcome],
      );
    }
    expect(read(await text(app, '/ops'))).toMatch(/later 2 200 ms 300 ms/);
    expect(read(await text(app, '/ops'))).not.toContain('no answer: unknown');
  });
});
