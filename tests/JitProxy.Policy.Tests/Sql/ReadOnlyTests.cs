using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class ReadOnlyTests
{
    [TestCase("select * from customers where id = $1")]
    [TestCase("values (1)")]
    [TestCase("table orders")]
    [TestCase("select random(), clock_timestamp(), now(), gen_random_uuid(), current_timestamp, current_user")]
    [TestCase("select upper(name), pg_catalog.lower(email) from customers")]
    [TestCase("select count(*), sum(amount), percentile_cont(0.5) within group (order by amount) from orders")]
    [TestCase("select row_number() over (order by id) from orders")]
    [TestCase("with recursive t as (select 1 as n union all select n + 1 from t where n < 5) select * from t")]
    [TestCase("select * from v_active")]
    [TestCase("select extract(year from placed), placed at time zone 'utc' from orders")]
    [TestCase("select coalesce(note, ''), nullif(note, ''), greatest(1, 2) from orders")]
    [TestCase("select * from generate_series(1, 10), unnest(array[1, 2]) u")]
    [TestCase("select relname from pg_class join pg_namespace n on n.oid = relnamespace")]
    [TestCase("select * from information_schema.columns")]
    [TestCase("select pg_total_relation_size('customers'::regclass)")]
    [TestCase("select id operator(pg_catalog.+) 1 from orders")]
    [TestCase("select * from customers tablesample bernoulli (5)")]
    [TestCase("select 1 as nextval, 'pg_sleep(10)' as \"delete\"")]
    [TestCase("select name from pg_prepared_statements")]
    [TestCase("select json_arrayagg(id), json_object('a' : 1) from orders")]
    [TestCase("show work_mem")]
    [TestCase("explain select * from customers")]
    [TestCase("explain (costs off, analyze false) select * from customers")]
    public void A_read_is_proven(string statement) => Assert.That(Objection(statement), Is.Null);

    [TestCase("insert into orders values (1)", "changes data")]
    [TestCase("update orders set note = 'x'", "changes data")]
    [TestCase("delete from orders", "changes data")]
    [TestCase("merge into orders o using customers c on c.id = o.id when matched then delete", "changes data")]
    [TestCase("with d as (delete from orders returning *) select * from d", "changes data")]
    [TestCase("with a as (with b as (update orders set id = 1 returning id) select * from b) select * from a", "changes data")]
    [TestCase("select * into copy from orders", "SELECT INTO")]
    [TestCase("select * from orders for update", "locks")]
    [TestCase("select * from (select * from orders for share) s", "locks")]
    [TestCase("explain analyze select 1", "EXPLAIN ANALYZE")]
    [TestCase("explain (buffers, analyze) select 1", "EXPLAIN ANALYZE")]
    [TestCase("explain analyze create table x as select 1", "EXPLAIN ANALYZE")]
    [TestCase("explain delete from orders", "changes data")]
    [TestCase("select nextval('s')", "nextval")]
    [TestCase("select pg_catalog.setval('s', 1)", "setval")]
    [TestCase("select set_config('search_path', 'evil', false)", "set_config")]
    [TestCase("select pg_advisory_lock(1)", "pg_advisory_lock")]
    [TestCase("select lo_import('/etc/passwd')", "lo_import")]
    [TestCase("select lo_get(1)", "lo_get")]
    [TestCase("select * from dblink('x', 'select 1') as t(a int)", "dblink")]
    [TestCase("select public.dblink_exec('drop table x')", "dblink_exec")]
    [TestCase("select pg_terminate_backend(1)", "pg_terminate_backend")]
    [TestCase("select pg_cancel_backend(pid) from customers, (values (1)) v(pid)", "pg_cancel_backend")]
    [TestCase("select pg_read_file('x')", "pg_read_file")]
    [TestCase("select pg_ls_dir('.')", "pg_ls_dir")]
    [TestCase("select pg_sleep(1)", "pg_sleep")]
    [TestCase("select treat(1 as pg_sleep)", "pg_sleep")]
    [TestCase("select treat('s' as evil.nextval)", "nextval")]
    [TestCase("select treat('x' as \"pg_read_file\")", "pg_read_file")]
    [TestCase("select treat(1 as no_such_type)", "not known")]
    [TestCase("select 1 where pg_sleep_for('1s') is null", "pg_sleep_for")]
    [TestCase("select query_to_xml('select ssn from customers', true, true, '')", "query_to_xml")]
    [TestCase("select table_to_xml('customers', true, true, '')", "table_to_xml")]
    [TestCase("select cursor_to_xml('c', 1, true, true, '')", "cursor_to_xml")]
    [TestCase("select * from ts_stat('select 1')", "ts_stat")]
    [TestCase("select ts_rewrite('a'::tsquery, 'select 1')", "ts_rewrite")]
    [TestCase("select pg_logical_emit_message(true, 'a', 'b')", "pg_logical_emit_message")]
    [TestCase("select pg_notify('a', 'b')", "pg_notify")]
    [TestCase("select txid_current()", "txid_current")]
    [TestCase("select pg_stat_get_backend_activity(1)", "pg_stat_get_backend_activity")]
    [TestCase("select pg_nextoid('pg_class', 'oid', 'x')", "pg_nextoid")]
    [TestCase("select leak(1)", "public.leak")]
    [TestCase("select initials(name) from customers", "public.initials")]
    [TestCase("select c.initials from (select 'a'::text) c(x)", "public.initials")]
    [TestCase("select lower(name) from customers", "public.lower")]
    [TestCase("select c.lower from customers c", "public.lower")]
    [TestCase("select (c).lower from customers c", "public.lower")]
    [TestCase("select no_such_function(1)", "not known")]
    [TestCase("select evil.upper('x')", "not known")]
    [TestCase("select count(*) filter (where leak(1) is null) from orders", "public.leak")]
    [TestCase("select 1 order by leak(1)", "public.leak")]
    [TestCase("select 1 limit length(leak(1))", "public.leak")]
    [TestCase("select sum(1) over (partition by leak(1))", "public.leak")]
    [TestCase("select sum(1) over w from orders window w as (order by leak(1))", "public.leak")]
    [TestCase("select 1 from orders window w as (order by leak(1))", "public.leak")]
    [TestCase("select 1 from orders group by grouping sets ((leak(1)), ())", "public.leak")]
    [TestCase("select 1 from customers tablesample system (length(leak(1)))", "public.leak")]
    [TestCase("select 1 from customers tablesample evil (1)", "samples")]
    [TestCase("select 1 from orders a join orders b on leak(1) = ''", "public.leak")]
    [TestCase("select case when leak(1) = '' then 1 end", "public.leak")]
    [TestCase("select xmlelement(name x, leak(1))", "public.leak")]
    [TestCase("select t.* from xmltable('/a' passing leak(1) columns a int default length(leak(1))) t", "public.leak")]
    [TestCase("select (array[1])[length(leak(1))]", "public.leak")]
    [TestCase("with unused as (select leak(1)) select 1", "public.leak")]
    [TestCase("with recursive t as (select 1 union all select length(leak(1)) from t) select 1", "public.leak")]
    [TestCase("values (leak(1))", "public.leak")]
    [TestCase("select 1 === 2", "operator")]
    [TestCase("select 1 operator(public.+) 2", "operator")]
    [TestCase("select 1 operator(public.=) any (array[1])", "operator")]
    [TestCase("select 1 order by 1 using operator(public.<)", "operator")]
    [TestCase("select * from pg_stats", "pg_stats")]
    [TestCase("select * from pg_catalog.pg_statistic", "pg_statistic")]
    [TestCase("select query from pg_stat_activity", "pg_stat_activity")]
    [TestCase("select data from pg_largeobject", "pg_largeobject")]
    [TestCase("select rolpassword from pg_authid", "pg_authid")]
    [TestCase("select passwd from pg_shadow", "pg_shadow")]
    [TestCase("select umoptions from pg_user_mappings", "umoptions")]
    [TestCase("select 1 from pg_user_mappings u where u::text like '%secret%'", "umoptions")]
    [TestCase("select * from pg_foreign_server", "srvoptions")]
    [TestCase("select statement from pg_prepared_statements", "statement")]
    [TestCase("select * from pg_hba_file_rules", "pg_hba_file_rules")]
    [TestCase("select * from information_schema.user_mapping_options", "user_mapping_options")]
    [TestCase("select * from pg_temp.x", "pg_temp")]
    [TestCase("select * from pg_toast.pg_toast_16393", "pg_toast")]
    [TestCase("copy customers to stdout", "export")]
    [TestCase("copy (select 1) to '/tmp/x'", "on the server")]
    [TestCase("copy (select 1) to program 'cat'", "on the server")]
    [TestCase("copy customers from stdin", "COPY FROM")]
    [TestCase("create table x (a int)", "CREATE")]
    [TestCase("drop table customers", "DROP")]
    [TestCase("truncate customers", "TRUNCATE")]
    [TestCase("grant all on customers to public", "GRANT")]
    [TestCase("do $$ begin end $$", "DO")]
    [TestCase("call p()", "CALL")]
    [TestCase("set work_mem = '1MB'", "setting")]
    [TestCase("begin", "transaction")]
    [TestCase("lock table customers", "LOCK")]
    [TestCase("vacuum customers", "VACUUM")]
    [TestCase("listen x", "LISTEN")]
    [TestCase("prepare x as select 1", "PREPARE")]
    [TestCase("declare c cursor for select 1", "DECLARE")]
    [TestCase("execute x", "EXECUTE")]
    [TestCase("discard all", "session")]
    [TestCase("refresh materialized view m_totals", "REFRESH")]
    [TestCase("select 1; drop table customers", "parsed")]
    [TestCase("select 'unterminated", "parsed")]
    [TestCase("frobnicate", "parsed")]
    public void Anything_else_is_told_why_not(string statement, string part) => Assert.That(Objection(statement), Does.Contain(part));

    [TestCase("select initials(name) from customers", null)]
    [TestCase("select find_customer(1)", null)]
    [TestCase("select leak(1)", "public.leak")]
    public void Functions_of_users_can_be_admitted_unless_volatile(string statement, string? part)
    {
        var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), TestCatalogue.Shop, static (schema, _) => schema == "public");

        Assert.That(analysis.ReadOnlyObjection, part is null ? Is.Null : Does.Contain(part));
    }

    [TestCase("select a % b from (values ('x', 'y')) v(a, b)", null)]
    [TestCase("select name ~> 'x' from customers", null)]
    [TestCase("select regexp_match(name, 'x') from customers", null)]
    [TestCase("select slow(1)", "public.slow")]
    [TestCase("select 1 <-> 2", "operator <->")]
    [TestCase("select 1 in (1, 2)", "operator =")]
    [TestCase("select nullif(1, 2)", "operator =")]
    [TestCase("select case 1 when 2 then 3 end", "operator =")]
    [TestCase("select 1 is distinct from 2", "operator =")]
    [TestCase("select 1 in (select 2)", "operator =")]
    [TestCase("select 1 from customers join orders using (id)", "operator =")]
    [TestCase("select 1 operator(pg_catalog.=) 2", null)]
    [TestCase("select 1 operator(elsewhere.@@@@) 2", "operator elsewhere.@@@@")]
    public void Operators_and_functions_of_extensions_are_trusted_if_immutable(string statement, string? part)
    {
        var catalogue = new Catalogue(
            SqlDialect.PostgreSql,
            ["public"],
            TestCatalogue.Shop.Relations,
            [
                new("pg_catalog", "regexp_match", Volatility.Immutable, true, false, 1009),
                new("public", "regexp_match", Volatility.Immutable, false, false, 1009) { IsFromExtension = true },
                new("public", "slow", Volatility.Stable, false, false, 23) { IsFromExtension = true },
            ],
            [
                new("public", "%", Volatility.Immutable, true),
                new("public", "~>", Volatility.Immutable, true),
                new("public", "<->", Volatility.Volatile, true),
                new("public", "=", Volatility.Immutable, false),
                new("elsewhere", "+", Volatility.Volatile, false),
                new("elsewhere", "@@@@", Volatility.Volatile, false),
            ]);

        var objection = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), catalogue).ReadOnlyObjection;

        Assert.That(objection, part is null ? Is.Null : Does.Contain(part));
    }

    [TestCase("select 1 != 2", "<>")]
    [TestCase("select 1 operator(public.!=) 2", "<>")]
    [TestCase("select 1 not in (2, 3)", "<>")]
    [TestCase("select 1 not between 2 and 3", "<")]
    [TestCase("select 1 between 2 and 3", "<=")]
    [TestCase("select 'a' not like 'b'", "!~~")]
    [TestCase("select 'a' not ilike all (array['b'])", "!~~*")]
    [TestCase("select 'a' not similar to 'b'", "!~")]
    [TestCase("select 1 from customers natural join orders", "=")]
    [TestCase("select 1 from customers order by name using >", ">")]
    public void Operators_that_the_server_looks_up_are_judged_however_they_are_written(string statement, string symbol)
    {
        var catalogue = new Catalogue(SqlDialect.PostgreSql, ["public"], TestCatalogue.Shop.Relations, [], [new("public", symbol, Volatility.Stable, false)]);

        Assert.That(StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), catalogue).ReadOnlyObjection, Does.Contain("it uses the operator"));
    }

    [TestCase("select 1", StatementKind.Select)]
    [TestCase("with x as (select 1) select * from x", StatementKind.Select)]
    [TestCase("with d as (delete from orders returning *) insert into orders select * from d", StatementKind.Insert)]
    [TestCase("update orders set id = 1", StatementKind.Update)]
    [TestCase("delete from orders", StatementKind.Delete)]
    [TestCase("explain select 1", StatementKind.Explain)]
    [TestCase("show all", StatementKind.Show)]
    [TestCase("create index on orders (id)", StatementKind.Ddl)]
    [TestCase("call p()", StatementKind.Call)]
    [TestCase("reset all", StatementKind.Set)]
    [TestCase("savepoint a", StatementKind.Transaction)]
    [TestCase("copy orders to stdout", StatementKind.Copy)]
    [TestCase("-- nothing", StatementKind.Empty)]
    [TestCase("notify x", StatementKind.Other)]
    [TestCase("nonsense", StatementKind.Other)]
    public void Kinds_are_told(string statement, StatementKind kind) =>
        Assert.That(StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), TestCatalogue.Shop).Kind, Is.EqualTo(kind));

    private static string? Objection(string statement) => StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), TestCatalogue.Shop).ReadOnlyObjection;
}
