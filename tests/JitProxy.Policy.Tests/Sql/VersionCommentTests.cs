using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class VersionCommentTests
{
    private static readonly Catalogue MariaDb = new(SqlDialect.MariaDb, ["shop"], [], [], server: new("10.11.19-MariaDB-0+deb12u1", false));
    private static readonly Catalogue MySql = new(SqlDialect.MySql, ["shop"], [], [], server: new("9.7.4-2", false));

    [TestCase("SHOW /*!50002 FULL*/ TABLES", "SHOW FULL TABLES", "SHOW FULL TABLES")]
    [TestCase("show /*!32332 FULL */ columns from `t`", "show FULL columns from `t`", "show FULL columns from `t`")]
    [TestCase("/*!40100 SET @@SQL_MODE='' */", "SET @@SQL_MODE=''", "SET @@SQL_MODE=''")]
    [TestCase("/*!80000 SET SESSION information_schema_stats_expiry=0 */", "", "SET SESSION information_schema_stats_expiry=0")]
    [TestCase("/*M!100100 SET WAIT_TIMEOUT=DEFAULT */", "SET WAIT_TIMEOUT=DEFAULT", "")]
    [TestCase("a /*!50699 b */ c", "a b c", "a b c")]
    [TestCase("a /*!50700 b */ c", "a c", "a b c")]
    [TestCase("a /*!99999 b */ c", "a c", "a c")]
    [TestCase("a /*!90704 b */ c", "a c", "a b c")]
    [TestCase("a /*!090704 b */ c", "a c", "a b c")]
    [TestCase("a /*!90705 b */ c", "a c", "a c")]
    [TestCase("a /*!100000 b */ c", "a b c", "a c")]
    [TestCase("a /*!101119 b */ c", "a b c", "a c")]
    [TestCase("a /*M!101120 b */ c", "a c", "a c")]
    [TestCase("a /*! b */ c", "a b c", "a b c")]
    [TestCase("a/*! b */c", "a b c", "a b c")]
    [TestCase("a/*!99999 b */c", "a c", "a c")]
    [TestCase("'/*!40000 a */' /* /*!40000 b */ c", "'/*!40000 a */' /* /*!40000 b */ c", "'/*!40000 a */' /* /*!40000 b */ c")]
    [TestCase("select 1 /*!40000 , 2 */ /*!40000 , 3 */", "select 1 , 2 , 3", "select 1 , 2 , 3")]
    [TestCase("plain", "plain", "plain")]
    public void Text_is_what_the_server_reads(string text, string mariaDb, string mySql)
    {
        Assert.That(Normal(Resolve(text, MariaDb)), Is.EqualTo(Normal(mariaDb)));
        Assert.That(Normal(Resolve(text, MySql)), Is.EqualTo(Normal(mySql)));
    }

    [TestCase("a /*!4000 b */", Description = "four digits")]
    [TestCase("a /*!4000000 b */", Description = "seven digits: MySQL reads six of them, or five")]
    [TestCase("a /*!40000b */", Description = "does the number end there")]
    [TestCase("a /*!40000*/", Description = "nothing in it")]
    [TestCase("a /*!40000 b", Description = "no end")]
    [TestCase("a /*!", Description = "no end")]
    [TestCase("a /*!*/", Description = "nothing in it")]
    [TestCase("a /*!/", Description = "it begins where it would end")]
    [TestCase("a /*M!*/", Description = "nothing in it")]
    [TestCase("a /*!40000 b /* c */ d */", Description = "a comment inside of one ends it for some versions")]
    [TestCase("a /*!40000 b /*!99999 c */ d */", Description = "nested")]
    [TestCase("a /*!40000 ' */ b", Description = "ends in quotes where it is read, and nowhere else")]
    [TestCase("a /*!40000 `*/", Description = "ends in quotes")]
    [TestCase("a /*!40000 b # */", Description = "a comment that may take the end along")]
    [TestCase("a /*!40000 b -- */", Description = "a comment that may take the end along")]
    [TestCase("a =! 1 /*!40000 b */", Description = "unreadable for another reason")]
    public void Forms_that_tools_do_not_write_are_not_resolved(string text)
    {
        Assert.That(VersionComments.TryResolve(Encoding.UTF8.GetBytes(text), MariaDb, out _), Is.False);
        Assert.That(VersionComments.TryResolve(Encoding.UTF8.GetBytes(text), MySql, out _), Is.False);
    }

    [Test]
    public void Only_so_many_are_resolved()
    {
        var most = string.Concat(Enumerable.Repeat("/*!40000 a */ ", VersionComments.CountMax));
        Assert.That(VersionComments.TryResolve(Encoding.UTF8.GetBytes(most), MySql, out _), Is.True);
        Assert.That(VersionComments.TryResolve(Encoding.UTF8.GetBytes(most + "/*!40000 a */"), MySql, out _), Is.False);
    }

    [TestCase("")]
    [TestCase("ten")]
    [TestCase("10.11")]
    [TestCase("10.11.x")]
    [TestCase("10.111.1")]
    public void Server_of_an_unknown_version_resolves_none(string version)
    {
        var catalogue = new Catalogue(SqlDialect.MariaDb, ["shop"], [], [], server: new(version, false));
        Assert.That(VersionComments.TryResolve("SHOW /*!50002 FULL*/ TABLES"u8, catalogue, out _), Is.False);
    }

    // What comes out is judged as it is, and nothing else runs: there is no text that hides a read of a table from the judge.
    [TestCase("select 1 /*!40000 , (select ssn from customer) */")]
    [TestCase("/*!40000 select ssn from customer */")]
    [TestCase("select /*!40000 ssn from customer -- */ 1")]
    [TestCase("select '/*!40000 ', (select ssn from customer), ' */'")]
    [TestCase("select \"/*!40000 \", (select ssn from customer), \" */\"")]
    [TestCase("select `/*!40000 `, (select ssn from customer), ` */`")]
    [TestCase("select 1 -- /*!40000 \n , (select ssn from customer) -- */")]
    [TestCase("select 1 /*!40000 # */ , (select ssn from customer)")]
    [TestCase("select 1 /*!40000 -- */\n , (select ssn from customer)")]
    [TestCase("select 1 /*!99999 */ , (select ssn from customer) /* */")]
    [TestCase("select 1 /*M!99999 */ , (select ssn from customer) /* */")]
    [TestCase("set @a = /*!40000 ( */ /*!40000 select ssn from customer) */")]
    [TestCase("SHOW /*!50002 FULL*/ TABLES WHERE (select ssn from customer) = 'x'")]
    public void Reads_of_tables_are_never_hidden(string text)
    {
        foreach (var catalogue in (Catalogue[])[MariaDb, MySql])
        {
            if (VersionComments.TryResolve(Encoding.UTF8.GetBytes(text), catalogue, out var plain))
                Assert.That(Housekeeping.Judge(plain, catalogue).Action, Is.EqualTo(HousekeepingAction.NotHousekeeping).Or.EqualTo(HousekeepingAction.Refuse), Encoding.UTF8.GetString(plain));
        }
    }

    [Test]
    public void Resolved_texts_hold_no_code_in_comments_and_are_as_long_as_before()
    {
        var random = new Random(7);
        string[] pieces = ["/*!40100 ", "/*!99999 ", "/*M!100100 ", "/*! ", "*/", "/*", "'", "\"", "`", "--", " ", "\n", "#", "a", "1", "\\", "select ", "(", ")", "/*!", "50700", "M!"];
        var resolved = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)])));
            foreach (var catalogue in (Catalogue[])[MariaDb, MySql])
            {
                if (!VersionComments.TryResolve(text, catalogue, out var plain))
                    continue;

                resolved++;
                Assert.That(plain, Has.Length.EqualTo(text.Length));
                Assert.That(NormalForm.TryCreate(plain, catalogue.Dialect, out _, out var fault, out _), Is.True, $"{fault}: {Encoding.UTF8.GetString(text)}");
            }
        }

        TestContext.Out.WriteLine($"{resolved} texts resolved");
        Assert.That(resolved, Is.GreaterThan(1000));
    }

    private static string Resolve(string text, Catalogue catalogue)
    {
        Assert.That(VersionComments.TryResolve(Encoding.UTF8.GetBytes(text), catalogue, out var plain), Is.True);
        return Encoding.UTF8.GetString(plain!);
    }

    private static string Normal(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
