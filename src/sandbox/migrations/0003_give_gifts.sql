-- The offers that were applied, as /sandbox/state has them.
ALTER TABLE orders ADD COLUMN applied TEXT NOT NULL DEFAULT '[]';
-- What a customer chose of an offer with sample products: JSON [{"offer","product"}].
ALTER TABLE orders ADD COLUMN gifts TEXT NOT NULL DEFAULT '[]';

-- Samples that the demo campaigns and the reference upstream give away: known by name, and not for sale.
INSERT INTO products (id, name, sku, base_code, price, retail_price, stock, is_active, created_at) VALUES
  (12345,  'Deneme boyu parfüm', 'DNM-01', 'DNM', '0.00', '0.00', 0, 0, 1631292454100718),
  (67890,  'Deneme boyu krem',   'DNM-02', 'DNM', '0.00', '0.00', 0, 0, 1631292454100718),
  (100200, 'Deneme boyu çay',    'DNM-03', 'DNM', '0.00', '0.00', 0, 0, 1631292454100718),
  (100201, 'Deneme boyu sabun',  'DNM-04', 'DNM', '0.00', '0.00', 0, 0, 1631292454100718);
