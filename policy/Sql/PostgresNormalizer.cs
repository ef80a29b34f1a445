namespace JitProxy.Policy.Sql;

/// <summary>Turns PostgreSQL tokens into canonical ones: equal canonical tokens are equal tokens to the server's parser, in the same order.</summary>
internal static class PostgresNormalizer
{
    /// <summary>Writes the canonical tokens of the text; false at a fault.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> text, ref CanonicalWriter writer, out TextFault fault, out int faultOffset)
    {
        var lexer = new PostgresLexer(text, givesHints: true);
        var semicolonsHeld = 0;
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
                writer.AppendFolded(TokenKind.Word, written);
            else if (lexer.IsContinued)
                WritePieces(token.Kind, written, ref writer);
            else
                writer.Append(token.Kind, written);
        }

        (fault, faultOffset) = (lexer.Fault, lexer.FaultOffset);
        return fault == TextFault.None;
    }

    /// <summary>
    /// A string in pieces keeps them, with one line feed between: what comments and blanks stood there does not matter, but joining the pieces could
    /// make one escape of two halves.
    /// </summary>
    private static void WritePieces(TokenKind kind, ReadOnlySpan<byte> written, ref CanonicalWriter writer)
    {
        var size = 0;
        foreach (var piece in new PostgresPieces(kind, written))
            size += written[piece].Length + 1;

        var target = writer.Begin(kind, size - 1);
        foreach (var piece in new PostgresPieces(kind, written))
        {
            written[piece].CopyTo(target);
            target = target[written[piece].Length..];
            if (target.IsEmpty)
                break;

            target[0] = (byte)'\n';
            target = target[1..];
        }
    }
}
