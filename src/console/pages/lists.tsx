/** What waits for a person, and what people decided: one page each, all of them tables. */
import type { Child, FC } from 'hono/jsx';
import { CONFLICT_DECISIONS } from '../../ledger/conflicts.ts';
import { DECISIONS, type Decision } from '../../ledger/decide.ts';
import type { Decided } from '../../ledger/usage-log.ts';
import type { RefusedRow, Waiting, WaitingConflict, WaitingLine } from '../../ledger/waiting.ts';
import { nameOfOrder, Page, plain, type Reader, State, Time } from '../page.tsx';
import { fill, type Texts, wordFor } from '../texts.ts';

interface ListProps<Row> extends Waiting<Row> {
  readonly reader: Reader;
}

interface WithOrders {
  /** Usage ids by order key. */
  readonly usageIds: ReadonlyMap<string, number>;
}

/** Lines given up, refused or not recognised, with what may be done about them. */
export const WAITING = ['dead', 'unrecognised', 'rejected'] as const;

interface DeadProps extends ListProps<WaitingLine>, WithOrders {
  readonly state: (typeof WAITING)[number];
}

export const DeadPage: FC<DeadProps> = ({ reader, state, rows, next, usageIds }) => {
  const { texts, format } = reader;
  const mayAct = reader.actor.role === 'operator';
  const heads = [
    texts.usage.state,
    texts.usages.order,
    texts.usage.discount,
    texts.usage.amount,
    texts.lists.since,
    texts.usage.reason,
  ];
  return (
    <Page reader={reader} title={texts.nav.dead} place="dead">
      <p class="lead">{texts.lists.deadMeans}</p>
      <Tabs
        label={texts.usage.state}
        tabs={WAITING.map((it) => [`/ops/dead?state=${it}`, texts.state[it], it === state])}
      />
      {rows.length === 0 ? (
        <p class="empty">{texts.lists.nothing}</p>
      ) : (
        <form method="post" action="/ops/plan">
          {mayAct && <ChooseAll reader={reader} />}
          <Table reader={reader} heads={mayAct ? ['', ...heads] : heads}>
            {rows.map((row) => (
              <tr>
                {mayAct && (
                  <Choice
                    value={[row.order_key, row.discount_id, row.state]}
                    name={`${nameOfOrder(row.order_key)} ${plain(row.discount_id)}`}
                  />
                )}
                <td data-label={heads[0]}>
                  <State reader={reader} state={row.state} />
                </td>
                <td data-label={heads[1]}>
                  <Order orderKey={row.order_key} usageIds={usageIds} />
                </td>
                <td data-label={heads[2]}>{plain(row.discount_id)}</td>
                <td data-label={heads[3]} class="amount">
                  {format.amount(row)}
                </td>
                <td data-label={heads[4]}>
                  <Time reader={reader} ms={row.since} />
                </td>
                <td data-label={heads[5]}>
                  {[row.reason === null ? null : plain(row.reason), row.uncertain === 1 ? texts.usage.uncertain : null]
                    .filter(Boolean)
                    .join('; ') || '–'}
                </td>
              </tr>
            ))}
          </Table>
          {mayAct && <Decide reader={reader} decisions={DECISIONS} />}
        </form>
      )}
      <Older reader={reader} path="/ops/dead" query={{ state }} next={next} />
    </Page>
  );
};

/** Shown by the script, without which it could not work. */
const ChooseAll: FC<{ reader: Reader }> = ({ reader }) => (
  <label class="all" hidden>
    <input type="checkbox" /> {reader.texts.lists.chooseAll}
  </label>
);

/** A row that may be chosen. */
const Choice: FC<{ value: readonly string[]; name: string }> = ({ value, name }) => (
  <td class="check">
    <input type="checkbox" name="line" value={JSON.stringify(value)} aria-label={name} />
  </td>
);

/** Buttons of a form whose lines are chosen by checkboxes: the next page says what would happen. */
export const Decide: FC<{ reader: Reader; decisions: readonly Decision[] }> = ({ reader, decisions }) => (
  <p class="buttons">
    {decisions.map((decision) => (
      <button type="submit" name="decision" value={decision} class={decision === 'replay' ? '' : 'plain'}>
        {reader.texts.decide[decision]}
      </button>
    ))}
  </p>
);

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
  const { texts } = reader;
  const mayAct = reader.actor.role === 'operator';
  const heads = [
    texts.lists.first,
    texts.lists.times,
    texts.usage.requestId,
    texts.lists.cameFor,
    texts.usage.discounts,
  ];
  return (
    <Page reader={reader} title={texts.nav.conflicts} place="conflicts">
      <p class="lead">{texts.lists.conflictMeans}</p>
      <form method="post" action="/ops/conflicts/plan">
        {mayAct && rows.length > 1 && <ChooseAll reader={reader} />}
        <Listing reader={reader} heads={mayAct ? ['', ...heads] : heads} isEmpty={rows.length === 0}>
          {rows.map((row) => (
            <tr>
              {mayAct && (
                <Choice
                  value={[row.request_id, row.fingerprint, row.order_key]}
                  name={`${plain(row.request_id)} ${nameOfOrder(row.order_key)}`}
                />
              )}
              <td data-label={heads[0]}>
                <Time reader={reader} ms={row.first_at} />
              </td>
              <td data-label={heads[1]}>{reader.format.count(row.times)}</td>
              <td data-label={heads[2]}>
                <a href={hrefOfConflict(row.request_id, row.fingerprint)}>{plain(row.request_id)}</a>
              </td>
              <td data-label={heads[3]}>
                <Order orderKey={row.order_key} usageIds={usageIds} />
              </td>
              <td data-label={heads[4]}>{(JSON.parse(row.used_discounts) as string[]).map(plain).join(', ') || '–'}</td>
            </tr>
          ))}
        </Listing>
        {mayAct && rows.length > 0 && <Decide reader={reader} decisions={CONFLICT_DECISIONS} />}
      </form>
      <Older reader={reader} path="/ops/conflicts" next={next} />
    </Page>
  );
};

