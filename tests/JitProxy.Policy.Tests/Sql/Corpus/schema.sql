-- The tables of the corpora, a schema for each, so that every statement that can be resolved is.
CREATE SCHEMA app;
CREATE SCHEMA tpch;
CREATE SCHEMA tpcds;
CREATE SCHEMA job;

-- postgres.grammar.txt
CREATE TYPE app.pair AS (x int, y text);
CREATE TYPE app.mood AS ENUM ('a', 'b');
CREATE TABLE t1 (id int PRIMARY KEY, n numeric, t text, d date, ts timestamptz, f boolean, j jsonb, a int[]);
CREATE TABLE t2 (id int PRIMARY KEY, n numeric, t text, d date, ts timestamptz, f boolean, j jsonb, a int[]);
CREATE TABLE app.t3 (id int PRIMARY KEY, n numeric, t text, d date, ts timestamptz, f boolean, j jsonb, a int[]);
CREATE TABLE "Odd Name" (id int PRIMARY KEY, n numeric, t text, d date, ts timestamptz, f boolean, j jsonb, a int[]);
CREATE TABLE app."t.4" (id int PRIMARY KEY, n numeric, t text, d date, ts timestamptz, f boolean, j jsonb, a int[]);
CREATE TABLE p1 (id int, n numeric, t text, d date, ts timestamptz, f boolean, j jsonb, a int[]) PARTITION BY RANGE (id);
CREATE TABLE p1_a PARTITION OF p1 FOR VALUES FROM (MINVALUE) TO (100);
CREATE TABLE p1_b PARTITION OF p1 DEFAULT;
INSERT INTO t1 SELECT i, i * 1.5, 'a' || i, date '2020-01-01' + i, '2020-01-01 12:00+00', i = 1, '{"a": 1}', ARRAY[i, 2] FROM generate_series(1, 3) i;
INSERT INTO t2 TABLE t1;
INSERT INTO app.t3 TABLE t1;
INSERT INTO p1 TABLE t1;
CREATE VIEW v1 AS SELECT * FROM t1 WHERE id > 0;
CREATE MATERIALIZED VIEW m1 AS SELECT * FROM t2;
CREATE FUNCTION app.pair_of(x int, y text) RETURNS app.pair LANGUAGE sql IMMUTABLE AS 'SELECT x, y';
CREATE FUNCTION app.trig() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE PROCEDURE app.proc(a int, b int) LANGUAGE plpgsql AS 'BEGIN END';

-- tpch.sql.txt
CREATE TABLE tpch.region (r_regionkey int, r_name text, r_comment text);
CREATE TABLE tpch.nation (n_nationkey int, n_regionkey int, n_name text, n_comment text);
CREATE TABLE tpch.supplier (s_suppkey int, s_nationkey int, s_name text, s_address text, s_phone text, s_comment text, s_acctbal numeric);
CREATE TABLE tpch.part (p_partkey int, p_size int, p_name text, p_mfgr text, p_brand text, p_type text, p_container text, p_comment text, p_retailprice numeric);
CREATE TABLE tpch.partsupp (ps_partkey int, ps_suppkey int, ps_availqty int, ps_supplycost numeric, ps_comment text);
CREATE TABLE tpch.customer (c_custkey int, c_nationkey int, c_name text, c_address text, c_phone text, c_mktsegment text, c_comment text, c_acctbal numeric);
CREATE TABLE tpch.orders (o_orderkey int, o_custkey int, o_shippriority int, o_orderstatus text, o_orderpriority text, o_clerk text, o_comment text, o_totalprice numeric, o_orderdate date);
CREATE TABLE tpch.lineitem (l_orderkey int, l_partkey int, l_suppkey int, l_linenumber int, l_quantity numeric, l_extendedprice numeric, l_discount numeric, l_tax numeric, l_returnflag text, l_linestatus text, l_shipinstruct text, l_shipmode text, l_comment text, l_shipdate date, l_commitdate date, l_receiptdate date);

