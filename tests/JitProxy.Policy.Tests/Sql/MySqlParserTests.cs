using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Sql.Parsing;
using JitProxy.Policy.Sql.Syntax;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class MySqlParserTests
{
    // PROCEDURE ANALYSE shows values of columns by a way of its own, and is refused.
    private const string Refused = "procedure analyse";

    [TestCase(SqlDialect.MySql)]
    [TestCase(SqlDialect.MariaDb)]
    public void Every_statement_of_the_corpus_parses(SqlDialect dialect)
    {
        IReadOnlyList<string> all = [.. SqlCorpus.MySql, .. dialect == SqlDialect.MySql ? SqlCorpus.MySqlOnly : SqlCorpus.MariaDbOnly];
        var faults = all.Where(static text => !text.Contains(Refused, StringComparison.Ordinal))
            .Select(text => (text, Fault(text, dialect)))
            .Where(static pair => pair.Item2 is not null);

        Assert.That(all, Has.Count.GreaterThan(2000));
        Assert.That(faults, Is.Empty);
        Assert.That(Fault($"select 1 from t {Refused}()", dialect), Does.Contain("not supported"));
    }

    [TestCase(SqlDialect.MySql)]
    [TestCase(SqlDialect.MariaDb)]
    public void Every_sentence_of_the_grammar_parses_and_all_of_the_grammar_is_used(SqlDialect dialect)
    {
        var generator = MySqlTexts.Grammar(dialect, seed: 31);
        var sentences = generator.All("statement", 6_000).Concat(generator.All("change", 300));

        Assert.That(sentences.Select(text => (text, Fault(text, dialect))).Where(static pair => pair.Item2 is not null), Is.Empty);
        Assert.That(generator.Unused, Is.Empty);
        Assert.That(generator.Size, Is.GreaterThan(400));
    }

    [Test]
    public void What_clients_send_parses()
    {
        var faults = SqlCorpus.MySqlClients
            .Where(static text => NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, out _, out _, out _))
            .Where(static text => !text.Contains(';', StringComparison.Ordinal) && text != "use shop\nselect 1 /*mine*/")
            .Select(static text => (text, Fault(text, SqlDialect.MariaDb)))
            .Where(static pair => pair.Item2 is not null);

        Assert.That(faults, Is.Empty);
    }

    [TestCase("select from where")]
    [TestCase("select (")]
    [TestCase("select 1 from")]
    [TestCase("select 1,")]
    [TestCase("select")]
    [TestCase("select case when 1 end")]
    [TestCase("select a from t left join u")]
    [TestCase("select 1 order by")]
    [TestCase("select 1 limit")]
    [TestCase("select 1; select 2")]
    [TestCase("select f(")]
    [TestCase("select 1 union")]
    [TestCase("with t as select 1")]
    [TestCase("select 1 1")]
    [TestCase("select 1 as select")]
    [TestCase("select select")]
    [TestCase("select interval 1")]
    [TestCase("select cast(1 as)")]
    [TestCase("select a from t where a between 1")]
    [TestCase("select a from t for")]
    [TestCase("select {d '2025-01-01'")]
    [TestCase("frobnicate")]
    [TestCase("explain")]
    [TestCase("set")]
    [TestCase("set x")]
    [TestCase("show")]
    [TestCase("update t")]
    [TestCase("delete t")]
    [TestCase("insert into t")]
    public void Invalid_statements_are_told(string text)
    {
        Assert.That(Fault(text, SqlDialect.MySql), Is.Not.Null);
        Assert.That(Fault(text, SqlDialect.MariaDb), Is.Not.Null);
    }

    [TestCase("select lag from t", SqlDialect.MariaDb)]
    [TestCase("select 1 from t window", SqlDialect.MySql)]
    [TestCase("select 1 as offset", SqlDialect.MySql)]
    [TestCase("select `a``b`.`select` from `from`", SqlDialect.MySql)]
    [TestCase("select t.select from t", SqlDialect.MySql)]
    [TestCase("select .t.a from .t", SqlDialect.MySql)]
    [TestCase("select any, some, end_, offset from t", SqlDialect.MySql)]
    [TestCase("select a = any from t", SqlDialect.MySql)]
    [TestCase("select nth_value(a, 1) from first", SqlDialect.MariaDb)]
    [TestCase("select sql_no_cache, sql_cache from t", SqlDialect.MariaDb)]
    public void Words_that_are_not_reserved_are_names(string text, SqlDialect dialect)
    {
        var isWindow = text.EndsWith("window", StringComparison.Ordinal);

        Assert.That(Fault(text, dialect), isWindow ? Is.Not.Null : Is.Null);
    }

    // Operators that follow each other more loosely are one chain, because what a value comes from does not depend on their order.
    [TestCase("select not a = b or c", "logic(not(=(a, b)), c)")]
    [TestCase("select a || b xor c && d", "logic(a, logic(b, logic(c, d)))")]
    [TestCase("select a or b and c", "logic(a, logic(b, c))")]
    [TestCase("select a = b is null", "is(=(a, b))")]
    [TestCase("select a between b and c and d", "logic(>= <=(a, b, c), d)")]
    [TestCase("select a | b & c << d + e * f ^ g", "|(a, &(b, <<(c, +(d, *(e, ^(f, g))))))")]
    [TestCase("select -a ^ b, !a + b", "^(-(a), b); +(not(a), b)")]
    [TestCase("select a div b mod c % d", "div mod %(a, b, c, d)")]
    [TestCase("select a like b escape '!' or a not regexp b", "logic(like(a, b, '!'), regexp(a, b))")]
    [TestCase("select a sounds like b, a member of (b)", "sounds like(a, b); member of(a, b)")]
    [TestCase("select a->'$.x' = b->>'$.y'", "-> =(a, '$.x', ->>(b, '$.y'))")]
    [TestCase("select binary a = b collate utf8mb4_bin", "=(cast(a binary), collate(b utf8mb4_bin))")]
    [TestCase("select @a := @b + 1, @@global.x, @@y", ":=(a, +(@b, 1)); @@global.x; @@any.y")]
    [TestCase("select interval (a + 1) day + b, interval(a, b)", "+(interval(+(a, 1)), b); interval(a, b)")]
    [TestCase("select a in (1, 2), (a, b) in (select 1, 2)", "?column?(a, row(1, 2)); quantified(row(a, b), select 1, 2)")]
    [TestCase("select a = any (select 1), exists (select 1)", "quantified(a, select 1); exists(select 1)")]
    [TestCase("select match (a, b) against ('x' in boolean mode)", "match(a, b, 'x')")]
    [TestCase("select {fn concat(a, b)}, {d '2025-01-01'}", "concat(a, b); '2025-01-01'")]
    [TestCase("select _utf8mb4'a' 'b', N'c', x'41', 0b1, date '2025-01-01'", "'ab'; 'c'; x'41'; 0b1; '2025-01-01'")]
    [TestCase("select ?, a + ?", "?1; +(a, ?2)")]
    [TestCase("select group_concat(distinct a, b order by c separator ';')", "group_concat(a, b)")]
    [TestCase("select convert(a using latin1), convert(a, char(3)), cast(a as unsigned)", "cast(a char); cast(a char); cast(a unsigned)")]
    public void Expressions_are_read_as_the_server_reads_them(string text, string expected)
    {
        var select = (SelectBody)Query(text).Body;

        Assert.That(string.Join("; ", select.Targets.Select(static target => SyntaxText.Of(target.Value))), Is.EqualTo(expected));
    }

    [TestCase("a join b join c on x", "inner(inner(a, b), c on x)")]
    [TestCase("a join b join c on x on y", "inner(a, inner(b, c on x) on y)")]
    [TestCase("a join b left join c on x", "left(inner(a, b), c on x)")]
    [TestCase("a join b natural join c", "natural inner(inner(a, b), c)")]
    [TestCase("a cross join b straight_join c using (x, y)", "inner(inner(a, b), c using x y)")]
    [TestCase("a left join (b, c) on x", "left(a, inner(b, c) on x)")]
    [TestCase("a join (b join c) join d on x", "inner(inner(a, inner(b, c)), d on x)")]
    [TestCase("{oj a left outer join b on x}", "left(a, b on x)")]
    [TestCase("a partition (p0) as x use index (i) ignore key for join (j, primary), db.b y", "a x; db.b y")]
    [TestCase("(select 1) as x (c), ((select 2) union select 3) y", "(select 1) x(c); ([select 2] union select 3) y")]
    [TestCase("json_table(a, '$' columns (x int path '$', nested path '$[*]' columns (y for ordinality))) as j", "document(a, '$': x y) j")]
    [TestCase("dual", "")]
    public void From_is_read_as_the_server_reads_it(string from, string expected)
    {
        var select = (SelectBody)Query($"select 1 from {from}").Body;

        Assert.That(string.Join("; ", select.From.Select(SyntaxText.Of)), Is.EqualTo(expected));
    }

    [TestCase("select 1 union select 2 intersect select 3", "select 1 union select 2 intersect select 3")]
    [TestCase("(select 1 limit 1) union all (select 2) order by 1 limit 2, 3", "[select 1 limit 1] unionall [select 2] order limit 2, 3")]
    [TestCase("select 1 limit 3 offset 2", "select 1 limit 3, 2")]
    [TestCase("select 1 from t limit 1 rows examined 5", "select 1 from t limit 1, 5")]
    [TestCase("values (1, 2), (3, 4)", "values (1, 2) (3, 4)")]
    [TestCase("table t", "select * from t")]
    public void Queries_are_read_as_the_server_reads_them(string text, string expected) => Assert.That(SyntaxText.Of(Query(text)), Is.EqualTo(expected));

    // A name of the grammar with a blank before its parenthesis, or in quotes, is that of a stored function.
    [TestCase("count(a)", "count(a)", "count(a)")]
    [TestCase("count (a)", "stored count(a)", "stored count(a)")]
    [TestCase("`count`(a)", "stored count(a)", "stored count(a)")]
    [TestCase("db.count(a)", "stored db.count(a)", "stored db.count(a)")]
    [TestCase("coalesce (a)", "coalesce(a)", "coalesce(a)")]
    [TestCase("`coalesce`(a)", "stored coalesce(a)", "stored coalesce(a)")]
    [TestCase("`abs`(a)", "abs(a)", "abs(a)")]
    [TestCase("rank (a)", "rank(a)", "stored rank(a)")]
    [TestCase("if (a, b, c)", "if(a, b, c)", "if(a, b, c)")]
    [TestCase("trim (a)", "stored trim(a)", "stored trim(a)")]
    [TestCase("cast(a as char)", "cast(a char)", "cast(a char)")]
    [TestCase("nextval(s)", "nextval(s)", "NEXT s")]
    [TestCase("grouping(a)", "grouping(a)", "grouping(a)")]
    public void Calls_mean_the_function_that_the_server_calls(string call, string mySql, string mariaDb)
    {
        Assert.That(SyntaxText.Of(((SelectBody)Query($"select {call}", SqlDialect.MySql).Body).Targets[0].Value), Is.EqualTo(mySql));
        Assert.That(SyntaxText.Of(((SelectBody)Query($"select {call}").Body).Targets[0].Value), Is.EqualTo(mariaDb));
    }

    [Test]
    public void Grouping_is_a_form_only_where_the_server_has_it()
    {
        Assert.That(((SelectBody)Query("select grouping(a)", SqlDialect.MySql).Body).Targets[0].Value, Is.TypeOf<Form>());
        Assert.That(((SelectBody)Query("select grouping(a)").Body).Targets[0].Value, Is.TypeOf<Call>());
    }

    [TestCase("a", "a")]
    [TestCase("t.`B c`", "B c")]
    [TestCase("'it''s'", "it's")]
    [TestCase("'a' 'b'", null)]
    [TestCase("' a'", "a")]
    [TestCase("null", "NULL")]
    [TestCase("1 +  2", "1 +  2")]
    [TestCase("1 /* c */ + 2", null)]
    [TestCase("(1)", "1")]
    [TestCase("Count( * )", "Count( * )")]
    [TestCase("(select 5)", "(select 5)")]
    [TestCase("?", "?")]
    [TestCase("+ 7", "7")]
    [TestCase("+(7 + 1)", null)]
    [TestCase("/* c */ 1 + 1", null)]
    [TestCase("name_const('a', 1)", null)]
    public void Columns_are_called_as_the_server_calls_them(string value, string? expected) =>
        Assert.That(((SelectBody)Query($"select {value}").Body).Targets[0].Text, Is.EqualTo(expected));

    [TestCase("select \"a\"", LexicalModes.AnsiQuotes, "a")]
    [TestCase("select \"a\"", LexicalModes.None, "'a'")]
    [TestCase("select a or b || c", LexicalModes.PipesAsConcat, "logic(a, ||(b, c))")]
    [TestCase("select not a = b", LexicalModes.HighNotPrecedence, "=(not(a), b)")]
    [TestCase("select count (a)", LexicalModes.IgnoreSpace, "count(a)")]
    [TestCase("select 'a\\'", LexicalModes.NoBackslashEscapes, "'a\\'")]
    [TestCase("select 'a\\'b\\n'", LexicalModes.None, "'a'b\n'")]
    public void Modes_change_what_is_read(string text, LexicalModes modes, string expected)
    {
        Assert.That(MySqlParser.TryParse(Encoding.UTF8.GetBytes(text), SqlDialect.MariaDb, modes, out var statement, out var fault), Is.True, fault);
        Assert.That(SyntaxText.Of(((SelectBody)((QueryStatement)statement).Query.Body).Targets[0].Value), Is.EqualTo(expected));
    }

    [TestCase("select a into @x from t", "variables")]
    [TestCase("select a from t into outfile '/tmp/x' fields terminated by ','", "OUTFILE")]
    [TestCase("select a from t limit 1 into dumpfile '/tmp/x'", "DUMPFILE")]
    public void Into_is_noted_wherever_it_stands(string text, string place)
    {
        var query = Query(text);

        Assert.That((query.Destination ?? ((SelectBody)query.Body).Destination)?.Place, Is.EqualTo(place));
    }

    [TestCase("select 1 for update")]
    [TestCase("select 1 from t for share of t skip locked")]
    [TestCase("select 1 from t lock in share mode wait 5")]
    [TestCase("(select 1) union (select 2) for update nowait")]
    public void Locks_are_noted(string text) => Assert.That(Query(text).Locks, Is.True);

    private static Query Query(string text, SqlDialect dialect = SqlDialect.MariaDb)
    {
        Assert.That(MySqlParser.TryParse(Encoding.UTF8.GetBytes(text), dialect, LexicalModes.None, out var statement, out var fault), Is.True, fault);
        return ((QueryStatement)statement).Query;
    }

    private static string? Fault(string text, SqlDialect dialect) =>
        MySqlParser.TryParse(Encoding.UTF8.GetBytes(text), dialect, LexicalModes.None, out _, out var fault) ? null : fault;
}
