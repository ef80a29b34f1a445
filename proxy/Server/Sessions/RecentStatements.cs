using JitProxy.Server.Capture;

namespace JitProxy.Server.Sessions;

/// <summary>The granted statements of a session by the exact bytes that the client sent: parse once, compare ever after.</summary>
/// <remarks>Bounded; emptied when full, which costs a parse each. The whole text is compared, so a hash collision finds nothing.</remarks>
internal sealed class RecentStatements<T>
    where T : CapturedStatement
{
    /// <summary>Texts kept per session.</summary>
    public const int CountMax = 256;

    /// <summary>Longer texts are parsed every time.</summary>
    public const int TextSizeMax = 16 * 1024;

    /// <summary>Bytes of all texts together.</summary>
    public const int SizeMax = 512 * 1024;

    private readonly Dictionary<int, (byte[] Text, T Statement)> _byHash = [];
    private int _size;

    /// <summary>The statement of exactly this text.</summary>
    public bool TryGet(ReadOnlySpan<byte> text, out T statement)
    {
        if (text.Length <= TextSizeMax && _byHash.TryGetValue(Hash(text), out var known) && text.SequenceEqual(known.Text))
        {
            statement = known.Statement;
            return true;
        }

        statement = null!;
        return false;
    }

    /// <summary>Keeps one.</summary>
    public void Add(ReadOnlySpan<byte> text, T statement)
    {
        if (text.Length > TextSizeMax)
            return;

        if (_byHash.Count >= CountMax || _size + text.Length > SizeMax)
            Clear();

        // What a collision replaces is counted until the next emptying; that errs on the small side.
        _size += text.Length;
        _byHash[Hash(text)] = (text.ToArray(), statement);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _size = 0;
        _byHash.Clear();
    }

    private static int Hash(ReadOnlySpan<byte> text)
    {
        var hash = default(HashCode);
        hash.AddBytes(text);
        return hash.ToHashCode();
    }
}
