namespace JitProxy.Wire.Tests;

/// <summary>One decoder with what its tests need: a way to read a body and look at all of it, sound bodies, and unsound ones.</summary>
internal sealed record Decoder(string Name, Decoder.Reader Read, byte[][] Sound, byte[][] Unsound)
{
    /// <summary>
    /// Parses; walks everything the message gives out; and writes it again. Answers null if the body is refused, else the body of what
    /// was written (the input itself for messages that are only read).
    /// </summary>
    internal delegate byte[]? Reader(byte[] body);

    /// <summary>The size from which on any bytes may follow: the message ends with a text that goes to the end of the body.</summary>
    public int OpenFrom { get; init; } = int.MaxValue;

    /// <summary>True if the last field may have any size in a range; then only the shortest sound body (the first) and the longest (the last) can be cut and lengthened.</summary>
    public bool HasRange { get; init; }

    /// <summary>Sound bodies of which no prefix below <see cref="OpenFrom"/> is sound.</summary>
    public IEnumerable<byte[]> Shortest => HasRange ? Sound.Take(1) : Sound;

    /// <summary>Sound bodies that nothing may follow, unless they are open.</summary>
    public IEnumerable<byte[]> Longest => HasRange ? Sound.TakeLast(1) : Sound;

    public override string ToString() => Name;
}
