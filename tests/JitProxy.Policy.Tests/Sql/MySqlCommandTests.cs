using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Syntax;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>Commands of MySQL and MariaDB that are no queries: their kind, and what they touch.</summary>
[TestFixture]
internal sealed class MySqlCommandTests
{
    [TestCase("select 1", typeof(QueryStatement))]
    [TestCase("((select 1))", typeof(QueryStatement))]
    [TestCase("with x as (select 1) delete from t where a in (select * from x)", typeof(ChangeStatement))]
    [TestCase("explain select 1", typeof(ExplainStatement))]
    [TestCase("desc update t set a = 1", typeof(ExplainStatement))]
    [TestCase("describe t", typeof(DescribeStatement))]
    [TestCase("explain db.t 'a%'", typeof(DescribeStatement))]
    [TestCase("explain for connection 5", typeof(OtherStatement))]
    [TestCase("show tables", typeof(ShowStatement))]
    [TestCase("set a = 1", typeof(SetVariablesStatement))]
    [TestCase("set password = 'x'", typeof(OtherStatement))]
    [TestCase("set statement max_statement_time = 1 for select 1", typeof(ScopedStatement))]
    [TestCase("set session transaction read write", typeof(TransactionStatement))]
    [TestCase("start transaction with consistent snapshot, read only", typeof(TransactionStatement))]
    [TestCase("begin", typeof(TransactionStatement))]
    [TestCase("begin not atomic select 1; end", typeof(OtherStatement))]
    [TestCase("rollback work to savepoint x", typeof(TransactionStatement))]
    [TestCase("commit and no chain release", typeof(TransactionStatement))]
    [TestCase("xa start 'x'", typeof(TransactionStatement))]
    [TestCase("use shop", typeof(UseStatement))]
    [TestCase("kill query 5", typeof(KillStatement))]
    [TestCase("prepare s from 'select 1'", typeof(OtherStatement))]
    [TestCase(" ; ; ", typeof(EmptyStatement))]
    public void Statements_have_their_type(string text, Type type) => Assert.That(Parse(text), Is.TypeOf(type));

    [TestCase("create table if not exists a.b (c int)", StatementKind.Ddl, "CREATE TABLE", "a.b")]
    [TestCase("create or replace temporary table x like y", StatementKind.Ddl, "CREATE TABLE", "x y")]
    [TestCase("create table x (like y)", StatementKind.Ddl, "CREATE TABLE", "x y")]
    [TestCase("create unique index i on t (a)", StatementKind.Ddl, "CREATE INDEX", "t")]
    [TestCase("create definer = 'a'@'%' trigger x before insert on t for each row set @a = 1", StatementKind.Ddl, "CREATE TRIGGER", "t")]
    [TestCase("create definer = current_user procedure p() begin select 1; end", StatementKind.Ddl, "CREATE PROCEDURE", "")]
    [TestCase("alter table t add column x int", StatementKind.Ddl, "ALTER TABLE", "t")]
    [TestCase("drop table if exists a, b.c cascade", StatementKind.Ddl, "DROP TABLE", "a b.c")]
    [TestCase("drop index i on t", StatementKind.Ddl, "DROP INDEX", "t")]
    [TestCase("drop database x", StatementKind.Ddl, "DROP", "")]
    [TestCase("truncate t", StatementKind.Ddl, "TRUNCATE", "t")]
    [TestCase("rename table a to b, c to d", StatementKind.Ddl, "RENAME TABLE", "a b c d")]
    [TestCase("grant select (a), insert on db.t to 'x'@'%'", StatementKind.Ddl, "GRANT", "db.t")]
    [TestCase("grant all on *.* to x", StatementKind.Ddl, "GRANT", "")]
    [TestCase("revoke select on t from x", StatementKind.Ddl, "REVOKE", "t")]
    [TestCase("lock tables a read, b as c write", StatementKind.Other, "LOCK TABLES", "a b")]
    [TestCase("check table a, b quick", StatementKind.Other, "CHECK TABLE", "a b")]
    [TestCase("analyze no_write_to_binlog table a", StatementKind.Other, "ANALYZE TABLE", "a")]
    [TestCase("handler t open", StatementKind.Other, "HANDLER", "t")]
    [TestCase("flush tables a, b with read lock", StatementKind.Other, "FLUSH TABLES", "a b")]
    [TestCase("call p(1, @x)", StatementKind.Call, "CALL", "")]
    [TestCase("do sleep(1)", StatementKind.Call, "DO", "")]
    [TestCase("shutdown", StatementKind.Other, "SHUTDOWN", "")]
    public void Commands_have_kind_and_relations(string text, StatementKind kind, string verb, string relations)
    {
        var other = (OtherStatement)Parse(text);

        Assert.That((other.Kind, other.Verb, string.Join(' ', other.Relations)), Is.EqualTo((kind, verb, relations)));
    }

