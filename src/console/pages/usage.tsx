/** One usage and its whole order: discounts, what Akinon sent, and everything that happened, in the order of time. */
import type { Child, FC } from 'hono/jsx';
import { isObject } from '../../common/json.ts';
import { DECISIONS } from '../../ledger/decide.ts';
import { MAX_PART, type OrderHistory, type ShownUsage } from '../../ledger/usage-log.ts';
import { idsOf, nameOfOrder, objectOf, Page, plain, type Reader, State, Time } from '../page.tsx';
import { fill, type Texts, wordFor } from '../texts.ts';
import { Decide, hrefOfConflict, reasonOf } from './lists.tsx';
import { type Column, choice, choiceColumn, Table } from './table.tsx';

interface Props {
  readonly reader: Reader;
  readonly orderKey: string;
  readonly history: OrderHistory;
  /** What the loyalty system tells each discount by: by its id and generation. */
  readonly keys: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

interface PageProps extends Props, ShownUsage {
  /** Of the usage that was asked for; null where the order was. */
  readonly id: number | null;
  /** Nothing is delivered now: when its turn would be does not matter. */
  readonly isShut: boolean;
}

export const UsagePage: FC<PageProps> = ({ reader, id, orderKey, history, snapshot, toldBy, keys, isShut }) => {
  const { usage } = reader.texts;
  const name = nameOfOrder(orderKey);
  const title = orderKey.startsWith('o:')
    ? fill(usage.heading, { order: name })
    : fill(usage.basketOrder, { basket: name.slice(2) });
  return (
    <Page reader={reader} title={title} place="usages">
      <Delivery reader={reader} history={history} isShut={isShut} />
      {toldBy !== null && (
        <p class="note">
          <a href={`/ops/usages/${toldBy}`}>{usage.toldBefore}</a>
        </p>
      )}
      <section aria-labelledby="discounts">
        <h2 id="discounts">{usage.discounts}</h2>
        <form method="post" action="/ops/plan">
          <Discounts reader={reader} orderKey={orderKey} history={history} keys={keys} />
          <Decide reader={reader} decisions={DECISIONS} isOpen={isDecidable(history)} />
        </form>
      </section>
      <section aria-labelledby="timeline">
        <h2 id="timeline">{usage.timeline}</h2>
        <Timeline reader={reader} id={id} history={history} />
        {isCut(history) && <p class="aside">{fill(usage.newestOnly, { most: MAX_PART })}</p>}
      </section>
      {snapshot !== null && <Basket reader={reader} snapshot={snapshot} />}
      <p class="aside">
        {usage.key}: <code>{plain(orderKey)}</code>
      </p>
    </Page>
  );
};

const Delivery: FC<Pick<PageProps, 'reader' | 'history' | 'isShut'>> = ({ reader, history, isShut }) => {
  const [delivery] = history.delivery;
  const { usage, overview, nav } = reader.texts;
  if (delivery?.state === 'leased') return <p class="note">{usage.leased}</p>;
  if (delivery?.state !== 'due' || typeof delivery.due_at !== 'number') return null;
  if (isShut) {
    return (
      <p class="note">
        {overview.shut} <a href="/ops">{nav.overview}</a>
      </p>
    );
  }
  return <p class="note">{fill(usage.nextAttempt, { time: reader.format.time(delivery.due_at) })}</p>;
};

const isCut = (history: OrderHistory) => Object.values(history).some(({ length }) => length >= MAX_PART);

const OPEN_TO_DECISION = new Set<unknown>(['dead', 'rejected', 'unrecognised', 'due']);

const isDecidable = ({ discounts }: OrderHistory) => discounts.some(({ state }) => OPEN_TO_DECISION.has(state));

const Discounts: FC<Props> = ({ reader, orderKey, history, keys }) => {
  const { usage, type } = reader.texts;
  const isOpen = isDecidable(history);
  const columns: Column[] = [
    ...(isOpen ? choiceColumn(reader) : []),
    { name: usage.discount, is: 'head' },
    usage.state,
    { name: usage.amount, is: 'amount' },
    ...[usage.reference, usage.reason],
  ];
  const choiceOf = (line: Record<string, unknown>): readonly Child[] => {
    const cells = choice(reader, [orderKey, String(line.discount_id), String(line.state)], plain(line.discount_id));
    return OPEN_TO_DECISION.has(line.state) ? cells : cells.map(() => '');
  };
  /** Who saw it delivered, where that is how we know. */
  const markedBy = (line: Record<string, unknown>): string | null => {
    const mark = history.decisions.findLast((it) => it.action === 'deliver' && it.discount_id === line.discount_id);
    return line.state === 'delivered' && mark !== undefined ? fill(usage.by, { actor: plain(mark.actor) }) : null;
  };
  const cellsOf = (line: Record<string, unknown>): Child[] => [
    ...(isOpen ? choiceOf(line) : []),
    <>
      <span class="id">{plain(line.discount_id)}</span>
      {line.type !== null && <small>{wordFor(type, plain(line.type))}</small>}
    </>,
    <State reader={reader} state={plain(line.state)} />,
    reader.format.amount({
      type: textOrNull(line.type),
      amount: line.amount as number | string | null,
      currency: textOrNull(line.currency),
    }),
    <>
      {textOrNull(line.upstream_ref) ?? '–'}
      {line.state !== 'not_required' && (
        <details>
          <summary>{usage.discountKey}</summary>
          <Keys reader={reader} keys={keys.get(String(line.discount_id)) ?? new Map()} />
        </details>
      )}
    </>,
    markedBy(line) ?? reasonOf(reader, { reason: line.reason, uncertain: line.uncertain }),
  ];
  return <Table columns={columns} rows={history.discounts.map(cellsOf)} />;
};

/** One, or one of several where refused discounts were replayed under new ones. */
const Keys: FC<{ reader: Reader; keys: ReadonlyMap<number, string> }> = ({ reader, keys }) => (
  <>
    {[...keys].map(([generation, key]) => (
      <code>
        {keys.size > 1 && `${fill(reader.texts.usage.generation, { number: generation })}: `}
        {key}
      </code>
    ))}
  </>
);

interface Event {
  readonly at: number;
  readonly kind: 'accepted' | 'attempt' | 'decision' | 'conflict';
  readonly what: Child;
  readonly details: readonly [string, Child][];
}

interface TimelineProps {
  readonly reader: Reader;
  readonly id: number | null;
  readonly history: OrderHistory;
}

const Timeline: FC<TimelineProps> = ({ reader, id, history }) => (
  <ol class="timeline">
    {toEvents(reader, id, history).map((event) => (
      <li class={event.kind}>
        <Time reader={reader} ms={event.at} />
        <p>{event.what}</p>
        {event.details.length > 0 && (
          <dl>
            {event.details.map(([name, value]) => (
              <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </li>
    ))}
  </ol>
);

function toEvents({ texts, format }: Reader, id: number | null, history: OrderHistory): Event[] {
  const { usage } = texts;
  const events: Event[] = [
    ...history.usages.map((sent): Event => {
      const drift = idsOf(sent.drift);
      return {
        at: Number(sent.received_at),
        kind: 'accepted',
        what: fill(usage.accepted, { discounts: idsOf(sent.used_discounts).join(', ') || '–' }),
        details: [
          [
            usage.requestId,
            sent.id === id || history.usages.length === 1 ? (
              plain(sent.request_id)
            ) : (
              <a href={`/ops/usages/${sent.id}`}>{plain(sent.request_id)}</a>
            ),
          ],
          [usage.basket, sent.basket_id === null ? '–' : `${sent.basket_id}`],
          ...channelOf(sent.channel, texts),
          ...(drift.length > 0 ? [[usage.drift, drift.join(', ')] as [string, string]] : []),
        ],
      };
    }),
    ...history.attempts.map((attempt): Event => {
      const outcome = wordFor(texts.outcome, plain(attempt.outcome));
      const status = attempt.status === null ? '' : ` (HTTP ${attempt.status})`;
      const detail = textOrNull(attempt.detail);
      return {
        at: Number(attempt.started_at),
        kind: 'attempt',
        what: `${fill(usage.attempt, { took: format.milliseconds(Number(attempt.duration_ms)) })}: ${outcome}${status}`,
        details: detail === null ? [] : [['', detail]],
      };
    }),
    ...history.decisions.map((decision): Event => {
      const action = wordFor(texts.action, plain(decision.action));
      const discount = textOrNull(decision.discount_id);
      return {
        at: Number(decision.at),
        kind: 'decision',
        what: `${fill(usage.decided, { actor: plain(decision.actor) })}: ${action}${discount === null ? '' : ` ${discount}`}`,
        details: [[usage.reason, plain(decision.reason)]],
      };
    }),
    ...history.conflicts.map(
      (conflict): Event => ({
        at: Number(conflict.first_at),
        kind: 'conflict',
        what: usage.conflict,
        details: [
          [usage.requestId, plain(conflict.request_id)],
          [usage.discounts, idsOf(conflict.used_discounts).join(', ')],
          ['', <a href={hrefOfConflict(String(conflict.request_id), String(conflict.fingerprint))}>{usage.compare}</a>],
        ],
      }),
    ),
  ];
  return events.sort((a, b) => a.at - b.at);
}

const textOrNull = (value: unknown) => (value === null || value === undefined ? null : plain(value));

/** Device, store and staff, where they were sent. */
function channelOf(json: unknown, { conflict: { fields } }: Texts): [string, Child][] {
  return Object.entries(objectOf(json)).flatMap(([name, value]): [string, Child][] =>
    value === null ? [] : [[wordFor(fields, name), plain(value)]],
  );
}

/** Items that are shown: the others are counted. */
const MAX_ITEMS = 50;

const Basket: FC<{ reader: Reader; snapshot: string }> = ({ reader, snapshot }) => {
  const { usage } = reader.texts;
  const { items: kept, voucherCode = null } = objectOf(snapshot);
  const items = Array.isArray(kept) ? kept.filter(isObject) : [];
  const columns: Column[] = [
    { name: usage.items.name, is: 'head' },
    ...[usage.items.quantity, usage.items.price, usage.items.total],
  ];
  return (
    <section aria-labelledby="basket">
      <h2 id="basket">{usage.basketSent}</h2>
      {voucherCode !== null && <p>{fill(usage.items.voucher, { code: plain(voucherCode) })}</p>}
      <Table
        columns={columns}
        rows={items.slice(0, MAX_ITEMS).map(({ sku, name, ...item }) => [
          <>
            {plain(name) || '–'}
            <small>{plain(sku)}</small>
          </>,
          ...[item.quantity, item.unitPrice, item.totalAmount].map(plain),
        ])}
      />
      {items.length > MAX_ITEMS && <p class="aside">{fill(usage.items.more, { count: items.length - MAX_ITEMS })}</p>}
    </section>
  );
};
