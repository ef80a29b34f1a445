using System.Buffers;

namespace JitProxy.Policy.Sql;

/// <summary>
/// Collects canonical bytes: for every token its kind (1 byte), its size (7 bits a byte, low ones first, the top bit says that more follow) and its
/// canonical text. No two sequences of tokens make the same bytes.
/// </summary>
internal ref struct CanonicalWriter
{
    private const int HeaderSizeMax = 6;

    private Span<byte> _buffer;
    private byte[]? _rented;
    private int _size;

    /// <summary>A writer that begins in this scratch space and rents more when it is full.</summary>
    public CanonicalWriter(Span<byte> scratch) => _buffer = scratch;

    /// <summary>Tokens so far.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Canonical bytes so far; valid until the next token.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._size];

    /// <summary>Adds a token that is kept as written.</summary>
    public void Append(TokenKind kind, scoped ReadOnlySpan<byte> text) => text.CopyTo(Begin(kind, text.Length));

    /// <summary>Adds a word, ASCII letters in lower case. Other letters stay: a server in UTF-8 does not fold them.</summary>
    public void AppendFolded(TokenKind kind, scoped ReadOnlySpan<byte> text)
    {
        var target = Begin(kind, text.Length);
        for (var i = 0; i < text.Length && i < target.Length; i++)
        {
            var value = text[i];
            target[i] = value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
        }
    }

    /// <summary>Gives rented space back.</summary>
    public void Dispose()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
        _buffer = default;
    }

    /// <summary>Writes a token's head and gives the place of its text.</summary>
    public Span<byte> Begin(TokenKind kind, int textSize)
    {
        if (_buffer.Length - _size < textSize + HeaderSizeMax)
            Grow(textSize + HeaderSizeMax);

        var target = _buffer[_size..];
        target[0] = (byte)kind;
        var at = 1;
        var rest = (uint)textSize;
        while (rest >= 0x80)
        {
            target[at++] = (byte)((rest & 0x7F) | 0x80);
            rest >>= 7;
        }

        target[at++] = (byte)rest;
        _size += at + textSize;
        TokenCount++;
        return target.Slice(at, textSize);
    }

    private void Grow(int missing)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_size + missing, _buffer.Length * 2));
        _buffer[.._size].CopyTo(larger);
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _buffer = _rented = larger;
    }
}
