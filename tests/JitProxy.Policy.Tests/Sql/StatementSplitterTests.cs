using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class StatementSplitterTests
{
    [TestCase("select 1", "select 1")]
    [TestCase(" select 1 ; ", "select 1")]
    [TestCase("select 1; select 2", "select 1|select 2")]
    [TestCase(";; select 1;; /* x */ ; select 2;", "select 1|select 2")]
    [TestCase("select ';'; select \";\"; select $$;$$; select E'\\';'", "select ';'|select \";\"|select $$;$$|select E'\\';'")]
    [TestCase("select 1 /* ; */; -- ;\nselect 2", "select 1|select 2")]
    [TestCase("/*+ a */ select 1; /*+ b */ select 2; /*+ c */", "/*+ a */ select 1|/*+ b */ select 2")]
    [TestCase("create rule r as on delete to t do (select 1; select 2); select 3", "create rule r as on delete to t do (select 1; select 2)|select 3")]
    [TestCase("create function f() returns int begin atomic select 1; select case when a then 1 end; end; select 2", "create function f() returns int begin atomic select 1; select case when a then 1 end; end|select 2")]
    [TestCase("CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC select 1; END; x", "CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC select 1; END|x")]
    [TestCase("begin; select atomic; end; commit", "begin|select atomic|end|commit")]
    [TestCase("create table function (begin int); select 1; end", "create table function (begin int)|select 1|end")]
    [TestCase("", "")]
    [TestCase(" ; /* */ ;-- ", "")]
    public void Statements_end_at_semicolons_outside_of_everything(string text, string expected) => Assert.That(Split(text), Is.EqualTo(expected));

    [Test]
    public void Unreadable_text_has_no_parts_at_all()
    {
        var parts = new List<Range> { 1..2 };
        var isSplit = StatementSplitter.TrySplit("select 1; select 2; select 'x"u8, SqlDialect.PostgreSql, parts, out var fault, out var offset);

        Assert.That((isSplit, fault, offset), Is.EqualTo((false, TextFault.UnterminatedString, 27)));
        Assert.That(parts, Is.EqualTo(new List<Range> { 1..2 }));
    }

    [Test]
    public void Other_dialects_are_refused() =>
        Assert.That(StatementSplitter.TrySplit("select 1"u8, (SqlDialect)4, [], out _, out _), Is.False);

    [Test]
    public void Every_statement_of_the_corpus_is_one_part_and_two_are_two()
    {
        var all = SqlCorpus.Postgres;
        for (var i = 0; i < all.Count; i++)
        {
            var next = all[(i + 1) % all.Count];
            Assert.That(Split($"{all[i]}\n;{next}").Length, Is.EqualTo(Split(all[i]).Length + 1 + Split(next).Length), all[i]);
            Assert.That(Split(all[i]), Does.Not.Match("^$"), all[i]);
        }
    }

    private static string Split(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var parts = new List<Range>();
        Assert.That(StatementSplitter.TrySplit(bytes, SqlDialect.PostgreSql, parts, out var fault, out _), Is.True, $"{fault}");
        return string.Join('|', parts.Select(part => Encoding.UTF8.GetString(bytes[part])));
    }
}
