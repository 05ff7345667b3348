/** Before anything is decided: what would become of each line or conflict, and why it is to be done. */
import type { FC } from 'hono/jsx';
import type { Decision } from '../../ledger/decide.ts';
import type { Amount } from '../format.ts';
import { nameOfOrder, Page, plain, type Reader, State } from '../page.tsx';
import { fill, wordFor } from '../texts.ts';
import { type Column, Table } from './table.tsx';

export const MAX_REASON = 500;

export interface PlannedItem extends Amount {
  /** What the form sends for it. */
  readonly id: readonly string[];
  readonly orderKey: string;
  /** A discount, or those of a conflict. */
  readonly what: string;
  readonly state: string;
  /** The decision, where it can be taken; why not, or null for nothing to do. */
  readonly verdict: Decision | 'wait' | 'leased' | null;
}

interface Props {
  readonly reader: Reader;
  readonly decision: Decision;
  /** What it is for, in the addresses and in the texts. */
  readonly place: 'dead' | 'conflicts';
  readonly items: readonly PlannedItem[];
  /** More than are planned at once were found. */
  readonly isCut: boolean;
  /** Of the plan, epoch milliseconds. */
  readonly at: number;
}

export const PlanPage: FC<Props> = ({ reader, decision, place, items, isCut, at }) => {
  const { texts, format } = reader;
  const wanted = items.filter(({ verdict }) => verdict === decision);
  const others = items.filter(({ verdict }) => verdict !== decision);
  const columns: Column[] = [
    ...[texts.usages.order, texts.usage.discount, texts.usage.state],
    { name: texts.usage.amount, is: 'amount' },
  ];
  const words: { readonly [D in Decision]?: string } = place === 'conflicts' ? texts.conflict.decide : texts.decide;
  const means =
    place === 'conflicts' && decision !== 'deliver' ? texts.conflict.means[decision] : texts.plan.means[decision];
  return (
    <Page reader={reader} title={words[decision] ?? ''} place={place}>
      <p class="lead">{means}</p>
      <p>
        <strong>{fill(texts.plan.count, { wanted: wanted.length, chosen: items.length })}</strong>{' '}
        {isCut && fill(texts.plan.cut, { most: items.length })}
      </p>
      {wanted.length > 0 && (
        <form method="post" action={place === 'conflicts' ? '/ops/conflicts/decide' : '/ops/decide'} class="reason">
          <input type="hidden" name="decision" value={decision} />
          <input type="hidden" name="at" value={String(at)} />
          {wanted.map(({ id }) => (
            <input type="hidden" name="line" value={JSON.stringify(id)} />
          ))}
          <label>
            {decision === 'deliver' ? texts.plan.evidence : texts.plan.reason}
            <textarea name="reason" rows={3} maxlength={MAX_REASON} required></textarea>
          </label>
          <p class="buttons">
            <button type="submit">{words[decision]}</button>
            <a href={`/ops/${place}`}>{texts.plan.cancel}</a>
          </p>
        </form>
      )}
      {wanted.length === 0 && (
        <p>
          <a href={`/ops/${place}`}>{texts.back}</a>
        </p>
      )}
      {wanted.length > 0 && (
        <Table
          columns={columns}
          rows={wanted.map((item) => [
            nameOfOrder(item.orderKey),
            plain(item.what) || '–',
            <State reader={reader} state={item.state} />,
            format.amount(item),
          ])}
        />
      )}
      {others.length > 0 && (
        <ul class="others">
          {others.map((item) => (
            <li>
              {nameOfOrder(item.orderKey)} {plain(item.what)}: {wordFor(texts.plan.why, item.verdict ?? 'nothing')}
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
};
