/** An order that was placed, and where to see what became of its discounts. */
import type { FC } from 'hono/jsx';
import type { Catalogue } from '../basket.ts';
import type { Gift, OrderRow } from '../orders.sql.ts';
import { readStoredSettings, type Settings } from '../settings.ts';
import { toDate } from '../stamp.ts';
import type { ShownOffer, State } from '../state.ts';
import type { writeUseOffersRequest } from '../write-flow.ts';
import { minus, nameOf } from './basket.tsx';
import { Action } from './frame.tsx';
import { ADAPTERS } from './switches.tsx';

type ShownBasket = State['basket'];

interface Props {
  readonly order: OrderRow;
  readonly settings: Settings;
  readonly catalogue: Catalogue;
}

export const OrderDetails: FC<Props> = ({ order, settings, catalogue }) => {
  const basket = JSON.parse(order.basket) as ShownBasket;
  const applied = JSON.parse(order.applied) as ShownOffer[];
  const gifts = JSON.parse(order.gifts) as Gift[];
  const used = JSON.parse(order.usedDiscounts) as string[];
  const currency = basket.basketitem_set[0]?.currency_type.toUpperCase() ?? '';
  return (
    <section id="order" aria-labelledby="order-title">
      <h1 id="order-title" tabindex={-1} autofocus>
        Thank you for your order
      </h1>
      <p>
        Order <strong id="number">{order.number}</strong>, placed{' '}
        {toDate(order.placedAt).slice(0, 16).replace('T', ' ')} UTC
      </p>
      <ul class="items">
        {basket.basketitem_set.map((item) => (
          <li>
            <img src={`/sandbox/images/${item.product.pk}.svg`} alt="" width="48" height="48" />
            <div>
              <strong lang="tr">{item.product.name}</strong>
              <small>
                {item.quantity} × {item.price}
              </small>
            </div>
            <b class="amount">{item.total_amount}</b>
          </li>
        ))}
        {gifts.map(({ product }) => (
          <li>
            <img src={`/sandbox/images/${product}.svg`} alt="" width="48" height="48" />
            <div>
              <strong lang="tr">{nameOf(product, catalogue)}</strong>
              <small>your gift</small>
            </div>
          </li>
        ))}
      </ul>
      <dl class="totals">
        <dt>Products</dt>
        <dd>{basket.total_product_amount}</dd>
        <dt>Discounts</dt>
        <dd>{minus(basket.total_discount_amount)}</dd>
        <dt class="sum">Paid</dt>
        <dd class="sum">
          {basket.total_amount} {currency}
        </dd>
      </dl>
      {applied.length > 0 && <h2>What you got</h2>}
      <ul class="got">
        {applied.map((offer) => (
          <li>{said(offer, currency)}</li>
        ))}
      </ul>
      <h2>What the adapter was told</h2>
      <Usage order={order} used={used} settings={settings} />
      <p>
        <a class="button" href="/">
          Back to the shop
        </a>
      </p>
    </section>
  );
};

const Usage: FC<{ order: OrderRow; used: readonly string[]; settings: Settings }> = ({ order, used, settings }) => {
  if (order.request === null) {
    const isPlain = (JSON.parse(order.applied) as ShownOffer[]).length === 0;
    return <p>Nothing: {isPlain ? 'no offer was applied.' : 'none of its discounts asks to be told.'}</p>;
  }
  const placed = readStoredSettings(order.settings);
  const times = order.timesTold === 1 ? 'once' : `${order.timesTold} times`;
  return (
    <>
      <p>
        <code>POST /use-offers</code> {order.timesTold === 0 ? notSent(placed) : `was sent ${times}.`} Used discounts:{' '}
        {used.map((id, index) => (
          <>
            {index > 0 && ', '}
            <code>{id}</code>
          </>
        ))}
      </p>
      {order.timesTold === 0 ? null : placed.adapter === settings.adapter ? (
        <p>
          <a
            class="button"
            id="to-console"
            href={`/ops/order?${new URLSearchParams({ key: orderKeyOf(order.request) })}`}
          >
            See its usage in the console
          </a>
        </p>
      ) : (
        <p class="note">
          Its usage is with the adapter “{ADAPTERS[placed.adapter]}”: choose that one to see it in the console.
        </p>
      )}
      <Action
        to={`tell/${order.number}`}
        done={order.timesTold === 0 ? 'Sent.' : 'Sent again, with the same request id.'}
      >
        <button type="submit" id="tell">
          {order.timesTold === 0 ? 'Send it now' : 'Send it again'}
        </button>
      </Action>
    </>
  );
};

function notSent({ useOffers, delayMs }: Settings): string {
  return useOffers === 'delay'
    ? `is sent ${delayMs / 1000} seconds after the order, and was not yet.`
    : 'was not sent: the switch says so.';
}

/** The adapter's: by number, or by basket and version where the contract has no number (v1). */
function orderKeyOf(request: string): string {
  const { order, basket } = JSON.parse(request) as ReturnType<typeof writeUseOffersRequest>;
  return order === undefined ? `b:${basket.id}:${basket.version}` : `o:${order.orderNumber}`;
}

function said({ type, label, successMessage, given, amount, extraArgs }: ShownOffer, currency: string): string {
  const words = successMessage === '' ? label : `${label} – ${successMessage}`;
  switch (type) {
    case 'BASKET':
      return `${words} (−${given} ${currency})`;
    case 'LOYALTY_POINT':
      return `${words} (+${amount} points)`;
    case 'DEFERRED':
      return `${words} (coupon ${couponOf(extraArgs)})`;
    default:
      return words;
  }
}

function couponOf({ data }: ShownOffer['extraArgs']): string {
  return String((data as { coupon?: unknown } | undefined)?.coupon ?? '–');
}
