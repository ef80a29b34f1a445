using System.Diagnostics;
using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>Damaged, shuffled and hostile texts: always an answer, never an exception, and soon.</summary>
[TestFixture]
internal sealed class MySqlParserFuzzTests
{
    private const int Rounds = 20_000;

    // A machine under load may be slow; what grows without bound is slower.
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(10);

    private static readonly IReadOnlyList<string> All = [.. SqlCorpus.MySql, .. SqlCorpus.MySqlOnly, .. SqlCorpus.MariaDbOnly];

    [Test]
    public void Damaged_statements_have_an_answer()
    {
        var mutator = new MySqlMutator(7);
        var random = new Random(7);
        var (parsed, refused) = (0, 0);
        for (var i = 0; i < Rounds; i++)
        {
            if (Parses(mutator.Damage(All[random.Next(All.Count)]), Mode(random)))
                parsed++;
            else
                refused++;
        }

        Assert.That((parsed, refused), Is.GreaterThan((Rounds / 10, Rounds / 10)));
    }

    [Test]
    public void Shuffled_words_have_an_answer()
    {
        var random = new Random(8);
        var words = All.SelectMany(static text => text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)).Distinct().ToArray();
        var beginnings = All.Select(static text => text.Split(' ')[0]).Distinct().ToArray();
        var refused = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var text = string.Join(' ', Enumerable.Range(0, random.Next(1, 40)).Select(_ => words[random.Next(words.Length)]));
            refused += Parses($"{beginnings[random.Next(beginnings.Length)]} {text}", Mode(random)) ? 0 : 1;
        }

        Assert.That(refused, Is.InRange(Rounds / 2, Rounds));
    }

    [Test]
    public void Every_beginning_of_a_statement_has_an_answer()
    {
        var refused = 0;
        foreach (var text in All.Where(static text => text.Length > 100))
        {
            for (var size = 0; size < text.Length; size += 7)
                refused += Parses(text[..size], LexicalModes.None) ? 0 : 1;
        }

        Assert.That(refused, Is.Positive);
    }

    [TestCase("(", "1", ")")]
    [TestCase("(select ", "1", ")")]
    [TestCase("f(", "1", ")")]
    [TestCase("case when true then ", "1", " end")]
    [TestCase("not ", "true", "")]
    [TestCase("! ", "true", "")]
    [TestCase("binary ", "1", "")]
    [TestCase("- ", "1", "")]
    [TestCase("@a := ", "1", "")]
    [TestCase("{d ", "1", "}")]
    [TestCase("interval ", "1", " day")]
    [TestCase("cast(", "1", " as char)")]
    [TestCase("values(", "1", ")")]
    [TestCase("1 in (", "1", ")")]
    [TestCase("exists (select ", "1", ")")]
    [TestCase("1 = any (select ", "1", ")")]
    [TestCase("match (a) against (", "1", ")")]
    [TestCase("(select 1 union select ", "1", ")")]
    public void Ten_thousand_levels_are_an_answer(string before, string middle, string after)
    {
        const int Levels = 10_000;
        var text = "select " + string.Concat(Enumerable.Repeat(before, Levels)) + middle + string.Concat(Enumerable.Repeat(after, Levels));

        Assert.That(Fault(text), Does.Contain("nested too deeply"));
    }

    [TestCase("select * from ", "(", "t", ")")]
    [TestCase("select * from ", "{oj ", "t", "}")]
    [TestCase("select * from ", "(select * from ", "t", ") x")]
    [TestCase("", "with x as (", "select 1", ") select 1")]
    [TestCase("", "explain ", "select 1", "")]
    [TestCase("", "set statement a = 1 for ", "select 1", "")]
    [TestCase("select * from json_table('', '' ", "columns (nested path '' ", "columns (x int path '')", ")")]
    public void Ten_thousand_levels_outside_of_expressions_are_an_answer(string start, string before, string middle, string after)
    {
        const int Levels = 10_000;

        Assert.That(Fault(start + string.Concat(Enumerable.Repeat(before, Levels)) + middle + string.Concat(Enumerable.Repeat(after, Levels))), Is.Not.Null);
    }

    [TestCase("select 1 in (", "12345,", "0)")]
    [TestCase("select ", "a,", "b from t")]
    [TestCase("select 1", " + 1", "")]
    [TestCase("select 1", " and a like 'x'", "")]
    [TestCase("select 1", " union select 1", "")]
    [TestCase("select 1 where 1", " or a = ?", "")]
    [TestCase("values (1)", ", (1)", "")]
    [TestCase("insert into t values (1, 'x')", ", (1, 'x')", "")]
    [TestCase("select 'a'", " 'b'", "")]
    [TestCase("select 1 from a", ", b", "")]
    [TestCase("set a = 1", ", b = 2", "")]
    public void Megabyte_of_one_level_parses_soon(string before, string part, string after)
    {
        var text = before + string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length)) + after;
        var watch = Stopwatch.StartNew();

        Assert.That(Fault(text), Is.Null);
        Assert.That(watch.Elapsed, Is.LessThan(TimeMax));
    }

    [TestCase("select 1 from a", " join b", "")]
    [TestCase("select 1 from a", " join b on c", "")]
    [TestCase("select a", " is null", "")]
    [TestCase("select a", " collate x", "")]
    [TestCase("select ", "(", "")]
    [TestCase("create table t ", "(", "")]
    [TestCase("insert into t ", "(", "")]
    [TestCase("select (select ", "(select ", "")]
    [TestCase("select ", "case ", "")]
    public void Megabyte_of_what_nests_is_refused_soon(string before, string part, string after)
    {
        var text = before + string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length)) + after;
        var watch = Stopwatch.StartNew();
        var fault = Fault(text);

        Assert.That(fault is not null || before.StartsWith("create", StringComparison.Ordinal), Is.True);
        Assert.That(watch.Elapsed, Is.LessThan(TimeMax));
    }

    [Test]
    public void What_is_too_large_is_not_read() => Assert.That(Fault(new string(' ', 2 << 20)), Does.Contain("too large"));

    private static LexicalModes Mode(Random random) => random.Next(4) == 0 ? (LexicalModes)random.Next(32) : LexicalModes.None;

    private static bool Parses(string text, LexicalModes modes)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var isParsed = MySqlParser.TryParse(bytes, SqlDialect.MariaDb, modes, out _, out var fault);
        Assert.That(fault is null, Is.EqualTo(isParsed));
        MySqlParser.TryParse(bytes, SqlDialect.MySql, modes, out _, out _);
        return isParsed;
    }

    private static string? Fault(string text) =>
        MySqlParser.TryParse(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, LexicalModes.None, out _, out var fault) ? null : fault;
}
