/** Before anything is decided: what would become of each line, and why it is to be done. */
import type { FC } from 'hono/jsx';
import type { Decision, PlannedLine } from '../../ledger/decide.ts';
import { nameOfOrder, Page, plain, type Reader, State } from '../page.tsx';
import { fill, wordFor } from '../texts.ts';
import { Table } from './lists.tsx';

export const MAX_REASON = 500;

interface Props {
  readonly reader: Reader;
  readonly decision: Decision;
  readonly lines: readonly PlannedLine[];
  /** Of the plan, epoch milliseconds. */
  readonly at: number;
}

export const PlanPage: FC<Props> = ({ reader, decision, lines, at }) => {
  const { texts, format } = reader;
  const wanted = lines.filter(({ verdict }) => verdict === decision);
  const others = lines.filter(({ verdict }) => verdict !== decision);
  const heads = [texts.usages.order, texts.usage.discount, texts.usage.state, texts.usage.amount];
  return (
    <Page reader={reader} title={texts.plan.heading[decision]} place="dead">
      <p class="lead">{texts.plan.means[decision]}</p>
      <p>
        <strong>{fill(texts.plan.count, { wanted: wanted.length, chosen: lines.length })}</strong>
      </p>
      {wanted.length > 0 && (
        <Table reader={reader} heads={heads}>
          {wanted.map((line) => (
            <tr>
              <td data-label={heads[0]}>{nameOfOrder(line.orderKey)}</td>
              <td data-label={heads[1]}>{plain(line.discountId)}</td>
              <td data-label={heads[2]}>
                <State reader={reader} state={line.state} />
              </td>
              <td data-label={heads[3]} class="amount">
                {format.amount(line)}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {others.length > 0 && (
        <ul class="others">
          {others.map((line) => (
            <li>
              {nameOfOrder(line.orderKey)} {plain(line.discountId)}:{' '}
              {wordFor(texts.plan.why, line.verdict ?? 'nothing')}
            </li>
          ))}
        </ul>
      )}
      {wanted.length > 0 && (
        <form method="post" action="/ops/decide" class="reason">
          <input type="hidden" name="decision" value={decision} />
          <input type="hidden" name="at" value={String(at)} />
          {wanted.map((line) => (
            <input type="hidden" name="line" value={JSON.stringify([line.orderKey, line.discountId, line.state])} />
          ))}
          <label>
            {decision === 'deliver' ? texts.plan.evidence : texts.plan.reason}
            <textarea name="reason" rows={3} maxlength={MAX_REASON} required></textarea>
          </label>
          <p class="buttons">
            <button type="submit">{texts.decide[decision]}</button>
            <a href="/ops/dead">{texts.plan.cancel}</a>
          </p>
        </form>
      )}
    </Page>
  );
};
