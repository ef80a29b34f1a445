using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class MySqlHousekeepingTests
{
    // PostgreSQL's rules read each of these as constants; MySQL reads a query of a table.
    [TestCase(@"select 'a\' , ' , (select ssn from customers limit 1) -- '")]
    [TestCase(@"select '\', (select ssn from customers limit 1), '\'")]
    public void A_text_is_never_judged_by_the_rules_of_another_language(string text)
    {
        foreach (var dialect in (SqlDialect[])[SqlDialect.MySql, SqlDialect.MariaDb])
        {
            var catalogue = new Catalogue(dialect, ["app"], [], []);
            Assert.That(Housekeeping.Judge(Encoding.UTF8.GetBytes(text), catalogue).Action, Is.EqualTo(HousekeepingAction.NotHousekeeping));
        }
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
}
