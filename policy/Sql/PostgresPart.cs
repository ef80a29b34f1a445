using System.Text;

namespace JitProxy.Policy.Sql;

/// <summary>
/// One statement of a text while its tokens come in. A semicolon inside parentheses (CREATE RULE) or in the body of a function written in SQL
/// (BEGIN ATOMIC ... END) does not end it. A wrong guess cannot run anything more: every part goes upstream as one statement.
/// </summary>
internal struct PostgresPart
{
    private int _start;
    private int _end;
    private int _tokenCount;
    private bool _hasMoreThanHints;
    private int _openCount;
    private int _bodyDepth;
    private bool _createsRoutine;
    private bool _seesBegin;

    /// <summary>Takes a token in; false if it is the semicolon that ends the statement.</summary>
    public bool TryAdd(ReadOnlySpan<byte> text, Token token)
    {
        var written = text.Slice(token.Start, token.Length);
        if (written is [(byte)';'] && _openCount == 0 && _bodyDepth == 0)
            return false;

        if (_tokenCount == 0)
            _start = token.Start;
        _end = token.End;
        if (token.Kind == TokenKind.Hint)
        {
            _tokenCount = Math.Max(_tokenCount, 1);
            return true;
        }

        _hasMoreThanHints = true;
        if (token.Kind == TokenKind.Punctuation)
            CountParenthesis(written);
        else if (token.Kind == TokenKind.Word)
            FollowBody(written);
        else
            _seesBegin = false;
        _tokenCount++;
        return true;
    }

    /// <summary>Adds the statement's place, unless there is none.</summary>
    public readonly void AddTo(List<Range> parts)
    {
        if (_hasMoreThanHints)
            parts.Add(_start.._end);
    }

    private void CountParenthesis(ReadOnlySpan<byte> written)
    {
        _seesBegin = false;
        if (written is [(byte)'(' or (byte)'['])
            _openCount++;
        else if (written is [(byte)')' or (byte)']'] && _openCount > 0)
            _openCount--;
    }

    private void FollowBody(ReadOnlySpan<byte> word)
    {
        // CREATE [OR REPLACE] FUNCTION | PROCEDURE, so within the first words.
        if (_tokenCount is > 0 and <= 4 && (Is(word, "function"u8) || Is(word, "procedure"u8)))
            _createsRoutine = true;

        if (_createsRoutine)
        {
            if (_bodyDepth == 0)
                _bodyDepth = _seesBegin && Is(word, "atomic"u8) ? 1 : 0;
            else if (Is(word, "case"u8))
                _bodyDepth++;
            else if (Is(word, "end"u8))
                _bodyDepth--;
        }

        _seesBegin = Is(word, "begin"u8);
    }

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(word, lower);
}
