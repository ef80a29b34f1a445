namespace JitProxy.Policy.Sql;

/// <summary>
/// Cuts a statement of MySQL or MariaDB into the tokens that the server itself would see, with a connection in <c>utf8mb4</c> (which the proxy pins).
/// Never throws, and takes time linear in the text.
/// </summary>
/// <remarks>
/// A text that supported versions of the two servers would cut differently has a fault instead of tokens; executable comments are the best known case.
/// An unquoted identifier is a <see cref="TokenKind.Word"/> where the server looks for a keyword in it, and a <see cref="TokenKind.Name"/> where it does
/// not: next to a point without blanks, and behind <c>@@</c>.
/// </remarks>
public ref struct MySqlLexer
{
    /// <summary>The longest text that is read, in bytes.</summary>
    public const int TextSizeMax = PostgresLexer.TextSizeMax;

    private readonly ReadOnlySpan<byte> _text;
    private readonly LexicalModes _modes;
    private readonly bool _givesHints;
    private int _position;

    // Where a point separates names though a digit follows, and where a name begins in which no keyword is looked for; -1 for nowhere.
    private int _separatorAt = -1;
    private int _nameAt = -1;
    private bool _mayBeHinted;

    /// <summary>A lexer at the beginning of the text.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="modes">The session's modes.</param>
    /// <param name="givesHints">True to get optimizer hints as tokens; otherwise they are comments.</param>
    public MySqlLexer(ReadOnlySpan<byte> text, LexicalModes modes, bool givesHints = false)
    {
        _text = text;
        _modes = modes;
        _givesHints = givesHints;
        Fault = TextBytes.Check(text, TextSizeMax, out var offset);
        FaultOffset = offset;
    }

    /// <summary>Why reading stopped; <see cref="TextFault.None"/> at the end of a readable text.</summary>
    public TextFault Fault { get; private set; }

    /// <summary>Offset in bytes of the token or byte at fault.</summary>
    public int FaultOffset { get; private set; }

    /// <summary>
    /// True if the last token is an unquoted identifier with its parenthesis right behind it (with IGNORE_SPACE: or behind blanks), which makes a
    /// function of some names.
    /// </summary>
    public bool IsCall { get; private set; }

    /// <summary>Takes the next token; false at the end of the text or at a fault.</summary>
    public bool TryNext(out Token token)
    {
        token = default;
        if (Fault != TextFault.None)
            return false;

        IsCall = false;
        var seesComment = false;
        var text = _text;
        var start = _position;
        while ((uint)start < (uint)text.Length)
        {
            var lead = MySqlCharacters.LeadOf(text[start]);
            if (lead == MySqlLead.Blank)
            {
                start++;
            }
            else if (lead == MySqlLead.Hash || (lead == MySqlLead.Operator && MySqlComment.IsAt(text[start..])))
            {
                var end = SkipComment(start, seesComment, out var isHint);
                if (end < 0)
                    return false;

                if (isHint && _givesHints)
                    return Give(TokenKind.Hint, start, end, out token);

                seesComment = true;
                _mayBeHinted &= !isHint;
                start = end;
            }
            else
            {
                return TryTake(lead, start, out token);
            }
        }

        _position = start;
        return false;
    }

    private bool TryTake(MySqlLead lead, int start, out Token token)
    {
        if (start == _nameAt)
            return TryTakeName(start, out token);

        switch (lead)
        {
            case MySqlLead.Word:
                return GiveWord(start, WordEnd(start + 1), out token);
            case MySqlLead.Prefix:
                return TryTakePrefixed(start, out token);
            case MySqlLead.Digit:
                return TryTakeNumber(start, out token);
            case MySqlLead.Quote:
                return TryTakeString(TokenKind.String, start, start, out token);
            case MySqlLead.DoubleQuote:
                return (_modes & LexicalModes.AnsiQuotes) != 0
                    ? TryTakeQuotedName(TokenKind.QuotedName, start, start, out token)
                    : TryTakeString(TokenKind.String, start, start, out token);
            case MySqlLead.Backtick:
                return TryTakeQuotedName(TokenKind.QuotedName, start, start, out token);
            case MySqlLead.At:
                return TryTakeVariable(start, out token);
            case MySqlLead.Dot:
                return TryTakeDot(start, out token);
            case MySqlLead.Colon:
                return _text[start..] is [_, (byte)'=', ..]
                    ? Give(TokenKind.Operator, start, start + 2, out token)
                    : Give(TokenKind.Punctuation, start, start + 1, out token);
            case MySqlLead.Parameter:
                return MySqlCharacters.ContinuesWord(_text, start + 1)
                    ? Fail(TextFault.BadParameter, start, out token)
                    : Give(TokenKind.Parameter, start, start + 1, out token);
            case MySqlLead.Operator:
                var operatorEnd = MySqlOperator.FindEnd(_text, start, out var operatorFault);
                return Finish(TokenKind.Operator, start, operatorEnd, operatorFault, out token);
            case MySqlLead.Punctuation:
                return Give(TokenKind.Punctuation, start, start + 1, out token);
            case MySqlLead.Bad or MySqlLead.Blank or MySqlLead.Hash:
            default:
                return Fail(TextFault.BadCharacter, start, out token);
        }
    }

    private bool TryTakePrefixed(int start, out Token token)
    {
        if (_text[start..] is not [_, (byte)'\'', ..])
            return GiveWord(start, WordEnd(start + 1), out token);

        var letter = _text[start] | 0x20;
        if (letter == 'n')
            return TryTakeString(TokenKind.NationalString, start, start + 1, out token);

        var kind = letter == 'x' ? TokenKind.HexString : TokenKind.BitString;
        var end = MySqlQuoted.FindDigitsEnd(_text, start + 2, kind, out var fault);
        return Finish(kind, start, end, fault, out token);
    }

    private bool TryTakeNumber(int start, out Token token)
    {
        var end = MySqlNumber.FindEnd(_text, start, out var kind, out var fault);
        return fault == TextFault.None && kind == TokenKind.Word ? GiveWord(start, end, out token) : Finish(kind, start, end, fault, out token);
    }

    private bool TryTakeString(TokenKind kind, int start, int quoteAt, out Token token)
    {
        var end = MySqlQuoted.FindStringEnd(_text, quoteAt + 1, _text[quoteAt], _modes);
        return Finish(kind, start, end, end < 0 ? TextFault.UnterminatedString : TextFault.None, out token);
    }

    private bool TryTakeQuotedName(TokenKind kind, int start, int quoteAt, out Token token)
    {
        var end = MySqlQuoted.FindClosing(_text, quoteAt + 1, _text[quoteAt]);
        if (end < 0)
            return Fail(TextFault.UnterminatedName, start, out token);

        return end == quoteAt + 2 ? Fail(TextFault.EmptyName, start, out token) : Give(kind, start, end, out token);
    }

    private bool TryTakeVariable(int start, out Token token)
    {
        var at = start + 1;
        var next = at < _text.Length ? _text[at] : (byte)0;
        if (next == '@')
            return TryTakeSystemVariable(start, out token);
        if (next == '`' || (next == '"' && (_modes & LexicalModes.AnsiQuotes) != 0))
            return TryTakeQuotedName(TokenKind.UserVariable, start, at, out token);
        if (next is (byte)'\'' or (byte)'"')
            return TryTakeString(TokenKind.UserVariable, start, at, out token);

        while (at < _text.Length && (char.IsAsciiLetterOrDigit((char)_text[at]) || _text[at] is (byte)'.' or (byte)'_' or (byte)'$'))
            at++;

        // Without a name it is something else in every version; with a letter beyond ASCII behind it, it is two tokens that look like one.
        var isGood = at > start + 1 && (at == _text.Length || _text[at] < 0x80);
        return isGood ? Give(TokenKind.UserVariable, start, at, out token) : Fail(TextFault.BadCharacter, start, out token);
    }

    private bool TryTakeSystemVariable(int start, out Token token)
    {
        var nameAt = start + 2;
        if (nameAt == _text.Length || !(_text[nameAt] == '`' || (_text[nameAt] < 0x80 && MySqlCharacters.ContinuesWord(_text[nameAt]))))
            return Fail(TextFault.BadCharacter, start, out token);

        if (_text[nameAt] != '`')
            _nameAt = nameAt;
        return Give(TokenKind.Operator, start, nameAt, out token);
    }

    private bool TryTakeDot(int start, out Token token)
    {
        var next = start + 1 < _text.Length ? _text[start + 1] : (byte)0;
        if (start != _separatorAt && char.IsAsciiDigit((char)next))
            return TryTakeNumber(start, out token);

        // A token of its own for MariaDB only.
        if (next == '.')
            return Fail(TextFault.BadCharacter, start, out token);

        if (MySqlCharacters.ContinuesWord(next))
            _nameAt = start + 1;
        return Give(TokenKind.Punctuation, start, start + 1, out token);
    }

    private bool TryTakeName(int start, out Token token)
    {
        var end = WordEnd(start);
        var isBehindSigns = _text[start - 1] == '@';
        if (isBehindSigns && _text[start..end].IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0)
            return Fail(TextFault.BadCharacter, start, out token);

        return GiveWord(start, end, out token);
    }

    /// <summary>An unquoted identifier: with a point and a further name right behind it, or right in front of it, it is no keyword.</summary>
    private bool GiveWord(int start, int end, out Token token)
    {
        var isName = start == _nameAt;
        if (end < _text.Length && _text[end] == '.' && MySqlCharacters.ContinuesWord(_text, end + 1))
        {
            isName = true;
            _separatorAt = end;
        }

        var next = end;
        if ((_modes & LexicalModes.IgnoreSpace) != 0)
        {
            while (next < _text.Length && MySqlCharacters.IsBlank(_text[next]))
                next++;
        }

        IsCall = next < _text.Length && _text[next] == '(';
        Give(isName ? TokenKind.Name : TokenKind.Word, start, end, out token);
        _mayBeHinted = !isName && MySqlKeywords.TakesHint(_text[start..end]);
        return true;
    }

    private readonly int WordEnd(int at)
    {
        var text = _text;
        while ((uint)at < (uint)text.Length && MySqlCharacters.ContinuesWord(text[at]))
            at++;
        return at;
    }

    private int SkipComment(int start, bool isBehindComment, out bool isHint)
    {
        isHint = false;
        if (_text[start] != '/')
            return MySqlComment.LineEnd(_text, start);

        var end = MySqlComment.FindBlockEnd(_text, start, out isHint, out var fault);

        // A comment in front of it makes it one; the normal form, which has no comments, could not tell.
        if (isHint && isBehindComment && _mayBeHinted && fault == TextFault.None)
            fault = TextFault.BadHint;
        if (fault != TextFault.None)
            Fail(fault, start, out _);
        return fault == TextFault.None ? end : -1;
    }

    private bool Finish(TokenKind kind, int start, int end, TextFault fault, out Token token) =>
        fault == TextFault.None ? Give(kind, start, end, out token) : Fail(fault, start, out token);

    private bool Give(TokenKind kind, int start, int end, out Token token)
    {
        _position = end;
        _mayBeHinted = false;
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
