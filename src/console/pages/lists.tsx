/** What waits for a person, and what people decided: one page each, all of them tables. */
import type { Child, FC } from 'hono/jsx';
import { CONFLICT_DECISIONS } from '../../ledger/conflicts.ts';
import { DECISIONS, type Decision } from '../../ledger/decide.ts';
import type { Decided } from '../../ledger/usage-log.ts';
import {
  MAX_COUNTED,
  type RefusedRow,
  WAITING_STATES,
  type Waiting,
  type WaitingConflict,
  type WaitingLine,
  type WaitingState,
} from '../../ledger/waiting.ts';
import { idsOf, nameOfOrder, Page, plain, type Reader, State, Time } from '../page.tsx';
import { fill, type Texts, wordFor } from '../texts.ts';
import { type Column, choice, choiceColumn, Listing } from './table.tsx';

interface ListProps<Row> extends Waiting<Row> {
  readonly reader: Reader;
}

export interface WithOrders {
  /** Usage ids by order key: null for an order whose usages are gone; an order that there is not has none. */
  readonly usageIds: ReadonlyMap<string, number | null>;
}

interface DeadProps extends ListProps<WaitingLine>, WithOrders {
  readonly state: WaitingState;
  /** At most {@link MAX_COUNTED}. */
  readonly counts: Readonly<Record<WaitingState, number>>;
}

export const DeadPage: FC<DeadProps> = ({ reader, state, counts, rows, next, usageIds }) => {
  const { texts, format } = reader;
  const counted = (it: WaitingState) => (counts[it] === MAX_COUNTED ? `${MAX_COUNTED}+` : counts[it]);
  const columns: Column[] = [
    ...choiceColumn(reader),
    ...[texts.usage.state, texts.usages.order, texts.usage.discount],
    { name: texts.usage.amount, is: 'amount' },
    ...[texts.lists.since, texts.usage.reason],
  ];
  const cellsOf = (row: WaitingLine): Child[] => [
    ...choice(
      reader,
      [row.order_key, row.discount_id, row.state],
      `${nameOfOrder(row.order_key)} ${plain(row.discount_id)}`,
    ),
    <State reader={reader} state={row.state} />,
    <Order orderKey={row.order_key} usageIds={usageIds} />,
    plain(row.discount_id),
    format.amount(row),
    <Time reader={reader} ms={row.since} />,
    reasonOf(reader, row),
  ];
  return (
    <Page reader={reader} title={texts.nav.dead} place="dead">
      <p class="lead">{texts.lists.deadMeans}</p>
      <Tabs
        label={texts.usage.state}
        tabs={WAITING_STATES.map((it) => [
          `/ops/dead?state=${it}`,
          `${texts.state[it]} (${counted(it)})`,
          it === state,
        ])}
      />
      <p class="lead">{texts.stateMeans[state]}</p>
      <form method="post" action="/ops/plan">
        <ChooseAll reader={reader} rows={rows.length} />
        <Listing reader={reader} columns={columns} rows={rows.map(cellsOf)} />
        <Decide reader={reader} decisions={DECISIONS} isOpen={rows.length > 0} />
      </form>
      <Older reader={reader} path="/ops/dead" query={{ state }} next={next} />
    </Page>
  );
};

/** Why a line is in its state, as far as it is known. */
export function reasonOf({ texts }: Reader, line: { readonly reason: unknown; readonly uncertain: unknown }): string {
  const parts = [wordFor(texts.reasons, plain(line.reason)), line.uncertain === 1 ? texts.usage.uncertain : ''];
  return parts.filter((part) => part !== '').join('; ') || '–';
}

/** Shown by the script, without which it could not work. */
const ChooseAll: FC<{ reader: Reader; rows: number }> = ({ reader, rows }) =>
  reader.actor.role === 'operator' && rows > 1 ? (
    <label class="all" hidden>
      <input type="checkbox" /> {reader.texts.lists.chooseAll}
    </label>
  ) : null;

interface DecideProps {
  readonly reader: Reader;
  readonly decisions: readonly Decision[];
  /** On the buttons. */
  readonly words?: { readonly [D in Decision]?: string };
  /** There is something to decide. */
  readonly isOpen: boolean;
}

/** Buttons of a form whose lines are chosen by checkboxes: the next page says what would happen. */
export const Decide: FC<DecideProps> = ({ reader, decisions, words = reader.texts.decide, isOpen }) =>
  isOpen && reader.actor.role === 'operator' ? (
    <p class="buttons">
      {decisions.map((decision) => (
        <button type="submit" name="decision" value={decision} class={decision === 'replay' ? '' : 'plain'}>
          {words[decision]}
        </button>
      ))}
    </p>
  ) : null;

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly (readonly [href: string, name: string, isCurrent: boolean])[];
}

export const Tabs: FC<TabsProps> = ({ label, tabs }) => (
  <nav class="tabs" aria-label={label}>
    {tabs.map(([href, name, isCurrent]) => (
      <a href={href} aria-current={isCurrent ? 'page' : undefined}>
        {name}
      </a>
    ))}
  </nav>
);

