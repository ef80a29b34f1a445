namespace JitProxy.Policy.Sql;

/// <summary>The pieces of a readable string token, quotes included, the prefix with the first.</summary>
internal ref struct PostgresPieces
{
    private readonly ReadOnlySpan<byte> _token;
    private readonly TokenKind _kind;
    private int _next;
    private PostgresEscapes _escapes;

    /// <summary>The pieces of this token.</summary>
    public PostgresPieces(TokenKind kind, ReadOnlySpan<byte> token)
    {
        _kind = kind;
        _token = token;
    }

    /// <summary>Where the piece lies in the token.</summary>
    public Range Current { get; private set; }

    /// <summary>Itself, for <c>foreach</c>.</summary>
    public readonly PostgresPieces GetEnumerator() => this;

    /// <summary>Goes to the next piece; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_next < 0)
            return false;

        var contentStart = _next + _token[_next..].IndexOf((byte)'\'') + 1;
        var end = PostgresString.PieceEnd(_token, _kind, contentStart, ref _escapes);
        Current = _next..end;
        _next = PostgresString.FindContinuation(_token, end);
        return true;
    }
}
