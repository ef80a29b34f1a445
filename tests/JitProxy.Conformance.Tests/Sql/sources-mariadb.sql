-- One small shop in the database shop, and for each column under test a database with the same shop in which that column alone differs.
CREATE DATABASE IF NOT EXISTS `{place}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
USE `{place}`;
CREATE TABLE customers (id int, name varchar(40), email varchar(40), ssn varchar(40), pin varchar(40) INVISIBLE) ENGINE=Aria;
CREATE TABLE orders (id int, customer_id int, amount varchar(40), note varchar(40)) ENGINE=Aria;
CREATE TABLE nodes (id int, parent_id int, label varchar(40), secret varchar(40)) ENGINE=Aria;
INSERT INTO customers (id, name, email, ssn, pin)
    SELECT seq, concat('n', seq % 4), if(seq % 5 > 0, concat('e', seq % 3), NULL), concat('s', seq * 7 % 6), concat('p', seq % 3) FROM seq_1_to_7;
INSERT INTO orders SELECT seq, seq % 4 + 1, seq * 3 % 5, if(seq % 3 = 0, 'x', concat('n', seq % 3)) FROM seq_1_to_6;
INSERT INTO nodes SELECT seq, nullif(seq div 2, 0), concat('l', seq), concat('s', seq % 3) FROM seq_1_to_5;
CREATE VIEW v_customers AS SELECT id, name, ssn FROM customers;
CREATE VIEW v_mix AS SELECT c.id, char_length(c.email) AS size, coalesce(o.note, c.name) AS who FROM customers c LEFT JOIN orders o ON o.customer_id = c.id;
CREATE VIEW v_agg AS SELECT name, sum(ssn > 's2') AS n FROM customers GROUP BY name;
CREATE ALGORITHM=TEMPTABLE VIEW v_copy (id, secret) AS SELECT n.id, concat(n.secret, '-', trim(both 's' from n.label)) FROM nodes n;
CREATE VIEW v_over AS SELECT m.id, if(m.size > 1, m.who, m.size) AS who FROM v_mix m JOIN v_customers USING (id);