-- tpcds.sql.txt
CREATE TABLE tpcds.store_sales (ss_sold_date_sk int, ss_sold_time_sk int, ss_item_sk int, ss_customer_sk int, ss_store_sk int, ss_promo_sk int, ss_ticket_number int, ss_addr_sk int, ss_quantity int, ss_wholesale_cost numeric, ss_list_price numeric, ss_sales_price numeric, ss_ext_discount_amt numeric, ss_ext_sales_price numeric, ss_ext_wholesale_cost numeric, ss_ext_list_price numeric, ss_coupon_amt numeric, ss_net_paid numeric, ss_net_profit numeric);
CREATE TABLE tpcds.catalog_sales (cs_sold_date_sk int, cs_sold_time_sk int, cs_item_sk int, cs_bill_customer_sk int, cs_ship_customer_sk int, cs_call_center_sk int, cs_promo_sk int, cs_order_number int, cs_bill_addr_sk int, cs_quantity int, cs_wholesale_cost numeric, cs_list_price numeric, cs_sales_price numeric, cs_ext_discount_amt numeric, cs_ext_sales_price numeric, cs_ext_wholesale_cost numeric, cs_ext_list_price numeric, cs_coupon_amt numeric, cs_net_paid numeric, cs_net_profit numeric);
CREATE TABLE tpcds.web_sales (ws_sold_date_sk int, ws_sold_time_sk int, ws_item_sk int, ws_bill_customer_sk int, ws_web_site_sk int, ws_promo_sk int, ws_order_number int, ws_bill_addr_sk int, ws_quantity int, ws_wholesale_cost numeric, ws_list_price numeric, ws_sales_price numeric, ws_ext_discount_amt numeric, ws_ext_sales_price numeric, ws_ext_wholesale_cost numeric, ws_ext_list_price numeric, ws_coupon_amt numeric, ws_net_paid numeric, ws_net_profit numeric);
CREATE TABLE tpcds.store_returns (sr_returned_date_sk int, sr_item_sk int, sr_returning_customer_sk int, sr_ticket_number int, sr_return_quantity int, sr_return_amt numeric, sr_net_loss numeric);
CREATE TABLE tpcds.catalog_returns (cr_returned_date_sk int, cr_item_sk int, cr_returning_customer_sk int, cr_order_number int, cr_return_quantity int, cr_return_amt numeric, cr_net_loss numeric);
CREATE TABLE tpcds.web_returns (wr_returned_date_sk int, wr_item_sk int, wr_returning_customer_sk int, wr_order_number int, wr_return_quantity int, wr_return_amt numeric, wr_net_loss numeric);
CREATE TABLE tpcds.date_dim (d_date_sk int, d_year int, d_moy int, d_qoy int, d_dow int, d_week_seq int, d_month_seq int, d_date date, d_day_name text);
CREATE TABLE tpcds.time_dim (t_time_sk int, t_hour int, t_minute int);
CREATE TABLE tpcds.item (i_item_sk int, i_brand_id int, i_manufact_id int, i_manager_id int, i_item_id text, i_item_desc text, i_category text, i_class text, i_brand text, i_color text, i_size text, i_units text, i_product_name text, i_current_price numeric, i_wholesale_cost numeric);
CREATE TABLE tpcds.customer (c_customer_sk int, c_current_addr_sk int, c_current_cdemo_sk int, c_current_hdemo_sk int, c_birth_year int, c_birth_month int, c_customer_id text, c_first_name text, c_last_name text, c_birth_country text, c_preferred_cust_flag text, c_email_address text, c_salutation text, c_login text);
CREATE TABLE tpcds.customer_address (ca_address_sk int, ca_city text, ca_county text, ca_state text, ca_zip text, ca_country text, ca_gmt_offset numeric);
CREATE TABLE tpcds.customer_demographics (cd_demo_sk int, cd_dep_count int, cd_purchase_estimate int, cd_gender text, cd_marital_status text, cd_education_status text, cd_credit_rating text);
CREATE TABLE tpcds.household_demographics (hd_demo_sk int, hd_income_band_sk int, hd_dep_count int, hd_vehicle_count int, hd_buy_potential text);
CREATE TABLE tpcds.store (s_store_sk int, s_store_id text, s_store_name text, s_state text, s_county text, s_city text, s_zip text);
CREATE TABLE tpcds.call_center (cc_call_center_sk int, cc_name text, cc_manager text, cc_county text);
CREATE TABLE tpcds.web_site (web_site_sk int, web_name text, web_company_name text);
CREATE TABLE tpcds.warehouse (w_warehouse_sk int, w_warehouse_name text, w_state text);
CREATE TABLE tpcds.promotion (p_promo_sk int, p_channel_email text, p_channel_event text);
CREATE TABLE tpcds.reason (r_reason_sk int, r_reason_desc text);
CREATE TABLE tpcds.inventory (inv_date_sk int, inv_item_sk int, inv_warehouse_sk int, inv_quantity_on_hand int);

