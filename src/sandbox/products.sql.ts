/** `products`: what the shop sells, all of it; a sandbox has few. */
import type { Attributes, Catalogue, Product } from './basket.ts';

const LIST = `
SELECT id, name, sku, base_code AS baseCode, attributes, attribute_set AS attributeSet, price,
  retail_price AS retailPrice, currency, tax_rate AS taxRate, stock, is_active AS isActive, unit_type AS unitType,
  created_at AS createdAt
FROM products ORDER BY id`;

/** ?1 id; null leaves a field as it is. */
const CHANGE = `
UPDATE products SET price = coalesce(?2, price), stock = coalesce(?3, stock), is_active = coalesce(?4, is_active)
WHERE id = ?1`;

type ProductRow = Omit<Product, 'attributes' | 'isActive'> & { attributes: string; isActive: 0 | 1 };

export interface ProductChange {
  readonly price?: string | undefined;
  readonly stock?: number | undefined;
  readonly isActive?: boolean | undefined;
}

export async function loadCatalogue(db: D1Database): Promise<Catalogue> {
  const { results } = await db.prepare(LIST).all<ProductRow>();
  return new Map(
    results.map(({ attributes, isActive, ...row }): [number, Product] => [
      row.id,
      { ...row, attributes: JSON.parse(attributes) as Attributes, isActive: isActive === 1 },
    ]),
  );
}

/** @returns false when there is no such product */
export async function changeProduct(db: D1Database, id: number, change: ProductChange): Promise<boolean> {
  const isActive = change.isActive === undefined ? null : Number(change.isActive);
  const { meta } = await db
    .prepare(CHANGE)
    .bind(id, change.price ?? null, change.stock ?? null, isActive)
    .run();
  return meta.changes === 1;
}
