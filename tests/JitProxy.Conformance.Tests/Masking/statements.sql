-- Ways to a masked column, one statement a line: expressions, aggregates, windows, joins, set operations, subqueries, CTEs, whole rows, views,
-- partitions, functions, operators, catalogue relations, EXPLAIN, and writes that return rows.
select * from customers
select ssn, email, nick, born, salary, tags, home, m, j, b, code, nm, ts, f, u from customers
table customers
select c from customers c
select c.* from customers c
select (c).ssn from customers c
select row(c.ssn, c.id) from customers c
select (row(c.*)::customers).ssn from customers c
select (c.home).street from customers c
select home from customers
select (home).zip from customers
select ssn||'' from customers
select ssn::varchar, ssn::text, cast(ssn as varchar(5)) from customers
select email::text from customers
select email collate "C" from customers
select ssn from customers group by ssn
select distinct ssn from customers
select distinct on (ssn) id from customers order by ssn
select (select ssn from customers limit 1)
select max(ssn::text), min(email) from customers
select array_agg(ssn) from customers
select string_agg(email, ',') from customers
select coalesce(ssn, 'x') from customers
select coalesce(null, ssn) from customers
select nullif(ssn, 'x') from customers
select greatest(ssn, 'a'), least(email,'zz') from customers
select row_to_json(c) from customers c
select row_to_json(c)->>'ssn' from customers c
select to_json(c) from customers c
select to_jsonb(c.*) from customers c
select json_agg(c) from customers c
select json_build_object('a', ssn) from customers
select jsonb_object_agg(id, ssn) from customers
select xmlelement(name a, ssn) from customers
select xmlforest(ssn) from customers
select format('%s', ssn) from customers
select concat(ssn, name), concat_ws(',', email) from customers
select substr(ssn::text, 1), left(ssn::text, 100), right(ssn::text,100) from customers
select overlay(ssn::text placing 'x' from 1 for 1) from customers
select reverse(ssn::text) from customers
select upper(email), lower(email) from customers
select encode(b, 'escape') from customers
select convert_from(b, 'UTF8') from customers
select md5(ssn::text) from customers
select ssn from customers union select note from orders
select note from orders union all select ssn from customers
select ssn from customers intersect select ssn from customers
select ssn from customers except select note from orders
select email from customers union select 'a'
select email from customers union all select email from customers
select * from customers a full join customers b using (ssn)
select ssn from customers a full join customers b using (ssn)
select ssn from customers a join customers b using (ssn)
select ssn from customers a left join customers b using (ssn)
select ssn from customers a right join customers b using (ssn)
select a.ssn, b.email from customers a full join customers b on a.id = b.id
select j.ssn from (customers a join orders o on a.id = o.customer_id) as j
select email from customers natural join orders
select * from customers natural join orders
select id from customers a right join orders b using (id)
select id from customers a full join orders b using (id)
with s as (select ssn from customers) select * from s
with s as materialized (select ssn a, email from customers) select a, email from s
with recursive r(v, n) as (select ssn::text, 1 from customers union all select v||'', n+1 from r where n < 2) select * from r
with recursive r as (select id, name, ssn from customers where id = 1 union all select c.id, c.name, c.ssn from customers c join r on c.id = r.id + 1) select * from r
with s as (insert into orders values (100, 1, 'x') returning note) select * from s
select s.* from (select ssn, email as e from customers) s
select s.a from (select ssn from customers) s(a)
select l.v from orders o, lateral (select ssn v from customers c where c.id = o.id) l
select l.v from orders o left join lateral (select ssn v from customers c where c.id = o.id) l on true
select x from customers c, unnest(tags) x
select unnest(tags) from customers
select tags[1] from customers
select x from customers c cross join lateral unnest(array[c.ssn]) as x
select x.* from customers c, jsonb_each(j) x
select x.value from customers c, jsonb_each_text(j) x
select j->'k', j->>'k', j #>> '{k}' from customers
select jsonb_path_query(j, '$.k') from customers
select x.k from customers c, jsonb_to_record(j) as x(k text)
select * from people
select number from people
select p from people p
select * from pp
select mail, id from frozen
select * from frozen
select * from payments
select * from payments_a
select card from only payments_a
select * from base
select * from only base
select * from child
select a from child
select secret_of(1)
select secret_of(id), note from orders
select * from secret_of(1)
select * from many()
select x from many()
select many()
select (many()).x
select m.* from many() m
select * from orders o, many() m
select * from rows from (many(), generate_series(1,2)) as t
select id ### 'x' from orders
select id === 1 from orders
select query_to_xml('select ssn from customers', true, true, '')
select table_to_xml('customers', true, true, '')
select * from xmltable('/r' passing (select xmlelement(name r, ssn) from customers limit 1) columns t text path '.')
select ssn, row_number() over (order by ssn) from customers
select first_value(ssn) over (order by id) from customers
select lag(ssn) over (partition by email order by id) from customers
select first_value(ssn) over w from customers window w as (order by id)
select count(*) filter (where ssn like 'C%') from customers
select percentile_disc(0.5) within group (order by ssn) from customers
select mode() within group (order by email) from customers
select case when true then ssn else name end from customers
select case ssn when 'x' then 1 else 2 end from customers
select exists(select 1 from customers where ssn like 'C%')
select 'x' in (select ssn from customers)
select array(select ssn from customers)
select array[ssn, name] from customers
select ssn = any(array['x']) from customers
select ssn is null, ssn is distinct from 'x' from customers
select grouping(ssn), ssn from customers group by rollup(ssn)
select ssn, count(*) from customers group by grouping sets ((ssn), ())
values ((select ssn from customers limit 1))
values (1, 'x'), (2, 'y')
select v from (values ((select ssn::text from customers limit 1)), ('b')) t(v)
select column1 from (values ((select email from customers limit 1))) t
update customers set name = ssn returning *
update customers set name = ssn returning name
update customers set name = 'x' returning ssn, email as e, upper(ssn)
insert into orders select 50, 1, ssn from customers limit 1 returning *
insert into orders values (51, 1, 'x') returning id, note
delete from orders where id = 1 returning orders
update orders o set note = 'y' from customers c where c.id = o.customer_id returning c.ssn, o.note
select ctid, tableoid, xmin, id from customers
select tableoid::regclass, card from payments
select id, name from customers
select note from orders where customer_id in (select id from customers where ssn like 'C%')
select ssn from customers order by random() limit 1
select ssn as "SSN", ssn as "a b", ssn as "ü" from customers
select ssn from customers for update
select distinct ssn, email from customers order by 1
select ssn::ssn_d from customers
select ssn::bytea from customers
select born::text, born + 1, extract(year from born), born::timestamp, age(born) from customers
select salary::int, salary * 1, salary::text, -salary, round(salary) from customers
select sum(salary), avg(salary), max(born) from customers
select ts::date, ts at time zone 'UTC' from customers
select f, f::numeric from customers
select name, j from customers where ssn ~ 'C' limit 1
select c.name from customers c where c = c
select public.customers.ssn from public.customers
select customers.ssn from public.customers
select customers from customers
select ssn(customers) from customers
select name(customers) from customers
select customers::text from customers
select c::text from customers c
select count(c) from customers c
select length(ssn) from customers
select octet_length(email), char_length(name) from customers
select cast(row(id, ssn) as text) from customers
select x from (select c from customers c) x
select (x.c).ssn from (select c from customers c) x
select (x.c).* from (select c from customers c) x
select ssn from (select * from (select * from customers) a) b
select t.* from (select 1 a, c.* from customers c) t
select string_to_table(ssn, '-') from customers
select regexp_matches(ssn, '.*') from customers
select substring(ssn from '.*') from customers
select regexp_replace(ssn, 'x', '') from customers
select translate(ssn, 'x', 'y'), trim(ssn), ltrim(ssn) from customers
select quote_literal(ssn) from customers
select ts_headline(ssn, to_tsquery('x')) from customers
select to_tsvector(ssn) from customers
select lpad(email, 100) from customers
select a.v || b.v from (select ssn v from customers) a, (select note v from orders) b
select (select string_agg(ssn, ',') from customers c where c.id = o.customer_id) from orders o
select o.*, c.ssn from orders o join customers c on c.id = o.customer_id
select nm, code, nm::text, code::text from customers
select m::text, m, enum_range(m) from customers
select u, u::text from customers
select current_setting('search_path'), current_user, now() is not null
select relname from pg_class where relname = 'customers'
select oid, typname from pg_type limit 1
select most_common_vals, histogram_bounds from pg_stats where tablename = 'customers'
select n.nspname from pg_namespace n
select table_name from information_schema.tables limit 1
explain select ssn from customers
explain select id from customers where ssn = 'CANARYq'
explain select note from orders
show search_path
select
select from customers
select 1 union select id from customers
select null union select ssn from customers
select ssn, ssn from customers
