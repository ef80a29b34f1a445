using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Syntax;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class PostgresParserTests
{
    [Test]
    public void Nearly_every_statement_of_the_corpus_parses()
    {
        var faults = SqlCorpus.Postgres.Select(static text => (text, Fault(text))).Where(static pair => pair.Item2 is not null).ToList();

        foreach (var (text, fault) in faults)
            TestContext.Out.WriteLine($"{fault}: {text.ReplaceLineEndings(" ")}");
        TestContext.Out.WriteLine($"{SqlCorpus.Postgres.Count - faults.Count} of {SqlCorpus.Postgres.Count} parse");
        Assert.That(faults, Has.Count.LessThanOrEqualTo(SqlCorpus.Postgres.Count / 100));
    }

    [TestCase("select")]
    [TestCase("select a.b.c.d.e")]
    public void Valid_statements_parse(string text) => Assert.That(Fault(text), Is.Null);

    [TestCase("select from where")]
    [TestCase("select (")]
    [TestCase("select 1 from")]
    [TestCase("select 1,")]
    [TestCase("select case when 1 end")]
    [TestCase("select a from t join u")]
    [TestCase("select 1 order by")]
    [TestCase("select 1 limit")]
    [TestCase("select 1; select 2")]
    [TestCase("select f(")]
    [TestCase("select 1 union")]
    [TestCase("with t as select 1")]
    [TestCase("select $0")]
    [TestCase("select 1 1")]
    [TestCase("select 'a' 'b'")]
    [TestCase("frobnicate")]
    [TestCase("explain")]
    [TestCase("set")]
    [TestCase("begin read")]
    [TestCase("select U&\"\\zzzz\"")]
    public void Invalid_statements_are_told(string text) => Assert.That(Fault(text), Is.Not.Null);

    [TestCase("(", "1", ")")]
    [TestCase("(select ", "1", ")")]
    [TestCase("f(", "1", ")")]
    [TestCase("case when true then ", "1", " end")]
    [TestCase("not ", "true", "")]
    [TestCase("- ", "1", "")]
    [TestCase("array[", "1", "]")]
    [TestCase("", "1", "::int")]
    [TestCase("", "x", "[1]")]
    [TestCase("(", "x", ").y")]
    [TestCase("1 in (", "1", ")")]
    [TestCase("exists (select ", "1", ")")]
    public void Ten_thousand_levels_are_an_answer(string before, string middle, string after)
    {
        const int Levels = 10_000;
        var text = "select " + string.Concat(Enumerable.Repeat(before, Levels)) + middle + string.Concat(Enumerable.Repeat(after, Levels));

        Assert.That(Fault(text), Does.Contain("nested too deeply"));
        Assert.That(Fault("select * from " + string.Concat(Enumerable.Repeat("(", Levels)) + "t" + new string(')', Levels)), Does.Contain("nested too deeply"));
    }

    [TestCase(" + 1")]
    [TestCase(" and true")]
    [TestCase(" union select 1")]
    [TestCase(", 1")]
    [TestCase(" || 'x'")]
    public void Ten_thousand_terms_of_one_level_are_analysed(string term)
    {
        var text = Encoding.UTF8.GetBytes("select 1" + string.Concat(Enumerable.Repeat(term, 10_000)));

        Assert.That(StatementAnalyzer.Analyze(text, TestCatalogue.Shop).Unresolved, Is.Null);
    }

    [Test]
    public void Names_are_cut_where_the_server_cuts_them()
    {
        var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes($"select 1 as {new string('a', 62)}éb"), TestCatalogue.Shop);

        Assert.That(analysis.Columns[0].Name, Is.EqualTo(new string('a', 62)));
    }

    [TestCase("select 1", typeof(QueryStatement))]
    [TestCase("((values (1)))", typeof(QueryStatement))]
    [TestCase("with x as (select 1) insert into t select * from x", typeof(ChangeStatement))]
    [TestCase("explain (analyze off) select 1", typeof(ExplainStatement))]
    [TestCase("copy t from stdin", typeof(CopyStatement))]
    [TestCase("prepare x (int) as select $1", typeof(HandleStatement))]
    [TestCase("create table x as select 1", typeof(OtherStatement))]
    [TestCase(" ; ; ", typeof(EmptyStatement))]
    public void Statements_have_their_kind(string text, Type kind)
    {
        Assert.That(PostgresParser.TryParse(Encoding.UTF8.GetBytes(text), out var statement, out _), Is.True);
        Assert.That(statement, Is.TypeOf(kind));
    }

    private static string? Fault(string text) => PostgresParser.TryParse(Encoding.UTF8.GetBytes(text), out _, out var fault) ? null : fault;
}
