/** The first page: what needs a person now, then today and the month, then how the upstream does. */
import type { FC } from 'hono/jsx';
import type { DayTotals } from '../../ledger/daily-totals.ts';
import { MAX_COUNT } from '../../ledger/overview.sql.ts';
import type { Gate, Overview, Waiting } from '../../ledger/overview.ts';
import { DISCOUNT_TYPES } from '../../offers/offer.ts';
import { Page, plain, type Reader, Time } from '../page.tsx';
import { fill, wordFor } from '../texts.ts';
import { Chart, type Part } from './chart.tsx';
import { type Column, Table } from './table.tsx';

const HOUR_MS = 60 * 60 * 1000;
/** Charts of amounts, of the currencies that were used on most days: a shop has one or two. */
const MAX_CURRENCIES = 8;

interface Props {
  readonly reader: Reader;
  readonly overview: Overview;
  /** Of the shop, `YYYY-MM-DD`, oldest first: the last is today. */
  readonly days: readonly string[];
  readonly now: number;
}

export const OverviewPage: FC<Props> = (props) => {
  const { reader, overview } = props;
  const { texts, format } = reader;
  return (
    <Page reader={reader} title={texts.nav.overview} place="overview">
      <Attention {...props} />
      <Today {...props} />
      <section aria-labelledby="month">
        <h2 id="month">{texts.overview.month}</h2>
        {overview.behind > 0 && (
          <p class="note">{fill(texts.overview.behind, { ids: format.count(overview.behind) })}</p>
        )}
        <Charts {...props} />
      </section>
      <Upstream {...props} />
    </Page>
  );
};

const WHERE: Readonly<Record<Waiting['state'], string>> = {
  dead: '/ops/dead?state=dead',
  unrecognised: '/ops/dead?state=unrecognised',
  rejected: '/ops/dead?state=rejected',
  conflict: '/ops/conflicts',
  refused: '/ops/refused',
  open: '/ops/usages?state=due',
};

/** May be left as they are. */
const CALM = new Set<Waiting['state']>(['rejected', 'refused']);

/** Orders that wait are tried again by themselves: only a long wait needs somebody. */
const needsPerson = ({ state, rows, oldest }: Waiting, now: number) =>
  rows > 0 && (state !== 'open' || (oldest !== null && oldest < now - HOUR_MS));