export const Older: FC<{ reader: Reader; path: string; query?: Record<string, string>; next: string | null }> = (
  props,
) => {
  const { reader, path, query, next } = props;
  if (next === null) return null;
  return (
    <nav class="pager" aria-label={reader.texts.usages.older}>
      <a rel="next" href={`${path}?${new URLSearchParams({ ...query, before: next })}`}>
        {reader.texts.usages.older}
      </a>
    </nav>
  );
};

export const hrefOfConflict = (requestId: string, fingerprint: string) =>
  `/ops/conflict?${new URLSearchParams({ request: requestId, fingerprint })}`;

export const ConflictsPage: FC<ListProps<WaitingConflict> & WithOrders> = ({ reader, rows, next, usageIds }) => {
  const { texts, format } = reader;
  const columns = [
    ...choiceColumn(reader),
    ...[texts.lists.first, texts.lists.times, texts.usage.requestId, texts.lists.cameFor, texts.usage.discounts],
  ];
  const cellsOf = (row: WaitingConflict): Child[] => [
    ...choice(
      reader,
      [row.request_id, row.fingerprint, row.order_key],
      `${plain(row.request_id)} ${nameOfOrder(row.order_key)}`,
    ),
    <Time reader={reader} ms={row.first_at} />,
    format.count(row.times),
    <a href={hrefOfConflict(row.request_id, row.fingerprint)}>{plain(row.request_id)}</a>,
    <Order orderKey={row.order_key} usageIds={usageIds} />,
    idsOf(row.used_discounts).join(', ') || '–',
  ];
  return (
    <Page reader={reader} title={texts.nav.conflicts} place="conflicts">
      <p class="lead">{texts.lists.conflictMeans}</p>
      <form method="post" action="/ops/conflicts/plan">
        <ChooseAll reader={reader} rows={rows.length} />
        <Listing reader={reader} columns={columns} rows={rows.map(cellsOf)} />
        <Decide reader={reader} decisions={CONFLICT_DECISIONS} words={texts.conflict.decide} isOpen={rows.length > 0} />
      </form>
      <Older reader={reader} path="/ops/conflicts" next={next} />
    </Page>
  );
};

export const RefusedPage: FC<ListProps<RefusedRow>> = ({ reader, rows, next }) => {
  const { texts, format } = reader;
  const columns = [texts.lists.last, texts.lists.times, texts.usage.requestId, texts.lists.why, texts.lists.payload];
  const cellsOf = (row: RefusedRow): Child[] => [
    <Time reader={reader} ms={row.last_at} />,
    format.count(row.times),
    plain(row.request_id) || '–',
    (JSON.parse(row.errors) as { code: string; field: string }[])
      .map(({ code, field }) => plain(`${code} ${field}`.trim()))
      .join(', '),
    <details>
      <summary>{texts.lists.show}</summary>
      <pre>{indented(row.payload).split('\n').map(plain).join('\n')}</pre>
    </details>,
  ];
  return (
    <Page reader={reader} title={texts.nav.refused} place="refused">
      <p class="lead">{texts.lists.refusedMeans}</p>
      <Listing reader={reader} columns={columns} rows={rows.map(cellsOf)} />
      <Older reader={reader} path="/ops/refused" next={next} />
    </Page>
  );
};

/** What is kept may be cut, and then is no JSON. */
function indented(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}

interface AuditProps extends WithOrders {
  readonly reader: Reader;
  readonly decisions: readonly Decided[];
  readonly next: number | null;
  /** How many of how many were just decided. */
  readonly done: readonly [number, number] | null;
}

export const AuditPage: FC<AuditProps> = ({ reader, decisions, next, usageIds, done }) => {
  const { texts } = reader;
  const { at, who, what } = texts.lists;
  const columns = [at, who, what, texts.usages.order, texts.usage.discount, texts.usage.reason];
  const cellsOf = (decision: Decided): Child[] => [
    <Time reader={reader} ms={decision.at} />,
    plain(decision.actor),
    wordFor(texts.action, decision.action),
    decision.order_key === null ? '–' : <Order orderKey={decision.order_key} usageIds={usageIds} />,
    plain(decision.discount_id) || '–',
    plain(decision.reason),
  ];
  return (
    <Page reader={reader} title={texts.nav.audit} place="audit">
      {done !== null && <p class={done[0] === done[1] ? 'fine' : 'note'}>{decidedOf(texts, ...done)}</p>}
      <Listing reader={reader} columns={columns} rows={decisions.map(cellsOf)} />
      <Older reader={reader} path="/ops/audit" next={next === null ? null : String(next)} />
    </Page>
  );
};

const decidedOf = ({ lists }: Texts, done: number, of: number) =>
  fill(done === of ? lists.decided : lists.decidedSome, { done, of });

export const Order: FC<{ orderKey: string } & WithOrders> = ({ orderKey, usageIds }) => {
  const id = usageIds.get(orderKey);
  const name = nameOfOrder(orderKey);
  if (id === undefined) return <span>{name}</span>;
  const href = id === null ? `/ops/order?${new URLSearchParams({ key: orderKey })}` : `/ops/usages/${id}`;
  return <a href={href}>{name}</a>;
};
