using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Policy.Tests.Sql.Support;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

/// <summary>The lexer and the normal form against PostgreSQL's own scanner and parser.</summary>
[TestFixture]
internal sealed class PostgresOracleTests
{
    private static readonly int LayoutsPerStatement = TestScale.Of(4);
    private static readonly int DamagesPerStatement = TestScale.Of(40);

    [Test]
    public void Corpus_is_large_and_the_server_takes_all_of_it()
    {
        Assert.That(SqlCorpus.Postgres, Has.Count.GreaterThanOrEqualTo(1000));
        Assert.That(SqlCorpus.Postgres, Is.Unique);
        Assert.That(SqlCorpus.Postgres.Where(static s => PgQuery.Parse(Encoding.UTF8.GetBytes(s)) is null), Is.Empty);
        Assert.That(SqlCorpus.Postgres.Where(static s => FormOf(s, out _) is null), Is.Empty);
    }

    [Test]
    public void Blanks_comments_and_case_change_neither_form_nor_parse_tree()
    {
        var mutator = new SqlMutator(1);
        foreach (var statement in SqlCorpus.Postgres)
        {
            var form = FormOf(statement, out _);
            var tree = PgQuery.Parse(Encoding.UTF8.GetBytes(statement));
            for (var i = 0; i < LayoutsPerStatement; i++)
            {
                var other = mutator.Relayout(statement);
                Assert.That(FormOf(other, out var fault), Is.EqualTo(form), () => $"{fault}\n{statement}\n{other}");
                Assert.That(PgQuery.Parse(Encoding.UTF8.GetBytes(other)), Is.EqualTo(tree), () => $"{statement}\n{other}");
            }
        }
    }

    [Test]
    public void One_normal_form_means_one_parse_tree()
    {
        var trees = new Dictionary<string, (string? Tree, string Text)>();
        var forms = new Dictionary<string, string>();
        var (textCount, sameTreeCount) = (0, 0);
        foreach (var text in AllTexts(2))
        {
            if (FormOf(text, out _) is not { } form)
                continue;

            textCount++;
            var tree = PgQuery.Parse(Encoding.UTF8.GetBytes(text));
            if (trees.TryGetValue(form, out var known))
                Assert.That(tree, Is.EqualTo(known.Tree), () => $"{known.Text}\n{text}");
            else if (tree is not null && !forms.TryAdd(tree, form))
                sameTreeCount++;
            trees[form] = (tree, text);
        }

        // The other way round is convenience, not safety: such texts need a grant of their own.
        TestContext.Out.WriteLine($"{textCount} texts, {trees.Count} normal forms, {sameTreeCount} of them with the parse tree of another form");
        Assert.That(textCount - trees.Count, Is.GreaterThan(3000), "pairs compared");
    }

    [Test]
    public void Tokens_lie_where_the_servers_scanner_has_them()
    {
        var comparedCount = 0;
        foreach (var text in AllTexts(3))
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var tokens = TokensOf(bytes, out var fault, out _);
            var expected = PgQuery.Scan(bytes);
            if (fault != TextFault.None)
            {
                // What the scanner takes, the lexer refuses only where versions differ, the parser refuses anyway, or a limit says so.
                var isAllowed = expected is null || fault is TextFault.BadCharacter or TextFault.BadParameter or TextFault.TooDeep or TextFault.TooCostly;
                Assert.That(isAllowed, Is.True, () => $"{fault}: {text}");
                continue;
            }

            Assert.That(expected, Is.Not.Null, () => $"the server cannot scan: {text}");
            comparedCount++;

            // The oracle misreports the length of U& tokens.
            Assert.That(tokens.Select(static t => t.Start), Is.EqualTo(expected!.Select(static t => t.Start)), () => text);
            for (var i = 0; i < tokens.Count; i++)
            {
                if (tokens[i].Kind is not (TokenKind.UnicodeName or TokenKind.UnicodeString))
                    Assert.That(tokens[i].End, Is.EqualTo(expected![i].End), () => $"token {i} of {text}");
            }
        }

