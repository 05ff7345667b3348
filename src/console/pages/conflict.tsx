/** One conflict: the usage that stands beside what came as well, what differs first, and the decision. */
import type { FC } from 'hono/jsx';
import { CONFLICT_DECISIONS, type ShownConflict } from '../../ledger/conflicts.ts';
import { type Compared, compare, differs } from '../differences.ts';
import { Page, plain, type Reader } from '../page.tsx';
import { fill } from '../texts.ts';
import { Decide, Order, type WithOrders } from './lists.tsx';
import { Table } from './table.tsx';

/** Rows of the comparison: nobody reads more. */
const MAX_ROWS = 200;

interface Props extends ShownConflict, WithOrders {
  readonly reader: Reader;
}

export const ConflictPage: FC<Props> = ({ reader, conflict, standing, usageIds }) => {
  const { texts, format } = reader;
  const rows = compare(standing, conflict, texts);
  const different = rows.filter(differs);
  const alike = rows.filter((row) => !differs(row));
  const hidden = Math.max(0, different.length - MAX_ROWS);
  const { request_id: request, fingerprint, order_key: orderKey } = conflict;
  return (
    <Page reader={reader} title={fill(texts.conflict.heading, { request: plain(request) })} place="conflicts">
      <p class="lead">
        {fill(texts.conflict.came, {
          times: format.count(conflict.times),
          first: format.time(conflict.first_at),
          last: format.time(conflict.last_at),
        })}
      </p>
      <dl class="sides">
        {standing !== null && (
          <div>
            <dt>{texts.conflict.stands}</dt>
            <dd>
              <Order orderKey={standing.order_key} usageIds={new Map([[standing.order_key, standing.id]])} />
            </dd>
          </div>
        )}
        <div>
          <dt>{texts.conflict.other}</dt>
          <dd>
            <Order orderKey={orderKey} usageIds={usageIds} />
          </dd>
        </div>
      </dl>
      {standing === null && <p class="note">{texts.conflict.purged}</p>}
      {standing?.snapshot === null && <p class="note">{texts.conflict.gone}</p>}
      <section aria-labelledby="differs">
        <h2 id="differs">{texts.conflict.differs}</h2>
        <Rows reader={reader} rows={different.slice(0, MAX_ROWS)} />
        {hidden > 0 && <p class="aside">{fill(texts.conflict.more, { count: format.count(hidden) })}</p>}
        {alike.length > 0 && (
          <details class="aside">
            <summary>{fill(texts.conflict.alike, { count: format.count(alike.length) })}</summary>
            <Rows reader={reader} rows={alike.slice(0, MAX_ROWS)} />
          </details>
        )}
      </section>
      <form method="post" action="/ops/conflicts/plan">
        <input type="hidden" name="line" value={JSON.stringify([request, fingerprint, orderKey])} />
        <Decide reader={reader} decisions={CONFLICT_DECISIONS} words={texts.conflict.decide} isOpen />
      </form>
    </Page>
  );
};

const Rows: FC<{ reader: Reader; rows: readonly Compared[] }> = ({ reader, rows }) => {
  const { what, stands, other } = reader.texts.conflict;
  return (
    <Table
      columns={[{ name: what, is: 'head' }, stands, other]}
      rows={rows.map((row) => [row.what, row.stands ?? '–', row.came ?? '–'].map(plain))}
    />
  );
};