    [TestCase("create table x select a from b")]
    [TestCase("create table x (y int, check (y > 0)) engine = innodb as (select a from b)")]
    [TestCase("create view x (y) as select a from b with check option")]
    [TestCase("alter algorithm = merge view x as with c as (select 1) select a from b")]
    [TestCase("call p((select a from b))")]
    [TestCase("do (select a from b)")]
    public void Queries_inside_commands_are_read(string text) => Assert.That(((OtherStatement)Parse(text)).Inner, Is.TypeOf<QueryStatement>());

    [TestCase("show full tables in db like 'a%'", "tables", null, "db")]
    [TestCase("show fields from t", "columns", "t", null)]
    [TestCase("show keys in t from db where 1", "index", "t", "db")]
    [TestCase("show create schema if not exists x", "create database", "x", null)]
    [TestCase("show create table a.b", "create table", "a.b", null)]
    [TestCase("show session variables like 'x'", "variables", null, null)]
    [TestCase("show engine innodb status", "engine status", "innodb", null)]
    [TestCase("show table status from db", "table status", null, "db")]
    [TestCase("show grants for 'x'@'%'", "grants", null, null)]
    [TestCase("show count(*) warnings", "count warnings", null, null)]
    [TestCase("show binlog events in 'x' from 4 limit 2", "binlog events", null, null)]
    [TestCase("show function code f", "function code", "f", null)]
    [TestCase("show full processlist", "processlist", null, null)]
    [TestCase("show all slaves status", "all slaves status", null, null)]
    public void Show_says_what_is_shown(string text, string name, string? relation, string? database)
    {
        var show = (ShowStatement)Parse(text);

        Assert.That((show.Name, show.Object?.ToString(), show.Database), Is.EqualTo((name, relation, database)));
    }

    [TestCase("set a = on, @b := 1, @@global.c = default", "Any a, User b, Global c")]
    [TestCase("set session d = utf8, e = 2", "Session d, Any e")]
    [TestCase("set names utf8mb4 collate utf8mb4_bin, charset latin1, character set default", "Any names, Any character set, Any character set")]
    [TestCase("set persist_only x.y = 1", "PersistOnly x.y")]
    [TestCase("set names = 1, password_x = 2", "Any names, Any password_x")]
    public void Set_names_its_variables(string text, string expected)
    {
        var set = (SetVariablesStatement)Parse(text);

        Assert.That(string.Join(", ", set.Settings.Select(static setting => $"{setting.Scope} {setting.Name}")), Is.EqualTo(expected));
    }

    [TestCase("update t set a = 1 where b order by c limit 2", "t", 0, StatementKind.Update)]
    [TestCase("update a join b using (x) set a.c = b.d", "a", 1, StatementKind.Update)]
    [TestCase("update a, b set a.c = b.d", "a", 2, StatementKind.Update)]
    [TestCase("delete from t where a limit 1", "t", 0, StatementKind.Delete)]
    [TestCase("delete a, b.* from a join b", "a", 1, StatementKind.Delete)]
    [TestCase("delete from a, b using a join b", "a", 1, StatementKind.Delete)]
    [TestCase("delete history from t before system_time now()", "t", 0, StatementKind.Delete)]
    [TestCase("insert ignore into t (a, b) values (1, default), (2, 3) on duplicate key update a = values(a)", "t", 0, StatementKind.Insert)]
    [TestCase("insert t set a = 1", "t", 0, StatementKind.Insert)]
    [TestCase("insert into t () values ()", "t", 0, StatementKind.Insert)]
    [TestCase("insert into t (select * from u)", "t", 0, StatementKind.Insert)]
    [TestCase("replace into db.t partition (p) select 1", "db.t", 0, StatementKind.Insert)]
    [TestCase("load data local infile 'x' replace into table t fields terminated by ',' ignore 1 lines (a, @b) set c = @b", "t", 0, StatementKind.Insert)]
    public void Changes_name_their_target(string text, string target, int joined, StatementKind kind)
    {
        var change = (ChangeStatement)Parse(text);

        Assert.That((change.Target.Name.ToString(), change.Joined.Length, change.Kind), Is.EqualTo((target, joined, kind)));
    }

    private static Statement Parse(string text)
    {
        Assert.That(MySqlParser.TryParse(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, LexicalModes.None, out var statement, out var fault), Is.True, fault);
        return statement;
    }
}
