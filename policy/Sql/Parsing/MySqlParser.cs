using JitProxy.Policy.Sql.Parsing.MySql;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>Text to syntax tree, MySQL and MariaDB.</summary>
internal static class MySqlParser
{
    /// <summary>Parses one statement. False, with a sentence why, if it is none; never throws.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="dialect">Which of the two servers reads it.</param>
    /// <param name="modes">The session's modes.</param>
    /// <param name="statement">The tree.</param>
    /// <param name="fault">Why there is none.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, SqlDialect dialect, LexicalModes modes, out Statement statement, out string? fault)
    {
        statement = new EmptyStatement();
        if (text.Length > PostgresParser.TextSizeMax)
        {
            fault = "the text is too large to analyse";
            return false;
        }

        var tokens = new List<Token>();
        var calls = new HashSet<int>();
        var lexer = new MySqlLexer(text, modes);
        while (lexer.TryNext(out var token))
        {
            tokens.Add(token);
            if (lexer.IsCall)
                calls.Add(token.Start);
        }

        if (lexer.Fault != TextFault.None)
        {
            fault = $"unreadable text ({lexer.Fault} at byte {lexer.FaultOffset})";
            return false;
        }

        var cursor = new TokenCursor(text.ToArray(), tokens, calls);
        statement = new MySqlGrammar(cursor, dialect == SqlDialect.MariaDb, modes).Statements.Whole();
        fault = cursor.Fault;
        return fault is null;
    }
}
