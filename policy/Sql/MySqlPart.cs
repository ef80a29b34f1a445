using System.Text;

namespace JitProxy.Policy.Sql;

/// <summary>
/// One statement of a text while its tokens come in. A semicolon in the body of a stored program (BEGIN ... END behind CREATE PROCEDURE and its like) does
/// not end it. A wrong guess cannot run anything more: every part goes upstream as one statement.
/// </summary>
internal struct MySqlPart
{
    private int _start;
    private int _end;
    private int _tokenCount;
    private bool _hasMoreThanHints;
    private bool _isCreate;
    private bool _createsProgram;
    private bool _seesEnd;
    private int _bodyDepth;

    /// <summary>Takes a token in; false if it is the semicolon that ends the statement.</summary>
    public bool TryAdd(ReadOnlySpan<byte> text, Token token)
    {
        var written = text.Slice(token.Start, token.Length);
        if (written is [(byte)';'] && _bodyDepth == 0)
            return false;

        if (_tokenCount == 0)
            _start = token.Start;
        _end = token.End;
        _hasMoreThanHints |= token.Kind != TokenKind.Hint;
        if (token.Kind == TokenKind.Word)
            FollowBody(written);
        else
            _seesEnd = false;
        _tokenCount++;
        return true;
    }

    /// <summary>Adds the statement's place, unless there is none.</summary>
    public readonly void AddTo(List<Range> parts)
    {
        if (_hasMoreThanHints)
            parts.Add(_start.._end);
    }

    private void FollowBody(ReadOnlySpan<byte> word)
    {
        _isCreate |= _tokenCount == 0 && Is(word, "create"u8);
        if (_isCreate && (Is(word, "procedure"u8) || Is(word, "function"u8) || Is(word, "trigger"u8) || Is(word, "event"u8)))
            _createsProgram = true;

        // CASE may be an expression, which ends with a bare END as BEGIN does; the other blocks say what they end.
        var closes = _seesEnd;
        _seesEnd = Is(word, "end"u8);
        if (!_createsProgram)
            return;

        if (closes && (Is(word, "if"u8) || Is(word, "loop"u8) || Is(word, "while"u8) || Is(word, "repeat"u8) || Is(word, "for"u8)))
            _bodyDepth++;
        else if (!closes && (Is(word, "begin"u8) || Is(word, "case"u8)))
            _bodyDepth++;
        else if (_seesEnd && _bodyDepth > 0)
            _bodyDepth--;
    }

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(word, lower);
}