        Assert.That(comparedCount, Is.GreaterThan(10_000));
    }

    [Test]
    public void What_the_servers_parser_takes_can_be_read()
    {
        foreach (var text in AllTexts(4))
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            TokensOf(bytes, out var fault, out var offset);
            if (fault is TextFault.None or TextFault.BadParameter or TextFault.TooDeep or TextFault.TooCostly)
                continue;

            Assert.That(PgQuery.Parse(bytes), Is.Null, () => $"{fault} at {offset}: {text}");
        }
    }

    [Test]
    public void Another_token_makes_another_form()
    {
        var (sameCount, otherCount) = (0, 0);
        var mutator = new SqlMutator(5);
        foreach (var statement in SqlCorpus.Postgres)
        {
            for (var i = 0; i < DamagesPerStatement / 2; i++)
            {
                var other = mutator.Damage(statement);
                if (FormOf(other, out _) is not { } form || IsCutOtherwise(statement) || IsCutOtherwise(other))
                    continue;

                var isSame = ScannedTokens(statement).SequenceEqual(ScannedTokens(other));
                Assert.That(form == FormOf(statement, out _), Is.EqualTo(isSame), () => $"{statement}\n{other}");
                sameCount += isSame ? 1 : 0;
                otherCount += isSame ? 0 : 1;
            }
        }

        Assert.That((sameCount, otherCount), Is.GreaterThan((100, 3000)));
    }

    [Test]
    public void Readable_form_has_the_same_form_again()
    {
        foreach (var text in AllTexts(6))
        {
            if (NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.PostgreSql, out var form, out _, out _))
                Assert.That(FormOf(form.ToString(), out _), Is.EqualTo(Convert.ToHexString(form.Canonical)), () => $"{text}\n{form}");
        }
    }

    private static IEnumerable<string> AllTexts(int seed)
    {
        var mutator = new SqlMutator(seed);
        foreach (var statement in SqlCorpus.Postgres)
        {
            yield return statement;
            for (var i = 0; i < LayoutsPerStatement; i++)
                yield return mutator.Relayout(statement);
            for (var i = 0; i < DamagesPerStatement; i++)
                yield return mutator.Damage(statement);
        }
    }

    private static string? FormOf(string text, out TextFault fault) =>
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.PostgreSql, out var form, out fault, out _) ? Convert.ToHexString(form.Canonical) : null;

    private static List<Token> TokensOf(byte[] text, out TextFault fault, out int offset)
    {
        var lexer = new PostgresLexer(text);
        var tokens = new List<Token>();
        while (lexer.TryNext(out var token))
            tokens.Add(token);
        (fault, offset) = (lexer.Fault, lexer.FaultOffset);
        return tokens;
    }

    /// <summary>True for hints (comments to the scanner), strings in pieces (with what stands between them), and U&amp; tokens (whose length the oracle misreports).</summary>
    private static bool IsCutOtherwise(string text)
    {
        var lexer = new PostgresLexer(Encoding.UTF8.GetBytes(text), givesHints: true);
        while (lexer.TryNext(out var token))
        {
            if (lexer.IsContinued || token.Kind is TokenKind.Hint or TokenKind.UnicodeName or TokenKind.UnicodeString)
                return true;
        }

        return false;
    }

    /// <summary>Tokens cut by the server's scanner, words folded, semicolons at the end dropped.</summary>
    private static List<string> ScannedTokens(string statement)
    {
        var bytes = Encoding.UTF8.GetBytes(statement);
        var starts = PgQuery.Scan(bytes)!;
        var tokens = starts.Select(t => Encoding.UTF8.GetString(bytes, t.Start, t.End - t.Start)).ToList();
        while (tokens.Count > 0 && tokens[^1] == ";")
            tokens.RemoveAt(tokens.Count - 1);
        return [.. tokens.Select(Fold)];
    }

    private static string Fold(string token) =>
        token.Length > 0 && (char.IsAsciiLetter(token[0]) || token[0] >= '_') && !token.Contains('\'', StringComparison.Ordinal) && !token.Contains('"', StringComparison.Ordinal)
            ? string.Concat(token.Select(static c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c))
            : token;
}
