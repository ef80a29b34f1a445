-- Every value that must not be seen holds CANARY, or a date of 1990, or a salary near 1234.
CREATE EXTENSION citext;
CREATE DOMAIN ssn_d AS text;
CREATE TYPE addr AS (street text, zip int);
CREATE TYPE mood AS ENUM ('ok', 'CANARYbad');

CREATE TABLE customers (
    id int PRIMARY KEY, name text, ssn ssn_d, email varchar(80), nick citext, born date, salary numeric(12,2), tags text[], home addr, m mood, j jsonb,
    b bytea, code char(12), nm name, ts timestamptz, f float8, u uuid DEFAULT gen_random_uuid());
INSERT INTO customers (id, name, ssn, email, nick, born, salary, tags, home, m, j, b, code, nm, ts, f)
    SELECT i, 'name' || i, 'CANARY-ssn-' || i, 'xCANARY' || i || '@x.com', 'CANARYnick' || i, date '1990-07-13' + i, 1234.56 + i, array['CANARYtag'],
        row('CANARYst', 1)::addr, 'CANARYbad', jsonb_build_object('k', 'CANARYj'), 'CANARYb'::bytea, 'CANARYc', 'CANARYnm', '1990-07-13 10:11:12+02', 1234.5
    FROM generate_series(1, 5) i;
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, note text);
INSERT INTO orders SELECT i, i, 'note' || i FROM generate_series(1, 5) i;

CREATE TABLE payments (id int, card text) PARTITION BY RANGE (id);
CREATE TABLE payments_a PARTITION OF payments FOR VALUES FROM (0) TO (100);
INSERT INTO payments VALUES (1, 'CANARYcard');
CREATE TABLE base (a text);
CREATE TABLE child (b text) INHERITS (base);
INSERT INTO child VALUES ('CANARYinh', 'CANARYb2');

CREATE VIEW people AS SELECT id, name AS who, ssn AS number FROM customers;
CREATE VIEW pp AS SELECT number AS n, length(number) AS l FROM people;
CREATE MATERIALIZED VIEW frozen AS SELECT email AS mail, id FROM customers;
CREATE FUNCTION secret_of(i int) RETURNS text LANGUAGE sql STABLE AS 'SELECT ssn::text FROM customers WHERE id = i';
CREATE FUNCTION many() RETURNS TABLE (x text, y int) LANGUAGE sql STABLE AS 'SELECT ssn::text, id FROM customers';
CREATE FUNCTION leak(int, text) RETURNS text LANGUAGE sql STABLE AS 'SELECT ssn::text FROM customers WHERE id = $1';
CREATE OPERATOR ### (LEFTARG = int, RIGHTARG = text, FUNCTION = leak);
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
ANALYZE;