export const RefusedPage: FC<ListProps<RefusedRow>> = ({ reader, rows, next }) => {
  const { texts } = reader;
  const heads = [texts.lists.last, texts.lists.times, texts.usage.requestId, texts.lists.why, texts.lists.payload];
  return (
    <Page reader={reader} title={texts.nav.refused} place="refused">
      <p class="lead">{texts.lists.refusedMeans}</p>
      <Listing reader={reader} heads={heads} isEmpty={rows.length === 0}>
        {rows.map((row) => (
          <tr>
            <td data-label={heads[0]}>
              <Time reader={reader} ms={row.last_at} />
            </td>
            <td data-label={heads[1]}>{reader.format.count(row.times)}</td>
            <td data-label={heads[2]}>{row.request_id === null ? '–' : plain(row.request_id)}</td>
            <td data-label={heads[3]}>
              {(JSON.parse(row.errors) as { code: string; field: string }[])
                .map(({ code, field }) => plain(`${code} ${field}`.trim()))
                .join(', ')}
            </td>
            <td data-label={heads[4]}>
              <details>
                <summary>{texts.lists.show}</summary>
                <pre>{plain(row.payload)}</pre>
              </details>
            </td>
          </tr>
        ))}
      </Listing>
      <Older reader={reader} path="/ops/refused" next={next} />
    </Page>
  );
};

interface AuditProps {
  readonly reader: Reader;
  readonly decisions: readonly Decided[];
  readonly next: number | null;
  readonly usageIds: ReadonlyMap<string, number>;
  /** How many of how many were just decided. */
  readonly done: readonly [number, number] | null;
}

export const AuditPage: FC<AuditProps> = ({ reader, decisions, next, usageIds, done }) => {
  const { texts } = reader;
  const heads = [
    texts.lists.at,
    texts.lists.who,
    texts.lists.what,
    texts.usages.order,
    texts.usage.discount,
    texts.usage.reason,
  ];
  return (
    <Page reader={reader} title={texts.nav.audit} place="audit">
      {done !== null && <p class="note">{decidedOf(texts, ...done)}</p>}
      <Listing reader={reader} heads={heads} isEmpty={decisions.length === 0}>
        {decisions.map((decision) => (
          <tr>
            <td data-label={heads[0]}>
              <Time reader={reader} ms={decision.at} />
            </td>
            <td data-label={heads[1]}>{plain(decision.actor)}</td>
            <td data-label={heads[2]}>{wordFor(texts.action, decision.action)}</td>
            <td data-label={heads[3]}>
              {decision.order_key === null ? '–' : <Order orderKey={decision.order_key} usageIds={usageIds} />}
            </td>
            <td data-label={heads[4]}>{plain(decision.discount_id) || '–'}</td>
            <td data-label={heads[5]}>{plain(decision.reason)}</td>
          </tr>
        ))}
      </Listing>
      {next !== null && (
        <nav class="pager" aria-label={texts.usages.older}>
          <a rel="next" href={`/ops/audit?before=${next}`}>
            {texts.usages.older}
          </a>
        </nav>
      )}
    </Page>
  );
};

const decidedOf = ({ lists }: Texts, done: number, of: number) =>
  fill(done === of ? lists.decided : lists.decidedSome, { done, of });

export const Order: FC<{ orderKey: string; usageIds: ReadonlyMap<string, number> }> = ({ orderKey, usageIds }) => {
  const id = usageIds.get(orderKey);
  const name = nameOfOrder(orderKey);
  return id === undefined ? <span>{name}</span> : <a href={`/ops/usages/${id}`}>{name}</a>;
};

export const Listing: FC<{ reader: Reader; heads: readonly string[]; isEmpty: boolean; children?: Child }> = (props) =>
  props.isEmpty ? <p class="empty">{props.reader.texts.lists.nothing}</p> : <Table {...props} />;

export const Table: FC<{ reader: Reader; heads: readonly string[]; children?: Child }> = ({
  reader,
  heads,
  children,
}) => (
  <table class="stacks">
    <thead>
      <tr>
        {heads.map((head) =>
          head === '' ? (
            <td>{<span class="hidden">{reader.texts.lists.choose}</span>}</td>
          ) : (
            <th scope="col">{head}</th>
          ),
        )}
      </tr>
    </thead>
    <tbody>{children}</tbody>
  </table>
);