-- job.sql.txt
CREATE TABLE job.title (id int, kind_id int, production_year int, episode_nr int, title text);
CREATE TABLE job.movie_info (id int, movie_id int, info_type_id int, info text, note text);
CREATE TABLE job.movie_info_idx (id int, movie_id int, info_type_id int, info text, note text);
CREATE TABLE job.cast_info (id int, person_id int, movie_id int, person_role_id int, role_id int, nr_order int, note text);
CREATE TABLE job.name (id int, name text, gender text, name_pcode_cf text);
CREATE TABLE job.char_name (id int, name text);
CREATE TABLE job.role_type (id int, role text);
CREATE TABLE job.company_name (id int, name text, country_code text);
CREATE TABLE job.company_type (id int, kind text);
CREATE TABLE job.movie_companies (id int, movie_id int, company_id int, company_type_id int, note text);
CREATE TABLE job.keyword (id int, keyword text);
CREATE TABLE job.movie_keyword (id int, movie_id int, keyword_id int);
CREATE TABLE job.info_type (id int, info text);
CREATE TABLE job.kind_type (id int, kind text);
CREATE TABLE job.link_type (id int, link text);
CREATE TABLE job.movie_link (id int, movie_id int, linked_movie_id int, link_type_id int);
CREATE TABLE job.complete_cast (id int, movie_id int, subject_id int, status_id int);
CREATE TABLE job.comp_cast_type (id int, kind text);
CREATE TABLE job.aka_name (id int, person_id int, name text);
CREATE TABLE job.aka_title (id int, movie_id int, title text);
CREATE TABLE job.person_info (id int, person_id int, info_type_id int, info text, note text);

-- postgres.sql.txt
CREATE TABLE customers (id int, name text, email text, phone text, region text, ssn text, active boolean, vip boolean, created_at timestamptz, total numeric, tags text[], attrs jsonb);
CREATE TABLE orders (id int, customer_id int, status text, total numeric, note text, placed_at timestamptz, region text);
CREATE TABLE order_lines (order_id int, product_id int, quantity int, price numeric);
CREATE TABLE products (id int, name text, price numeric, tags text[], attrs jsonb);
CREATE TABLE payments (id int, order_id int, amount numeric, card_number text, paid_at timestamptz);
CREATE TABLE departments (id int, name text, budget numeric);
CREATE TABLE employees (id int, name text, department_id int, manager_id int, salary numeric, ssn text);
CREATE TABLE events (id int, kind text, payload jsonb, happened_at timestamptz);
CREATE TABLE sales (region text, product text, year int, amount numeric);
CREATE TABLE docs (id int, body text, data jsonb, x xml);
CREATE TABLE t (id int, a int, b int, c int, d int, name text, x text, y text, arr int[], j jsonb, data jsonb, ts timestamptz, d1 date, flag boolean);
CREATE TABLE u (a int, b int, x text);
