-- The offers of one customer (src/connectors/catalog/campaigns.sql.ts) without reading those of all. Only adds.
CREATE INDEX campaign_customers_by_customer ON campaign_customers (customer_hash);