const Attention: FC<Props> = ({ reader, overview, now }) => {
  const { texts, format } = reader;
  const cases = overview.waiting.filter((it) => needsPerson(it, now));
  const isShut = overview.gate.state !== 'open';
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">{texts.overview.attention}</h2>
      {isShut && <Shut reader={reader} gate={overview.gate} />}
      {cases.length === 0 && !isShut && <p class="fine">{texts.overview.fine}</p>}
      <ul class="cards">
        {cases.map(({ state, rows, oldest }) => (
          <li>
            <a href={WHERE[state]} class={CALM.has(state) ? 'card calm' : 'card'}>
              <strong>{rows === MAX_COUNT ? `${format.count(rows)}+` : format.count(rows)}</strong>
              <span>{texts.overview.waiting[state]}</span>
              {oldest !== null && <small>{fill(texts.overview.oldest, { time: format.time(oldest) })}</small>}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
};

const Shut: FC<{ reader: Reader; gate: Gate }> = ({ reader, gate }) => {
  const { texts, format } = reader;
  return (
    <div class="alarm">
      <p>
        <strong>{texts.overview.shut}</strong> {wordFor(texts.overview.shutBy, plain(gate.reason))}
      </p>
      {gate.detail !== null && (
        <p>
          {texts.overview.detail}: <q>{plain(gate.detail)}</q>
        </p>
      )}
      <p>
        {gate.paused_at !== null && fill(texts.overview.since, { time: format.time(gate.paused_at) })}{' '}
        {gate.until !== null && fill(texts.overview.nextTry, { time: format.time(gate.until) })}{' '}
        {texts.overview.nothingLost}
      </p>
    </div>
  );
};

const Today: FC<Props> = ({ reader, overview, days }) => {
  const { texts, format } = reader;
  const today = overview.days.get(days.at(-1) ?? '');
  const discounts = Object.values(today?.discounts ?? {}).reduce<number>((sum, number) => sum + (number ?? 0), 0);
  const amounts = Object.entries(today?.amounts ?? {});
  return (
    <section aria-labelledby="today">
      <h2 id="today">{texts.overview.today}</h2>
      <dl class="figures">
        <div>
          <dt>{texts.nav.usages}</dt>
          <dd>{format.count(today?.usages ?? 0)}</dd>
        </div>
        <div>
          <dt>{texts.usages.discounts}</dt>
          <dd>{format.count(discounts)}</dd>
        </div>
        {amounts.map(([currency, minor]) => (
          <div>
            <dt>{fill(texts.overview.amountIn, { currency: plain(currency) })}</dt>
            <dd>{format.money(minor, currency)}</dd>
          </div>
        ))}
      </dl>
      <p class="aside">{texts.overview.counted}</p>
    </section>
  );
};

const OUTCOMES = ['delivered', 'due', 'rejected', 'dead'] as const;
const OUTCOME_COLOURS = { delivered: 'good', due: 'wait', rejected: 'c6', dead: 'bad' } as const;
const DELAYS = ['seconds', 'minute', 'minutes', 'hour', 'later'] as const;

const Charts: FC<Props> = ({ reader, overview, days }) => {
  const { texts, format } = reader;
  const count = (value: bigint) => format.count(Number(value));
  const valuesOf = (read: (totals: DayTotals) => number | string | undefined) =>
    days.map((day) => {
      const totals = overview.days.get(day);
      return BigInt((totals && read(totals)) ?? 0);
    });
  const parts = <Key extends string>(
    keys: readonly Key[],
    name: (key: Key) => string,
    read: (totals: DayTotals, key: Key) => number | undefined,
    colour = (_key: Key, at: number) => `c${at + 1}`,
  ): Part[] =>
    keys
      .map((key, at) => ({ colour: colour(key, at), name: name(key), values: valuesOf((totals) => read(totals, key)) }))
      .filter(({ values }) => values.some((value) => value > 0n));
  const daysOf = new Map<string, number>();
  for (const currency of [...overview.days.values()].flatMap(({ amounts }) => Object.keys(amounts))) {
    daysOf.set(currency, (daysOf.get(currency) ?? 0) + 1);
  }
  const currencies = [...daysOf].sort(([, a], [, b]) => b - a).map(([currency]) => currency);
  const types = [...DISCOUNT_TYPES, ''] as const;
  const shared = { reader, days };
  return (
    <div class="charts">
      <Chart
        {...shared}
        title={texts.overview.usages}
        parts={[{ colour: 'c1', name: texts.nav.usages, values: valuesOf(({ usages }) => usages) }]}
        show={count}
      />
      <Chart
        {...shared}
        title={texts.overview.discounts}
        parts={parts(
          types,
          (type) => (type === '' ? texts.overview.unknownType : texts.type[type]),
          ({ discounts }, type) => discounts[type],
        )}
        show={count}
      />
      {currencies.slice(0, MAX_CURRENCIES).map((currency) => (
        <Chart
          {...shared}
          title={fill(texts.overview.amountIn, { currency: plain(currency) })}
          parts={[{ colour: 'c1', name: plain(currency), values: valuesOf(({ amounts }) => amounts[currency]) }]}
          show={(minor) => format.money(String(minor), currency)}
        />
      ))}
      <Chart
        {...shared}
        title={texts.overview.outcomes}
        none={texts.overview.later}
        parts={parts(
          OUTCOMES,
          (state) => texts.state[state],
          ({ outcomes }, state) => outcomes[state],
          (state) => OUTCOME_COLOURS[state],
        )}
        show={count}
      />
      <Chart
        {...shared}
        title={texts.overview.delays}
        none={texts.overview.later}
        parts={parts(
          DELAYS,
          (delay) => texts.overview.delay[delay],
          ({ delays }, delay) => delays[delay],
        )}
        show={count}
      />
    </div>
  );
};

const Upstream: FC<Props> = ({ reader, overview }) => {
  const { texts, format } = reader;
  const { gate, attempts, waiting } = overview;
  const open = waiting.find(({ state }) => state === 'open');
  const columns: Column[] = [
    { name: texts.overview.outcome, is: 'head' },
    ...[texts.lists.times, texts.overview.usual, texts.overview.longest],
  ];
  return (
    <section aria-labelledby="upstream">
      <h2 id="upstream">{texts.overview.upstream}</h2>
      <p>
        <span class={`state ${gate.state === 'open' ? 'delivered' : 'dead'}`}>{texts.overview.gate[gate.state]}</span>{' '}
        {open !== undefined && open.rows > 0 && open.oldest !== null && (
          <>
            <a href={WHERE.open}>{fill(texts.overview.orders, { count: format.count(open.rows) })}</a>,{' '}
            {texts.overview.oldestSince} <Time reader={reader} ms={open.oldest} />
          </>
        )}
      </p>
      {attempts.length === 0 ? (
        <p class="aside">{texts.overview.noAttempts}</p>
      ) : (
        <Table
          columns={columns}
          rows={attempts.map(({ outcome, number, usual_ms, longest_ms }) => [
            wordFor(texts.outcome, plain(outcome)),
            format.count(number),
            ...[usual_ms, longest_ms].map(format.milliseconds),
          ])}
        />
      )}
      <p class="aside">{texts.overview.lately}</p>
    </section>
  );
};
