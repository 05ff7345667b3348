/** The session's orders, below the basket. */
import type { FC } from 'hono/jsx';
import type { OrderRow } from '../orders.sql.ts';
import type { State } from '../state.ts';

export const Orders: FC<{ orders: readonly OrderRow[] }> = ({ orders }) => (
  <section id="orders" aria-labelledby="orders-title">
    {orders.length > 0 && <h2 id="orders-title">Your orders</h2>}
    <ul>
      {orders.map(({ number, basket, timesTold, request }) => (
        <li>
          <a href={`/sandbox/order/${number}`}>{number}</a>{' '}
          <span class="amount">{(JSON.parse(basket) as State['basket']).total_amount}</span>{' '}
          {request !== null && timesTold === 0 && <span class="badge bad">not told yet</span>}
        </li>
      ))}
    </ul>
  </section>
);
