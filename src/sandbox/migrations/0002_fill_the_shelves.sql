-- What the shop sells: two products of Akinon's own samples first.
INSERT INTO products (id, name, sku, base_code, attributes, attribute_set, price, retail_price, tax_rate, stock, unit_type, created_at) VALUES
  (1309,   'Gitar',            '1020583031', '1020583', '{}',                             152, '120',    '200',    '18.00', 51,  'QUANTITY', 1631292454100718),
  (100009, 'Test Product 8',   'SKU8',       'SKU8',    '{}',                             1,   '500.00', '500.00', '20.00', 40,  'QUANTITY', 1631292454100718),
  (100010, 'Test Product 9',   'SKU9',       'SKU9',    '{"categoryId":"electronics"}',   1,   '500.00', '650.00', '20.00', 100, 'QUANTITY', 1631292454100718),
  (2001,   'Keten gömlek',     'GML-01',     'GML',     '{"color":"beyaz","size":"M"}',   12,  '849.90', '999.90', '10.00', 25,  'QUANTITY', 1631292454100718),
  (2002,   'Deri cüzdan',      'CZD-07',     'CZD',     '{"color":"taba"}',               12,  '1249.00','1249.00','20.00', 8,   'QUANTITY', 1631292454100718),
  (2003,   'Filtre kahve',     'KHV-250',    'KHV',     '{}',                             30,  '189.95', '189.95', '1.00',  120, 'QUANTITY', 1631292454100718),
  (2004,   'Beyaz peynir',     'PYN-KG',     'PYN',     '{}',                             30,  '329.50', '359.50', '1.00',  60,  'KILOGRAM', 1631292454100718),
  (2005,   'Hediye paketi',    'HDY-01',     'HDY',     '{}',                             1,   '25.00',  '25.00',  '20.00', 500, 'QUANTITY', 1631292454100718),
  (2006,   'Kulaklık',         'KLK-20',     'KLK',     '{"categoryId":"electronics"}',   152, '2199.99','2799.99','20.00', 1,   'QUANTITY', 1631292454100718),
  (2007,   'Seramik kupa',     'KUP-03',     'KUP',     '{}',                             1,   '149.00', '149.00', '20.00', 0,   'QUANTITY', 1631292454100718);
