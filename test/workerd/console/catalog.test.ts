/** Campaigns of the embedded catalog, as ops looks at them. */
import { describe, expect, it } from 'vitest';
import { rows } from '../support/builders.ts';
import { anApp, get, submit, text } from '../support/console.ts';

const NOW = Date.UTC(2026, 10, 25, 9);
const read = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');

/** With the connector that `CONNECTOR` names. */
const theApp = () => anApp({ now: () => NOW, deps: () => ({}) });

async function aCampaign(id: string, fields: Record<string, string | number | null> = {}): Promise<void> {
  const row = {
    ...{ id, discount_type: 'BASKET', benefit_type: 'fixed', amount: '50.00', currency: 'TRY' },
    ...{ label: JSON.stringify({ tr: `${id} tr`, en: `${id} en` }) },
    ...{ start_datetime: '2026-11-01T00:00:00Z', end_datetime: '2026-11-30T23:59:59Z', ...fields },
  };
  await rows(
    `INSERT INTO campaigns (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
      .map(() => '?')
      .join(', ')})`,
    ...(Object.values(row) as (string | number)[]),
  );
}

describe('the catalog', () => {
  it('has each campaign where its time is, both ends included', async () => {
    await aCampaign('first-moment', { start_datetime: '2026-11-25T09:00:00Z' });
    await aCampaign('last-moment', { end_datetime: '2026-11-25T09:00:00Z' });
    await aCampaign('over', { end_datetime: '2026-11-25T08:59:59Z' });
    await aCampaign('to-come', { start_datetime: '2026-11-25T09:00:01Z' });
    const app = await theApp();
    const shown = (when: string) =>
      ['first-moment', 'last-moment', 'over', 'to-come'].filter((id) => when.includes(`<small>${id}</small>`));
    expect(shown(await text(app, '/ops/catalog'))).toEqual(['first-moment', 'last-moment']);
    expect(shown(await text(app, '/ops/catalog?when=past'))).toEqual(['over']);
    expect(shown(await text(app, '/ops/catalog?when=upcoming'))).toEqual(['to-come']);
    expect(shown(await text(app, '/ops/catalog?when=nonsense'))).toEqual(['first-moment', 'last-moment']);
  });

  it('says what a campaign gives, to whom, and how often it was used', async () => {
    await aCampaign('fixed', { times_used: 1234, usage_limit: 5000, usage_limit_per_customer: 2 });
    await aCampaign('share', {
      benefit_type: 'percentage',
      percentage: '12.5',
      max_discount: '100',
      offer_type: 'coupon_code',
      voucher_code: 'SPRING',
    });
    await aCampaign('points', {
      ...{ discount_type: 'LOYALTY_POINT', benefit_type: null, amount: '7.5', currency: null, assigned_only: 1 },
      extra_args: '{"loyaltyData":{"benefitCoefficient":"1","validFrom":"2026-01-01","validUntil":"2026-12-31"}}',
    });
    const html = read(await text(await theApp(), '/ops/catalog'));
    expect(html).toContain('fixed en fixed basket discount TRY 50.00');
    expect(html).toContain('1,234 of 5,000; 2 a customer');
    expect(html).toContain('voucher code SPRING basket discount 12.5%, at most TRY 100.00');
    expect(html).toContain('assigned customers only loyalty points 7.5 points');
    expect(read(await text(await theApp(), '/ops/catalog', { 'accept-language': 'tr' }))).toContain('fixed tr');
  });

  it('is paged by key, and each campaign is there once', async () => {
    for (let at = 0; at < 120; at++) {
      await aCampaign(`c-${String(at).padStart(3, '0')}`, { start_datetime: `2026-11-0${(at % 3) + 1}T00:00:00Z` });
    }
    const app = await theApp();
    const found: string[] = [];
    let path: string | undefined = '/ops/catalog';
    for (let pages = 0; path !== undefined; pages++) {
      expect(pages).toBeLessThan(3);
      const html: string = await text(app, path);
      found.push(...[...html.matchAll(/<small>(c-\d+)<\/small>/g)].map(([, id = '']) => id));
      path = /rel="next" href="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    }
    expect([found.length, new Set(found).size]).toEqual([120, 120]);
  });

  it('shows labels as text, whatever they are', async () => {
    await aCampaign('<b>evil</b>', { label: JSON.stringify({ en: '<script>alert(1)</script>\u202e' }) });
    await aCampaign('unnamed', { label: '{}' });
    const html = await text(await theApp(), '/ops/catalog');
    expect(html).not.toMatch(/<script>alert|<b>evil|\u202e/);
    expect(html).toContain('&lt;b&gt;evil&lt;/b&gt;');
  });

  it('is read only, and not there with a connector that holds no campaigns', async () => {
    const app = await theApp();
    expect((await submit(app, '/ops/catalog', [['id', 'x']])).status).toBe(404);
    const other = await anApp({ env: { CONNECTOR: 'http', UPSTREAM_URL: 'https://upstream.test' } });
    expect((await get(other, '/ops/catalog')).status).toBe(404);
    expect(await text(other, '/ops/usages')).not.toContain('/ops/catalog');
    expect(await text(app, '/ops/usages')).toContain('/ops/catalog');
  });
});
