/** Campaigns of the embedded catalog: active, past and upcoming, with their use. Read only. */
import type { Child, FC } from 'hono/jsx';
import type { Campaign, CampaignsPage, CampaignTime } from '../../connectors/connector.ts';
import { Page, plain, type Reader, Time } from '../page.tsx';
import { fill } from '../texts.ts';
import { Older, Tabs } from './lists.tsx';
import { Listing } from './table.tsx';

export const CAMPAIGN_TIMES = ['active', 'upcoming', 'past'] as const satisfies readonly CampaignTime[];

interface Props extends CampaignsPage {
  readonly reader: Reader;
  readonly when: CampaignTime;
}

export const CatalogPage: FC<Props> = ({ reader, when, campaigns, next }) => {
  const { texts } = reader;
  const { campaign: name, benefit, window, use } = texts.catalog;
  const cellsOf = (campaign: Campaign): Child[] => [
    <>
      {plain(campaign.label[reader.format.language] ?? Object.values(campaign.label)[0]) || '–'}
      <small>{plain(campaign.id)}</small>
      <Conditions reader={reader} campaign={campaign} />
    </>,
    <>
      {texts.type[campaign.type]}
      <br />
      {benefitOf(reader, campaign)}
    </>,
    <>
      <Time reader={reader} ms={campaign.startsAt} />
      <br />
      <Time reader={reader} ms={campaign.endsAt} />
    </>,
    useOf(reader, campaign),
  ];
  return (
    <Page reader={reader} title={texts.nav.catalog} place="catalog">
      <p class="lead">{texts.catalog.means}</p>
      <Tabs
        label={texts.catalog.window}
        tabs={CAMPAIGN_TIMES.map((it) => [`/ops/catalog?when=${it}`, texts.catalog[it], it === when])}
      />
      <Listing reader={reader} columns={[{ name, is: 'head' }, benefit, window, use]} rows={campaigns.map(cellsOf)} />
      <Older reader={reader} path="/ops/catalog" query={{ when }} next={next} />
    </Page>
  );
};

const Conditions: FC<{ reader: Reader; campaign: Campaign }> = ({ reader, campaign }) => {
  const { catalog } = reader.texts;
  return (
    <>
      {campaign.voucherCode !== null && <small>{fill(catalog.voucher, { code: plain(campaign.voucherCode) })}</small>}
      {campaign.assignedOnly && <small>{catalog.assigned}</small>}
    </>
  );
};

function benefitOf({ texts: { catalog }, format }: Reader, campaign: Campaign): string {
  const { type, amount, currency, percentage, maxDiscount } = campaign;
  const money = (text: string) => (currency === null ? format.decimal(text) : format.price(text, currency));
  if (percentage !== null) {
    const shown = { percentage: format.decimal(percentage) };
    return maxDiscount === null
      ? fill(catalog.percent, shown)
      : fill(catalog.upTo, { ...shown, amount: money(maxDiscount) });
  }
  if (amount === null) return '';
  return type === 'BASKET' ? money(amount) : fill(catalog.points, { amount: format.decimal(amount) });
}

function useOf({ texts: { catalog }, format }: Reader, campaign: Campaign): string {
  const { timesUsed, usageLimit, usageLimitPerCustomer } = campaign;
  const used = format.count(timesUsed);
  return [
    usageLimit === null ? used : fill(catalog.of, { used, limit: format.count(usageLimit) }),
    usageLimitPerCustomer === null ? null : fill(catalog.each, { limit: format.count(usageLimitPerCustomer) }),
  ]
    .filter(Boolean)
    .join('; ');
}
