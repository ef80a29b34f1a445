using System.Collections.Frozen;
using System.Runtime.CompilerServices;

namespace JitProxy.Policy.Sql.Parsing;

/// <summary>A place in a statement's tokens, and the first thing that was found wrong with them.</summary>
/// <remarks>
/// A fault moves the cursor to the end for good, where nothing matches any more: every rule then runs out by itself, so no rule has to
/// look at faults and none throws. What the rules return after a fault is not used.
/// </remarks>
internal sealed class TokenCursor
{
    // Deeper nesting than this is refused: each level costs stack in the parser and again in whoever walks the tree.
    private const int DepthMax = 1000;

    private readonly byte[] _text;
    private readonly Token[] _tokens;
    private readonly string?[] _marks;
    private readonly IReadOnlySet<int> _calls;
    private int[]? _parameters;
    private int _depth;

    /// <summary>A cursor before the first token.</summary>
    /// <param name="text">The statement.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="calls">The places of words with their parenthesis right behind them, where that matters.</param>
    public TokenCursor(byte[] text, List<Token> tokens, IReadOnlySet<int>? calls = null)
    {
        _text = text;
        _calls = calls ?? FrozenSet<int>.Empty;
        _tokens = [.. tokens, new Token(TokenKind.End, text.Length, 0)];
        _marks = new string?[_tokens.Length];
        for (var i = 0; i < tokens.Count; i++)
        {
            var bytes = text.AsSpan(tokens[i].Start, tokens[i].Length);
            _marks[i] = tokens[i].Kind switch
            {
                TokenKind.Word => TokenText.Fold(bytes),
                TokenKind.Operator or TokenKind.Punctuation => TokenText.Decode(bytes),
                _ => null,
            };
        }
    }

    /// <summary>The first fault, as a sentence; null so far.</summary>
    public string? Fault { get; private set; }

    /// <summary>Index of the current token.</summary>
    public int Position { get; private set; }

    /// <summary>The current token.</summary>
    public Token Current => _tokens[Position];

    /// <summary>The kind of the current token.</summary>
    public TokenKind Kind => _tokens[Position].Kind;

    /// <summary>True after the last token and after a fault.</summary>
    public bool IsAtEnd => Kind == TokenKind.End;

    /// <summary>The folded word or the symbol at the current token; null for literals and quoted names.</summary>
    public string? Mark => _marks[Position];

    /// <summary>As <see cref="Mark"/>, <paramref name="ahead"/> tokens on.</summary>
    public string? MarkAt(int ahead) => Position + ahead < _marks.Length ? _marks[Position + ahead] : null;

    /// <summary>The kind of the token <paramref name="ahead"/> tokens on.</summary>
    public TokenKind KindAt(int ahead) => Position + ahead < _tokens.Length ? _tokens[Position + ahead].Kind : TokenKind.End;

    /// <summary>True if the current token is this word or symbol.</summary>
    public bool Is(string mark) => Mark == mark;

    /// <summary>True if the current and the next token are these.</summary>
    public bool Is(string mark, string next) => Mark == mark && MarkAt(1) == next;

    /// <summary>Steps over the current token if it is this word or symbol.</summary>
    public bool Accept(string mark)
    {
        if (Mark != mark)
            return false;
        Position++;
        return true;
    }

    /// <summary>Steps over the current two tokens if they are these.</summary>
    public bool Accept(string mark, string next)
    {
        if (!Is(mark, next))
            return false;
        Position += 2;
        return true;
    }

    /// <summary>Steps over this word or symbol; its absence is a fault.</summary>
    public void Expect(string mark)
    {
        if (!Accept(mark))
            Fail($"expected {mark.ToUpperInvariant()}");
    }

    /// <summary>Steps over the current token, whatever it is.</summary>
    public void Skip()
    {
        if (!IsAtEnd)
            Position++;
    }

    /// <summary>Goes back to a place seen before; without effect after a fault.</summary>
    public void ReturnTo(int position)
    {
        if (Fault is null)
            Position = position;
    }

    /// <summary>The bytes of the current token as text.</summary>
    public string CurrentText() => TokenText.Decode(_text.AsSpan(Current.Start, Current.Length));

    /// <summary>The bytes of the current token.</summary>
    public ReadOnlySpan<byte> CurrentBytes => _text.AsSpan(Current.Start, Current.Length);

    /// <summary>True if the current token is a word with its parenthesis right behind it.</summary>
    public bool IsCall => _calls.Contains(Current.Start);

    /// <summary>How many parameters there are up to the current token, itself included.</summary>
    public int ParameterNumber
    {
        get
        {
            if (_parameters is null)
            {
                _parameters = new int[_tokens.Length];
                var count = 0;
                for (var i = 0; i < _tokens.Length; i++)
                    _parameters[i] = _tokens[i].Kind == TokenKind.Parameter ? ++count : count;
            }

            return _parameters[Position];
        }
    }

    /// <summary>True if only blanks stand before the token at this position.</summary>
    public bool IsBlankBefore(int position) =>
        !_text.AsSpan((position == 0 ? 0 : _tokens[position - 1].End).._tokens[position].Start).ContainsAnyExceptInRange((byte)0, (byte)' ');

    /// <summary>
    /// The text from the token at this position up to the current one; null if it is longer than this many bytes, or if something else than blanks
    /// stands between its tokens.
    /// </summary>
    public string? Written(int from, int sizeMax)
    {
        if (from >= Position || _tokens[Position - 1].End - _tokens[from].Start > sizeMax)
            return null;
        for (var i = from + 1; i < Position; i++)
        {
            if (!IsBlankBefore(i))
                return null;
        }

        return TokenText.Decode(_text.AsSpan(_tokens[from].Start.._tokens[Position - 1].End));
    }

    /// <summary>Notes a fault at the current token and moves to the end.</summary>
    public void Fail(string what)
    {
        if (Fault is not null)
            return;
        Fault = IsAtEnd ? $"{what} at the end" : $"{what} near \"{Excerpt()}\"";
        Position = _tokens.Length - 1;
    }

    /// <summary>Goes one level deeper; false, and a fault, if that is too deep. Each true needs a <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (_depth >= DepthMax || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            Fail("nested too deeply");
            return false;
        }

        _depth++;
        return true;
    }

    /// <summary>Comes back from a level.</summary>
    public void Leave() => _depth--;

    private string Excerpt()
    {
        const int LengthMax = 40;
        var text = CurrentText();
        return text.Length <= LengthMax ? text : string.Concat(text.AsSpan(0, LengthMax), "...");
    }
}
