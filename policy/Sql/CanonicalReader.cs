namespace JitProxy.Policy.Sql;

/// <summary>Walks over what <see cref="CanonicalWriter"/> wrote.</summary>
internal ref struct CanonicalReader
{
    private readonly ReadOnlySpan<byte> _canonical;
    private int _next;

    /// <summary>A reader before the first token.</summary>
    public CanonicalReader(ReadOnlySpan<byte> canonical) => _canonical = canonical;

    /// <summary>The token: its kind, and the place of its canonical text in the canonical bytes.</summary>
    public Token Current { get; private set; }

    /// <summary>The token's canonical text.</summary>
    public readonly ReadOnlySpan<byte> Text => _canonical.Slice(Current.Start, Current.Length);

    /// <summary>Itself, for <c>foreach</c>.</summary>
    public readonly CanonicalReader GetEnumerator() => this;

    /// <summary>Goes to the next token; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_next == _canonical.Length)
            return false;

        var kind = (TokenKind)_canonical[_next++];
        var size = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = _canonical[_next++];
            size |= (part & 0x7F) << shift;
            if (part < 0x80)
                break;
        }

        Current = new(kind, _next, size);
        _next += size;
        return true;
    }
}
