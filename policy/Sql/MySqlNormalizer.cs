namespace JitProxy.Policy.Sql;

/// <summary>
/// Turns tokens of MySQL or MariaDB into canonical ones: equal canonical tokens are equal tokens to the server's parser, in the same order. Only
/// keywords fold, because the case of a table's name may matter and the lexer cannot tell which names are a table's.
/// </summary>
internal static class MySqlNormalizer
{
    /// <summary>Writes the canonical tokens of the text; false at a fault.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> text, LexicalModes modes, ref CanonicalWriter writer, out TextFault fault, out int faultOffset)
    {
        var lexer = new MySqlLexer(text, modes, givesHints: true);
        var semicolonsHeld = 0;
        var isCalled = false;
        while (lexer.TryNext(out var token))
        {
            var written = text.Slice(token.Start, token.Length);
            if (written is [(byte)';'])
            {
                // Written when something follows; at the end of a statement it says nothing.
                semicolonsHeld++;
                continue;
            }

            for (; semicolonsHeld > 0; semicolonsHeld--)
                writer.Append(TokenKind.Punctuation, ";"u8);

            if (token.Kind == TokenKind.Word)
            {
                var isReserved = MySqlKeywords.IsReserved(written);
                if (isReserved || (lexer.IsCall && MySqlKeywords.IsFunction(written)))
                    writer.AppendFolded(TokenKind.Word, written);
                else
                    writer.Append(TokenKind.Word, written);
                isCalled = lexer.IsCall && !isReserved;
                continue;
            }

            writer.Append(isCalled ? TokenKind.CallOpening : token.Kind, written);
            isCalled = token.Kind == TokenKind.Name && lexer.IsCall;
        }

        (fault, faultOffset) = (lexer.Fault, lexer.FaultOffset);
        return fault == TextFault.None;
    }
}
