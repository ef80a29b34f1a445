using System.Text;
using JitProxy.Policy.Sql;

namespace JitProxy.Server.Console;

/// <summary>A token of a statement, with its text.</summary>
internal readonly record struct StatementToken(TokenKind Kind, int Start, int End, string Text);

/// <summary>The tokens of statements, and where two statements differ in them.</summary>
internal static class StatementTokens
{
    // Comparing costs the product of what differs; beyond it the whole rest is called new.
    private const int ComparedMax = 1500;

    /// <summary>The tokens in order; null if the text has none that are sure.</summary>
    public static List<StatementToken>? Read(byte[] text, SqlDialect dialect)
    {
        var tokens = new List<StatementToken>();
        if (dialect == SqlDialect.PostgreSql)
        {
            var lexer = new PostgresLexer(text);
            while (lexer.TryNext(out var token))
                tokens.Add(Make(text, token));

            return lexer.Fault == default ? tokens : null;
        }

        var other = new MySqlLexer(text, default);
        while (other.TryNext(out var token))
            tokens.Add(Make(text, token));

        return other.Fault == default ? tokens : null;
    }

    /// <summary>The places of the tokens that the earlier statement does not have there.</summary>
    public static HashSet<int> FindNew(List<StatementToken> earlier, List<StatementToken> tokens)
    {
        var common = Math.Min(earlier.Count, tokens.Count);
        var start = 0;
        while (start < common && IsSame(earlier[start], tokens[start]))
            start++;

        var end = 0;
        while (end < common - start && IsSame(earlier[^(end + 1)], tokens[^(end + 1)]))
            end++;

        var (left, right) = (earlier.Count - start - end, tokens.Count - start - end);
        var found = Enumerable.Range(start, right).ToHashSet();
        if (left > ComparedMax || right > ComparedMax)
            return found;

        // Longest common subsequence: what is in it is not new.
        var lengths = new int[left + 1, right + 1];
        for (var i = left - 1; i >= 0; i--)
        {
            for (var j = right - 1; j >= 0; j--)
            {
                lengths[i, j] = IsSame(earlier[start + i], tokens[start + j])
                    ? lengths[i + 1, j + 1] + 1
                    : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
            }
        }

        for (var (i, j) = (0, 0); i < left && j < right;)
        {
            if (IsSame(earlier[start + i], tokens[start + j]))
            {
                found.Remove(start + j);
                (i, j) = (i + 1, j + 1);
            }
            else if (lengths[i + 1, j] >= lengths[i, j + 1])
                i++;
            else
                j++;
        }

        return found;
    }

    private static StatementToken Make(byte[] text, Token token) =>
        new(token.Kind, token.Start, token.End, Encoding.UTF8.GetString(text, token.Start, token.Length));

    private static bool IsSame(StatementToken left, StatementToken right) =>
        left.Kind == right.Kind
        && string.Equals(left.Text, right.Text, left.Kind == TokenKind.Word ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}
