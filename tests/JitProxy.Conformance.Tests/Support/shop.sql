-- Each masked column of customers has a value that occurs nowhere else; the columns behind them have the same types and are not masked.
CREATE ROLE jitproxy LOGIN;
CREATE TABLE customers (
    id int PRIMARY KEY, name text, ssn text, email text, phone varchar(40), salary int, born date, uid uuid, profile jsonb, photo bytea, worth numeric(14, 2), tags text[],
    points int, since date, token uuid, extra jsonb, badge bytea, price numeric(14, 2), labels text[]);
INSERT INTO customers
SELECT i, 'name' || i, 'CANARY-ssn-' || i, 'CANARYmail' || i || '@x.example', 'CANARY-phone-' || i, 1987654321 + i, date '1961-07-13' + i,
    ('7c0ffee7-5ec2-4e7a-8bad-00000000000' || i)::uuid, jsonb_build_object('k', 'CANARYprofile' || i), ('CANARYphoto' || i)::bytea, 4987654321.12 + i, array['CANARYtag' || i],
    1000 + i, date '2020-01-01' + i, ('00000000-0000-4000-8000-00000000000' || i)::uuid, jsonb_build_object('shown', i), ('badge' || i)::bytea, 10.5 + i, array['label' || i]
FROM generate_series(1, 9) i;
CREATE FUNCTION shout(t text) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper(t)';
CREATE VIEW people AS SELECT id, name AS who, ssn AS number, salary AS pay FROM customers;
CREATE TABLE payments (id int, card text, amount int) PARTITION BY RANGE (id);
CREATE TABLE payments_a PARTITION OF payments FOR VALUES FROM (0) TO (100);
CREATE TABLE payments_b PARTITION OF payments FOR VALUES FROM (100) TO (200);
INSERT INTO payments VALUES (1, 'CANARY-card-1', 10), (101, 'CANARY-card-2', 20);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note text);
INSERT INTO orders SELECT i, i, 'note' || i FROM generate_series(1, 9) i;
CREATE TABLE large (id int, secret text, body text, behind text);
GRANT SELECT ON ALL TABLES IN SCHEMA public TO jitproxy;
ANALYZE;
