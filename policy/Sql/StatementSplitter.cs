namespace JitProxy.Policy.Sql;

/// <summary>Cuts a text at the semicolons between its statements.</summary>
public static class StatementSplitter
{
    /// <summary>
    /// Adds the place of every statement of the text to <paramref name="parts"/>, from its first token (or optimizer hint) to its last, without the
    /// semicolon; blank parts are left out. False with a fault and its offset if the text cannot be read; nothing is added then.
    /// </summary>
    public static bool TrySplit(ReadOnlySpan<byte> text, SqlDialect dialect, List<Range> parts, out TextFault fault, out int faultOffset)
    {
        if (dialect != SqlDialect.PostgreSql)
        {
            (fault, faultOffset) = (TextFault.DialectNotSupported, 0);
            return false;
        }

        var countBefore = parts.Count;
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

        (fault, faultOffset) = (lexer.Fault, lexer.FaultOffset);
        if (fault == TextFault.None)
            part.AddTo(parts);
        else
            parts.RemoveRange(countBefore, parts.Count - countBefore);
        return fault == TextFault.None;
    }
}
