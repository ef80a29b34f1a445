using System.Text;
using System.Text.Json;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class MySqlHousekeepingTests
{
    private static readonly Catalogue Shop = new(
        SqlDialect.MariaDb,
        ["shop"],
        [new() { Schema = "shop", Name = "customer", Columns = [new(1, "id", "int", 0), new(2, "ssn", "varchar", 0)] }],
        [new("shop", "twice", Volatility.Immutable, false, false, 0)],
        server: new("10.11.19-MariaDB", false));

    // What clients send and is not free: data, locks, other alphabets and modes, what leaves read-only, variables' values, other people's sessions.
    private static readonly string[] NotForFree =
    [
        "set names latin1", "set sql_mode='ansi'", "set session transaction read write", "set session character_set_results = 'binary'", "select @_", "select @app", "explain ", "lock tables",
        "show processlist", "call ", "insert ", "update ", "delete ", "create ", "drop ", "alter ", "truncate ", "load data", "handler ", "xa ", "analyze ", "check table", "optimize ",
        "replace ", "flush ", "grant ", "prepare ", "execute ", "deallocate ", "show engine innodb status", "checksum ", "rename ", "kill ", "repair ", "show grants",
    ];

    private sealed record Entry(string Client, string Server, string Action, bool Application, string Statement);

    [TestCase("", HousekeepingAction.Empty)]
    [TestCase("/* ping */", HousekeepingAction.Empty)]
    [TestCase("# ping", HousekeepingAction.Empty)]
    [TestCase("select 1", HousekeepingAction.Read)]
    [TestCase("SELECT 1+1 AS result", HousekeepingAction.Read)]
    [TestCase("select @@version_comment limit 1", HousekeepingAction.Read)]
    [TestCase("SELECT @@global.sql_mode, @@session.autocommit, @@`version`", HousekeepingAction.Read)]
    [TestCase("select DATABASE(), USER() limit 1", HousekeepingAction.Read)]
    [TestCase("SELECT TIMEDIFF(NOW(), UTC_TIMESTAMP())", HousekeepingAction.Read)]
    [TestCase("SELECT VERSION(), @@sql_mode, CONVERT_TZ('2001-01-01 01:00:00', 'UTC', 'UTC') IS NOT NULL", HousekeepingAction.Read)]
    [TestCase("SELECT table_name FROM INFORMATION_SCHEMA.Tables WHERE table_schema = DATABASE()", HousekeepingAction.Read)]
    [TestCase("select c.column_name from information_schema.columns c join information_schema.tables t using (table_name)", HousekeepingAction.Read)]
    [TestCase("select 1 union select 2", HousekeepingAction.Read)]
    [TestCase("show tables", HousekeepingAction.Read)]
    [TestCase("show tables from information_schema", HousekeepingAction.Read)]
    [TestCase("SHOW FULL COLUMNS FROM `customer` FROM shop LIKE 'a%'", HousekeepingAction.Read)]
    [TestCase("show create table customer", HousekeepingAction.Read)]
    [TestCase("show variables like 'sql_mode'", HousekeepingAction.Read)]
    [TestCase("show function status where Db = 'shop'", HousekeepingAction.Read)]
    [TestCase("show count(*) warnings", HousekeepingAction.Read)]
    [TestCase("show warnings", HousekeepingAction.ShowWarnings)]
    [TestCase("show errors limit 5", HousekeepingAction.ShowWarnings)]
    [TestCase("describe customer", HousekeepingAction.Read)]
    [TestCase("begin", HousekeepingAction.Transaction)]
    [TestCase("START TRANSACTION READ ONLY, WITH CONSISTENT SNAPSHOT", HousekeepingAction.Transaction)]
    [TestCase("commit and no chain", HousekeepingAction.Transaction)]
    [TestCase("ROLLBACK TO SAVEPOINT `sp`", HousekeepingAction.Transaction)]
    [TestCase("set session transaction isolation level serializable", HousekeepingAction.Transaction)]
    [TestCase("set transaction read only", HousekeepingAction.Transaction)]
    [TestCase("unlock tables", HousekeepingAction.Other)]
    [TestCase("SET STATEMENT max_statement_time=1 FOR select 1", HousekeepingAction.Read)]
    public void Session_words_are_known(string statement, HousekeepingAction action) => Assert.That(Judge(statement).Action, Is.EqualTo(action));

    [TestCase("set autocommit=1", "autocommit", "1")]
    [TestCase("SET @@session.autocommit = OFF", "autocommit", "off")]
    [TestCase("SET LOCAL time_zone = '+00:00'", "time_zone", "+00:00")]
    [TestCase("SET NAMES 'utf8mb4' COLLATE 'utf8mb4_0900_ai_ci'", "names", "utf8mb4")]
    [TestCase("SET character_set_results=NULL", "character_set_results", null)]
    [TestCase("SET SQL_SELECT_LIMIT = DEFAULT", "sql_select_limit", null)]
    [TestCase("SET sql_mode = ''", "sql_mode", "")]
    [TestCase("set sql_mode = concat(@@sql_mode, ',STRICT_TRANS_TABLES')", "sql_mode", null)]
    [TestCase("SET @@SESSION.sql_mode = CONCAT(CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), ',NO_AUTO_VALUE_ON_ZERO')", "sql_mode", null)]
    [TestCase("set session_track_system_variables = CONCAT(@@global.session_track_system_variables,',tx_isolation')", "session_track_system_variables", null)]
    [TestCase("set tx_read_only = on", "tx_read_only", "on")]
    [TestCase("SET @App='x'", "@app", "x")]
    [TestCase("SET @jit_grant = 12", "jit.grant", "12")]
    [TestCase("set @`JIT_GRANT` := '12'", "jit.grant", "12")]
    [TestCase("set @jit_grant = null", "jit.grant", "none")]
    [TestCase("set autocommit=1, NAMES utf8mb4, wait_timeout = 100, @x = -1", "autocommit", null)]
    public void Harmless_settings_may_be_set(string statement, string? setting, string? value)
    {
        var verdict = Judge(statement);

        Assert.That((verdict.Action, verdict.Setting, verdict.Value?.ToLowerInvariant()), Is.EqualTo((HousekeepingAction.Set, setting, value)));
    }

    [TestCase("set sql_mode = 'ANSI_QUOTES'")]
    [TestCase("set sql_mode = 'ansi'")]
    [TestCase("set sql_mode = 'STRICT_TRANS_TABLES,PIPES_AS_CONCAT'")]
    [TestCase("set sql_mode = concat('ANSI_', 'QUOTES')")]
    [TestCase("set sql_mode = concat(@@sql_mode, 'ANSI')")]
    [TestCase("set sql_mode = concat(@@sql_mode, ',IGNORE', '_SPACE')")]
    [TestCase("set sql_mode = concat('*', ',ANSI')")]
    [TestCase("set sql_mode = 4")]
    [TestCase("set sql_mode = default")]
    [TestCase("set sql_mode = @@global.sql_mode")]
    [TestCase("set sql_mode = ' ANSI'")]
    [TestCase("set autocommit = 1, sql_mode = 'oracle'")]
    [TestCase("set names latin1")]
    [TestCase("set names utf8")]
    [TestCase("set names default")]
    [TestCase("set names utf8mb4 collate latin1_bin")]
    [TestCase("set character set utf8mb4")]
    [TestCase("set character_set_client = gbk")]
    [TestCase("set character_set_connection = latin1")]
    [TestCase("set character_set_results = binary")]
    [TestCase("set collation_connection = 'latin1_bin'")]
    [TestCase("set global autocommit = 1")]
    [TestCase("set @@global.wait_timeout = 1")]
    [TestCase("set persist wait_timeout = 1")]
    [TestCase("set sql_auto_is_null = 1")]
    [TestCase("set tx_read_only = 0")]
    [TestCase("set transaction_read_only = default")]
    [TestCase("set foreign_key_checks = 0")]
    [TestCase("set timestamp = 1")]
    [TestCase("set autocommit = (select ssn from customer)")]
    [TestCase("set @a = (select ssn from customer)")]
    [TestCase("set @a = sleep(5)")]
    [TestCase("set @a = @b")]
    [TestCase("set @jit_grant = 12, @a = 1")]
    [TestCase("set @jit_grant = 6 * 2")]
    [TestCase("set session transaction read write")]
    [TestCase("start transaction read write")]
    [TestCase("set password = 'x'")]
    [TestCase("set role r")]
    [TestCase("set statement sql_mode = 'ansi' for select 1")]
    public void Other_settings_are_refused(string statement)
    {
        var verdict = Judge(statement);

        Assert.That((verdict.Action, verdict.Reason), Is.EqualTo((HousekeepingAction.Refuse, DenyReason.SettingNotAllowed)), verdict.Why);
        Assert.That(verdict.Why, Is.Not.Empty);
    }

    [TestCase("select * from information_schema.processlist", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select * from Information_Schema.COLUMN_STATISTICS", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select * from information_schema.optimizer_trace", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select * from mysql.column_stats", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select user from mysql.user", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select * from performance_schema.events_statements_history", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select * from sys.session", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("prepare s from 'select 1'", DenyReason.MessageNotSupported)]
    [TestCase("execute s", DenyReason.MessageNotSupported)]
    [TestCase("kill user 'x'", DenyReason.MessageNotSupported)]
    [TestCase("kill (select 1)", DenyReason.MessageNotSupported)]
    [TestCase("xa start 'a'", DenyReason.MessageNotSupported)]
    public void Values_of_others_and_handles_are_refused(string statement, DenyReason reason)
    {
        var verdict = Judge(statement);

        Assert.That((verdict.Action, verdict.Reason), Is.EqualTo((HousekeepingAction.Refuse, reason)), verdict.Why);
    }

    [TestCase("select ssn from customer")]
    [TestCase("select * from information_schema.tables, customer")]
    [TestCase("select table_name from information_schema.tables where exists (select 1 from shop.customer)")]
    [TestCase("select * from nowhere")]
    [TestCase("select @a")]
    [TestCase("select @jit_grant := 1")]
    [TestCase("select @@datadir")]
    [TestCase("select sleep(5)")]
    [TestCase("select benchmark(1000000, md5('a'))")]
    [TestCase("select load_file('/etc/passwd')")]
    [TestCase("select repeat('a', 1000000000)")]
    [TestCase("select twice(1)")]
    [TestCase("select shop.count(1)")]
    [TestCase("select `count`(1)")]
    [TestCase("select table_name from information_schema.tables into outfile '/tmp/x'")]
    [TestCase("select table_name from information_schema.tables into @a")]
    [TestCase("select table_name from information_schema.tables for update")]
    [TestCase("with recursive t as (select 1 as n union all select n + 1 from t) select max(n) from t")]
    [TestCase("explain select 1")]
    [TestCase("call p()")]
    [TestCase("do sleep(1)")]
    [TestCase("insert into customer values (1, 'x')")]
    [TestCase("set statement max_statement_time = 1 for select * from customer")]
    [TestCase("select")]
    [TestCase("show processlist")]
    [TestCase("show grants")]
    [TestCase("show create user u")]
    [TestCase("show engine innodb status")]
    [TestCase("show tables where 1 = (select count(*) from customer)")]
    [TestCase("show tables where sleep(5)")]
    [TestCase("explain for connection 5")]
    [TestCase("handler customer open")]
    [TestCase("lock tables customer read")]
    [TestCase("flush tables")]
    [TestCase("get diagnostics condition 1 @a = message_text")]
    [TestCase("set global transaction isolation level serializable")]
    [TestCase("describe mysql.user")]
    [TestCase("show columns from other.t")]
    [TestCase("show tables from other")]
    [TestCase("show create table other.t")]
    [TestCase("select last_insert_id()")]
    [TestCase("help 'select'")]
    [TestCase("nonsense")]
    public void Anything_else_is_left_to_grants(string statement) => Assert.That(Judge(statement), Is.EqualTo(default(HousekeepingVerdict)));

    // PostgreSQL's rules read each of these as constants; MySQL reads a query of a table.
    [TestCase(@"select 'a\' , ' , (select ssn from customer limit 1) -- '")]
    [TestCase(@"select '\', (select ssn from customer limit 1), '\'")]
    public void A_text_is_never_judged_by_the_rules_of_another_language(string text)
    {
        foreach (var dialect in (SqlDialect[])[SqlDialect.MySql, SqlDialect.MariaDb])
        {
            var catalogue = new Catalogue(dialect, ["shop"], [], []);
            Assert.That(Housekeeping.Judge(Encoding.UTF8.GetBytes(text), catalogue).Action, Is.EqualTo(HousekeepingAction.NotHousekeeping));
        }
    }

    [TestCase("select \"ssn\" from \"customer\"", LexicalModes.AnsiQuotes)]
    [TestCase("select 'a\\', (select ssn from customer), '\\'", LexicalModes.NoBackslashEscapes)]
    public void Modes_of_the_session_are_followed(string text, LexicalModes modes) =>
        Assert.That(Housekeeping.Judge(Encoding.UTF8.GetBytes(text), Shop, modes).Action, Is.EqualTo(HousekeepingAction.NotHousekeeping));

    // A subquery may hide in any kind of expression and clause.
    [TestCase("select case when (S) then 1 end")]
    [TestCase("select cast((S) as char) collate utf8mb4_bin")]
    [TestCase("select (S) + 1, - (S)")]
    [TestCase("select 1 in (S)")]
    [TestCase("select (1, 2) = (select ssn, 1 from customer)")]
    [TestCase("select concat('a', (S))")]
    [TestCase("select interval (S) day + now()")]
    [TestCase("select group_concat(1 order by (S))")]
    [TestCase("select row_number() over (order by (S))")]
    [TestCase("select 1 between (S) and 2")]
    [TestCase("select 'a' like (S) escape (S)")]
    [TestCase("select exists (S)")]
    [TestCase("select 1 where (S) = 1")]
    [TestCase("select 1 group by (S)")]
    [TestCase("select 1 having (S)")]
    [TestCase("select 1 order by (S)")]
    [TestCase("select 1 from (S) t")]
    [TestCase("select 1 from information_schema.tables t join information_schema.columns c on (S) = 1")]
    [TestCase("select 1 union S")]
    [TestCase("(S)")]
    [TestCase("with t as (S) select * from t")]
    [TestCase("select {fn concat((S), 'a')}")]
    [TestCase("select if((S) is null, 1, 2)")]
    [TestCase("select * from json_table((S), '$' columns (a int path '$')) t")]
    [TestCase("values ((S))")]
    public void No_subquery_of_a_table_is_overlooked(string statement)
    {
        var verdict = Judge(statement.Replace("S", "select ssn from customer", StringComparison.Ordinal));

        Assert.That(verdict.Action, Is.EqualTo(HousekeepingAction.NotHousekeeping), verdict.Why);
    }

    [TestCase("select 1", HousekeepingAction.Read)]
    [TestCase("select @@version_comment limit 1", HousekeepingAction.Read)]
    [TestCase("SELECT DATABASE()", HousekeepingAction.Read)]
    [TestCase("SET NAMES utf8mb4", HousekeepingAction.Set)]
    [TestCase("SET AUTOCOMMIT = 0", HousekeepingAction.Set)]
    [TestCase("set sql_mode=CONCAT(@@sql_mode,',STRICT_TRANS_TABLES')", HousekeepingAction.Set)]
    [TestCase("SET @jit_grant = 12", HousekeepingAction.Set)]
    [TestCase("START TRANSACTION READ ONLY", HousekeepingAction.Transaction)]
    [TestCase("use other", HousekeepingAction.UseDatabase)]
    [TestCase("KILL QUERY 7", HousekeepingAction.Kill)]
    [TestCase("SHOW WARNINGS", HousekeepingAction.ShowWarnings)]
    [TestCase("show tables", HousekeepingAction.Read)]
    [TestCase("SET sql_mode = 'ANSI_QUOTES'", HousekeepingAction.Refuse)]
    [TestCase("SET sql_mode = concat(@@sql_mode, (select ssn from customers limit 1))", HousekeepingAction.Refuse)]
    [TestCase("SET NAMES gbk", HousekeepingAction.Refuse)]
    [TestCase("SET GLOBAL autocommit = 0", HousekeepingAction.Refuse)]
    [TestCase("SET @a = (select ssn from customers limit 1)", HousekeepingAction.Refuse)]
    [TestCase("SET SESSION TRANSACTION READ WRITE", HousekeepingAction.Refuse)]
    [TestCase("SET GLOBAL TRANSACTION READ ONLY", HousekeepingAction.NotHousekeeping)]
    [TestCase("START TRANSACTION READ WRITE", HousekeepingAction.Refuse)]
    [TestCase("select ssn from customers", HousekeepingAction.NotHousekeeping)]
    [TestCase("select (select ssn from customers limit 1)", HousekeepingAction.NotHousekeeping)]
    [TestCase("select @a", HousekeepingAction.NotHousekeeping)]
    [TestCase("select last_insert_id()", HousekeepingAction.NotHousekeeping)]
    [TestCase("select 1 into outfile '/tmp/x'", HousekeepingAction.NotHousekeeping)]
    [TestCase("select sleep(5)", HousekeepingAction.NotHousekeeping)]
    [TestCase("select load_file('/etc/passwd')", HousekeepingAction.NotHousekeeping)]
    [TestCase("show columns from mysql.user", HousekeepingAction.NotHousekeeping)]
    [TestCase("show processlist", HousekeepingAction.NotHousekeeping)]
    [TestCase("handler customers open", HousekeepingAction.NotHousekeeping)]
    [TestCase("do sleep(1)", HousekeepingAction.NotHousekeeping)]
    public void Only_what_is_named_runs_without_a_grant(string text, HousekeepingAction expected)
    {
        foreach (var dialect in (SqlDialect[])[SqlDialect.MySql, SqlDialect.MariaDb])
        {
            var catalogue = new Catalogue(dialect, ["app"], [], []);
            Assert.That(Housekeeping.Judge(Encoding.UTF8.GetBytes(text), catalogue).Action, Is.EqualTo(expected));
        }
    }

    [TestCase("KILL QUERY 107", "query", "107")]
    [TestCase("kill connection 5", "connection", "5")]
    [TestCase("kill 5", "connection", "5")]
    public void Kill_is_told_with_its_number(string statement, string setting, string value)
    {
        var verdict = Judge(statement);

        Assert.That((verdict.Action, verdict.Setting, verdict.Value), Is.EqualTo((HousekeepingAction.Kill, setting, value)));
    }

    [Test]
    public void Use_is_told_with_its_database_as_written() =>
        Assert.That((Judge("USE `My Shop`").Action, Judge("USE `My Shop`").Setting), Is.EqualTo((HousekeepingAction.UseDatabase, "My Shop")));

    [Test]
    public void What_clients_send_by_themselves_runs_without_a_grant()
    {
        var judged = Entries().Where(static e => !e.Application).SelectMany(static e => Parts(Resolved(e.Statement)).Select(part => (e.Client, Text: part, Verdict: Judge(part)))).ToList();
        var ofInterest = judged.Where(static one => !IsNotForFree(one.Text)).ToList();
        var refused = ofInterest.Where(static one => !IsFree(one.Verdict)).ToList();

        foreach (var one in refused)
            TestContext.Out.WriteLine($"{one.Client}: {one.Verdict.Why ?? "no rule"}: {string.Join(' ', one.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}");
        TestContext.Out.WriteLine($"{ofInterest.Count - refused.Count} of {ofInterest.Count}");
        Assert.That(judged.Where(static one => IsNotForFree(one.Text) && one.Verdict.Action is not HousekeepingAction.Kill && IsFree(one.Verdict)).Select(static one => one.Text), Is.Empty);
        Assert.That(refused, Has.Count.LessThan(ofInterest.Count / 20));
    }

    private static bool IsFree(HousekeepingVerdict verdict) => verdict.Action is not (HousekeepingAction.NotHousekeeping or HousekeepingAction.Refuse);

    private static bool IsNotForFree(string text) => NotForFree.Any(start => text.TrimStart().StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<Entry> Entries()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        return File.ReadLines(SqlCorpus.PathOf("client-statements-mysql.jsonl")).Select(line => JsonSerializer.Deserialize<Entry>(line, options)!);
    }

    private static IEnumerable<string> Parts(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var parts = new List<Range>();
        return StatementSplitter.TrySplit(bytes, SqlDialect.MariaDb, parts, out _, out _) ? parts.Select(part => Encoding.UTF8.GetString(bytes[part])) : [];
    }

    // As the gate does it: what is in comments for versions of the server is resolved first.
    private static string Resolved(string text) =>
        VersionComments.TryResolve(Encoding.UTF8.GetBytes(text), Shop, out var plain) ? Encoding.UTF8.GetString(plain) : text;

    private static HousekeepingVerdict Judge(string statement) => Housekeeping.Judge(Encoding.UTF8.GetBytes(statement), Shop);
}
