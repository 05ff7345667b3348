/** The session's orders, below the basket. */
import type { FC } from 'hono/jsx';
import type { OrderRow } from '../orders.sql.ts';
import type { State } from '../state.ts';

const sumOf = ({ total_amount, basketitem_set: [first] }: State['basket']) =>
  `${total_amount} ${first?.currency_type.toUpperCase() ?? ''}`;

export const Orders: FC<{ orders: readonly OrderRow[] }> = ({ orders }) => (
  <section id="orders" aria-labelledby="orders-title">
    {orders.length > 0 && <h2 id="orders-title">Your orders</h2>}
    <ul>
      {orders.map(({ number, basket, timesTold, request }) => (
        <li>
          <a href={`/sandbox/order/${number}`}>{number}</a> <span class="amount">{sumOf(JSON.parse(basket))}</span>{' '}
          {request !== null && timesTold === 0 && <span class="badge bad">not told yet</span>}
        </li>
      ))}
    </ul>
  </section>
);
