namespace JitProxy.Policy.Sql;

/// <summary>
/// Cuts a PostgreSQL statement into the tokens that the server itself would see, with <c>standard_conforming_strings</c> on and
/// <c>client_encoding</c> UTF8 (the proxy pins both). Never throws, and takes time linear in the text.
/// </summary>
/// <remarks>
/// A text that PostgreSQL 15 and later versions would cut differently has a fault instead of tokens. What the server decides only
/// after its scanner (digits of bit strings, Unicode escapes and their <c>UESCAPE</c>) is not checked here.
/// </remarks>
public ref struct PostgresLexer
{
    /// <summary>The longest text that is read, in bytes.</summary>
    public const int TextSizeMax = 16 * 1024 * 1024;

    private readonly ReadOnlySpan<byte> _text;
    private readonly bool _givesHints;
    private int _position;
    private long _costLeft;

    /// <summary>A lexer at the beginning of the text.</summary>
    public PostgresLexer(ReadOnlySpan<byte> text)
        : this(text, givesHints: false)
    {
    }

    /// <summary>A lexer at the beginning of the text.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="givesHints">True to get optimizer hints as tokens; otherwise they are comments.</param>
    public PostgresLexer(ReadOnlySpan<byte> text, bool givesHints)
    {
        _text = text;
        _givesHints = givesHints;

        // The server's scanner re-reads runs of operator characters; honest texts stay far below this.
        _costLeft = 65_536 + (16L * text.Length);
        Fault = TextBytes.Check(text, TextSizeMax, out var offset);
        FaultOffset = offset;
    }

    /// <summary>Why reading stopped; <see cref="TextFault.None"/> at the end of a readable text.</summary>
    public TextFault Fault { get; private set; }

    /// <summary>Offset in bytes of the token or byte at fault.</summary>
    public int FaultOffset { get; private set; }

    /// <summary>True if the last token is a string in several pieces, which the server joins because a newline stands between them.</summary>
    internal bool IsContinued { get; private set; }

    /// <summary>Takes the next token; false at the end of the text or at a fault.</summary>
    public bool TryNext(out Token token)
    {
        token = default;
        if (Fault != TextFault.None)
            return false;

        IsContinued = false;
        var text = _text;
        var start = _position;
        while ((uint)start < (uint)text.Length)
        {
            var lead = PostgresCharacters.LeadOf(text[start]);
            if (lead == PostgresLead.Blank)
            {
                start++;
            }
            else if (lead != PostgresLead.Operator || !OpensComment(text[start..]))
            {
                return TryTake(lead, start, out token);
            }
            else
            {
                var end = SkipComment(start, out var isHint);
                if (end < 0)
                    return false;

                if (isHint && _givesHints)
                    return Give(TokenKind.Hint, start, end, out token);

                start = end;
            }
        }

        _position = start;
        return false;
    }

    private static bool OpensComment(ReadOnlySpan<byte> rest) => rest is [(byte)'-', (byte)'-', ..] or [(byte)'/', (byte)'*', ..];

    private bool TryTake(PostgresLead lead, int start, out Token token)
    {
        switch (lead)
        {
            case PostgresLead.Word:
                return Give(TokenKind.Word, start, WordEnd(start + 1), out token);
            case PostgresLead.Prefix:
                return TryTakePrefixed(start, out token);
            case PostgresLead.Digit:
                return TryTakeNumber(start, out token);
            case PostgresLead.Quote:
                return TryTakeString(TokenKind.String, start, start + 1, out token);
            case PostgresLead.DoubleQuote:
                return TryTakeName(TokenKind.QuotedName, start, start + 1, out token);
            case PostgresLead.Dollar:
                var dollarEnd = PostgresDollar.FindEnd(_text, start, out var dollarKind, out var dollarFault);
                return Finish(dollarKind, start, dollarEnd, dollarFault, out token);
            case PostgresLead.Dot:
                if (start + 1 < _text.Length && char.IsAsciiDigit((char)_text[start + 1]))
                    return TryTakeNumber(start, out token);
                return _text[start..] is [_, (byte)'.', ..]
                    ? Give(TokenKind.Operator, start, start + 2, out token)
                    : Give(TokenKind.Punctuation, start, start + 1, out token);
            case PostgresLead.Colon:
                return _text[start..] is [_, (byte)':' or (byte)'=', ..]
                    ? Give(TokenKind.Operator, start, start + 2, out token)
                    : Give(TokenKind.Punctuation, start, start + 1, out token);
            case PostgresLead.Operator:
                var operatorEnd = PostgresOperator.FindEnd(_text, start, ref _costLeft, out var operatorFault);
                return Finish(TokenKind.Operator, start, operatorEnd, operatorFault, out token);
            case PostgresLead.Punctuation:
                return Give(TokenKind.Punctuation, start, start + 1, out token);
            case PostgresLead.Blank:
            case PostgresLead.Bad:
            default:
                return Fail(TextFault.BadCharacter, start, out token);
        }
    }

    private bool TryTakePrefixed(int start, out Token token)
    {
        var letter = _text[start] | 0x20;
        var rest = _text[(start + 1)..];
        if (rest is [(byte)'\'', ..] && letter != 'u')
        {
            var kind = letter switch
            {
                'b' => TokenKind.BitString,
                'e' => TokenKind.EscapeString,
                'n' => TokenKind.NationalString,
                _ => TokenKind.HexString,
            };
            return TryTakeString(kind, start, start + 2, out token);
        }

        if (rest is [(byte)'&', (byte)'\'', ..] && letter == 'u')
            return TryTakeString(TokenKind.UnicodeString, start, start + 3, out token);
        if (rest is [(byte)'&', (byte)'"', ..] && letter == 'u')
            return TryTakeName(TokenKind.UnicodeName, start, start + 3, out token);

        return Give(TokenKind.Word, start, WordEnd(start + 1), out token);
    }

    private bool TryTakeString(TokenKind kind, int start, int contentStart, out Token token)
    {
        var end = PostgresString.FindEnd(_text, kind, contentStart, out var isContinued, out var fault);
        IsContinued = isContinued;
        return Finish(kind, start, end, fault, out token);
    }

    private bool TryTakeName(TokenKind kind, int start, int contentStart, out Token token)
    {
        var end = PostgresString.FindClosing(_text, contentStart, (byte)'"');
        if (end < 0)
            return Fail(TextFault.UnterminatedName, start, out token);

        return end == contentStart + 1 ? Fail(TextFault.EmptyName, start, out token) : Give(kind, start, end, out token);
    }

    private bool TryTakeNumber(int start, out Token token)
    {
        var end = PostgresNumber.FindEnd(_text, start, out var kind, out var fault);
        return Finish(kind, start, end, fault, out token);
    }

    private readonly int WordEnd(int at)
    {
        var text = _text;
        while ((uint)at < (uint)text.Length && PostgresCharacters.ContinuesWord(text[at]))
            at++;
        return at;
    }

    private int SkipComment(int start, out bool isHint)
    {
        var fault = TextFault.None;
        isHint = false;
        int end;
        if (_text[start] == '-')
        {
            end = PostgresComment.LineEnd(_text, start);
        }
        else
        {
            isHint = _text[start..] is [_, _, (byte)'+', ..];
            end = PostgresComment.FindBlockEnd(_text, start, ref _costLeft, out fault);
        }

        if (fault != TextFault.None)
            Fail(fault, start, out _);
        return end;
    }

    private bool Finish(TokenKind kind, int start, int end, TextFault fault, out Token token) =>
        fault == TextFault.None ? Give(kind, start, end, out token) : Fail(fault, start, out token);

    private bool Give(TokenKind kind, int start, int end, out Token token)
    {
        _position = end;
        token = new(kind, start, end - start);
        return true;
    }

    private bool Fail(TextFault fault, int offset, out Token token)
    {
        (Fault, FaultOffset) = (fault, offset);
        token = default;
        return false;
    }
}
