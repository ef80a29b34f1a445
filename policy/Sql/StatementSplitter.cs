namespace JitProxy.Policy.Sql;

/// <summary>Cuts a text at the semicolons between its statements.</summary>
public static class StatementSplitter
{
    /// <summary>As the other, in the modes that the proxy pins.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> text, SqlDialect dialect, List<Range> parts, out TextFault fault, out int faultOffset) =>
        TrySplit(text, dialect, LexicalModes.None, parts, out fault, out faultOffset);

    /// <summary>
    /// Adds the place of every statement of the text to <paramref name="parts"/>, from its first token (or optimizer hint) to its last, without the
    /// semicolon; blank parts are left out. False with a fault and its offset if the text cannot be read; nothing is added then.
    /// </summary>
    public static bool TrySplit(
        ReadOnlySpan<byte> text, SqlDialect dialect, LexicalModes modes, List<Range> parts, out TextFault fault, out int faultOffset)
    {
        var countBefore = parts.Count;
        switch (dialect)
        {
            case SqlDialect.PostgreSql:
                SplitPostgres(text, parts, out fault, out faultOffset);
                break;
            case SqlDialect.MySql or SqlDialect.MariaDb:
                SplitMySql(text, modes, parts, out fault, out faultOffset);
                break;
            default:
                (fault, faultOffset) = (TextFault.DialectNotSupported, 0);
                break;
        }

        if (fault != TextFault.None)
            parts.RemoveRange(countBefore, parts.Count - countBefore);
        return fault == TextFault.None;
    }

    private static void SplitPostgres(ReadOnlySpan<byte> text, List<Range> parts, out TextFault fault, out int faultOffset)
    {
        var lexer = new PostgresLexer(text, givesHints: true);
        var part = new PostgresPart();
        while (lexer.TryNext(out var token))
        {
            if (!part.TryAdd(text, token))
            {
                part.AddTo(parts);
                part = new();
            }
        }

        part.AddTo(parts);
        (fault, faultOffset) = (lexer.Fault, lexer.FaultOffset);
    }

    private static void SplitMySql(ReadOnlySpan<byte> text, LexicalModes modes, List<Range> parts, out TextFault fault, out int faultOffset)
    {
        var lexer = new MySqlLexer(text, modes, givesHints: true);
        var part = new MySqlPart();
        while (lexer.TryNext(out var token))
        {
            if (!part.TryAdd(text, token))
            {
                part.AddTo(parts);
                part = new();
            }
        }

        part.AddTo(parts);
        (fault, faultOffset) = (lexer.Fault, lexer.FaultOffset);
    }
}
