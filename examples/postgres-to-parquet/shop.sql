-- The tables that the example reads. Run it once in an empty database: psql "$SHOP_DATABASE_URL" -f shop.sql
CREATE TABLE customers (
  id integer PRIMARY KEY,
  email text NOT NULL,
  country text NOT NULL
);

CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  status text NOT NULL,
  amount numeric(12, 2) NOT NULL,
  ordered_at timestamptz NOT NULL
);

INSERT INTO customers
SELECT n, 'customer' || n || '@example.com', (ARRAY['DE', 'FR', 'JP', 'US'])[1 + n % 4]
FROM generate_series(1, 50) AS n;

INSERT INTO orders
SELECT n, 1 + n % 50, (ARRAY['paid', 'paid', 'open', 'cancelled'])[1 + n % 4], (n % 977) + 0.99,
       timestamptz '2026-01-01 00:00:00+00' + n * interval '7 minutes'
FROM generate_series(1, 5000) AS n;
