namespace JitProxy.Policy.Sql;

/// <summary>One lexical element of a statement, as a place in its UTF-8 text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Offset of its first byte.</param>
/// <param name="Length">Length in bytes; quotes and prefixes included.</param>
public readonly record struct Token(TokenKind Kind, int Start, int Length)
{
    /// <summary>Offset of the byte after the last one.</summary>
    public int End => Start + Length;
}
