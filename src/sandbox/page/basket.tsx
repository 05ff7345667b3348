/** The basket: what is in it, the voucher, what it comes to, and the order with the gifts that an offer lets choose. */
import type { FC } from 'hono/jsx';
import type { Catalogue } from '../basket.ts';
import { giftChoices } from '../gifts.ts';
import type { State } from '../state.ts';
import { Action } from './frame.tsx';
import { Offers } from './offers.tsx';

type Item = State['basket']['basketitem_set'][number];

interface Props {
  readonly state: State;
  readonly catalogue: Catalogue;
  /** What the reference upstream was told to do, where it is asked. */
  readonly fault: string | null;
  readonly voucherExample: string | null;
}

export const Basket: FC<Props> = ({ state, catalogue, fault, voucherExample }) => {
  const { basket } = state;
  const items = basket.basketitem_set;
  const gone = basket.unavailable_basket_products;
  return (
    <section id="basket" aria-labelledby="basket-title">
      <h2 id="basket-title" tabindex={-1}>
        Basket <small>{basket.total_quantity === 1 ? '1 piece' : `${basket.total_quantity} pieces`}</small>
      </h2>
      {items.length + gone.length === 0 ? (
        <p class="empty">Nothing in it yet. Add a product, and the adapter is asked for offers.</p>
      ) : (
        <>
          <ul class="items">
            {items.map((item) => (
              <Line item={item} state={state} />
            ))}
            {gone.map((item) => (
              <Line item={item} state={state} isGone />
            ))}
          </ul>
          {state.settings.contractVersion === 'v1' ? (
            <p class="note">v1 of the contract has no voucher code.</p>
          ) : (
            <Voucher code={basket.voucher_code} example={voucherExample} />
          )}
          <Offers state={state} fault={fault} />
          <Totals state={state} />
          <OrderForm state={state} catalogue={catalogue} />
        </>
      )}
    </section>
  );
};

const Line: FC<{ item: Item; state: State; isGone?: boolean }> = ({ item, state, isGone = false }) => {
  const { product } = item;
  const isPart = item.parent !== null;
  return (
    <li class={isPart ? 'part' : undefined}>
      <img src={`/sandbox/images/${product.pk}.svg`} alt="" width="48" height="48" />
      <div>
        <strong lang="tr">{product.name}</strong>
        {isGone && <span class="badge bad">{product.in_stock ? `only ${product.stock} left` : 'sold out'}</span>}
        <small>
          {item.price} {product.currency_type.toUpperCase()}
          {Object.entries(item.attributes).map(([name, value]) => ` · ${name}: ${plain(value)}`)}
        </small>
      </div>
      {isPart ? (
        <span class="count">× {item.quantity}</span>
      ) : (
        <Action to="step" class="stepper" done="The basket was changed." focus="basket-title">
          <input type="hidden" name="item" value={item.id} />
          <button type="submit" id={`less-${item.id}`} name="by" value="-1" aria-label={`One ${product.name} fewer`}>
            −
          </button>
          <span class="count">{item.quantity}</span>
          <button
            type="submit"
            id={`more-${item.id}`}
            name="by"
            value="1"
            aria-label={`One ${product.name} more`}
            disabled={isGone}
          >
            +
          </button>
        </Action>
      )}
      <b class="amount">{item.total_amount}</b>
      <ul class="shares">
        {state.applied.flatMap(({ label, description, shares }) =>
          shares
            .filter(({ itemId, amount }) => itemId === item.id && Number(amount) > 0)
            .map(({ amount }) => (
              <li>
                <span>{label || description}</span> <span class="amount">−{amount}</span>
              </li>
            )),
        )}
      </ul>
      {state.basket.upsell_details
        .filter(({ parameters }) => parameters.basket_item === item.id)
        .map(({ message }) => (
          <p class="upsell">{message}</p>
        ))}
    </li>
  );
};

const Voucher: FC<{ code: string | null; example: string | null }> = ({ code, example }) =>
  code === null ? (
    <Action to="voucher" class="voucher" done="The voucher code is good." focus="no-code">
      <label for="code">Voucher code{example === null ? '' : `, such as ${example}`}</label>
      <input id="code" name="code" required maxlength={100} autocomplete="off" />
      <button type="submit">Use</button>
    </Action>
  ) : (
    <Action to="voucher" class="voucher" done="The voucher code is gone." focus="code">
      <span>
        Voucher code <strong>{code}</strong>
      </span>
      <button type="submit" id="no-code">
        Remove
      </button>
    </Action>
  );

const Totals: FC<{ state: State }> = ({ state: { basket, currency, applied } }) => {
  const hasFreeShipping = applied.some(({ type }) => type === 'SHIPPING');
  const points = applied.filter(({ type }) => type === 'LOYALTY_POINT');
  return (
    <dl class="totals">
      <dt>Products</dt>
      <dd>{basket.total_product_amount}</dd>
      <dt>Discounts</dt>
      <dd>{minus(basket.total_discount_amount)}</dd>
      {hasFreeShipping && <dt>Shipping</dt>}
      {hasFreeShipping && <dd>free</dd>}
      <dt class="sum">To pay</dt>
      <dd class="sum">
        {basket.total_amount} {currency}
      </dd>
      {points.length > 0 && <dt>Loyalty points</dt>}
      {points.length > 0 && <dd>{points.map(({ amount }) => `+${amount}`).join(', ')}</dd>}
    </dl>
  );
};

const OrderForm: FC<{ state: State; catalogue: Catalogue }> = ({ state, catalogue }) => {
  const isShort = state.basket.unavailable_basket_products.length > 0;
  return (
    <Action to="order" class="order">
      <input type="hidden" name="total" value={state.basket.total_amount} />
      {giftChoices(state.applied).map(({ offer, label, products, allowed }) => (
        <fieldset data-at-most={allowed}>
          <legend>
            {label}: choose {allowed === 1 ? 'one' : `up to ${allowed}`}
          </legend>
          {products.map((product) => (
            <label>
              <input type="checkbox" name="gift" value={JSON.stringify({ offer, product })} />
              <img src={`/sandbox/images/${product}.svg`} alt="" width="32" height="32" />
              <span lang="tr">{nameOf(product, catalogue)}</span>
            </label>
          ))}
        </fieldset>
      ))}
      {isShort && <p class="problem">Something cannot be had: take it out, and the rest can be ordered.</p>}
      <button type="submit" id="place-order" class="main" disabled={isShort}>
        Place the order
      </button>
    </Action>
  );
};

/** A sum that is taken off; nothing is taken off with no sign. */
export function minus(amount: string): string {
  return Number(amount) === 0 ? amount : `−${amount}`;
}

export function nameOf(product: number, catalogue: Catalogue): string {
  return catalogue.get(product)?.name ?? `Product ${product}`;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
