using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Allowed;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class HousekeepingTests
{
    [TestCase("", HousekeepingAction.Empty)]
    [TestCase("/* ping */", HousekeepingAction.Empty)]
    [TestCase("-- ping", HousekeepingAction.Empty)]
    [TestCase(";", HousekeepingAction.Empty)]
    [TestCase("select 1", HousekeepingAction.Read)]
    [TestCase("SELECT 1+1 AS result", HousekeepingAction.Read)]
    [TestCase("select version()", HousekeepingAction.Read)]
    [TestCase("select current_schema(), pg_catalog.current_database(), current_user", HousekeepingAction.Read)]
    [TestCase("select * from unnest(current_schemas(true))", HousekeepingAction.Read)]
    [TestCase("select current_setting('server_version_num')", HousekeepingAction.Read)]
    [TestCase("select pg_advisory_unlock_all()", HousekeepingAction.Read)]
    [TestCase("select c.oid::regclass from pg_class c where c.relname operator(pg_catalog.~) '^(x)$' collate pg_catalog.default", HousekeepingAction.Read)]
    [TestCase("select 'customers'::regclass::oid", HousekeepingAction.Read)]
    [TestCase("with x as (select oid from pg_type) select * from x", HousekeepingAction.Read)]
    [TestCase("select srvname from pg_foreign_server", HousekeepingAction.Read)]
    [TestCase("select table_name from information_schema.tables", HousekeepingAction.Read)]
    [TestCase("select pg_get_viewdef('v_customers'::regclass)", HousekeepingAction.Read)]
    [TestCase("show server_version", HousekeepingAction.Read)]
    [TestCase("SHOW TRANSACTION ISOLATION LEVEL", HousekeepingAction.Read)]
    [TestCase("begin", HousekeepingAction.Transaction)]
    [TestCase("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY, DEFERRABLE", HousekeepingAction.Transaction)]
    [TestCase("start transaction isolation level read committed", HousekeepingAction.Transaction)]
    [TestCase("commit transaction", HousekeepingAction.Transaction)]
    [TestCase("end", HousekeepingAction.Transaction)]
    [TestCase("abort work", HousekeepingAction.Transaction)]
    [TestCase("rollback and no chain", HousekeepingAction.Transaction)]
    [TestCase("savepoint \"_pg3_1\"", HousekeepingAction.Transaction)]
    [TestCase("rollback to savepoint a", HousekeepingAction.Transaction)]
    [TestCase("release a", HousekeepingAction.Transaction)]
    [TestCase("set session characteristics as transaction isolation level serializable", HousekeepingAction.Transaction)]
    [TestCase("set transaction read only", HousekeepingAction.Transaction)]
    [TestCase("discard all", HousekeepingAction.Discard)]
    [TestCase("deallocate all", HousekeepingAction.Discard)]
    [TestCase("discard plans", HousekeepingAction.Other)]
    [TestCase("discard temp", HousekeepingAction.Other)]
    [TestCase("reset all", HousekeepingAction.Set)]
    [TestCase("close all", HousekeepingAction.Other)]
    [TestCase("unlisten *", HousekeepingAction.Other)]
    public void Session_words_are_known(string statement, HousekeepingAction action) => Assert.That(Judge(statement).Action, Is.EqualTo(action));

    [TestCase("set application_name = 'x'", "application_name", "x")]
    [TestCase("SET DateStyle TO iso, mdy", "datestyle", "iso, mdy")]
    [TestCase("set time zone 'UTC'", "timezone", "UTC")]
    [TestCase("SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE", "timezone", "+00:00")]
    [TestCase("set timezone to default", "timezone", null)]
    [TestCase("set names 'utf8'", "client_encoding", "utf8")]
    [TestCase("set client_encoding = 'UTF-8'", "client_encoding", "UTF-8")]
    [TestCase("set client_encoding to default", "client_encoding", null)]
    [TestCase("set standard_conforming_strings = on", "standard_conforming_strings", "on")]
    [TestCase("set default_transaction_read_only to on", "default_transaction_read_only", "on")]
    [TestCase("set local statement_timeout = 0", "statement_timeout", "0")]
    [TestCase("set session extra_float_digits = -15", "extra_float_digits", "-15")]
    [TestCase("set session authorization default", "session_authorization", null)]
    [TestCase("set role none", "role", "none")]
    [TestCase("reset role", "role", null)]
    [TestCase("reset all", "all", null)]
    [TestCase("reset search_path", "search_path", null)]
    [TestCase("SET jit.grant = 12", "jit.grant", "12")]
    [TestCase("set \"jit\".\"grant\" to '12'", "jit.grant", "12")]
    public void Allowed_settings_are_told(string statement, string setting, string? value)
    {
        var verdict = Judge(statement);

        Assert.That(verdict, Is.EqualTo(new HousekeepingVerdict(HousekeepingAction.Set, DenyReason.Unspecified, null, setting, value)));
    }

    [TestCase("discard all", "all")]
    [TestCase("deallocate all", null)]
    public void Discarding_statements_says_whether_settings_go_too(string statement, string? setting) =>
        Assert.That(Judge(statement), Is.EqualTo(new HousekeepingVerdict(HousekeepingAction.Discard, DenyReason.Unspecified, null, setting, null)));

    [TestCase("12", true, 12L)]
    [TestCase("none", true, null)]
    [TestCase("None", true, null)]
    [TestCase("0", false, null)]
    [TestCase("-12", false, null)]
    [TestCase(" 12", false, null)]
    [TestCase("1, 2", false, null)]
    [TestCase("", false, null)]
    [TestCase("99999999999999999999", false, null)]
    public void A_grant_is_asked_for_by_its_number(string value, bool isRead, long? grant)
    {
        Assert.That(AllowedSettings.TryReadGrant(value, out var found), Is.EqualTo(isRead));
        Assert.That(found, Is.EqualTo(grant));
    }

    [Test]
    public void A_query_that_sets_tells_the_setting() => Assert.That(
        Judge("SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new"),
        Is.EqualTo(new HousekeepingVerdict(HousekeepingAction.Read, DenyReason.Unspecified, null, "jit", "off") { IsAboutConnection = true }));

    [TestCase("select version()", false)]
    [TestCase("select relname from pg_class where pg_table_is_visible(oid)", false)]
    [TestCase("show timezone", false)]
    [TestCase("select pg_backend_pid()", true)]
    [TestCase("select relname from pg_class where oid = (select pg_catalog.lastval()::oid)", true)]
    [TestCase("select pg_my_temp_schema()", true)]
    public void Whoever_asks_about_the_connection_is_known(string statement, bool isAbout)
    {
        var verdict = Judge(statement);
        Assert.That(verdict.Action, Is.EqualTo(HousekeepingAction.Read));
        Assert.That(verdict.IsAboutConnection, Is.EqualTo(isAbout));
    }

    [Test]
    public void A_prepared_statement_is_named() => Assert.That(Judge("deallocate prepare \"S_1\"").Setting, Is.EqualTo("S_1"));

    [TestCase("set client_encoding = 'SJIS'", DenyReason.SettingNotAllowed)]
    [TestCase("set names latin1", DenyReason.SettingNotAllowed)]
    [TestCase("set standard_conforming_strings = off", DenyReason.SettingNotAllowed)]
    [TestCase("set search_path = evil", DenyReason.SettingNotAllowed)]
    [TestCase("set schema 'evil'", DenyReason.SettingNotAllowed)]
    [TestCase("set search_path to public, evil", DenyReason.SettingNotAllowed)]
    [TestCase("set role admin", DenyReason.SettingNotAllowed)]
    [TestCase("set session authorization postgres", DenyReason.SettingNotAllowed)]
    [TestCase("set default_transaction_read_only = off", DenyReason.SettingNotAllowed)]
    [TestCase("set transaction_read_only to false", DenyReason.SettingNotAllowed)]
    [TestCase("set session characteristics as transaction read write", DenyReason.SettingNotAllowed)]
    [TestCase("begin read write", DenyReason.SettingNotAllowed)]
    [TestCase("start transaction isolation level serializable, read write", DenyReason.SettingNotAllowed)]
    [TestCase("set transaction read write", DenyReason.SettingNotAllowed)]
    [TestCase("set row_security = off", DenyReason.SettingNotAllowed)]
    [TestCase("set session_replication_role = replica", DenyReason.SettingNotAllowed)]
    [TestCase("set backslash_quote = on", DenyReason.SettingNotAllowed)]
    [TestCase("set log_statement = 'none'", DenyReason.SettingNotAllowed)]
    [TestCase("select set_config('search_path', '', false)", DenyReason.SettingNotAllowed)]
    [TestCase("select set_config('search' || '_path', 'evil', false)", DenyReason.SettingNotAllowed)]
    [TestCase("select set_config('role', 'admin', false)", DenyReason.SettingNotAllowed)]
    [TestCase("select set_config('jit.grant', '1', false)", DenyReason.SettingNotAllowed)]
    [TestCase("set local jit.grant = 12", DenyReason.SettingNotAllowed)]
    [TestCase("select set_config('application_name', relname, false) from pg_class", DenyReason.SettingNotAllowed)]
    [TestCase("select set_config('jit', 'on', false), set_config('geqo', 'on', false)", DenyReason.SettingNotAllowed)]
    [TestCase("select * from pg_stats", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select * from pg_class, pg_catalog.pg_statistic", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select query from pg_stat_activity", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select rolpassword from pg_authid", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select srvoptions from pg_foreign_server", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select s from pg_subscription s", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select 1 from pg_cursors where statement like 'a%'", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select query_to_xml('select 1', true, true, '')", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select pg_sleep(100)", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select treat(100 as pg_sleep)", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select pg_advisory_lock(1)", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("select oid from pg_class where pg_read_file('x') is null", DenyReason.CatalogueReadNotAllowed)]
    [TestCase("declare c cursor for select 1", DenyReason.MessageNotSupported)]
    [TestCase("fetch 100 from c", DenyReason.MessageNotSupported)]
    [TestCase("prepare p as select 1", DenyReason.MessageNotSupported)]
    [TestCase("execute p", DenyReason.MessageNotSupported)]
    [TestCase("copy customers to stdout", DenyReason.MessageNotSupported)]
    [TestCase("listen x", DenyReason.MessageNotSupported)]
    [TestCase("notify x, 'y'", DenyReason.MessageNotSupported)]
    [TestCase("lock table customers", DenyReason.MessageNotSupported)]
    [TestCase("load 'x'", DenyReason.MessageNotSupported)]
    [TestCase("prepare transaction 'x'", DenyReason.MessageNotSupported)]
    public void Never_allowed_is_refused_with_a_reason(string statement, DenyReason reason)
    {
        var verdict = Judge(statement);

        Assert.That((verdict.Action, verdict.Reason), Is.EqualTo((HousekeepingAction.Refuse, reason)));
        Assert.That(verdict.Why, Is.Not.Empty);
    }

    [TestCase("select * from customers")]
    [TestCase("select 1 from pg_class, customers")]
    [TestCase("select (select ssn from customers limit 1) from pg_class")]
    [TestCase("with pg_class as (select * from customers) select * from pg_class")]
    [TestCase("with customers as (select * from customers) select * from customers")]
    [TestCase("select 1 union select 1 from public.orders")]
    [TestCase("select * from public.pg_class")]
    [TestCase("select * from evil.pg_class")]
    [TestCase("select * from orders_id_seq")]
    [TestCase("select leak(1)")]
    [TestCase("select lower(relname) from pg_class")]
    [TestCase("select evil.upper('x')")]
    [TestCase("select relname from pg_class for update")]
    [TestCase("select relname into x from pg_class")]
    [TestCase("with d as (delete from customers returning 1) select * from pg_class")]
    [TestCase("select oid from pg_class where 1 operator(public.=) 1")]
    [TestCase("select * from pg_locks")]
    [TestCase("explain select 1")]
    [TestCase("show all")]
    [TestCase("show my.secret")]
    [TestCase("show primary_conninfo")]
    [TestCase("insert into pg_class values (1)")]
    [TestCase("create table x (a int)")]
    [TestCase("select 1; select 2")]
    [TestCase("this is not sql")]
    [TestCase("select id, note")]
    [TestCase("select id as orders where note = 'a'")]
    public void Anything_else_is_left_to_grants(string statement) => Assert.That(Judge(statement).Action, Is.EqualTo(HousekeepingAction.NotHousekeeping));

    [Test]
    public void A_catalogue_name_that_the_server_lacks_is_no_housekeeping()
    {
        var bare = new Catalogue(SqlDialect.PostgreSql, ["public"], [], []);

        Assert.That(Housekeeping.Judge("select * from pg_publication_tables"u8, bare).Action, Is.EqualTo(HousekeepingAction.NotHousekeeping));
    }

    private static HousekeepingVerdict Judge(string statement) => Housekeeping.Judge(Encoding.UTF8.GetBytes(statement), TestCatalogue.Shop);
}
