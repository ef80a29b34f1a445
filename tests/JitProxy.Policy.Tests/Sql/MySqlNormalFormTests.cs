using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class MySqlNormalFormTests
{
    [TestCase("select a from t", "SELECT  a\n\tFROM\vt ;")]
    [TestCase("select a from t", "/* x */ select a -- y\n from # z\nt;;")]
    [TestCase("select a from t", "select/**/a/**/from/**/t")]
    [TestCase("select count(*) from t", "SELECT COUNT( * ) FROM t")]
    [TestCase("select a in (1) from t", "select a IN(1)from t")]
    [TestCase("select 'a' 'b'", "select 'a'\n/* c */ 'b'")]
    [TestCase("select @a := 1", "SELECT @a:=1")]
    [TestCase("select @@global.a", "select @@global.a")]
    [TestCase("select a--1", "select a - - 1")]
    [TestCase("insert into `t` (a) values (1)", "INSERT INTO `t`(a)VALUES(1)")]
    [TestCase("select (a).b", "select ( a ) .b")]
    [TestCase("select a.b.c", "select a.b .c")]
    [TestCase("select /*+ x */ 1", "/* y */ SELECT\n\t/*+ x */ /* z */ 1")]
    [TestCase("select trim(both 'x' from a)", "SELECT TRIM( BOTH 'x' FROM a)")]
    [TestCase("", " /* nothing */ ; ; -- ")]
    public void Texts_that_say_the_same_have_one_form(string left, string right) =>
        Assert.That(Form(left).Canonical.SequenceEqual(Form(right).Canonical));

    [TestCase("select a", "select `a`")]
    [TestCase("select a", "select A")]
    [TestCase("select a from t", "select a from T")]
    [TestCase("select 'a'", "select 'A'")]
    [TestCase("select 'a'", "select \"a\"")]
    [TestCase("select 'ab'", "select 'a' 'b'")]
    [TestCase("select 'a''b'", "select 'a' 'b'")]
    [TestCase("select 'a''b'", "select 'a\\'b'")]
    [TestCase("select N'a'", "select 'a'")]
    [TestCase("select N'a'", "select N 'a'")]
    [TestCase("select x'4D'", "select x '4D'")]
    [TestCase("select 0x4D", "select x'4D'")]
    [TestCase("select _utf8mb4'a'", "select 'a'")]
    [TestCase("select a - - 1", "select a -- 1", TestName = "Two_minus_signs_and_a_blank_are_a_comment")]
    [TestCase("select count(*) from t", "select count (*) from t")]
    [TestCase("insert into Count (a) select 1", "insert into count (a) select 1")]
    [TestCase("insert into T(a) select 1", "insert into t(a) select 1")]
    [TestCase("select t.Select", "select t.select")]
    [TestCase("select t.select", "select t. select")]
    [TestCase("select Order.a", "select order.a")]
    [TestCase("select order.a", "select order .a")]
    [TestCase("select t.1", "select t .1")]
    [TestCase("select 1.5", "select 1 .5")]
    [TestCase("select 1e5", "select 1E5")]
    [TestCase("select ab", "select a b")]
    [TestCase("select a b", "select a\u00a0b")]
    [TestCase("select \u00e4", "select \u00c4")]
    [TestCase("select @a", "select @A")]
    [TestCase("select @a.b", "select @a .b")]
    [TestCase("select @'a' 'b'", "select @'a''b'")]
    [TestCase("select @@a", "select @a")]
    [TestCase("select a->'$.b'", "select a - > '$.b'")]
    [TestCase("select a <=> b", "select a <= > b")]
    [TestCase("select a || b", "select a | | b")]
    [TestCase("select 1; select 2", "select 1 select 2")]
    [TestCase(";select 1", "select 1")]
    [TestCase("select /*+ x */ 1", "select /*+ y */ 1")]
    [TestCase("select /*+ x */ 1", "select 1")]
    [TestCase("select 1 /*! + 1 */", "select 1 + 1")]
    [TestCase("select ?", "select 1")]
    public void Texts_that_may_differ_have_two_forms(string left, string right)
    {
        var hasLeft = NormalForm.TryCreate(Encoding.UTF8.GetBytes(left), SqlDialect.MySql, out var leftForm, out _, out _);
        var hasRight = NormalForm.TryCreate(Encoding.UTF8.GetBytes(right), SqlDialect.MySql, out var rightForm, out _, out _);

        Assert.That(hasLeft && hasRight && leftForm!.Canonical.SequenceEqual(rightForm!.Canonical), Is.False);
    }

    [TestCase("count(*)", "count (*)", LexicalModes.IgnoreSpace, true)]
    [TestCase("count(*)", "count/**/(*)", LexicalModes.IgnoreSpace, false)]
    [TestCase("count(*)", "Count\n(*)", LexicalModes.IgnoreSpace, true)]
    [TestCase("\"a\" \"b\"", "\"a\" /**/ \"b\"", LexicalModes.AnsiQuotes, true)]
    [TestCase("\"a\"", "`a`", LexicalModes.AnsiQuotes, false)]
    [TestCase("'\\' , '\\'", "'\\','\\'", LexicalModes.NoBackslashEscapes, true)]
    [TestCase("'\\', '", "'\\' , '", LexicalModes.None, false)]
    public void Modes_decide_what_is_the_same(string left, string right, LexicalModes modes, bool isSame) =>
        Assert.That(Form($"select {left}", modes).Canonical.SequenceEqual(Form($"select {right}", modes).Canonical), Is.EqualTo(isSame));

    [Test]
    public void Modes_are_part_of_the_key_and_no_near_miss()
    {
        var forms = Enum.GetValues<LexicalModes>().Select(static m => Form("select a || 'b'", m)).ToList();

        Assert.That(forms.Select(static f => StatementKey.Compute(SqlDialect.MySql, "u", "d", "s", f)), Is.Unique);
        Assert.That(NearMiss.Find(forms[0], Form("select a || 'c'")), Is.EqualTo(new TokenDifference("a || 'b'", "a || 'c'", 3, 1)));
        Assert.That(NearMiss.Find(forms[0], Form("select a || 'c'", LexicalModes.PipesAsConcat)), Is.Null);
    }

    [Test]
    public void Keys_are_stable_across_versions_because_stores_keep_them()
    {
        var key = StatementKey.Compute(SqlDialect.MariaDb, "alice", "shop/app", "app", Form("select Count(*) from T where a.b = 'x'"));

        Assert.That(key.ToString(), Is.EqualTo("b614b67c40edcd1725dea8fea3680094d46e756398d8daa53135b1c2c61e3273"));
    }

    [TestCase("SELECT Count ( * ) , `B` FROM  S.T WHERE a in(1,2) and x <=> 'It''s'", "select Count (*), `B` from S.T where a in (1, 2) and x <=> 'It''s'")]
    [TestCase("SELECT COUNT(*),t.*,a. b,c .d,(x).y,`e`.f,g.`h`", "select count(*), t.*, a. b, c .d, (x).y, `e`.f, g.`h`")]
    [TestCase("select@@global.a,@b:=f(g(1)),@@`c`,-1", "select @@global.a, @b := f(g(1)), @@`c`, - 1")]
    [TestCase("INSERT INTO`t`(a)VALUES(1);SELECT 2", "insert into `t`(a) values (1); select 2")]
    [TestCase("select {d'2020-01-01'}, N'x', 1 .5", "select { d '2020-01-01' }, N'x', 1 .5")]
    public void Readable_form_is_laid_out_for_people(string text, string expected) =>
        Assert.That(Form(text).ToString(), Is.EqualTo(expected));

    [TestCase("a .b.c a. b a.b .c a . b .c")]
    [TestCase("t.1.2 `t`.a @@x.y @@x . y (a) .b 1. .5 @a 'x' @b")]
    [TestCase("count(1) count (1) count/**/(1) in (1) in(1) `f`(1) t.f(1) t.f (1) @a (1)")]
    public void Readable_form_has_the_same_form_again_in_all_modes(string text)
    {
        for (var modes = LexicalModes.None; modes <= (LexicalModes)7; modes++)
        {
            var form = Form(text, modes);
            Assert.That(Form(form.ToString(), modes).Canonical.SequenceEqual(form.Canonical), Is.True, $"{modes}: {form}");
        }
    }

    [TestCase("select 1; select 2", "select 1|select 2")]
    [TestCase(";; select 1;; /* x */ ; select 2;", "select 1|select 2")]
    [TestCase("select ';'; select `;`; select \";\"; select '\\';'", "select ';'|select `;`|select \";\"|select '\\';'")]
    [TestCase("select 1 /* ; */; -- ;\nselect 2 # ;", "select 1|select 2")]
    [TestCase("/*+ a */ select 1; /*+ b */", "/*+ a */ select 1")]
    [TestCase("create procedure p() begin select 1; if a then select case when b then 1 end; end if; end; select 2", "create procedure p() begin select 1; if a then select case when b then 1 end; end if; end|select 2")]
    [TestCase("CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN CASE a WHEN 1 THEN SET b=1; END CASE; SET c=2; END; x", "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN CASE a WHEN 1 THEN SET b=1; END CASE; SET c=2; END|x")]
    [TestCase("create function f() returns int return 1; select 2", "create function f() returns int return 1|select 2")]
    [TestCase("begin; select 1; end; select case a when 1 then 2 end; commit", "begin|select 1|end|select case a when 1 then 2 end|commit")]
    [TestCase("create table t (a int); begin; x", "create table t (a int)|begin|x")]
    [TestCase("", "")]
    public void Statements_end_at_semicolons_outside_of_everything(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var parts = new List<Range>();
        Assert.That(StatementSplitter.TrySplit(bytes, SqlDialect.MySql, parts, out var fault, out _), Is.True, $"{fault}");
        Assert.That(string.Join('|', parts.Select(part => Encoding.UTF8.GetString(bytes[part]))), Is.EqualTo(expected));
    }

    [Test]
    public void Splitting_follows_the_modes_and_leaves_nothing_behind_at_a_fault()
    {
        var parts = new List<Range> { 1..2 };

        Assert.That(StatementSplitter.TrySplit("select '\\'; select 2"u8, SqlDialect.MySql, parts, out var fault, out var offset), Is.False);
        Assert.That((fault, offset), Is.EqualTo((TextFault.UnterminatedString, 7)));
        Assert.That(parts, Is.EqualTo(new[] { 1..2 }));
        Assert.That(StatementSplitter.TrySplit("select '\\'; select 2"u8, SqlDialect.MySql, LexicalModes.NoBackslashEscapes, parts, out _, out _), Is.True);
        Assert.That(parts, Is.EqualTo(new[] { 1..2, 0..10, 12..20 }));
    }

    private static NormalForm Form(string text, LexicalModes modes = LexicalModes.None)
    {
        Assert.That(NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.MySql, modes, out var form, out var fault, out var offset), Is.True, $"{fault} at {offset}");
        return form!;
    }
}
