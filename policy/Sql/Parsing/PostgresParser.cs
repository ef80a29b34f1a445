using JitProxy.Policy.Sql.Parsing.Postgres;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Text to syntax tree, PostgreSQL.</summary>
internal static class PostgresParser
{
    // Analysis is for people's statements. Larger texts can still run by a grant on their exact text, but nothing is proven about them.
    public const int TextSizeMax = 1 << 20;

    /// <summary>Parses one statement. False, with a sentence why, if it is none; never throws.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Statement statement, out string? fault)
    {
        statement = new EmptyStatement();
        fault = null;
        if (text.Length > TextSizeMax)
        {
            fault = "the text is too large to analyse";
            return false;
        }

        var tokens = new List<Token>();
        var lexer = new PostgresLexer(text);
        while (lexer.TryNext(out var token))
            tokens.Add(token);
        if (lexer.Fault != TextFault.None)
        {
            fault = $"unreadable text ({lexer.Fault} at byte {lexer.FaultOffset})";
            return false;
        }

        var cursor = new TokenCursor(text.ToArray(), tokens);
        statement = new PostgresGrammar(cursor).Statements.Whole();
        fault = cursor.Fault;
        return fault is null;
    }
}
