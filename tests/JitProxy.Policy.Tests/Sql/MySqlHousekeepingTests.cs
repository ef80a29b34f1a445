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
}
