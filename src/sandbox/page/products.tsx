/** What is for sale. */
import Big from 'big.js';
import type { FC } from 'hono/jsx';
import { isAvailable, type Product } from '../basket.ts';
import { Action } from './frame.tsx';

export const Products: FC<{ products: readonly Product[] }> = ({ products }) => (
  <section id="products" aria-labelledby="products-title">
    <h1 id="products-title">Fill a basket</h1>
    <ul class="products">
      {products
        .filter(({ isActive }) => isActive)
        .map((product) => (
          <li>
            <img src={`/sandbox/images/${product.id}.svg`} alt="" width="120" height="120" loading="lazy" />
            <h2 lang="tr">{product.name}</h2>
            <p class="price">
              {priceOf(product, product.price)}{' '}
              {new Big(product.retailPrice).gt(product.price) && <s>{priceOf(product, product.retailPrice)}</s>}
            </p>
            <Action to="add" done={`${product.name} is in the basket.`}>
              <input type="hidden" name="product" value={product.id} />
              {isAvailable(product, 1) ? (
                <button type="submit" id={`add-${product.id}`} aria-label={`Add ${product.name}`}>
                  Add
                </button>
              ) : (
                <button type="button" disabled>
                  Sold out
                </button>
              )}
            </Action>
          </li>
        ))}
    </ul>
  </section>
);

function priceOf({ currency, unitType }: Product, price: string): string {
  return `${new Big(price).toFixed(2)} ${currency}${unitType === 'KILOGRAM' ? ' / kg' : ''}`;
}
