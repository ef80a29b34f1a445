using JitProxy.Policy.Sql;
using JitProxy.Server.Console;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Console;

/// <summary>Markup that encodes by itself, and statements shown by it.</summary>
public sealed class HtmlTests
{
    [TestCase("a & b", "a &amp; b")]
    [TestCase("<b>", "&lt;b&gt;")]
    [TestCase("\" onload=\"x", "&quot; onload=&quot;x")]
    [TestCase("it's", "it&#39;s")]
    [TestCase("\u202E\u0007\0", "&lt;U+202E&gt;&lt;U+0007&gt;&lt;U+0000&gt;")]
    [TestCase("Grüße, 漢字", "Grüße, 漢字")]
    [TestCase("", "")]
    [TestCase(null, "")]
    public void Text_in_a_hole_is_encoded_and_visible(string? text, string expected) => Assert.That(Html.Of($"{text}").ToString(), Is.EqualTo(expected));

    [Test]
    public void Markup_in_a_hole_stays() => Assert.That(Html.Of($"<p>{Html.Of($"<b>{"<"}</b>")}</p>").ToString(), Is.EqualTo("<p><b>&lt;</b></p>"));

    [Test]
    public void The_value_of_a_field_is_the_very_text() => Assert.That(Html.Exact("\u202E<é>\n").ToString(), Is.EqualTo("\u202E&lt;é&gt;\n"));

    [Test]
    public void Statements_have_colours_and_say_everything_that_is_in_them()
    {
        var shown = StatementView.Whole("SELECT 'x' -- y\nFROM t WHERE id = $1 + 2", SqlDialect.PostgreSql).ToString();
        Assert.That(shown, Does.Contain("<span class=\"k\">SELECT</span> <span class=\"s\">&#39;x&#39;</span><span class=\"c\"> -- y\n</span><span class=\"k\">FROM</span> t"));
        Assert.That(shown, Does.Contain("<span class=\"p\">$1</span> + <span class=\"n\">2</span>"));
    }

    [TestCase("select 'unfinished")]
    [TestCase("select 1_000")]
    [TestCase("\u202E")]
    public void What_cannot_be_read_is_shown_without_colours(string statement) =>
        Assert.That(StatementView.Whole(statement, SqlDialect.PostgreSql).ToString(), Does.Not.Contain("<span").And.Contain(statement == "\u202E" ? "U+202E" : statement[..6]));

    [TestCase("select id from t where id = 42", "select id from t where id = 43", "43")]
    [TestCase("select id from t", "select id, ssn from t", ",|ssn")]
    [TestCase("select id from t", "SELECT  id FROM t", "")]
    [TestCase("select a, b, c from t", "select a, x, c from t", "x")]
    [TestCase("", "select 1", "select|1")]
    public void What_is_new_is_marked(string earlier, string statement, string marked)
    {
        var shown = StatementView.Whole(statement, SqlDialect.PostgreSql, earlier).ToString();
        var marks = shown.Split("<mark>").Skip(1).Select(static p => p.Split("</mark>")[0]).Select(static p => p.Contains('>', StringComparison.Ordinal) ? p.Split('>')[1].Split('<')[0] : p);
        Assert.That(string.Join('|', marks), Is.EqualTo(marked));
    }
}
