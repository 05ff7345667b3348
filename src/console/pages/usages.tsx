/** The list of usages: search, filters that stay in the address, pages by key. */
import type { FC } from 'hono/jsx';
import { LINE_STATES, type LoggedUsage, type UsagePage } from '../../ledger/usage-log.ts';
import { WAITING_STATES } from '../../ledger/waiting.ts';
import { DISCOUNT_TYPES } from '../../offers/offer.ts';
import { MAX_EXPORTED } from '../export.ts';
import { nameOfOrder, Page, plain, type Reader, State, Time } from '../page.tsx';
import { fill } from '../texts.ts';
import type { UsageQuery } from '../usage-query.ts';
import { Order } from './lists.tsx';
import { Table } from './table.tsx';

interface Props {
  readonly reader: Reader;
  readonly query: UsageQuery;
  readonly page: UsagePage;
}

interface PageProps extends Props {
  /** An order that was searched for and has no usage any more. */
  readonly order: string | null;
}

export const UsagesPage: FC<PageProps> = ({ reader, query, page, order }) => {
  const { texts } = reader;
  const isFiltered = Object.keys(query.shown).length > 0;
  return (
    <Page reader={reader} title={texts.usages.heading} place="usages">
      <Filters reader={reader} query={query} />
      <Exports reader={reader} query={query} />
      {order !== null && (
        <p class="note">
          {texts.usages.purged} <Order orderKey={order} usageIds={new Map([[order, null]])} />
        </p>
      )}
      <ReplayAll reader={reader} query={query} page={page} />
      {page.usages.length === 0 ? (
        <p class="empty">{isFiltered ? texts.usages.none : texts.usages.nothingYet}</p>
      ) : (
        <Table
          columns={[
            texts.usages.received,
            { name: texts.usages.order, is: 'head' },
            ...[texts.usages.discounts, texts.usages.store, texts.usages.device],
          ]}
          rows={page.usages.map((usage) => [
            <Time reader={reader} ms={usage.receivedAt} />,
            <a href={`/ops/usages/${usage.id}`}>{nameOfOrder(usage.orderKey)}</a>,
            <Discounts reader={reader} usage={usage} />,
            plain(usage.storeId) || '–',
            plain(usage.device) || '–',
          ])}
        />
      )}
      <Pager reader={reader} query={query} page={page} />
    </Page>
  );
};

const Filters: FC<Omit<Props, 'page'>> = ({ reader, query }) => {
  const { filters, state, type } = reader.texts;
  const { shown } = query;
  return (
    <search aria-label={filters.title}>
      <form class="filters" method="get" action="/ops/usages">
        <label class="wide">
          {filters.q}
          <input
            type="search"
            name="q"
            value={shown.q}
            maxlength={200}
            placeholder={filters.qHint}
            autocomplete="off"
          />
        </label>
        <label>
          {filters.state}
          <select name="state">
            <option value="">{filters.any}</option>
            {LINE_STATES.map((it) => (
              <option value={it} selected={shown.state === it}>
                {state[it]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {filters.type}
          <select name="type">
            <option value="">{filters.any}</option>
            {DISCOUNT_TYPES.map((it) => (
              <option value={it} selected={shown.type === it}>
                {type[it]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {filters.from}
          <input type="date" name="from" value={shown.from} />
        </label>
        <label>
          {filters.to}
          <input type="date" name="to" value={shown.to} />
        </label>
        <label>
          {filters.store}
          <input name="store" value={shown.store} maxlength={200} autocomplete="off" />
        </label>
        <label>
          {filters.device}
          <input name="device" value={shown.device} maxlength={200} autocomplete="off" />
        </label>
        <p class="buttons">
          <button type="submit">{filters.apply}</button>
          <a href="/ops/usages">{filters.clear}</a>
        </p>
      </form>
    </search>
  );
};

const Exports: FC<Omit<Props, 'page'>> = ({ reader, query }) => (
  <p class="exports">
    {reader.texts.usages.export}: <a href={query.href('/ops/usages.csv')}>CSV</a>
    {' · '}
    <a href={query.href('/ops/usages.json')}>JSON</a> (
    {fill(reader.texts.usages.limit, { most: reader.format.count(MAX_EXPORTED) })})
  </p>
);

/** Of a list of what may be replayed: the next page says of which. */
const ReplayAll: FC<Props> = ({ reader, query, page }) => {
  const { texts, actor } = reader;
  const state = WAITING_STATES.find((it) => it === query.shown.state);
  if (state === undefined || actor.role !== 'operator' || page.usages.length === 0) return null;
  const type = DISCOUNT_TYPES.find((it) => it === query.shown.type);
  const what = [texts.state[state], ...(type === undefined ? [] : [texts.type[type]])].join(', ');
  return (
    <form method="post" action="/ops/plan" class="buttons">
      <input type="hidden" name="filter" value={query.href('', query.before ?? undefined).replace('?', '')} />
      <button type="submit" name="decision" value="replay" class="plain">
        {fill(texts.plan.allOfThese, { what })}
      </button>
    </form>
  );
};

const Discounts: FC<{ reader: Reader; usage: LoggedUsage }> = ({ reader, usage }) => {
  if (usage.discounts.length === 0) return <span>{reader.texts.usages.noDiscounts}</span>;
  return (
    <ul class="discounts">
      {usage.discounts.map((discount) => (
        <li>
          <State reader={reader} state={discount.state} /> <span class="id">{plain(discount.id)}</span>{' '}
          <span class="amount">{discount.amount === null ? '' : reader.format.amount(discount)}</span>
        </li>
      ))}
    </ul>
  );
};

const Pager: FC<Props> = ({ reader, query, page }) => {
  const { usages } = reader.texts;
  if (page.next === null && query.before === null) return null;
  return (
    <nav class="pager" aria-label={usages.older}>
      {page.lookedBackTo !== null && <p>{fill(usages.lookedBack, { time: reader.format.time(page.lookedBackTo) })}</p>}
      {query.before !== null && <a href={query.href('/ops/usages')}>{usages.newest}</a>}
      {page.next !== null && (
        <a rel="next" href={query.href('/ops/usages', page.next)}>
          {page.lookedBackTo === null ? usages.older : usages.goOn}
        </a>
      )}
    </nav>
  );
};
