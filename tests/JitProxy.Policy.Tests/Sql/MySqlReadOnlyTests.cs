using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class MySqlReadOnlyTests
{
    [TestCase("select * from customers where id = ?"), TestCase("select now(), rand(), uuid(), user(), database(), version(), connection_id(), last_insert_id()")]
    [TestCase("select upper(name), COUNT(*), group_concat(email separator ','), st_area(doc) from customers"), TestCase("select sql_calc_found_rows id from customers limit 1")]
    [TestCase("select row_number() over (order by id) from orders"), TestCase("with recursive t as (select 1 n union all select n + 1 from t where n < 5) select * from t")]
    [TestCase("select * from v_active"), TestCase("select extractvalue(doc, '/a'), updatexml(doc, '/a', 'b') from customers"), TestCase("select date_add(born, interval 1 day) from customers")]
    [TestCase("select * from information_schema.tables"), TestCase("select * from INFORMATION_SCHEMA.TABLES"), TestCase("select name from mysql.time_zone_name")]
    [TestCase("select @@version, @@session.sql_mode, @@global.max_connections"), TestCase("select 'sleep(1)', 1 as benchmark"), TestCase("select 1 from dual"), TestCase("do_nothing:", "parsed")]
    [TestCase("show tables"), TestCase("show full columns from customers"), TestCase("show create view v_active"), TestCase("show global variables like 'a%'"), TestCase("show index from customers")]
    [TestCase("show tables where Tables_in_shop = upper('a')"), TestCase("describe customers"), TestCase("desc customers name"), TestCase("explain select * from customers"), TestCase("explain format=json select 1")]
    [TestCase("select j.a from json_table('[1]', '$[*]' columns (a int path '$')) j"), TestCase("select match (name) against ('x') from customers"), TestCase("select ssn regexp 'x' from customers")]
    public void A_read_is_proven(string statement, string? objection = null) =>
        Assert.That(Objection(statement, MySqlShop.MySql), objection is null ? Is.Null : Does.Contain(objection));

    [TestCase("insert into orders values (1)", "changes data"), TestCase("replace into orders values (1)", "changes data"), TestCase("update orders set note = 'x'", "changes data")]
    [TestCase("update orders o join customers c on c.id = o.id set o.note = c.ssn", "changes data"), TestCase("delete from orders", "changes data"), TestCase("delete o from orders o, customers c", "changes data")]
    [TestCase("truncate orders", "TRUNCATE"), TestCase("create table x as select 1", "CREATE"), TestCase("load data infile 'x' into table orders", "LOAD"), TestCase("call act()", "CALL")]
    [TestCase("select * from orders into outfile '/tmp/x'", "OUTFILE"), TestCase("select note into dumpfile '/tmp/x' from orders", "DUMPFILE"), TestCase("select id into @x from orders limit 1", "variables")]
    [TestCase("select * from (select id from orders) d into @a", "variables"), TestCase("select * from orders for update", "locks"), TestCase("select * from orders lock in share mode", "locks")]
    [TestCase("select * from (select * from orders for share) s", "locks"), TestCase("select @x := ssn from customers", "sets the variable"), TestCase("select (@x := 1) + 1", "sets the variable")]
    [TestCase("select @x", "@x"), TestCase("select id from customers where ssn = @secret", "@secret"), TestCase("select sleep(1)", "sleep"), TestCase("select Benchmark(1, 2)", "benchmark")]
    [TestCase("select get_lock('a', 1)", "get_lock"), TestCase("select release_lock('a')", "release_lock"), TestCase("select is_free_lock('a')", "is_free_lock"), TestCase("select load_file('/etc/passwd')", "load_file")]
    [TestCase("select master_pos_wait('a', 1)", "master_pos_wait"), TestCase("select last_insert_id(5)", "LAST_INSERT_ID"), TestCase("select sys_exec('id')", "sys_exec"), TestCase("select sys_eval('id')", "sys_eval")]
    [TestCase("select nothing_known(1)", "not known"), TestCase("select leak(1)", "shop.leak"), TestCase("select sales.score(1)", "sales.score"), TestCase("select act()", "shop.act"), TestCase("select pure(1)", "shop.pure")]
    [TestCase("select sales.now()", "sales.now"), TestCase("select shop.max(id) from orders", "shop.max"), TestCase("select `max`(id) from orders", "shop.max"), TestCase("select max (id) from orders", "shop.max")]
    [TestCase("select * from mysql.user", "mysql.user"), TestCase("select * from MySQL.User", "MySQL.User"), TestCase("select * from information_schema.processlist", "PROCESSLIST")]
    [TestCase("select * from Information_Schema.Column_Statistics", "Column_Statistics"), TestCase("select * from information_schema.innodb_trx", "innodb_trx")]
    [TestCase("select * from performance_schema.events_statements_history", "events_statements_history"), TestCase("select * from sys.processlist", "sys.processlist")]
    [TestCase("select * from information_schema.some_table_of_a_later_version", "some_table_of_a_later_version"), TestCase("explain analyze select 1", "EXPLAIN ANALYZE")]
    [TestCase("show warnings", "warnings"), TestCase("show errors", "errors"), TestCase("show processlist", "processlist"), TestCase("show full processlist", "processlist"), TestCase("show engine innodb status", "engine")]
    [TestCase("show binlog events", "binlog"), TestCase("show profiles", "profiles"), TestCase("show create user root", "create user"), TestCase("show grants", "grants")]
    [TestCase("show tables where (select count(*) from customers) > 1", "reads tables"), TestCase("show tables where sleep(1)", "sleep"), TestCase("show variables where @x := 1", "sets the variable")]
    [TestCase("set @x = 1", "changes a setting"), TestCase("set sql_mode = ''", "changes a setting"), TestCase("use shop", "session"), TestCase("kill 1", "session"), TestCase("begin", "transaction"), TestCase("do sleep(1)", "DO")]
    [TestCase("prepare s from 'select 1'", "PREPARE"), TestCase("execute s", "EXECUTE"), TestCase("handler orders open", "HANDLER"), TestCase("lock tables orders read", "LOCK"), TestCase("flush tables", "FLUSH")]
    [TestCase("select 1 /*!50000 from customers */", "parsed"), TestCase("select 1; select 2", "parsed"), TestCase("selec 1", "parsed")]
    public void What_is_not_a_read_is_told_why(string statement, string why) =>
        Assert.That(Objection(statement, MySqlShop.MySql), Does.Contain(why).IgnoreCase);

    [TestCase("select nextval(seq)", "sequence"), TestCase("select next value for seq", "sequence"), TestCase("select setval(seq, 5)", "sequence")]
    [TestCase("set statement max_statement_time = 1 for select 1", "SET STATEMENT"), TestCase("analyze select 1", "EXPLAIN ANALYZE"), TestCase("select 1 /*M!100100 + 1 */", "parsed")]
    [TestCase("insert into orders values (1) returning id", "changes data"), TestCase("select * from orders procedure analyse()", "parsed")]
    public void What_only_MariaDB_has_is_told_why(string statement, string why) =>
        Assert.That(Objection(statement, MySqlShop.MariaDb), Does.Contain(why).IgnoreCase);

    [TestCase("select previous value for seq"), TestCase("select * from orders for system_time as of now()"), TestCase("select value(id) from orders"), TestCase("select nvl(note, 'x'), to_char(now()) from orders")]
    public void What_only_MariaDB_has_can_be_a_read(string statement) => Assert.That(Objection(statement, MySqlShop.MariaDb), Is.Null);

    [TestCase("select pure(1)", null), TestCase("select leak(1)", null), TestCase("select act()", "shop.act"), TestCase("select sales.score(1)", "sales.score")]
    public void Functions_that_the_configuration_admits_are_reads_if_they_say_that_they_are(string statement, string? why)
    {
        var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), MySqlShop.MySql, static (schema, _) => schema == "shop");
        Assert.That(analysis.ReadOnlyObjection, why is null ? Is.Null : Does.Contain(why));
        Assert.That(analysis.RunsForeignCode);
    }

    [TestCase("select 1", StatementKind.Select), TestCase("table orders", StatementKind.Select), TestCase("values row(1)", StatementKind.Select), TestCase("show tables", StatementKind.Show)]
    [TestCase("describe orders", StatementKind.Explain), TestCase("explain select 1", StatementKind.Explain), TestCase("replace into orders values (1)", StatementKind.Insert)]
    [TestCase("update orders set id = 1", StatementKind.Update), TestCase("delete from orders", StatementKind.Delete), TestCase("alter table orders add x int", StatementKind.Ddl)]
    [TestCase("call p()", StatementKind.Call), TestCase("do 1", StatementKind.Call), TestCase("set names utf8mb4", StatementKind.Set), TestCase("start transaction", StatementKind.Transaction)]
    [TestCase("load data infile 'x' into table orders", StatementKind.Insert), TestCase("", StatementKind.Empty), TestCase("use shop", StatementKind.Other)]
    public void Kinds_are_told(string statement, StatementKind kind) =>
        Assert.That(StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), MySqlShop.MySql).Kind, Is.EqualTo(kind));

    private static string? Objection(string statement, Catalogue catalogue) =>
        StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), catalogue).ReadOnlyObjection;
}
