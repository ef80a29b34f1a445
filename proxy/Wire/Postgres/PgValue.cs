namespace JitProxy.Wire.Postgres;

/// <summary>A parameter of a Bind or a column of a DataRow.</summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgValue
{
    internal PgValue(ReadOnlySpan<byte> bytes, bool isNull)
    {
        Bytes = bytes;
        IsNull = isNull;
    }

    /// <summary>The value in its format; empty for NULL.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>True for SQL NULL, which is not an empty value.</summary>
    public bool IsNull { get; }
}
