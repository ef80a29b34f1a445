-- One small shop in public, and for each column under test a schema with the same shop in which that column alone differs.
CREATE PROCEDURE public.make_shop(place text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', place);
    EXECUTE format('SET search_path = %I', place);
    CREATE TABLE customers (id int, name text, email text, ssn text);
    CREATE TABLE orders (id int, customer_id int, amount text, note text);
    CREATE TABLE nodes (id int, parent_id int, label text, secret text);
    INSERT INTO customers SELECT i, 'n' || (i % 4), CASE WHEN i % 5 > 0 THEN 'e' || (i % 3) END, 's' || (i * 7 % 6) FROM generate_series(1, 7) i;
    INSERT INTO orders SELECT i, i % 4 + 1, (i * 3 % 5)::text, CASE WHEN i % 3 = 0 THEN 'x' ELSE 'n' || (i % 3) END FROM generate_series(1, 6) i;
    INSERT INTO nodes SELECT i, nullif(i / 2, 0), 'l' || i, 's' || (i % 3) FROM generate_series(1, 5) i;
    CREATE VIEW v_customers AS SELECT id, name, ssn FROM customers;
    CREATE VIEW v_mix AS SELECT c.id, length(c.email)::text AS size, coalesce(o.note, c.name) AS who FROM customers c LEFT JOIN orders o ON o.customer_id = c.id;
    CREATE VIEW v_agg AS SELECT name, (count(*) FILTER (WHERE ssn > 's2'))::text AS n FROM customers GROUP BY name;
END $$;
CALL public.make_shop('public');
CALL public.make_shop('customers.ssn');
CALL public.make_shop('customers.name');
CALL public.make_shop('customers.email');
CALL public.make_shop('orders.note');
CALL public.make_shop('orders.amount');
CALL public.make_shop('nodes.secret');
CALL public.make_shop('nodes.label');
UPDATE "customers.ssn".customers SET ssn = CASE WHEN id % 3 > 0 THEN 'z' || (id * 5 % 4) END;
UPDATE "customers.name".customers SET name = 'q' || (id * 5 % 3);
UPDATE "customers.email".customers SET email = CASE WHEN id % 2 > 0 THEN 'l0ng' || id END;
UPDATE "orders.note".orders SET note = CASE WHEN id % 2 > 0 THEN 'k' || id END;
UPDATE "orders.amount".orders SET amount = (id * 11 % 7)::text;
UPDATE "nodes.secret".nodes SET secret = CASE WHEN id % 2 > 0 THEN 'w' || id END;
UPDATE "nodes.label".nodes SET label = 'm' || (id % 2);
