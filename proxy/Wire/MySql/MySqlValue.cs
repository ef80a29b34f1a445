namespace JitProxy.Wire.MySql;

/// <summary>One value of a row or a parameter list: its bytes without any length in front, or NULL.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct MySqlValue
{
    internal MySqlValue(ReadOnlySpan<byte> bytes, bool isNull)
    {
        Bytes = bytes;
        IsNull = isNull;
    }

    /// <summary>The bytes: text, or the binary form of the column's type; empty for NULL.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>True for NULL.</summary>
    public bool IsNull { get; }

    internal static MySqlValue Null => new(default, isNull: true);
}
