-- The database app for MySQL and MariaDB. Each masked column of customers has a value that occurs nowhere else, of every kind of type.
CREATE DATABASE app;
CREATE DATABASE other;
CREATE TABLE other.customers (id INT, name VARCHAR(50), ssn VARCHAR(30), salary INT);
INSERT INTO other.customers VALUES (1, 'CANARY-other', 'CANARY-other', 1987654321);
USE app;
CREATE TABLE customers (
    id INT PRIMARY KEY, name VARCHAR(50), ssn VARCHAR(30) NOT NULL, email VARCHAR(60), phone VARCHAR(40), salary INT, born DATE, worth DECIMAL(14, 2),
    account BIGINT, rate DOUBLE, weight FLOAT, seen DATETIME(6), paid TIMESTAMP NULL, lap TIME(3), photo BLOB, profile JSON, flags BIT(32), spot POINT, graduated YEAR,
    points INT DEFAULT 7, since DATE, price DECIMAL(14, 2), UNIQUE KEY by_ssn (ssn), KEY by_name (name, id)) COMMENT 'who buys';
INSERT INTO customers
WITH RECURSIVE numbers AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM numbers WHERE i < 9)
SELECT i, CONCAT('name', i), CONCAT('CANARY-ssn-', i), CONCAT('CANARYmail', i, '@x.example'), CONCAT('CANARY-phone-', i), 1987654321 + i, DATE '1961-07-13' + INTERVAL i DAY,
    4987654321.12 + i, 1987654321987654321 + i, 1987654321.5 + i, 19876.5, TIMESTAMP '1961-07-13 11:22:33.444555' + INTERVAL i DAY,
    TIMESTAMP '1991-07-13 11:22:33', '77:19:43.210', CONCAT('CANARYphoto', i), JSON_OBJECT('k', CONCAT('CANARYprofile', i)), 0x43414E41, POINT(1987654321.5, 1), 1961,
    1000 + i, DATE '2020-01-01' + INTERVAL i DAY, 10.5 + i
FROM numbers;
CREATE TABLE kinds (id INT PRIMARY KEY, kind ENUM('CANARYkind'), tags SET('CANARYtag', 'CANARYtoo'));
INSERT INTO kinds VALUES (1, 'CANARYkind', 'CANARYtag,CANARYtoo');
CREATE TABLE orders (
    id INT PRIMARY KEY, customer_id INT NOT NULL, note VARCHAR(50) CHARACTER SET utf8mb4, CONSTRAINT of_customer FOREIGN KEY (customer_id) REFERENCES customers (id));
INSERT INTO orders SELECT id, id, CONCAT('note', id) FROM customers;
CREATE VIEW people AS SELECT id, name AS who, ssn AS number, salary AS pay FROM customers;
CREATE USER jitproxy@'%' IDENTIFIED BY 'jitproxy-password';
GRANT SELECT, SHOW VIEW ON *.* TO jitproxy@'%';
