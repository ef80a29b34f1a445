using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class NormalFormTests
{
    [TestCase("select a from t", "SELECT  A\n\tFROM T ;")]
    [TestCase("select a from t", "/* x */ select a -- y\n from t;;")]
    [TestCase("select a from t", "select/**/a/**/from/**/t")]
    [TestCase("select count(*) from t", "select count ( * ) from t")]
    [TestCase("select a.b", "select a . b")]
    [TestCase("select 'a'\n'b'", "select 'a' -- c\n  'b'")]
    [TestCase("select 'a'\n'b'", "select 'a'\r\n\r\n'b'")]
    [TestCase("select E'\\xc3'\n'\\xa9'", "select E'\\xc3' -- half a character\n\n'\\xa9'")]
    [TestCase("select a1_$z from t_9", "SELECT A1_$Z from T_9")]
    [TestCase("select 1::int", "select 1 :: INT")]
    [TestCase("select a- -1", "select a - - 1")]
    [TestCase("/*+ x */ select 1", "/* y */ /*+ x */ SELECT 1")]
    [TestCase("", " /* nothing */ ; ; -- ")]
    public void Texts_that_say_the_same_have_one_form(string left, string right) =>
        Assert.That(Form(left).Canonical.SequenceEqual(Form(right).Canonical));

    [TestCase("select a", "select \"a\"")]
    [TestCase("select 'a'", "select 'A'")]
    [TestCase("select 'ab'", "select 'a'\n'b'")]
    [TestCase("select 'a' 'b'", "select 'a'\n'b'")]
    [TestCase("select 'a''b'", "select 'a' 'b'")]
    [TestCase("select E'a'", "select 'a'")]
    [TestCase("select E'\\1'\n'2'", "select E'\\12'")]
    [TestCase("select a - -1", "select a--1")]
    [TestCase("select a =- 1", "select a @- 1")]
    [TestCase("select a <> 1", "select a < > 1")]
    [TestCase("select ab", "select a b")]
    [TestCase("select 1.5", "select 1 .5")]
    [TestCase("select 1e5", "select 1E5")]
    [TestCase("select \u00e4", "select \u00c4")]
    [TestCase("select \u00e9", "select e\u0301")]
    [TestCase("select a b", "select a\u00a0b")]
    [TestCase("select $1", "select $2")]
    [TestCase("select $$a$$", "select $x$a$x$")]
    [TestCase("select $a$", "select $A$", TestName = "Unfinished_dollar_strings_have_no_form")]
    [TestCase("select U&'a'", "select U & 'a'")]
    [TestCase("select U&'!0061'", "select U&'!0061' UESCAPE '!'")]
    [TestCase("select 1; select 2", "select 1 select 2")]
    [TestCase(";select 1", "select 1")]
    [TestCase("/*+ x */ select 1", "/*+ y */ select 1")]
    [TestCase("/*+ x */ select 1", "select 1")]
    [TestCase("/*+ x */ select 1", "select /*+ x */ 1")]
    [TestCase("select \"a\"", "select U&\"a\"")]
    public void Texts_that_may_differ_have_two_forms(string left, string right)
    {
        var hasLeft = NormalForm.TryCreate(Encoding.UTF8.GetBytes(left), SqlDialect.PostgreSql, out var leftForm, out _, out _);
        var hasRight = NormalForm.TryCreate(Encoding.UTF8.GetBytes(right), SqlDialect.PostgreSql, out var rightForm, out _, out _);

        Assert.That(hasLeft && hasRight && leftForm!.Canonical.SequenceEqual(rightForm!.Canonical), Is.False);
    }

    [TestCase("SELECT Count ( * ) , \"B\" FROM  S . T WHERE a in (1,2) and x :: text = 'It''s'", "select count(*), \"B\" from s.t where a in (1, 2) and x::text = 'It''s'")]
    [TestCase("select a [ 1 : 2 ] . b, ( x ) . * , - 1 , f ( g ( ) )", "select a[1 : 2].b, (x).*, - 1, f(g())")]
    [TestCase("select 1 . . 2; select", "select 1 . . 2; select")]
    public void Readable_form_is_laid_out_for_people(string text, string expected) =>
        Assert.That(Form(text).ToString(), Is.EqualTo(expected));

    [Test]
    public void Tokens_are_counted_and_read_one_by_one()
    {
        var form = Form("SELECT 'A' /* x */ FROM t");

        Assert.That(Enumerable.Range(0, form.TokenCount).Select(form.TokenAt), Is.EqualTo(new[] { "select", "'A'", "from", "t" }));
        Assert.That(() => form.TokenAt(4), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => form.TokenAt(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase("", true)]
    [TestCase(" ; /* a */ -- b", true)]
    [TestCase("/*+ hint */", true)]
    [TestCase("; select", false)]
    public void Blank_text_is_empty(string text, bool isEmpty) => Assert.That(Form(text).IsEmpty, Is.EqualTo(isEmpty));

    [Test]
    public void Long_statement_outgrows_the_scratch_space_unharmed()
    {
        var literal = new string('x', 100_000);
        var text = $"select '{literal}', " + string.Join(", ", Enumerable.Range(0, 5000));
        var form = Form(text);

        Assert.That(form.TokenAt(1), Is.EqualTo($"'{literal}'"));
        Assert.That(form.TokenAt(form.TokenCount - 1), Is.EqualTo("4999"));
        Assert.That(form.ToString(), Is.EqualTo(text));
    }

    [TestCase((SqlDialect)0)]
    [TestCase((SqlDialect)4)]
    public void Dialect_without_a_lexer_is_refused(SqlDialect dialect)
    {
        Assert.That(NormalForm.TryCreate("select 1"u8, dialect, out var form, out var fault, out _), Is.False);
        Assert.That((form, fault), Is.EqualTo(((NormalForm?)null, TextFault.DialectNotSupported)));
    }

    private static NormalForm Form(string text)
    {
        Assert.That(NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.PostgreSql, out var form, out var fault, out var offset), Is.True, $"{fault} at {offset}");
        return form!;
    }
}
