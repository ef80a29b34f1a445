using System.Buffers;

namespace JitProxy.Wire.MySql;

/// <summary>What stands in front of a value in a row, for rows that are too large to be held and are walked as they come.</summary>
public static class MySqlValuePrefix
{
    /// <summary>The most that stands in front of a value, in bytes.</summary>
    public const int SizeMax = 9;

    /// <summary>Reads it in a text row.</summary>
    /// <param name="start">What was received from the value's beginning on.</param>
    /// <param name="valueSize">Size of the value in bytes; 0 for NULL.</param>
    /// <param name="prefixSize">Size in bytes of what stands in front.</param>
    /// <param name="isNull">True for NULL.</param>
    /// <returns>Done, NeedMoreData or InvalidData.</returns>
    public static OperationStatus TryReadText(ReadOnlySpan<byte> start, out long valueSize, out int prefixSize, out bool isNull)
    {
        isNull = !start.IsEmpty && start[0] == MySqlCursor.NullMark;
        if (!isNull)
            return MySqlBinaryFormat.TryReadPrefix(start, MySqlType.VarString, out valueSize, out prefixSize);

        (valueSize, prefixSize) = (0, 1);
        return OperationStatus.Done;
    }

    /// <summary>Reads it in a binary row, for a column that the row's bitmap does not say to be NULL.</summary>
    /// <param name="start">What was received from the value's beginning on.</param>
    /// <param name="type">The column's type.</param>
    /// <param name="valueSize">Size of the value in bytes.</param>
    /// <param name="prefixSize">Size in bytes of what stands in front; 0 for types of a fixed size.</param>
    /// <returns>Done, NeedMoreData or InvalidData.</returns>
    public static OperationStatus TryReadBinary(ReadOnlySpan<byte> start, MySqlType type, out long valueSize, out int prefixSize) =>
        MySqlBinaryFormat.TryReadPrefix(start, type, out valueSize, out prefixSize);

    /// <summary>Writes what stands in front of a value in a text row; gives its size.</summary>
    /// <param name="output"><see cref="SizeMax"/> bytes or more.</param>
    /// <param name="valueSize">Size of the value in bytes; null for NULL.</param>
    public static int WriteText(Span<byte> output, long? valueSize)
    {
        if (valueSize is { } size)
            return MySqlMessageWriter.WriteInteger(output, (ulong)size);

        output[0] = MySqlCursor.NullMark;
        return 1;
    }

    /// <summary>Writes what stands in front of a value in a binary row; gives its size.</summary>
    /// <param name="output"><see cref="SizeMax"/> bytes or more.</param>
    /// <param name="type">The column's type.</param>
    /// <param name="valueSize">Size of the value in bytes.</param>
    /// <exception cref="ArgumentException">A value of this type cannot have this size.</exception>
    public static int WriteBinary(Span<byte> output, MySqlType type, int valueSize) => MySqlBinaryFormat.WritePrefix(output, type, valueSize);
}
